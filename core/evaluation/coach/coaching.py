"""Asks each detector, settles contradictions, and puts the most important finding first."""

from collections.abc import Callable, Sequence
from typing import Final

from core.evaluation.coach import answers, fit, rates, sides
from core.evaluation.coach import thresholds as limits
from core.evaluation.coach.curves import Curves
from core.evaluation.coach.records import Finding, Kind
from core.language import Message
from core.runs.records import EpochMetrics, StepMetrics
from core.training.config import TrainingConfig

# In order of importance: what makes a run worthless first, what only wastes time last.
DETECTORS: Final[dict[Kind, Callable[[Curves], Finding | None]]] = {
    "nan": rates.no_number,
    "rate_high": rates.rate_high,
    "never_predicted": answers.never_predicted,
    "over_fitting": fit.over_fitting,
    "unstable_norm": sides.unstable_norm,
    "val_better": sides.val_better,
    "rate_low": rates.rate_low,
    "under_fitting": fit.under_fitting,
    "too_few": answers.too_few,
    "plateau": fit.plateau,
}

# Of two findings that explain the same thing, the one that names the cause.
_EXPLAINS: Final[dict[Kind, frozenset[Kind]]] = {
    "nan": frozenset(DETECTORS) - {"nan"},
    "rate_high": frozenset(DETECTORS) - {"nan", "rate_high"},
    "never_predicted": frozenset({"under_fitting", "plateau"}),
    "over_fitting": frozenset({"plateau", "under_fitting", "rate_low", "too_few"}),
    "unstable_norm": frozenset({"plateau"}),
    "rate_low": frozenset({"under_fitting", "plateau", "too_few"}),
    "under_fitting": frozenset({"plateau", "too_few"}),
    "too_few": frozenset({"plateau"}),
}


def coach(
    config: TrainingConfig,
    epochs: Sequence[EpochMetrics],
    steps: Sequence[StepMetrics],
    *,
    n_train: int,
    n_val: int,
    class_names: Sequence[str],
    error: Message | None = None,
    is_over: bool = False,
    branched_at: int = 0,
) -> tuple[Finding, ...]:
    """Return what is wrong with the curves so far, the most important first; empty where nothing stands out.

    Parameters
    ----------
    config
        What the run was asked for.
    epochs, steps
        Its lines so far, in order.
    n_train, n_val
        Images on each side of its split.
    class_names
        In class order.
    error
        Why the run failed; None where it did not.
    is_over
        Whether no more epochs will come.
    branched_at
        The epoch of its parent that the run goes on from; what was before it is not judged.

    Returns
    -------
    tuple of Finding
        At most three.
    """
    curves = Curves(
        config,
        tuple(epochs),
        tuple(steps),
        n_train,
        n_val,
        tuple(class_names),
        error=error,
        is_over=is_over,
        branched_at=branched_at,
    )
    found = {kind: finding for kind, detect in DETECTORS.items() if (finding := detect(curves)) is not None}
    if not found and (finding := answers.common_never_predicted(curves)) is not None:
        return (finding,)
    explained = {kind for cause in found for kind in _EXPLAINS.get(cause, ())}
    return tuple(finding for kind, finding in found.items() if kind not in explained)[: limits.MOST_FINDINGS]
