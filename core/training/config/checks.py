"""Settings that are right one by one and cannot go together: each with its field and the reason.

Covers: what a config contradicts itself in, and, with the facts of a data set, what its images, patients and
classes do not allow. Does not cover: the machine (a device that is not there) and weights that do not fit,
which need torch or the disk.
"""

from dataclasses import dataclass
from typing import Final

from core.datasets.records import UNLABELLED
from core.language import N_, Message
from core.models.catalog import MODELS
from core.models.sizes import size_problem
from core.training.config.batches import images_an_epoch, n_batches
from core.training.config.facts import DatasetFacts
from core.training.config.training import TrainingConfig
from core.transforms.preprocessing.order import size_after

_SIDE_NAMES: Final = {"train": N_("training"), "val": N_("validation")}
_WITHOUT_ALL_CLASSES: Final = ("loss", "accuracy")  # known also where a class has no validation image
_FEWEST_STEPS: Final = 4  # of one cycle, which rises for three tenths of them


@dataclass(frozen=True)
class Problem:
    """Why a config cannot be trained: the dotted field that should change, and one sentence."""

    field: str
    reason: Message


def problems(config: TrainingConfig, facts: DatasetFacts | None = None) -> list[Problem]:
    """Return what cannot be trained, the first to be mended first; empty if all is well.

    Parameters
    ----------
    config
        What is asked for.
    facts
        The data set, where it is known: without it only the config itself is looked at.
    """
    found = [
        *_size(config),
        *_batch(config),
        *_preprocessing(config),
        *_weights(config),
        *_stages(config),
        *_frozen(config),
        *_schedule(config),
    ]
    if facts is not None:
        found += [*_classes(facts), *_split(config, facts), *_needs_classes(config, facts)]
    return found


def _problem(field: str, text: str, /, **values: str | int | float | Message) -> Problem:
    return Problem(field, Message(text=text, values=dict(values)))


def _size(config: TrainingConfig) -> list[Problem]:
    reason = size_problem(MODELS[config.model], config.image_size)
    return [] if reason is None else [Problem("image_size", reason)]


def _batch(config: TrainingConfig) -> list[Problem]:
    if config.batch_size > 1 or not MODELS[config.model].has_batch_norm:
        return []
    text = N_(
        "{model} has batch norm, which compares the images of a batch with each other: a batch of one has"
        " nothing to compare. Choose batch_size 2 or more, or a network without batch norm."
    )
    return [_problem("batch_size", text, model=config.model)]


def _preprocessing(config: TrainingConfig) -> list[Problem]:
    if config.preprocessing is None:
        return []
    active = config.preprocessing.active("image")
    if "channels" not in [step.name for step in active]:
        text = N_(
            "Training needs the preprocessing step 'channels': a network takes images with one number of"
            " channels."
        )
        return [_problem("preprocessing", text)]
    if (reason := size_after(active)) is None:
        return []
    return [_problem("preprocessing", N_("Training cannot use this preprocessing: {reason}."), reason=reason)]


def _weights(config: TrainingConfig) -> list[Problem]:
    if config.pretrained and MODELS[config.model].pretrained is None:
        text = N_("'{model}' has no pretrained weights. Choose another network, or train from scratch.")
        return [_problem("pretrained", text, model=config.model)]
    if config.pretrained and config.weights_from:
        text = N_(
            "A network begins with one set of weights: switch off 'pretrained', or leave weights_from empty."
        )
        return [_problem("weights_from", text)]
    source, _colon, name = config.weights_from.partition(":")
    if config.weights_from and (source not in ("run", "file") or not name):
        text = N_("weights_from is 'run:NAME' or 'file:NAME', not '{text}'.")
        return [_problem("weights_from", text, text=config.weights_from)]
    return []


def _stages(config: TrainingConfig) -> list[Problem]:
    if not config.head_epochs or config.unfreeze == "nothing":
        return []
    found = []
    if config.head_epochs >= config.epochs:
        text = N_(
            "The head alone takes {head_epochs} of {epochs} epochs, and none is left for the rest. Choose"
            " fewer head_epochs, more epochs, or unfreeze nothing."
        )
        found = [_problem("head_epochs", text, head_epochs=config.head_epochs, epochs=config.epochs)]
    n_blocks = len(MODELS[config.model].blocks)
    if config.unfreeze == "last blocks" and config.unfrozen_blocks > n_blocks:
        text = N_("{model} has {n_blocks} blocks; unfrozen_blocks is {asked}.")
        asked = config.unfrozen_blocks
        found.append(_problem("unfrozen_blocks", text, model=config.model, n_blocks=n_blocks, asked=asked))
    return found


