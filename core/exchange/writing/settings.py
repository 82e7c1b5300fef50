"""The first section: every number of the run with its unit and what it does."""

from core.exchange.writing.recipe import Recipe
from core.exchange.writing.sections import setting, texts


def settings(recipe: Recipe) -> str:
    """Return the constants that the rest of the script uses, and no others."""
    blocks = [
        ["# Chance and machine", *_machine(recipe)],
        ["# What the network gets and answers", *_task(recipe)],
        *([["# Augmentation: the most that may happen to a training image", *augmentation]]
          if (augmentation := _augmentation(recipe)) else []),
        ["# Learning", *_learning(recipe)],
    ]  # fmt: skip
    return "\n\n".join("\n".join(block) for block in blocks)


def _machine(recipe: Recipe) -> list[str]:
    lines = [setting("SEED", recipe.config.seed, "first weights, order of the images, every random change")]
    if recipe.threads is not None:
        text = "of the processor: another number adds up in another order, and rounds otherwise"
        lines.append(setting("THREADS", recipe.threads, text))
    if recipe.device == "auto":
        lines.append('DEVICE = "cuda" if torch.cuda.is_available() else "cpu"')
    else:
        text = "where the run was computed; another device rounds otherwise"
        lines.append(setting("DEVICE", recipe.device, text))
    return lines


def _task(recipe: Recipe) -> list[str]:
    lines = [texts("CLASSES", recipe.class_names)]
    if recipe.positive_index is not None:
        text = "the class that scores speak for, counted from 0"
        lines.append(setting("POSITIVE", recipe.positive_index, text))
    lines.append(setting("IMAGE_SIZE", recipe.config.image_size, "side of the square picture, in pixels"))
    text = "1 is grey, 3 is red, green and blue"
    return [*lines, setting("CHANNELS", recipe.n_channels, text)]


def _augmentation(recipe: Recipe) -> list[str]:
    from core.exchange.writing.augmentation import named_steps

    return [
        setting(constant, value, comment)
        for step in named_steps(recipe.config.augmentations)
        for constant, value, comment in step.constants
    ]


def _learning(recipe: Recipe) -> list[str]:
    config = recipe.config
    lines = [
        *_epochs(recipe),
        setting("BATCH_SIZE", config.batch_size, "images that are looked at before the weights move once"),
        setting("LEARNING_RATE", config.learning_rate, "how far the weights move at a step, at most"),
        setting("WEIGHT_DECAY", config.weight_decay, "pulls the weights towards zero at every step"),
    ]
    if config.optimizer in ("momentum", "nesterov"):
        lines.append(setting("MOMENTUM", config.momentum, "how much of the last step goes into the next"))
    if config.dropout is not None:
        lines.append(setting("DROPOUT", config.dropout, "share of numbers that is switched off by lot"))
    if config.gradient_clip:
        text = "the longest gradient that is let through"
        lines.append(setting("GRADIENT_CLIP", config.gradient_clip, text))
    return [*lines, *_loss(recipe), *_schedule(recipe), *_ending(recipe)]


def _epochs(recipe: Recipe) -> list[str]:
    epochs = recipe.config.epochs
    if recipe.branch is None:
        return [setting("EPOCHS", epochs, "how often every training image is seen")]
    return [
        setting("FIRST_EPOCH", recipe.first_epoch, "what was learned in those before it is in start.pt"),
        setting("EPOCHS", epochs, "the last epoch; every training image is seen once in each"),
    ]


def _loss(recipe: Recipe) -> list[str]:
    config, lines = recipe.config, []
    if config.label_smoothing:
        text = "share of the true class that is spread over all (arXiv:1512.00567)"
        lines.append(setting("LABEL_SMOOTHING", config.label_smoothing, text))
    if config.loss == "focal":
        text = "how little an image that is already right counts (arXiv:1708.02002)"
        lines.append(setting("FOCAL_GAMMA", config.focal_gamma, text))
        if config.focal_alpha is not None:
            text = "share of the positive class in the loss"
            lines.append(setting("FOCAL_ALPHA", config.focal_alpha, text))
    return lines


def _schedule(recipe: Recipe) -> list[str]:
    config, lines = recipe.config, []
    if config.head_epochs:
        lines.append(setting("HEAD_EPOCHS", recipe.stages[0].n_epochs, "in which the head learns alone"))
    if len(recipe.stages) > 1:
        text = "what the learning rate is multiplied by after them"
        lines.append(setting("FINE_TUNING_FACTOR", config.fine_tuning_factor, text))
    if config.warmup_epochs and config.schedule != "one-cycle":
        text = "in which the learning rate rises in a straight line"
        lines.append(setting("WARMUP_EPOCHS", config.warmup_epochs, text))
    if config.schedule == "step":
        text = "after so many epochs the learning rate is lowered once more"
        lines.append(setting("STEP_EPOCHS", config.step_epochs, text))
    if config.schedule in ("step", "plateau"):
        lines.append(setting("RATE_FACTOR", config.rate_factor, "what it is multiplied by then"))
    if config.schedule == "plateau":
        text = "epochs without a better score that are still waited for"
        lines.append(setting("PLATEAU_PATIENCE", config.plateau_patience, text))
    return lines


def _ending(recipe: Recipe) -> list[str]:
    if not recipe.config.patience:
        return []
    text = "stop after so many epochs without a better validation score"
    return [setting("PATIENCE", recipe.config.patience, text)]
