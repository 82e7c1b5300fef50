"""Two networks on the same images held against each other at one threshold after another.

What no threshold moves (AUROC, average precision, log loss, Brier score) is drawn once; a move of the
threshold costs the confusion matrices alone.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import vstack

from core.evaluation.aligned import Aligned, align
from core.evaluation.decisions import Threshold, decide
from core.evaluation.paired_records import (
    ALPHA,
    PAIRED_METRICS,
    PairedAnswer,
    PairedMethod,
    PairedMetric,
    Verdict,
)
from core.evaluation.resampling import Key
from core.evaluation.weighing import Groups, cells_of, of_scores, ranks_of
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.statistics import metrics
from core.statistics.draws import Draws
from core.statistics.intervals import NO_INTERVAL
from core.statistics.paired import (
    N_RESAMPLES,
    Difference,
    delong_difference,
    from_draws,
    patients_needed,
    score_difference,
)
from core.statistics.paired_shares import share_difference
from core.statistics.roc import auroc

_SHARES: Final = ("accuracy", "sensitivity", "specificity")
_STEADY: Final = ("auroc", "average_precision", "log_loss", "brier")
_Values = dict[str, NDArray[np.float64]]
_Called = tuple[NDArray[np.int64], NDArray[np.int64]]


class Pairing:
    """Two networks that were asked about the same images, to be compared at any threshold.

    The patients are drawn once, the same ones for both and for every threshold. Nothing is changed by a call:
    threads may share it.

    Parameters
    ----------
    one, other
        Predictions of the same images.
    level
        Of the intervals.
    newer
        Whose labels are the truth where some were corrected between the two.

    Raises
    ------
    StateError
        They were not asked about the same images, or know other classes.
    """

    def __init__(
        self,
        one: Predictions,
        other: Predictions,
        *,
        level: float = 0.95,
        newer: Literal["one", "other"] = "other",
    ) -> None:
        self.both, self._level = align(one, other, newer=newer), level
        self._groups = Groups(self.both.one), Groups(self.both.other)
        first = self._groups[0]
        self._draws = Draws(first.n, N_RESAMPLES, seed=0, width=first.predictions.n_samples)
        self._steady = self._measured_scores()

    def at(self, threshold: Threshold = 0.5) -> PairedAnswer:
        """Return the answer at a threshold (see `decide`), the same for both."""
        both = self.both
        called = decide(both.one, threshold), decide(both.other, threshold)
        found = self._steady | self._measured_answers(called)
        return PairedAnswer(
            n_samples=both.one.n_samples,
            n_patients=_count_patients(both.one),
            n_groups=self._groups[0].n,
            class_names=both.one.class_names,
            positive_class=both.one.positive_class,
            threshold=threshold if both.one.positive_class and isinstance(threshold, float) else None,
            level=self._level,
            metrics={name: found[name] for name in PAIRED_METRICS if name in found},
            n_disagree=int((called[0] != called[1]).sum()),
            notes=_notes(both),
        )

    @property
    def _once(self) -> NDArray[np.float64]:
        return np.ones((self._groups[0].n, 1))

    def _measured_scores(self) -> dict[str, PairedMetric]:
        ranks = [ranks_of(groups) for groups in self._groups]
        points = [of_scores(each, self._once) for each in ranks]
        blocks = []
        for counts in self._draws.blocks():
            mine, theirs = (of_scores(each, counts) for each in ranks)
            blocks.append({name: theirs[Key(name)] - mine[Key(name)] for name in _STEADY})
        drawn = {name: np.concatenate([block[name] for block in blocks]) for name in _STEADY if blocks}
        return {
            name: self._measure(name, points[0][Key(name)][0], points[1][Key(name)][0], drawn)
            for name in _STEADY
        }

    def _measured_answers(self, called: _Called) -> dict[str, PairedMetric]:
        cells = vstack([cells_of(*pair) for pair in zip(self._groups, called, strict=True)], format="csr")
        points = [_of_cells(each, self.both.one.positive_index) for each in self._split(cells @ self._once)]
        blocks = [cells @ counts for counts in self._draws.blocks()]  # (2 k k, n_groups) x (n_groups, b)
        drawn: _Values = {}
        if blocks:
            sides = self._split(np.concatenate(blocks, axis=1))
            mine, theirs = (_of_cells(each, self.both.one.positive_index) for each in sides)
            drawn = {name: theirs[name] - mine[name] for name in mine}
        return {
            name: self._measure(name, points[0][name][0], points[1][name][0], drawn, called=called)
            for name in points[0]
        }

    def _split(self, summed: NDArray[np.float64]) -> list[metrics.Matrix]:
        """Return the confusion matrices of each of the two: (2 k k, b) -> twice (b, k, k)."""
        k = len(self.both.one.class_names)
        return [half.T.reshape(-1, k, k) for half in np.split(summed, 2)]

    def _measure(
        self, name: str, first: float, second: float, drawn: _Values, *, called: _Called | None = None
    ) -> PairedMetric:
        one, other = (float(point) if np.isfinite(point) else None for point in (first, second))
        if one is None or other is None:
            reason = Message(text=N_("This is not defined for one of them."))
            return PairedMetric(name=name, one=one, other=other, reason=reason)
        difference, method = self._difference(name, other - one, drawn[name], called)
        if not difference.interval.is_defined:
            reason = Message(
                text=N_(
                    "There is nothing to measure its chance by: every resample says the same, or too few do."
                )
            )
            return PairedMetric(name=name, one=one, other=other, difference=difference.value, reason=reason)
        return PairedMetric(
            name=name,
            one=one,
            other=other,
            difference=difference.value,
            low=difference.interval.low,
            high=difference.interval.high,
            p=difference.p,
            method=method,
            verdict=_verdict(name, difference),
            patients_needed=patients_needed(difference.value, difference.error, self._groups[0].n),
        )

    def _difference(
        self, name: str, value: float, drawn: NDArray[np.float64], called: _Called | None
    ) -> tuple[Difference, PairedMethod]:
        are_single = self._groups[0].are_single
        if name == "auroc" and self.both.one.positive_index is not None:
            return self._by_delong(value, self.both.one.positive_index)
        if called is not None and name in _SHARES and are_single:
            return _by_mcnemar(name, self.both.one, called, self._level), "mcnemar"
        by: PairedMethod = "bootstrap_by_image" if are_single else "bootstrap_by_patient"
        return from_draws(value, drawn, self._level), by

    def _by_delong(self, value: float, positive: int) -> tuple[Difference, PairedMethod]:
        first = self._groups[0]
        is_positive = self.both.one.y_true == positive
        scores = [each.y_score[:, positive] for each in (self.both.one, self.both.other)]
        groups = None if first.are_single else first.of
        found = delong_difference(is_positive, *scores, level=self._level, groups=groups)
        if not found.interval.is_defined and value != 0:
            n_sides = [len(np.unique(first.of[side])) for side in (is_positive, ~is_positive)]
            area = float(auroc(is_positive, scores[0]))
            return score_difference(area, area + value, *n_sides, level=self._level), "newcombe"
        return found, "delong" if first.are_single else "delong_by_patient"


def _of_cells(stack: metrics.Matrix, positive: int | None) -> _Values:
    """Return each metric that follows from confusion matrices (b, k, k), of shape (b,)."""
    found = {
        "accuracy": metrics.accuracy(stack).value,
        "balanced_accuracy": metrics.balanced_accuracy(stack),
        "mcc": metrics.matthews_correlation(stack),
    }
    if positive is None:
        return found | {"f1": metrics.macro_f1(stack)}
    return found | {
        "f1": metrics.f1(stack, positive),
        "sensitivity": metrics.sensitivity(stack, positive).value,
        "specificity": metrics.specificity(stack, positive).value,
    }


def _by_mcnemar(name: str, asked: Predictions, called: _Called, level: float) -> Difference:
    """Compare the shares called right, of all images or of those with or without the finding."""
    truth, positive = asked.y_true, asked.positive_index
    counted = {"accuracy": truth >= 0, "sensitivity": truth == positive, "specificity": truth != positive}[
        name
    ]
    if not counted.any():
        return Difference(np.nan, np.nan, NO_INTERVAL, np.nan)
    right = [(each == truth)[counted] for each in called]
    only_one, only_other = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    return share_difference(only_one, only_other, int(counted.sum()), level=level)


def _verdict(name: str, difference: Difference) -> Verdict:
    low, high = difference.interval.low, difference.interval.high
    if not (low > 0 or high < 0) or not difference.p < ALPHA:
        return "cannot tell"
    is_more = low > 0
    return "better" if is_more != PAIRED_METRICS[name].lower_is_better else "worse"


def _count_patients(predictions: Predictions) -> int | None:
    if predictions.patient_ids is None:
        return None
    return len({patient for patient in predictions.patient_ids.tolist() if patient is not None})


def _notes(both: Aligned) -> tuple[Message, ...]:
    notes = []
    if both.n_corrected:
        text = N_(
            "{n} labels were corrected between the two runs; both are judged by those of the newer one."
        )
        notes.append(Message(text=text, values={"n": both.n_corrected}))
    if both.one.patient_ids is None:
        text = N_(
            "Nobody knows whose the images are, so each counts as a patient of its own. If some share one,"
            " the true uncertainty is larger than shown."
        )
        notes.append(Message(text=text))
    return tuple(notes)
