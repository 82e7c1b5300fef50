"""Ask whether other methods mark the same places.

Maps are compared by rank, on the coarser of their two grids: a grainy map and a smooth one can agree about
regions and never about pixels. Several methods can agree and be wrong together.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.explanation.catalog import EXPLAINERS
from core.explanation.checks.maps import is_flat, moved_elsewhere, pooled, rank_correlation
from core.explanation.checks.outcomes import not_tried, outcome_of, source_of
from core.explanation.checks.records import Agreement, CheckLine
from core.explanation.checks.trial import Trial
from core.language import N_, Message

N_RANDOM: Final = 99
LOW: Final = 0.4  # Krishna and others say no threshold; below it two rankings share less than a sixth
_FINEST: Final = 16  # cells along a side: regions are compared, not pixels
_FEWEST: Final = 9  # cells that can be ranked at all
_RANK: Final = 95
_NAME = "agreement"
_DONE = N_(
    "The map was ranked against those of {methods}, region by region. 1 is the same order, 0 no likeness."
    " Copies of this map that were moved elsewhere stay below {chance} in 95 of 100 cases."
)
_GOOD = N_("Other methods mark much the same places. They can still be wrong together.")
_LITTLE = N_("The methods agree little: what one of them marks alone should not be relied on.")
_BAD = N_(
    "The methods do not agree about the place: at least one of them misleads, and nobody can say which."
)
_ALONE = N_("No other method gives a map of this network that could be compared.")
_COARSE = N_("The map has too few cells to rank them.")


def check(trial: Trial) -> CheckLine:
    """Return the mean rank correlation with the maps that are shown first, of the other methods."""
    values, own_grid = trial.attribution.values, _limited(trial.attribution.grid)
    maps = _others(trial)
    if not maps:
        return not_tried(_NAME, Message(text=_ALONE))
    grids = {method: _coarser(own_grid, grid) for method, (_, grid) in maps.items()}
    if min(rows * columns for rows, columns in grids.values()) < _FEWEST:
        return not_tried(_NAME, Message(text=_COARSE))
    others = {method: pooled(other, grids[method]) for method, (other, _) in maps.items()}
    by_method = _likeness(values, others)
    copies = moved_elsewhere(values, N_RANDOM, trial.generator)
    chance = np.sort([np.mean([*_likeness(copy, others).values()]) for copy in copies])
    return _line(by_method, float(chance[_RANK - 1]))


def rivals_of(method: str) -> tuple[str, ...]:
    """Return the methods that a map is compared with: those that are shown first."""
    return tuple(name for name, spec in EXPLAINERS.items() if spec.shown_first and name != method)


def _others(trial: Trial) -> dict[str, tuple[NDArray[np.float32], tuple[int, int]]]:
    """Compute the maps of the other methods, each with its grid; those that have none are left out."""
    found = {}
    names = rivals_of(trial.attribution.method)
    for number, method in enumerate(names):
        try:
            answer = trial.answer_of(method=method)
        except UserError:  # not offered for this network
            continue
        finally:
            trial.progress((number + 1) / len(names))
        if not is_flat(answer.values):
            found[method] = (answer.values, _limited(answer.grid))
    return found


def _likeness(values: NDArray[np.float32], others: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    return {
        method: rank_correlation(pooled(values, (other.shape[0], other.shape[1])), other)
        for method, other in others.items()
    }


def _limited(grid: tuple[int, int]) -> tuple[int, int]:
    return _coarser(grid, (_FINEST, _FINEST))


def _coarser(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return (min(one[0], other[0]), min(one[1], other[1]))


def _line(by_method: dict[str, float], threshold: float) -> CheckLine:
    value = float(np.mean([*by_method.values()]))
    outcome = outcome_of(_NAME, value, threshold)
    sentence = _BAD if outcome == "failed" else _LITTLE if value < LOW else _GOOD
    return CheckLine(
        name=_NAME,
        done=Message(text=_DONE, values={"methods": _listed(tuple(by_method)), "chance": f"{threshold:.2f}"}),
        value=value,
        low=min(by_method.values()),
        high=max(by_method.values()),
        outcome=outcome,
        threshold=threshold,
        source=source_of(_NAME),
        sentence=Message(text=sentence),
        n_maps=len(by_method),
        evidence=Agreement(by_method),
    )


def _listed(methods: tuple[str, ...]) -> Message:
    """Return the names of some methods, to be translated where they are shown."""
    first, *others = methods
    name = Message(text=EXPLAINERS[first].title)
    return (
        Message(text=N_("{first}, {others}"), values={"first": name, "others": _listed(tuple(others))})
        if others
        else name
    )
