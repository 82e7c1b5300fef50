"""Faults of the learning rate: no number, too high, too low."""

import math
from typing import Final

import numpy as np

from core.evaluation.coach import thresholds as limits
from core.evaluation.coach.curves import Curves
from core.evaluation.coach.noise import is_falling, jitter, now, slope
from core.evaluation.coach.records import Finding
from core.evaluation.coach.remedies import first_valid, has_low_rate, higher_rate, lower_rate
from core.language import N_, Message
from core.runs.records import StepMetrics

# How the errors of core.training.watching begin; that module needs torch, and a test holds them together.
NO_NUMBER: Final = "The loss is no longer a number"
DIVERGED: Final = "The loss grows instead of falling"

_LOWER: Final = N_("Try a tenth of the learning rate.")


def no_number(curves: Curves) -> Finding | None:
    """Find a run that failed because its loss was no number; needs no epoch.

    The worker looks at every loss and ends the run at the first that is not finite, so nothing is estimated.
    """
    if curves.error is None or not curves.error.text.startswith(NO_NUMBER):
        return None
    epoch = _current_epoch(curves)
    why = N_(
        "At step {step} the loss was infinite or no number at all; the last one that was written down is"
        " {loss}. With a learning rate of {rate}, steps that are too large have most likely blown up the"
        " weights until the computer could no longer hold them."
    )
    values = {
        "step": curves.error.values.get("step", "?"),
        "loss": _short(curves.all_steps[-1].loss) if curves.all_steps else "-",
        "rate": f"{curves.config.learning_rate:g}",
    }
    return Finding(
        kind="nan",
        first_epoch=epoch,
        last_epoch=epoch,
        title=Message(text=N_("The loss is no longer a number")),
        why=Message(text=why, values=values),
        changes=first_valid(curves.config, lower_rate(curves.config), {"gradient_clip": 1.0}),
        advice=Message(text=_LOWER),
    )


def rate_high(curves: Curves) -> Finding | None:
    """Find a learning rate that is too high; needs half an epoch.

    Any of these: the worker ended the run because it diverged; in the first epochs, groups of steps cost more
    than twice what guessing costs, and more than their few images explain; after six epochs the training
    loss lies above guessing; after eight it jumps about by a tenth of its level and does not fall.
    """
    if curves.error is not None and curves.error.text.startswith(DIVERGED):
        return _grew(curves, _current_epoch(curves))
    jumps = _early_jumps(curves)
    if len(jumps) >= limits.HIGH_JUMPS:
        return _jumped(curves, jumps)
    return _high_over_epochs(curves) if len(curves.epochs) >= limits.HIGH_EPOCHS else None


def _high_over_epochs(curves: Curves) -> Finding | None:
    """Find a training loss that ends above guessing, or jumps about and does not fall."""
    start, end = float(curves.train[0]), now(curves.train, limits.RECENT)
    ceiling = max(start, curves.guessing) if curves.is_comparable else start
    if end > limits.HIGH_GROWTH * ceiling:
        return _grew(curves, curves.epochs[-1].epoch)
    if len(curves.epochs) < limits.HIGH_SWING_EPOCHS or _has_fallen(curves):
        return None
    swing, chance = jitter(curves.train), end / math.sqrt(curves.n_train)
    is_rough = swing > max(limits.HIGH_SWING * end, limits.SIGMAS * chance)
    return _swung(curves, swing) if is_rough else None


