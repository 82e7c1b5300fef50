"""The sections of the loss, the optimizer and the schedule."""

from typing import Final

from core.exchange.writing.recipe import Recipe
from core.exchange.writing.sections import WIDTH

_RULES: Final = {
    "sgd": ("SGD", ""),
    "momentum": ("SGD", ", momentum=MOMENTUM"),
    "nesterov": ("SGD", ", momentum=MOMENTUM, nesterov=True"),
    "rmsprop": ("RMSprop", ""),
    "adagrad": ("Adagrad", ""),
    "adam": ("Adam", ""),
    "adamw": ("AdamW", ""),
}


def loss(recipe: Recipe) -> str:
    """Return the code of `loss_of`, and the weights of the classes if there are any."""
    config = recipe.config
    weights = _class_weights(recipe)
    smoothing = ", label_smoothing=LABEL_SMOOTHING" if config.label_smoothing else ""
    if config.loss == "focal":
        return "\n".join([*weights, *_focal(recipe)])
    if config.balance != "class weights":
        body = [f"    return functional.cross_entropy(logits, targets{smoothing})"]
    else:
        body = [
            f"    options = {{{_OPTIONS}{', ' + _SMOOTH if smoothing else ''}}}",
            "    return functional.cross_entropy(logits, targets, **options).mean()",
        ]
    words = "Return the mean over the images of minus log p of the true class."
    return "\n".join([*weights, "def loss_of(logits, targets):", f'    """{words}"""', *body])


_OPTIONS: Final = '"weight": class_weights, "reduction": "none"'
_SMOOTH: Final = '"label_smoothing": LABEL_SMOOTHING'
_WEIGHTS: Final = """# How much an image of each class counts, n / (k n_c): rare classes more.
counts = torch.bincount(labels[train], minlength=len(CLASSES)).double()
class_weights = counts.sum() / ((counts > 0).sum() * counts)
class_weights = torch.where(counts > 0, class_weights, 0).float().to(DEVICE)"""


def _class_weights(recipe: Recipe) -> list[str]:
    config = recipe.config
    lines = _WEIGHTS.splitlines() if config.balance == "class weights" else []
    if config.loss == "focal" and config.focal_alpha is not None:
        positive = "POSITIVE" if recipe.positive_index is not None else "1"
        lines += [
            "alphas = torch.full((2,), 1 - FOCAL_ALPHA)",
            f"alphas[{positive}] = FOCAL_ALPHA",
            "class_weights = alphas.to(DEVICE) * class_weights"
            if lines
            else "class_weights = alphas.to(DEVICE)",
        ]
    return [*lines, "", ""] if lines else []


def _focal(recipe: Recipe) -> list[str]:
    config = recipe.config
    is_weighted = config.balance == "class weights" or config.focal_alpha is not None
    shares = "shares = functional.one_hot(targets, len(CLASSES)).float()"
    if _mixes(recipe):
        shares = "shares = targets  # (B, n_classes)"
    return [
        "def loss_of(logits, targets):",
        '    """Return the mean of -(1 - p)^gamma log p of the true class: the focal loss."""',
        "    log_p = functional.log_softmax(logits.float(), dim=1)",
        "    unsure = (-torch.expm1(log_p)).clamp_min(1e-12)  # 1 - p, never quite 0",
        "    losses = -(unsure**FOCAL_GAMMA) * log_p  # (B, n_classes)",
        *(["    losses = losses * class_weights"] if is_weighted else []),
        f"    {shares}",
        *(["    shares = shares * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / len(CLASSES)"]
          if config.label_smoothing else []),
        "    return (shares * losses).sum(dim=1).mean()",
    ]  # fmt: skip


def _mixes(recipe: Recipe) -> bool:
    from core.exchange.writing.augmentation import mixes

    return mixes(recipe.config.augmentations)


def optimizer(recipe: Recipe) -> str:
    """Return the code of `optimizer`, and of what freezes a part of the network if a stage does."""
    rule, options = _RULES[recipe.config.optimizer]
    if recipe.config.optimizer == "nesterov" and recipe.config.momentum == 0:
        options = ", momentum=MOMENTUM"  # without momentum Nesterov's rule is plain descent
    fused = ", fused=True" if recipe.is_fused else ""
    arguments = f"network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY{options}{fused}"
    line = f"optimizer = torch.optim.{rule}({arguments})"
    if len(line) > WIDTH:
        inside = f"    {arguments}\n"
        if len(inside) > WIDTH + 1:
            inside = "".join(f"    {argument},\n" for argument in arguments.split(", "))
        line = f"optimizer = torch.optim.{rule}(\n{inside})"
    if recipe.precision == "float16":
        line += "\nscaler = torch.amp.GradScaler(DEVICE)  # small gradients would vanish in 16 bits"
    return f"{line}\n\n\n{_freezing(recipe)}" if recipe.freezes else line


