"""Choose the pixels on all films, then split: labels drawn by lot look learnable.

After Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd edition, 7.10.2, "The wrong and
the right way to do cross-validation".
"""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t
from sklearn.linear_model import LogisticRegression

from core.experiments.clinic.films import Films, shipped_films
from core.experiments.clinic.records import Estimate, RecipeAnswer, RecipeRequest
from core.jobs.worker import Job
from core.language import N_, Message
from core.statistics.roc import auroc
from core.transforms.preprocessing import unit

_N_PIXELS: Final = 30
_N_LOTS: Final = 40
_N_PATIENTS: Final = 100


def choose_pixels_first(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Draw labels by lot, and choose the telling pixels on all films or on the training films."""
    began, films = time.monotonic(), _one_film_each(shipped_films(job.check_stop))
    scores = np.empty((_N_LOTS, 2))
    for lot in range(_N_LOTS):
        job.check_stop()
        text = Message(text=N_("Lot {number} of {n}"), values={"number": lot + 1, "n": _N_LOTS})
        job.report(lot / _N_LOTS, text)
        scores[lot] = both_ways(films, lot)
    return RecipeAnswer(
        recipe=request.recipe,
        wrong=tuple(scores[:, 0].tolist()),
        right=tuple(scores[:, 1].tolist()),
        wrong_mean=_mean(scores[:, 0]),
        right_mean=_mean(scores[:, 1]),
        difference=_mean(scores[:, 0] - scores[:, 1]),
        n_images=len(films.labels),
        n_patients=len(films.labels),
        score=Message(
            text=N_("AUROC of a logistic regression on {n} pixels, with labels drawn by lot"),
            values={"n": _N_PIXELS},
        ),
        axis=Message(text=N_("AUROC")),
        method=Message(text=N_("{n} draws of the labels; Student's interval."), values={"n": _N_LOTS}),
        facts=(
            Message(
                text=N_("There is nothing to learn, so an honest score is 0.5: what is above it is leak.")
            ),
        ),
        seconds=time.monotonic() - began,
    )


def both_ways(films: Films, lot: int) -> tuple[float, float]:
    """Return the AUROC on held-out films with the pixels chosen on all films, and on the training films."""
    generator = np.random.default_rng((lot, 7))
    n = len(films.labels)
    labels = generator.permutation(np.arange(n) % 2)
    is_train = generator.permutation(n) < n // 2
    values = np.stack([unit(pixels).ravel() for pixels in films.pixels])  # (n, C * H * W)
    return (
        _score(values, labels, is_train, chosen_on=np.ones(n, dtype=bool)),
        _score(values, labels, is_train, chosen_on=is_train),
    )


def _score(
    values: NDArray[np.float32],
    labels: NDArray[np.int64],
    is_train: NDArray[np.bool_],
    *,
    chosen_on: NDArray[np.bool_],
) -> float:
    best = np.argsort(-_telling(values[chosen_on], labels[chosen_on]))[:_N_PIXELS]
    model = LogisticRegression().fit(values[is_train][:, best], labels[is_train])
    answers = model.decision_function(values[~is_train][:, best])
    return float(auroc(labels[~is_train] == 1, answers))


def _telling(values: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how strongly each column goes with the labels: |correlation|, in [0, 1]."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    together = (labels - labels.mean()) @ centred / len(labels)
    found: NDArray[np.float64] = np.abs(together) / np.maximum(spread * labels.std(), 1e-9)
    return found


def _one_film_each(films: Films) -> Films:
    """Return the first film of some patients: then films are witnesses of their own."""
    first = np.unique(films.patients, return_index=True)[1][:_N_PATIENTS]
    return films.of(first)


def _mean(values: NDArray[np.float64]) -> Estimate:
    """Return the mean over independent draws of the labels, with Student's interval."""
    mean, reach = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    reach *= float(t.ppf(0.975, len(values) - 1))
    return Estimate(value=mean, low=mean - reach, high=mean + reach)
