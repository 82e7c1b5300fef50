"""Is one network better than another? Both asked about the same images, each metric with its paired interval.

Where each patient has one image the AUROC gets DeLong's test and shares of images McNemar's. Where patients
have several, the AUROC gets DeLong's in Obuchowski's form and everything else the bootstrap by patient, for
McNemar's test takes each image for a witness of its own. Measured coverage: docs/decisions/.

Does not cover: the luck of another training seed; an epoch or a threshold chosen on the same images.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation.aligned import Aligned, align
from core.evaluation.decisions import Threshold, decide
from core.evaluation.paired_records import (
    ALPHA,
    PAIRED_METRICS,
    Disagreement,
    PairedAnswer,
    PairedMethod,
    PairedMetric,
    Verdict,
)
from core.evaluation.resampling import Sums, add_up
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.statistics import metrics
from core.statistics.intervals import NO_INTERVAL, resamples
from core.statistics.paired import (
    N_RESAMPLES,
    Difference,
    delong_difference,
    from_draws,
    holm,
    patients_needed,
    score_difference,
)
from core.statistics.paired_shares import share_difference
from core.statistics.precision_recall import average_precisions
from core.statistics.roc import auroc

_SHARES: Final = ("accuracy", "sensitivity", "specificity")
_Values = dict[str, NDArray[np.float64]]


def paired_answer(
    one: Predictions,
    other: Predictions,
    *,
    threshold: Threshold = 0.5,
    level: float = 0.95,
    newer: Literal["one", "other"] = "other",
) -> PairedAnswer:
    """Say by how much `other` differs from `one` in each metric, and whether that is more than chance.

    Parameters
    ----------
    one, other
        Predictions of the same images.
    threshold
        As in `decide`, the same for both.
    level
        Of the intervals.
    newer
        Whose labels are the truth where some were corrected between the two.

    Raises
    ------
    StateError
        They were not asked about the same images, or know other classes.
    """
    both = align(one, other, newer=newer)
    first, second = add_up(both.one, threshold), add_up(both.other, threshold)
    once = np.ones((1, first.n_groups))
    points = tuple(_values(sums, once) for sums in (first, second))
    drawn = _draw(first, second) if first.n_groups else {}
    found = {
        name: _measure(name, (first, second), (points[0][name][0], points[1][name][0]), drawn, level)
        for name in PAIRED_METRICS
        if name in points[0]
    }
    return PairedAnswer(
        n_samples=both.one.n_samples,
        n_patients=_count_patients(both.one),
        n_groups=first.n_groups,
        class_names=both.one.class_names,
        positive_class=both.one.positive_class,
        threshold=threshold if both.one.positive_class and isinstance(threshold, float) else None,
        level=level,
        metrics=found,
        n_disagree=int((decide(both.one, threshold) != decide(both.other, threshold)).sum()),
        notes=_notes(both),
    )


def corrected(answers: Sequence[PairedAnswer]) -> list[PairedAnswer]:
    """Return the answers of several runs against one, each metric's p corrected for their number (Holm)."""
    if len(answers) < 2:
        return list(answers)
    changed: list[dict[str, PairedMetric]] = [dict(answer.metrics) for answer in answers]
    for name in PAIRED_METRICS:
        places = [place for place, answer in enumerate(answers) if name in answer.metrics]
        plain = [answers[place].metrics[name].p for place in places]
        values = holm(np.array([np.nan if p is None else p for p in plain], dtype=np.float64))
        for place, value in zip(places, values.tolist(), strict=True):
            metric = answers[place].metrics[name]
            p = None if np.isnan(value) else value
            update = {
                "p_corrected": p,
                "verdict": metric.verdict if p is not None and p < ALPHA else "cannot tell",
            }
            changed[place][name] = metric.model_copy(update=update)
    return [
        answer.model_copy(update={"metrics": metric}) for answer, metric in zip(answers, changed, strict=True)
    ]


def disagreements(
    one: Predictions,
    other: Predictions,
    *,
    threshold: Threshold = 0.5,
    newer: Literal["one", "other"] = "other",
) -> list[Disagreement]:
    """Return the images that the two call differently, first where their probabilities lie furthest apart.

    The parameters are those of `paired_answer`.
    """
    both = align(one, other, newer=newer)
    called, second = decide(both.one, threshold), decide(both.other, threshold)
    places = np.flatnonzero(called != second)
    positive = both.one.positive_index
    named = second[places] if positive is None else np.full(len(places), positive)
    first_p, second_p = both.one.y_score[places, named], both.other.y_score[places, named]
    names = both.one.class_names
    return [
        Disagreement(
            sample_id=int(both.one.sample_ids[places[index]]),
            true_class=names[both.one.y_true[places[index]]],
            called_by_one=names[called[places[index]]],
            called_by_other=names[second[places[index]]],
            named_class=names[named[index]],
            one_probability=float(first_p[index]),
            other_probability=float(second_p[index]),
        )
        for index in np.argsort(-np.abs(first_p - second_p), kind="stable")
    ]


