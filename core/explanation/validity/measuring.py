"""Measure one method on one network: whether it is right, whether it shows what was learned, and its time.

"Right" is what can be held against an equation or a definition, not whether a map is a good explanation:
values that promise to add up must, a method that changes the gradient of ReLUs needs ReLUs, and a map must
exist. Whether it shows what was learned is a figure beside the status and no part of it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import LightboxError
from core.explanation.attribution import explain
from core.explanation.catalog import EXPLAINERS
from core.explanation.checks.maps import rank_correlation
from core.explanation.question import TOLERANCE
from core.explanation.records import Attribution
from core.explanation.repair import repaired, without_rule
from core.explanation.rewriting import NONLINEAR
from core.explanation.settings import ExplainSettings
from core.explanation.validity.plain import plain_map
from core.explanation.validity.records import Status, Validity
from core.explanation.validity.trained import Stand
from core.language import N_, Message
from core.runs.checkpoints import LoadedModel

_MOST_TOLD: Final = 100.0  # times the change: what is beyond is as wrong
_ALIKE: Final = 0.999  # rank correlation from which two maps are the same: our threshold
_UNHURRIED: Final = ExplainSettings(seconds=3600)  # the number of steps must not depend on who else computes
_QUICK: Final = ExplainSettings(n_steps=50)  # of a map that is only ranked
_MANY_STEPS, _MANY_SAMPLES = 1600, 800
_GUIDED: Final = ("guided_backprop", "guided_grad_cam")
_POOLS: Final = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)


@dataclass(frozen=True, eq=False)
class Measured:
    """The maps of one method, for each image, and what was found of them."""

    answers: tuple[Attribution, ...]
    error: float | None
    seconds: float


def measure(method: str, stand: Stand) -> Validity:
    """Return what one method is worth on one network.

    Parameters
    ----------
    method
        A key of EXPLAINERS.
    stand
        The network, trained a little and with random weights, and its films.
    """
    name = stand.trained.card.model
    if (reason := _no_relus(method, stand.trained.model)) is not None:
        return Validity(method=method, model=name, status="not offered", reason=reason)
    try:
        measured, remark = measure_with_more(method, stand)
    except LightboxError as error:
        return Validity(method=method, model=name, status="not offered", reason=error.message)
    plain = _plain(method, stand, measured)
    status, reason = _judge(stand, measured, plain, remark)
    return Validity(
        method=method,
        model=name,
        status=status,
        reason=reason,
        completeness_error=_rounded(measured.error),
        unrepaired_error=_rounded(None if plain is None else plain.error),
        unrepaired_likeness=_rounded(None if plain is None else plain.likeness),
        randomisation=_rounded(_randomisation(method, stand, measured.answers)),
        seconds=_rounded(measured.seconds),
    )


def measure_maps(
    method: str,
    loaded: LoadedModel,
    images: Sequence[NDArray[np.float32]],
    settings: ExplainSettings = _UNHURRIED,
) -> Measured:
    """Make the map of each image; the error is that of the worst one, the time that of the quickest."""
    answers, seconds, errors = [], [], []
    for image in images:
        began = time.process_time()  # of this process alone: a busy machine must not slow a method down
        answer = explain(loaded, image, method, settings=settings, regardless=True)
        seconds.append(time.process_time() - began)
        if (
            np.ptp(answer.values) == 0
        ):  # nothing raised the score of the most probable class: ask for the other
            other = 1 - answer.target
            answer = explain(loaded, image, method, other, settings=settings, regardless=True)
        answers.append(answer)
        if EXPLAINERS[method].sums_up:
            errors.append(completeness_error(loaded.model, image, answer))
    return Measured(tuple(answers), max(errors, default=None), min(seconds))


def measure_with_more(method: str, stand: Stand) -> tuple[Measured, Message | None]:
    """Measure a method; where its values do not add up and it can take more steps, with many of them.

    Returns
    -------
    measured
        With the number of steps or samples that is named in the message, or with the usual one; the time is
        the usual one's.
    message
        What more steps changed; None where the usual ones were enough.
    """
    usual = measure_maps(method, stand.trained, stand.images)
    more = _more(method)
    if usual.error is None or usual.error < TOLERANCE or more is None:
        return usual, None
    again = measure_maps(method, stand.trained, stand.images, more)
    if again.error is None:
        return usual, None
    text = N_(
        "With the usual number of steps the values miss the change of the score by {before} %, with {n} of"
        " them by {after} %. Each map tells by how much it does."
    )
    values = {
        "before": _percent(usual.error),
        "n": max(more.n_steps, more.n_samples),
        "after": _percent(again.error),
    }
    return replace(again, seconds=usual.seconds), Message(text=text, values={**values})


def _more(method: str) -> ExplainSettings | None:
    """Return settings with many steps, or many samples; None where a method knows neither."""
    fields = EXPLAINERS[method].settings
    if "n_steps" in fields:
        return _UNHURRIED.model_copy(update={"n_steps": _MANY_STEPS})
    if "n_samples" in fields:
        return _UNHURRIED.model_copy(update={"n_samples": _MANY_SAMPLES})
    return None


def completeness_error(model: nn.Module, image: NDArray[np.float32], answer: Attribution) -> float:
    """Return |sum of the values - change of the logit| / |change|, the start being zeros.

    Where the start is random (GradientSHAP) the change is that of the method's own starts, as it tells it.
    """
    if "noise" in EXPLAINERS[answer.method].settings:
        told = answer.convergence
        return float("inf") if told is None or told.relative is None else told.relative
    return missed(model, torch.from_numpy(image)[None], answer.target, answer.values)


def missed(model: nn.Module, inputs: Tensor, target: int, values: NDArray[np.float32]) -> float:
    """Return by what share of it `values` miss the change of a logit from zeros to `inputs` (1, C, H, W)."""
    with torch.no_grad():
        logits = model(torch.cat([inputs, torch.zeros_like(inputs)]))[:, target].double()
    change = float(logits[0] - logits[1])
    return abs(float(values.sum(dtype=np.float64)) - change) / abs(change) if change else float("inf")


@dataclass(frozen=True, eq=False)
class Plain:
    """What the same method gives without the repair; None where it raised an error or sums nothing up."""

    error: float | None
    likeness: float | None


def _plain(method: str, stand: Stand, measured: Measured) -> Plain | None:
    if not EXPLAINERS[method].needs_repair:
        return None
    errors, likeness = [], []
    for image, answer in zip(stand.images, measured.answers, strict=True):
        values = plain_map(method, stand.trained, image, answer.target)
        if values is None:
            return Plain(None, None)
        likeness.append(rank_correlation(values, answer.values))
        errors.append(missed(stand.trained.model, torch.from_numpy(image)[None], answer.target, values))
    return Plain(max(errors) if EXPLAINERS[method].sums_up else None, min(likeness))


def _randomisation(method: str, stand: Stand, answers: Sequence[Attribution]) -> float | None:
    """Return the mean rank correlation with the maps of random weights, for the same class.

    None where no image has two maps to compare: one that is the same everywhere is like nothing.
    """
    found: list[float] = []
    for image, answer in zip(stand.images, answers, strict=True):
        try:
            other = explain(stand.random, image, method, answer.target, settings=_QUICK, regardless=True)
        except LightboxError:
            return None
        if np.ptp(answer.values) > 0 and np.ptp(other.values) > 0:
            found.append(rank_correlation(answer.values, other.values))
    return sum(found) / len(found) if found else None


def _judge(
    stand: Stand, measured: Measured, plain: Plain | None, remark: Message | None
) -> tuple[Status, Message | None]:
    for check in (_is_empty, _does_not_add_up):
        if (reason := check(stand, measured)) is not None:
            return "not offered", reason
    if plain is None:
        return "valid", remark
    reason = _what_repair_changes(measured, plain)
    return ("valid", None) if reason is None else ("repaired", reason)


def _is_empty(_stand: Stand, measured: Measured) -> Message | None:
    """Say that no map tells anything; a single empty Grad-CAM is an answer: nothing raised the score."""
    maps = [answer.values for answer in measured.answers]
    if all(np.isfinite(values).all() for values in maps) and any(np.ptp(values) > 0 for values in maps):
        return None
    return Message(text=N_("Its maps are the same everywhere: they say nothing."))


def _does_not_add_up(stand: Stand, measured: Measured) -> Message | None:
    method = measured.answers[0].method
    if measured.error is None or measured.error < TOLERANCE or _more(method) is not None:
        return None  # what nears the sum with more steps is right, and says on each map how near it came
    unknown = without_rule(repaired(stand.trained.model))
    values = {"percent": _percent(min(measured.error, _MOST_TOLD)), "most": _percent(TOLERANCE)}
    if method == "deeplift" and unknown:
        text = N_(
            "Its values miss the change of the score by {percent} %; {most} % would be let pass (our"
            " threshold). It has no rule for {parts}, which this network is made of."
        )
        return Message(text=text, values={**values, "parts": ", ".join(unknown)})
    text = N_(
        "Its values miss the change of the score by {percent} %; {most} % would be let pass (our threshold)."
    )
    return Message(text=text, values={**values})


def _what_repair_changes(measured: Measured, plain: Plain) -> Message | None:
    if plain.likeness is None:
        return Message(text=N_("On the network as it is this method ends with an error."))
    if plain.error is not None and plain.error >= TOLERANCE:
        text = N_(
            "On the network as it is the values miss the change of the score by {before} %, on the repaired"
            " copy by {after} %."
        )
        shown = {"before": _percent(plain.error), "after": _percent(measured.error or 0.0)}
        return Message(text=text, values={**shown})
    if plain.likeness < _ALIKE:
        text = N_(
            "On the network as it is it makes another map (rank correlation {likeness}): its rule does not"
            " reach every part. On the repaired copy it does."
        )
        return Message(text=text, values={"likeness": round(plain.likeness, 3)})
    return None


def _no_relus(method: str, model: nn.Module) -> Message | None:
    """Say that a method which changes the gradient of ReLUs has too few of them to be what it is called."""
    if method not in _GUIDED:
        return None
    parts = [part for part in repaired(model).modules() if isinstance(part, NONLINEAR)]
    kinds = [type(part).__name__ for part in parts if not isinstance(part, _POOLS)]
    n_others = sum(kind != "ReLU" for kind in kinds)
    if "ReLU" not in kinds:
        text = N_(
            "This network has no ReLU, whose gradient the method changes: what it made would be plain"
            " saliency by another name."
        )
        return Message(text=text)
    if n_others:
        text = N_(
            "{others} of {n} activations of this network are no ReLUs ({kinds}), and the method changes the"
            " gradient of ReLUs alone: it would be neither guided nor plain."
        )
        found = ", ".join(sorted(set(kinds) - {"ReLU"}))
        return Message(text=text, values={"others": n_others, "n": len(kinds), "kinds": found})
    return None


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _rounded(value: float | None) -> float | None:
    """Return three significant digits: more would be the machine's."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{value:.3g}")