def rate_low(curves: Curves) -> Finding | None:
    """Find a learning rate that is too low; needs six epochs and three quarters of those asked for.

    The training loss falls steadily also in the second half of them (its slope is four standard errors), yet
    it has lost less than a fifth since the first epoch, and at this pace would take three times the run
    to halve; at whatever pace, where it is still near guessing with a rate that is low for its optimizer.
    Epochs in which the schedule had halved the learning rate do not count: there it is meant
    to be slow.
    """
    n = len(curves.epochs)
    asked = curves.config.epochs - curves.begins_after
    rates = np.array([line.learning_rate for line in curves.epochs])
    train = curves.train[rates >= limits.LOW_RATE * rates.max(initial=0)]
    if len(train) < limits.LOW_EPOCHS or not (curves.is_over or n >= limits.LOW_SHARE * asked):
        return None
    late = train[-max(limits.LOW_WINDOW, len(train) // 2) :]
    pace = slope(late)[0]
    first, last = float(train[0]), float(curves.train[-1])
    if not is_falling(late) or last < (1 - limits.LOW_FALL) * first:
        return None
    epochs_to_halve = last / 2 / -pace
    has_far_to_go = curves.is_comparable and last > limits.LOW_LEFT * curves.guessing
    is_blamed = has_far_to_go and has_low_rate(curves.config)
    if epochs_to_halve < limits.LOW_PACE * asked and not is_blamed:
        return None
    return _slow(curves, epochs_to_halve, is_faded=len(train) < n)


def _slow(curves: Curves, epochs_to_halve: float, *, is_faded: bool) -> Finding:
    config = curves.config
    why = N_(
        "The training loss still falls steadily, but in {n} epochs it went only from {first} to {last}. At"
        " this pace it would take about {more} more epochs to halve, with a learning rate of {rate}."
    )
    if is_faded:
        why = N_(
            "The training loss fell steadily until the schedule took the learning rate back, but in {n}"
            " epochs it went only from {first} to {last}. Even at its first pace it would take about {more}"
            " more epochs to halve, with a learning rate of {rate}."
        )
    digits = ".2g" if epochs_to_halve < 100 else ".1g"
    values = {
        "n": len(curves.epochs),
        "first": _short(float(curves.train[0])),
        "last": _short(float(curves.train[-1])),
        "more": f"{float(f'{epochs_to_halve:{digits}}'):.15g}",
        "rate": f"{config.learning_rate:g}",
    }
    advice = N_("Try ten times the learning rate; more epochs would get there too, but slowly.")
    return Finding(
        kind="rate_low",
        first_epoch=curves.epochs[0].epoch,
        last_epoch=curves.epochs[-1].epoch,
        title=Message(text=N_("The learning rate seems too low")),
        why=Message(text=why, values=values),
        changes=first_valid(config, higher_rate(config), {"epochs": min(500, 3 * config.epochs)}),
        advice=Message(text=advice),
    )


def _current_epoch(curves: Curves) -> int:
    """Return the epoch at work when the last line was written."""
    last = curves.all_steps[-1].epoch if curves.all_steps else 0.0
    ended = curves.all_epochs[-1].epoch if curves.all_epochs else 0
    return max(1, math.ceil(last), min(ended + 1, curves.config.epochs))


def _has_fallen(curves: Curves) -> bool:
    """Tell whether the mean of the last six training losses is a tenth below that of the first three."""
    first, last = curves.train[: limits.RECENT].mean(), curves.train[-limits.HIGH_EPOCHS :].mean()
    return bool(last < (1 - limits.HIGH_FALL) * first)


def _early_jumps(curves: Curves) -> list[StepMetrics]:
    steps = [step for step in curves.steps if step.epoch <= curves.begins_after + limits.HIGH_EARLY]
    if len(steps) < limits.HIGH_STEPS:
        return []
    usual = max(steps[0].loss, curves.guessing)
    excess = max(limits.HIGH_JUMP - 1, limits.HIGH_JUMP_SIGMAS / math.sqrt(curves.images_a_group))
    return [step for step in steps[1:] if step.loss > (1 + excess) * usual]


def _jumped(curves: Curves, jumps: list[StepMetrics]) -> Finding:
    worst = max(jumps, key=lambda step: step.loss)
    why = N_(
        "The training loss began at {first} and jumped to {worst} at step {step}, where guessing costs"
        " {guessing}. Steps of {rate} overshoot: they throw the weights past the valley instead of into it."
    )
    values = {
        "first": _short(curves.steps[0].loss),
        "worst": _short(worst.loss),
        "step": worst.step,
        "guessing": _short(curves.guessing),
        "rate": f"{curves.config.learning_rate:g}",
    }
    return _high(
        curves, math.ceil(jumps[0].epoch), math.ceil(jumps[-1].epoch), Message(text=why, values=values)
    )


def _grew(curves: Curves, last_epoch: int) -> Finding:
    why = N_(
        "The training loss grew from {first} to {last}, while guessing costs {guessing}. A loss that grows on"
        " the very images that are learned means steps too large: the learning rate is {rate}."
    )
    steps = curves.steps or curves.all_steps
    first = steps[0].loss if steps else float(curves.train[0])
    last = now(curves.train, limits.RECENT) if curves.error is None else steps[-1].loss
    values = {
        "first": _short(first),
        "last": _short(last),
        "guessing": _short(curves.guessing),
        "rate": f"{curves.config.learning_rate:g}",
    }
    return _high(curves, curves.begins_after + 1, last_epoch, Message(text=why, values=values))


def _swung(curves: Curves, swing: float) -> Finding:
    why = N_(
        "From epoch to epoch the training loss jumps about by {swing}, and it is {last} after {n} epochs"
        " where it began with {first}. Chance alone would move it by about {chance}; the learning rate of"
        " {rate} does the rest."
    )
    last = now(curves.train, limits.RECENT)
    values = {
        "swing": _short(swing),
        "first": _short(float(curves.train[0])),
        "last": _short(last),
        "n": len(curves.epochs),
        "chance": _short(last / math.sqrt(curves.n_train)),
        "rate": f"{curves.config.learning_rate:g}",
    }
    last_epoch = curves.epochs[-1].epoch
    return _high(curves, curves.epochs[0].epoch, last_epoch, Message(text=why, values=values))


def _high(curves: Curves, first_epoch: int, last_epoch: int, why: Message) -> Finding:
    return Finding(
        kind="rate_high",
        first_epoch=max(1, first_epoch),
        last_epoch=max(1, last_epoch),
        title=Message(text=N_("The learning rate seems too high")),
        why=why,
        changes=first_valid(curves.config, lower_rate(curves.config), {"gradient_clip": 1.0}),
        advice=Message(text=_LOWER),
    )


def _short(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "∞"
