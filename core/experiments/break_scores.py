"""What mistakes in preprocessing do to the AUROC of a run, with an interval by patient. One job.

Right and broken are asked of the same images of the validation split, and the same resampled patients judge
both. The test split stays sealed: a laboratory that is opened at will would use it up.

Covers: chance in which patients were sampled. Does not cover: chance in the training.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.store import open_dataset
from core.evaluation.asked import check_samples
from core.evaluation.decisions import decide
from core.evaluation.weighing import Groups
from core.experiments.borrowing import borrow, footing_of
from core.experiments.break_records import BreakRequest, BreakResult, BreakScore, Score, Verdict
from core.experiments.breaking import Situation, break_it
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from core.statistics.intervals import Interval, percentile_interval, resamples
from core.statistics.roc import auroc, macro_auroc
from core.transforms.preprocessing import to_input

MOST_IMAGES: Final = 400  # of the validation split; beyond it whole patients are left out
_LEVEL: Final = 0.95
_N_RESAMPLES: Final = 2000
_BATCH: Final = 16
_THRESHOLD: Final = 0.5


class _Asked(NamedTuple):
    logits: NDArray[np.float32]  # (n_sets + 1, n, k); the first set is empty: right
    touched: NDArray[np.int64]  # (n_sets,)


def score_breaks(request: BreakRequest, job: Job) -> BreakResult:
    """Ask a run about its validation images, right and with each set of mistakes."""
    run = open_run(request.run)
    check_samples(run, run.config.dataset)
    truth, n_available = _truth(run)
    asked = _ask(run, truth.sample_ids, request, job)
    right = _with_logits(truth, asked.logits[0])
    return _judge(right, asked, request.sets, n_available)


def _truth(run: Run) -> tuple[Predictions, int]:
    """Return the run's validation predictions (thinned to MOST_IMAGES), and how many it has."""
    from core.evaluation.predictions import predictions_of  # torch

    found = predictions_of(run, "val")
    patient_of = Groups(found).of
    order = np.random.default_rng(0).permutation(int(patient_of.max(initial=-1)) + 1)
    n_of_each = np.bincount(patient_of, minlength=len(order))[order]
    kept = np.isin(patient_of, order[np.cumsum(n_of_each) - n_of_each < MOST_IMAGES])
    return _rows(found, kept), found.n_samples


def _rows(found: Predictions, kept: NDArray[np.bool_]) -> Predictions:
    return Predictions(
        y_true=found.y_true[kept],
        logits=found.logits[kept],
        y_score=found.y_score[kept],
        sample_ids=found.sample_ids[kept],
        patient_ids=None if found.patient_ids is None else found.patient_ids[kept],
        class_names=found.class_names,
        positive_class=found.positive_class,
    )


def _with_logits(truth: Predictions, logits: NDArray[np.float32]) -> Predictions:
    return Predictions.from_logits(
        logits,
        y_true=truth.y_true,
        sample_ids=truth.sample_ids,
        patient_ids=truth.patient_ids,
        class_names=truth.class_names,
        positive_class=truth.positive_class,
    )


def _ask(run: Run, sample_ids: NDArray[np.int64], request: BreakRequest, job: Job) -> _Asked:
    """Read each image once, and ask the network about it right and with each set of mistakes."""
    from core.evaluation.predictions import logits_of  # torch
    from core.runs.checkpoints import load_model

    loaded, borrowed = load_model(run), borrow(footing_of(run), request.other)
    dataset = open_dataset(run.config.dataset)
    sets = ((), *request.sets)
    found, touched = [], np.zeros(len(request.sets), dtype=np.int64)
    for batch in _batches(sample_ids):
        job.check_stop()
        rows: list[list[NDArray[np.float32]]] = [[] for _ in sets]
        for sample_id in batch:
            right = Situation(dataset.image(int(sample_id)), loaded.preprocessing, loaded.statistics)
            for names, row in zip(sets, rows, strict=True):
                broken = break_it(names, right, borrowed).situation
                row.append(to_input(broken.image, broken.preprocessing, broken.statistics))
            touched += [not np.array_equal(row[-1], rows[0][-1]) for row in rows[1:]]
        found.append(np.stack([logits_of(loaded, row) for row in rows]))
        n_done = sum(part.shape[1] for part in found)
        text = Message(text=N_("{n} of {total} images"), values={"n": n_done, "total": len(sample_ids)})
        job.report(n_done / len(sample_ids), text)
    return _Asked(np.concatenate(found, axis=1), touched)


