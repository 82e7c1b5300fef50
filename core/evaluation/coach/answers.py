"""Faults of what is answered: a class never, or so few validation images that nothing can be told."""

import math
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.coach import remedies
from core.evaluation.coach import thresholds as limits
from core.evaluation.coach.curves import Curves
from core.evaluation.coach.noise import smoothed
from core.evaluation.coach.records import Finding
from core.language import N_, Message

if TYPE_CHECKING:
    from core.statistics.intervals import Interval

_LEVEL = 0.95


def never_predicted(curves: Curves) -> Finding | None:
    """Find a rare class that no validation image is called; needs five epochs.

    Of the classes that have validation images, and for at least a quarter of the epochs asked for: many
    healthy runs begin by calling everything one class. A class is rare with less than half of an equal share.
    """
    return _never_predicted(curves, rare=True)


def common_never_predicted(curves: Curves) -> Finding | None:
    """Find a class that is not rare and that no validation image is called; needs ten epochs.

    Asked only where nothing else was found: that a network answers all alike is mostly the consequence of
    another fault.
    """
    return _never_predicted(curves, rare=False)


def _never_predicted(curves: Curves, *, rare: bool) -> Finding | None:
    codes = [code for code in range(len(curves.class_names)) if _has_images(curves, code)]
    spells = {code: _spell(curves, code) for code in codes if _is_rare(curves, code) == rare}
    code = max(spells, key=lambda code: spells[code], default=None)
    if code is None or spells[code] < _needed(curves, rare=rare):
        return None
    n_epochs = spells[code]
    counts = curves.val_counts
    why = N_(
        "For {n} epochs no validation image was called '{name}', although {n_class} of {n_val} are. While a"
        " class is rare, calling everything else is right so often that the loss hardly asks for more."
    )
    if not rare:
        why = N_(
            "For {n} epochs no validation image was called '{name}', although {n_class} of {n_val} are. The"
            " class is not rare, so the network does not yet tell it from the others."
        )
    values = {
        "n": n_epochs,
        "name": curves.class_names[code],
        "n_class": counts[code] if counts else "?",
        "n_val": curves.n_val,
    }
    changes, advice = _for_the_missing(curves, rare=rare)
    return Finding(
        kind="never_predicted",
        first_epoch=curves.all_epochs[-n_epochs].epoch,
        last_epoch=curves.all_epochs[-1].epoch,
        title=Message(text=N_("'{name}' is never predicted"), values={"name": curves.class_names[code]}),
        why=Message(text=why, values=dict(values)),
        changes=changes,
        advice=Message(text=advice),
        page="" if changes else "datasets",
    )


def _is_rare(curves: Curves, code: int) -> bool:
    """Tell whether a class has less than half of an equal share of the validation images."""
    counts = curves.val_counts
    return counts is not None and counts[code] < limits.RARE * sum(counts) / len(curves.class_names)


def _has_images(curves: Curves, code: int) -> bool:
    return curves.val_counts is None or curves.val_counts[code] > 0


def _needed(curves: Curves, *, rare: bool) -> float:
    n = limits.NEVER_EPOCHS if rare else limits.NEVER_EPOCHS_COMMON
    return max(n, limits.NEVER_RUN * curves.config.epochs)


def _spell(curves: Curves, code: int) -> int:
    """Return for how many epochs, up to the last one, no image was called a class."""
    n = 0
    for line in reversed(curves.all_epochs):
        if line.val_predicted is None or line.val_predicted[code]:
            break
        n += 1
    return n


def _for_the_missing(curves: Curves, *, rare: bool) -> tuple[dict[str, object], str]:
    if not rare:
        changes = remedies.more_learning(curves.config)
        return changes, N_(
            "Look at images of this class with their labels, and give the network more to learn with."
        )
    changes = remedies.balanced(curves.config)
    if changes:
        return changes, N_("Let a mistake with a rare class cost more: class weights.")
    return {}, N_("Classes are weighted already: more patients with this class would help most.")


def too_few(curves: Curves) -> Finding | None:
    """Find a validation split that is too small to show what happened; needs eight epochs.

    The 95 % interval of the best smoothed accuracy (Wilson) is wider than 0.3, and wider than the curve moved
    in all, its distance from calling everything the most frequent class included. Unless the interval is
    wider than 0.4: only after half of the epochs asked for, and not where AUROC, which tells more from the
    same images, is better than chance.
    """
    from core.statistics.intervals import wilson  # with SciPy: only where it is needed

    accuracies = np.array([line.val_accuracy for line in curves.all_epochs])
    if len(accuracies) < limits.FEW_EPOCHS:
        return None
    smooth = smoothed(accuracies)[1:-1]
    best = float(smooth.max())
    interval = wilson(round(best * curves.n_val), curves.n_val, _LEVEL)
    moved = max(best - float(smooth.min()), best - _guessed_right(curves))
    width = interval.high - interval.low
    if width < max(limits.FEW_WIDTH, moved):
        return None
    is_early = len(accuracies) < limits.FEW_SHARE * curves.config.epochs
    if width < limits.FEW_WIDEST and (is_early or curves.beats_chance(limits.FEW_SIGMAS)):
        return None
    return _doubt(curves, best, moved, interval)


def _guessed_right(curves: Curves) -> float:
    """Return the accuracy of calling everything the most frequent class."""
    counts = curves.val_counts
    return max(counts) / sum(counts) if counts and sum(counts) else 1 / max(len(curves.class_names), 1)


def _doubt(curves: Curves, best: float, moved: float, interval: "Interval") -> Finding:
    why = N_(
        "The best accuracy, {best}, was measured on {n} validation images and could as well be anything from"
        " {low} to {high}. In all these epochs the curve moved by {moved}, less than that: its ups and downs"
        " tell nothing."
    )
    values = {
        "best": f"{best:.2f}",
        "n": curves.n_val,
        "low": f"{interval.low:.2f}",
        "high": f"{interval.high:.2f}",
        "moved": f"{moved:.2f}",
    }
    advice = N_(
        "Bring in images of more patients: about {n} validation images would narrow the interval to ±0.10."
    )
    n_needed = math.ceil(1.96**2 * 0.25 / 0.1**2)  # at an accuracy of 0.5, where the interval is widest
    return Finding(
        kind="too_few",
        first_epoch=curves.all_epochs[0].epoch,
        last_epoch=curves.all_epochs[-1].epoch,
        title=Message(text=N_("Too few validation images to tell")),
        why=Message(text=why, values=dict(values)),
        advice=Message(text=advice, values={"n": n_needed}),
        page="datasets",
    )