def _values(sums: Sums, counts: NDArray[np.float64]) -> _Values:
    """Return each metric, of shape (b,), with patients counted `counts` (b, n_groups) times."""
    predictions, positive = sums.predictions, sums.positive
    stack = np.tensordot(counts, sums.matrices, axes=1)  # (b, n_groups) -> (b, k, k)
    losses = counts @ sums.losses  # (b, n_groups) -> (b, 3)
    weights = counts[:, sums.patient_of]  # (b, n_groups) -> (b, n)
    found = {
        "accuracy": metrics.accuracy(stack).value,
        "balanced_accuracy": metrics.balanced_accuracy(stack),
        "mcc": metrics.matthews_correlation(stack),
        "log_loss": metrics.ratio(losses[:, 0], losses[:, 2]),
        "brier": metrics.ratio(losses[:, 1], losses[:, 2]),
    }
    classes = range(len(predictions.class_names)) if positive is None else [positive]
    sides = [(predictions.y_true == index, predictions.y_score[:, index]) for index in classes]
    precisions = [average_precisions(is_class, score, weights) for is_class, score in sides]
    found["average_precision"] = np.asarray(np.mean(precisions, axis=0))
    if positive is None:
        areas = [auroc(is_class, score, weights) for is_class, score in sides]
        return found | {"auroc": np.asarray(np.mean(areas, axis=0)), "f1": metrics.macro_f1(stack)}
    # DeLong needs no draws: the area is computed once, not for each of them.
    area = auroc(*sides[0], weights) if len(counts) == 1 else np.full(len(counts), np.nan)
    return found | {
        "auroc": area,
        "f1": metrics.f1(stack, positive),
        "sensitivity": metrics.sensitivity(stack, positive).value,
        "specificity": metrics.specificity(stack, positive).value,
    }


def _draw(first: Sums, second: Sums) -> _Values:
    """Return the differences in N_RESAMPLES resamples of the patients, the same ones for both."""
    blocks = []
    width = first.predictions.n_samples
    for counts in resamples(first.n_groups, N_RESAMPLES, np.random.default_rng(0), width=width):
        weights = counts.astype(np.float64)
        mine, theirs = _values(first, weights), _values(second, weights)
        blocks.append({name: theirs[name] - mine[name] for name in mine})
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _measure(
    name: str, sums: tuple[Sums, Sums], points: tuple[float, float], drawn: _Values, level: float
) -> PairedMetric:
    one, other = (float(point) if np.isfinite(point) else None for point in points)
    if one is None or other is None:
        reason = Message(text=N_("This is not defined for one of them."))
        return PairedMetric(name=name, one=one, other=other, reason=reason)
    difference, method = _difference(name, sums, other - one, drawn[name], level)
    if not difference.interval.is_defined:
        reason = Message(
            text=N_("There is nothing to measure its chance by: every resample says the same, or too few do.")
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
        patients_needed=patients_needed(difference.value, difference.error, sums[0].n_groups),
    )


def _difference(
    name: str, sums: tuple[Sums, Sums], value: float, drawn: NDArray[np.float64], level: float
) -> tuple[Difference, PairedMethod]:
    first, second = sums
    if name == "auroc" and first.positive is not None:
        is_positive = first.predictions.y_true == first.positive
        scores = [each.predictions.y_score[:, first.positive] for each in sums]
        groups = None if first.is_independent else first.patient_of
        found = delong_difference(is_positive, *scores, level=level, groups=groups)
        if not found.interval.is_defined and value != 0:
            n_sides = [len(np.unique(first.patient_of[side])) for side in (is_positive, ~is_positive)]
            area = float(auroc(is_positive, scores[0]))
            return score_difference(area, area + value, *n_sides, level=level), "newcombe"
        return found, "delong" if first.is_independent else "delong_by_patient"
    if name in _SHARES and first.is_independent:
        return _by_mcnemar(name, first, second, level), "mcnemar"
    by: PairedMethod = "bootstrap_by_image" if first.is_independent else "bootstrap_by_patient"
    return from_draws(value, drawn, level), by


def _by_mcnemar(name: str, first: Sums, second: Sums, level: float) -> Difference:
    """Compare the shares called right, of all images or of those with or without the finding."""
    truth, positive = first.predictions.y_true, first.positive
    counted = {"accuracy": truth >= 0, "sensitivity": truth == positive, "specificity": truth != positive}[
        name
    ]
    # Each group is one image: its matrix has a single 1, on the diagonal if it was called right.
    right = [
        np.trace(each.matrices, axis1=1, axis2=2)[each.patient_of][counted] == 1 for each in (first, second)
    ]
    if not counted.any():
        return Difference(np.nan, np.nan, NO_INTERVAL, np.nan)
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