def _batches(sample_ids: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(sample_ids), _BATCH):
        yield sample_ids[start : start + _BATCH]


def _judge(
    right: Predictions, asked: _Asked, sets: tuple[tuple[str, ...], ...], n_available: int
) -> BreakResult:
    broken = [_with_logits(right, logits) for logits in asked.logits[1:]]
    groups = Groups(right)
    drawn = _drawn_areas([right, *broken], groups.of)
    scores = [
        _compare(right, one, (drawn[0], of_one), int(n_touched))
        for one, of_one, n_touched in zip(broken, drawn[1:], asked.touched, strict=True)
    ]
    return BreakResult(
        right=_score(right, drawn[0]),
        scores=tuple(
            one.model_copy(update={"breaks": names}) for one, names in zip(scores, sets, strict=True)
        ),
        n_images=right.n_samples,
        n_available=n_available,
        n_patients=None if right.patient_ids is None else groups.n,
        positive_class=right.positive_class,
    )


def _drawn_areas(asked: list[Predictions], patient_of: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the AUROC of each set of predictions in each resample of the patients: (n_sets + 1, b)."""
    n_patients = int(patient_of.max(initial=-1)) + 1
    rng = np.random.default_rng(0)
    drawn = []
    for counts in resamples(n_patients, _N_RESAMPLES, rng, width=len(patient_of)):
        weights = counts[:, patient_of]  # (b, n_patients) -> (b, n)
        drawn.append(np.stack([_area(one, weights) for one in asked]))
    return np.concatenate(drawn, axis=1)


def _area(predictions: Predictions, weights: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return the AUROC of the positive class, or with more than two the mean of each against the rest.

    With two classes it is read from the logits: a mistake can push all probabilities so close to 1 that they
    are equal as numbers, and the ranks would be lost to rounding.
    """
    positive = predictions.positive_index
    if positive is None:
        return macro_auroc(predictions.y_true, predictions.y_score, weights)
    evidence = predictions.logits[:, positive] - predictions.logits[:, 1 - positive]
    return auroc(predictions.y_true == positive, evidence, weights)


def _score(predictions: Predictions, drawn: NDArray[np.float64]) -> Score:
    interval, positive = percentile_interval(drawn, _LEVEL), predictions.positive_index
    is_called = decide(predictions, _THRESHOLD) == positive
    return Score(
        auroc=_known(float(_area(predictions))),
        low=_known(interval.low),
        high=_known(interval.high),
        n_positive=None if positive is None else int(is_called.sum()),
    )


def _compare(
    right: Predictions,
    broken: Predictions,
    drawn: tuple[NDArray[np.float64], NDArray[np.float64]],
    n_touched: int,
) -> BreakScore:
    """Compare broken with right; `drawn` holds the AUROCs of both in the same resamples, right first."""
    interval = percentile_interval(drawn[1] - drawn[0], _LEVEL)
    n_changed = int((decide(broken, _THRESHOLD) != decide(right, _THRESHOLD)).sum())
    return BreakScore(
        breaks=(),
        score=_score(broken, drawn[1]),
        difference=_known(float(_area(broken) - _area(right))),
        low=_known(interval.low),
        high=_known(interval.high),
        n_touched=n_touched,
        n_answers_changed=n_changed,
        verdict=_verdict(interval, n_touched),
    )


def _verdict(interval: Interval, n_touched: int) -> Verdict:
    if n_touched == 0:
        return "untouched"
    if not (np.isfinite(interval.low) and np.isfinite(interval.high)):
        return "unknown"
    if interval.high < 0:
        return "worse"
    return "better" if interval.low > 0 else "no change"


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