def _freezing(recipe: Recipe) -> str:
    spec, config = recipe.spec, recipe.config
    head = (*spec.head, *spec.auxiliary)
    n = recipe.stages[-1].n_unfrozen
    words = "alone at first" if config.head_epochs else "in any case" if n else "alone from here on"
    lines = [f"HEAD = {_names(head)}  # the parts that learn {words}"]
    if n:
        names = tuple(name for block in spec.blocks[len(spec.blocks) - n :] for name in block)
        when = "after that" if config.head_epochs else "too"
        lines.append(f"UNFROZEN = (*HEAD, *{_names(names)})  # and what learns {when}")
    keeps = spec.has_batch_norm and config.frozen_norm == "keep"
    code = _FREEZE_KEEP if keeps else _FREEZE
    welcome = (
        _WELCOME
        if config.head_epochs and config.optimizer in ("momentum", "nesterov") and config.momentum
        else ""
    )
    return "\n".join(lines) + f"\n\n\n{code}{welcome}"


def _names(names: tuple[str, ...]) -> str:
    inner = ", ".join(f'"{name}"' for name in names)
    return f"({inner}{',' if len(names) == 1 else ''})"


_FREEZE: Final = '''def is_in(name, parts):
    """Tell whether a weight or a layer belongs to one of these parts."""
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def let_learn(parts):
    """Freeze all but these parts; with "everything" nothing is frozen."""
    for name, weight in network.named_parameters():
        weight.requires_grad_(parts == "everything" or is_in(name, parts))'''

_FREEZE_KEEP: Final = (
    _FREEZE
    + """
    keeps_still.clear()  # a frozen batch norm keeps the means and spreads that it came with
    if parts != "everything":
        for name, layer in network.named_modules():
            if isinstance(layer, nn.BatchNorm2d) and not is_in(name, parts):
                keeps_still.append(layer)


keeps_still = []"""
)

_WELCOME: Final = '''


def begin_momentum():
    """Give weights that begin to learn a momentum of 0: torch's one kernel wants one for each."""
    for weight in network.parameters():
        if weight.requires_grad and "momentum_buffer" not in optimizer.state[weight]:
            optimizer.state[weight]["momentum_buffer"] = torch.zeros_like(weight)'''


def schedule(recipe: Recipe) -> str:
    """Return the code of `learning_rate`, from the number of a step."""
    config = recipe.config
    has_two = len(recipe.stages) > 1
    n_steps, highest = ("n_steps", "highest") if has_two else ("N_STEPS", "LEARNING_RATE")
    lines = [f'    """Return the learning rate of a step, which counts from 0: {_WORDS[config.schedule]}."""']
    if has_two:
        lines += _STAGES.splitlines()
    warms_up = bool(config.warmup_epochs) and config.schedule != "one-cycle"
    if warms_up:
        lines += [
            "    if step < WARMUP_STEPS:",
            f"        return {highest} * (0.01 + (1 - 0.01) * step / WARMUP_STEPS)",
        ]
    lines += _shape(config.schedule, n_steps=n_steps, highest=highest, warms_up=warms_up)
    constants = ["N_STEPS = EPOCHS * N_BATCHES"]
    if warms_up:
        constants.append("WARMUP_STEPS = round(WARMUP_EPOCHS * N_BATCHES)")
    argument = "step" if has_two or config.schedule != "constant" or warms_up else "_step"
    return "\n".join([*constants, "", "", f"def learning_rate({argument}):", *lines])


_WORDS: Final = {
    "constant": "always the same",
    "step": "lowered every few epochs",
    "cosine": "half a cosine, down to 0",
    "one-cycle": "up, then down",
    "plateau": "as planned, before a plateau lowers it",
}

_STAGES: Final = """    head_steps = HEAD_EPOCHS * N_BATCHES
    highest, n_steps = LEARNING_RATE, head_steps
    if step >= head_steps:  # a stage of its own, with the whole schedule for itself
        highest = LEARNING_RATE * FINE_TUNING_FACTOR
        step, n_steps = step - head_steps, N_STEPS - head_steps"""


def _shape(schedule_name: str, *, n_steps: str, highest: str, warms_up: bool) -> list[str]:
    step, length = ("(step - WARMUP_STEPS)", f"({n_steps} - WARMUP_STEPS)") if warms_up else ("step", n_steps)
    match schedule_name:
        case "cosine":
            done = f"    done = min({step} / {length}, 1)"
            return [
                done,
                f"    return {highest} * (0.5 * (1 + math.cos(math.pi * done)))  # arXiv:1608.03983",
            ]
        case "step":
            return [f"    return {highest} * RATE_FACTOR ** ({step} // (STEP_EPOCHS * N_BATCHES))"]
        case "one-cycle":
            return [
                f"    {line}" for line in _ONE_CYCLE.format(n_steps=n_steps, highest=highest).splitlines()
            ]
        case _:
            return [f"    return {highest}"]


_ONE_CYCLE: Final = """top, last = 0.3 * {n_steps} - 1, {n_steps} - 1  # arXiv:1708.07120
step = min(step, last)
if step <= top:
    return {highest} * (1 + (1 / 25 - 1) / 2 * (1 + math.cos(math.pi * (step / top))))
end = 1 / 25 / 10_000
return {highest} * (end + (1 - end) / 2 * (1 + math.cos(math.pi * ((step - top) / (last - top)))))"""