def _frozen(config: TrainingConfig) -> list[Problem]:
    n_blocks = len(MODELS[config.model].blocks)
    if not config.freeze_after or config.freeze_all_but <= n_blocks:
        return []
    text = N_("{model} has {n_blocks} blocks below its head; freeze_all_but is {asked}.")
    asked = config.freeze_all_but
    return [_problem("freeze_all_but", text, model=config.model, n_blocks=n_blocks, asked=asked)]


def _schedule(config: TrainingConfig) -> list[Problem]:
    """Warm-up must end within the shortest stage; one-cycle has none, for it begins low by itself."""
    shortest = _shortest_stage(config)
    if config.schedule == "one-cycle" or config.warmup_epochs < shortest:
        return []
    text = N_(
        "Warm-up takes {warmup} of {epochs} epochs: the learning rate would never be reached. Choose a"
        " shorter warm-up or more epochs."
    )
    if shortest < config.epochs:
        text = N_(
            "Warm-up takes {warmup} epochs, and a stage has {epochs}: its learning rate would never be"
            " reached. Choose a shorter warm-up or longer stages."
        )
    return [_problem("warmup_epochs", text, warmup=f"{config.warmup_epochs:g}", epochs=shortest)]


def _shortest_stage(config: TrainingConfig) -> int:
    """Return the epochs of the shortest stage: each has the whole schedule for itself."""
    has_two = 0 < config.head_epochs < config.epochs and config.unfreeze != "nothing"
    return min(config.head_epochs, config.epochs - config.head_epochs) if has_two else config.epochs


def _classes(facts: DatasetFacts) -> list[Problem]:
    if n := facts.class_counts.get(UNLABELLED, 0):
        text = N_("'{dataset}' has {n} images without a class; give each one a class on the page Data sets.")
        return [_problem("dataset", text, dataset=facts.dataset_id, n=n)]
    if sum(n > 0 for n in facts.class_counts.values()) < 2:
        text = N_("All images of '{dataset}' belong to one class; a network needs two to tell apart.")
        return [_problem("dataset", text, dataset=facts.dataset_id)]
    return []


def _split(config: TrainingConfig, facts: DatasetFacts) -> list[Problem]:
    by_patient = config.split.by_patient and facts.n_patients is not None
    n = (facts.n_patients or 0) if by_patient else facts.n_images
    if config.split.scheme == "k-fold" and config.split.n_folds > n:
        text = N_("There are {n_folds} folds and only {n} patients. Choose at most {n} folds.")
        if not by_patient:
            text = N_("There are {n_folds} folds and only {n} images. Choose at most {n} folds.")
        return [_problem("split.n_folds", text, n_folds=config.split.n_folds, n=n)]
    if facts.sides is None:
        return []
    for side, name in _SIDE_NAMES.items():
        if not sum(facts.sides[side].values()):
            text = N_("The split of '{dataset}' leaves no {side} images. Choose another split or add images.")
            dataset, noun = facts.dataset_id, Message(text=name)
            return [_problem("split.scheme", text, dataset=dataset, side=noun)]
    if sum(n > 0 for n in facts.sides["train"].values()) < 2:
        text = N_(
            "The split leaves one class alone among the training images: there is nothing to tell apart."
            " Choose another split or add images."
        )
        return [_problem("split.scheme", text)]
    return []


def _needs_classes(config: TrainingConfig, facts: DatasetFacts) -> list[Problem]:
    found = []
    if config.loss == "focal" and config.focal_alpha is not None and facts.n_classes > 2:
        text = N_("focal_alpha weighs two classes, and there are {n}. Leave it empty, or use class weights.")
        found.append(_problem("focal_alpha", text, n=facts.n_classes))
    if facts.sides is None or not any(facts.sides["val"].values()):
        return found
    missing = [name for name in facts.class_counts if not facts.sides["val"].get(name)]
    if missing and config.best_by not in _WITHOUT_ALL_CLASSES:
        text = N_(
            "No validation image is of the class '{name}', so there is no {metric} to choose the best epoch"
            " by. Choose the loss, or another split."
        )
        found.append(_problem("best_by", text, name=missing[0], metric=config.best_by))
    n_images = images_an_epoch(facts.sides["train"].values(), config.balance)
    n_steps = _shortest_stage(config) * n_batches(n_images, config.batch_size)
    if config.schedule == "one-cycle" and n_steps < _FEWEST_STEPS:
        text = N_(
            "One-cycle has to rise and to fall, and the shortest stage has only {n} steps. Choose more"
            " epochs, smaller batches or another schedule."
        )
        found.append(_problem("schedule", text, n=n_steps))
    return found
