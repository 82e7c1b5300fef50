"""How often a checkpoint's answer changes under augmentation, and what the mean over draws does to it.

The mean over draws is test-time augmentation (Krizhevsky 2012; measured by Shanmugam 2021, arXiv:2011.11156).
Pictures go through the checkpoint's own preprocessing and are changed where training changes them: between
the picture in [0, 1] and its rescaling. Mixing is not asked about: a mixture of two patients has no answer.

Covers: chance in which patients were sampled. Does not cover: whether the changes happen to real films. The
spread over draws says how much the changes move the answer; it is no confidence interval.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.comparison import patient_groups
from core.experiments.stability_records import Estimate, Paired, Stability, StabilityRequest
from core.images.records import MedicalImage
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.exclusive import exclusive
from core.runs.store import open_run
from core.statistics.intervals import percentile_interval, resamples
from core.statistics.metrics import brier_scores, log_losses
from core.statistics.roc import auroc, macro_auroc
from core.statistics.shares import LEVEL, share_by_group
from core.training.pipeline import Inputs, PreparedData, generator, prepare
from core.transforms.preprocessing import image_part
from core.transforms.records import AugmentationStep

Steps = tuple[AugmentationStep, ...]
Scores = NDArray[np.float64]
Metric = Callable[[NDArray[np.int64], Scores, NDArray[np.float64]], float]  # (y_true, y_score, weights)

N_BINS: Final = 10
_BATCH: Final = 64
_N_RESAMPLES: Final = 1000
_SEED: Final = 0
_CPU: Final = torch.device("cpu")
_WORDS: Final = Message(text=N_("The network is asked about changed images"))


@dataclass(frozen=True, eq=False)
class Answers:
    """What a checkpoint says of n images as they are, and of several draws of each.

    Attributes
    ----------
    plain
        ndarray of shape (n, k), float64: probabilities.
    drawn
        ndarray of shape (n_draws, n, k), float64.
    y_true, groups
        ndarrays of shape (n,), int64: the true class, and the number of the patient.
    positive
        Index of the positive class of two; None with more.
    """

    plain: Scores
    drawn: Scores
    y_true: NDArray[np.int64]
    groups: NDArray[np.int64]
    positive: int | None


def measure_stability(request: StabilityRequest, job: Job) -> Stability:
    """Ask a run about its validation images, as they are and drawn often, and compare.

    Raises
    ------
    StateError
        The data set has changed since it was asked for, or no epoch has ended yet.
    """
    run = open_run(request.run)
    loaded, dataset = load_model(run), open_dataset(run.config.dataset)
    if dataset.info.revision != request.dataset_revision:
        raise StateError(N_("The data set '{dataset}' has changed; ask again."), dataset=run.config.dataset)

    def prepared(fraction: float) -> None:
        job.check_stop()
        job.report(0.5 * fraction, _WORDS)

    data = prepare(dataset, run.split(), loaded.preprocessing, progress=prepared)
    data = replace(data, statistics=loaded.statistics)
    rows, drawn = data.rows["val"], []
    plain = _probabilities(loaded, data, (), rows, seed=request.seed)
    for draw in range(request.n_draws):
        job.check_stop()
        job.report(0.5 + 0.5 * draw / request.n_draws, _WORDS)
        drawn.append(_probabilities(loaded, data, request.steps, rows, seed=request.seed + 1 + draw))
    patients = dataset.samples["patient_id"].to_numpy(dtype=object)[rows.numpy()]
    positive = loaded.card.positive_class
    answers = Answers(
        plain,
        np.stack(drawn),
        data.labels[rows].numpy(),
        patient_groups(patients, len(rows)),
        None if positive is None else loaded.class_names.index(positive),
    )
    return judge(answers, threshold=request.threshold)


def draw_answers(
    loaded: LoadedModel, image: MedicalImage, steps: Steps, *, n_draws: int, seed: int
) -> tuple[Scores, Scores]:
    """Return what a checkpoint says of one image as it is, (k,), and of draws of it, (n_draws, k)."""
    pixels = torch.from_numpy(image_part(image, loaded.preprocessing)[None])  # (1, C, H, W)
    rows = torch.zeros(1, dtype=torch.int64)
    data = PreparedData(pixels, rows, {"val": rows}, loaded.statistics, loaded.preprocessing)
    plain = _probabilities(loaded, data, (), rows, seed=seed)[0]
    return plain, _probabilities(loaded, data, steps, rows.repeat(n_draws), seed=seed)


def judge(answers: Answers, *, threshold: float) -> Stability:
    """Count the changed answers, and compare the means over draws with the plain answers."""
    called = _called(answers.plain, answers.positive, threshold)
    others = np.stack([_called(draw, answers.positive, threshold) for draw in answers.drawn])
    changed = (others != called).astype(np.float64)  # (n_draws, n)
    means = answers.drawn.mean(axis=0)
    of = called if answers.positive is None else np.full(len(called), answers.positive)
    spread = answers.drawn.std(axis=0)[np.arange(len(of)), of]
    counts = _resampled(answers.groups)
    return Stability(
        n_images=len(answers.y_true),
        n_patients=len(np.unique(answers.groups)),
        n_draws=len(answers.drawn),
        ever=share_by_group(changed.max(axis=0), answers.groups),
        on_average=share_by_group(changed.mean(axis=0), answers.groups),
        auroc=_pair(answers, means, counts, _area),
        log_loss=_pair(answers, means, counts, _mean_of(log_losses)),
        brier=_pair(answers, means, counts, _mean_of(brier_scores)),
        calibration_error=_pair(answers, means, counts, calibration_error),
        spread=_estimate(float(spread.mean()), (counts @ spread) / counts.sum(axis=1)),
        entropy=_pair(answers, means, counts, _mean_of(lambda _truth, score: entropy(score))),
    )


def calibration_error(y_true: NDArray[np.int64], y_score: Scores, weights: NDArray[np.float64]) -> float:
    """Return the expected calibration error with ten bins of equally many images.

    Images are sorted by the probability of the last class of two (of the most probable class, with more); in
    each bin the mean probability is held against the share that is of that class. The mean of the distances,
    weighted by images (Naeini 2015, AAAI; bins of equal size: Nguyen and O'Connor 2015, arXiv:1508.05154). It
    is above 0 by chance alone where there are few images.

    Parameters
    ----------
    y_true, y_score
        ndarrays of shapes (n,) and (n, k).
    weights
        ndarray of shape (n,): how often each image counts.
    """
    of = y_score.argmax(axis=1) if y_score.shape[1] > 2 else np.ones(len(y_true), dtype=np.int64)
    score, hits = y_score[np.arange(len(of)), of], y_true == of
    order = np.argsort(score, kind="stable")
    after = np.cumsum(weights[order])
    bins = np.minimum((N_BINS * (after - weights[order] / 2) / after[-1]).astype(np.int64), N_BINS - 1)
    gaps = np.bincount(bins, weights=weights[order] * (score - hits)[order], minlength=N_BINS)
    return float(np.abs(gaps).sum() / after[-1])


def entropy(y_score: Scores) -> NDArray[np.float64]:
    """Return the entropy of each row's probabilities in nats: 0 is sure, ln k is not a clue."""
    logs = np.log(y_score, out=np.zeros_like(y_score), where=y_score > 0)
    found: NDArray[np.float64] = -(y_score * logs).sum(axis=1)
    return found


def _probabilities(
    loaded: LoadedModel, data: PreparedData, steps: Steps, rows: torch.Tensor, *, seed: int
) -> Scores:
    """Return the probabilities, (n, k), of pictures drawn once each as training draws them."""
    inputs, found = Inputs(data, steps, _CPU), []
    for number, part in enumerate(torch.split(rows, _BATCH), start=1):
        drawn, _ = inputs.training(part, generator(seed, 0, number))
        with exclusive(loaded.model) as model, torch.no_grad():
            found.append(model(drawn).double().numpy())  # (B, C, H, W) -> (B, k)
    scores: Scores = softmax(np.concatenate(found), axis=1)
    return scores


def _called(y_score: Scores, positive: int | None, threshold: float) -> NDArray[np.int64]:
    called: NDArray[np.int64] = y_score.argmax(axis=1)
    if positive is not None:
        called = np.where(y_score[:, positive] >= threshold, positive, 1 - positive)
    return called


def _area(y_true: NDArray[np.int64], y_score: Scores, weights: NDArray[np.float64]) -> float:
    if y_score.shape[1] == 2:
        return float(auroc(y_true == 1, y_score[:, 1], weights[None])[0])
    return float(macro_auroc(y_true, y_score, weights[None])[0])


def _mean_of(each: Callable[[NDArray[np.int64], Scores], NDArray[np.float64]]) -> Metric:
    return lambda y_true, y_score, weights: float(np.average(each(y_true, y_score), weights=weights))


def _resampled(groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how often each image counts in resamples of the patients: (n_resamples, n)."""
    patient_of = np.unique(groups, return_inverse=True)[1]
    draws = resamples(int(patient_of.max()) + 1, _N_RESAMPLES, np.random.default_rng(_SEED))
    return np.concatenate(list(draws))[:, patient_of].astype(np.float64)


def _pair(answers: Answers, means: Scores, counts: NDArray[np.float64], metric: Metric) -> Paired:
    once = np.ones(len(answers.y_true))
    values = [metric(answers.y_true, score, once) for score in (answers.plain, means)]
    drawn = np.array(
        [[metric(answers.y_true, score, row) for score in (answers.plain, means)] for row in counts]
    )
    return Paired(
        plain=_estimate(values[0], drawn[:, 0]),
        mean_of_draws=_estimate(values[1], drawn[:, 1]),
        difference=_estimate(values[1] - values[0], drawn[:, 1] - drawn[:, 0]),
    )


def _estimate(value: float, drawn: NDArray[np.float64]) -> Estimate:
    if not np.isfinite(value):
        return Estimate(value=None)
    interval = percentile_interval(drawn, LEVEL)
    if not interval.is_defined:
        return Estimate(value=value)
    return Estimate(value=value, low=interval.low, high=interval.high)
