"""Judge a rare finding by accuracy alone: whoever always says "nothing there" is right nine times in ten."""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.experiments.clinic.films import Films, shipped_films
from core.experiments.clinic.intervals import estimate
from core.experiments.clinic.records import RecipeAnswer, RecipeRequest
from core.experiments.clinic.trainings import arm, train_arms
from core.experiments.trial import Measured
from core.jobs.worker import Job
from core.language import N_, Message
from core.statistics.intervals import resamples
from core.statistics.metrics import ratio

_PREVALENCE: Final = 0.1
_N_RESAMPLES: Final = 1000


def accuracy_alone(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Make findings rare, train, and read accuracy and balanced accuracy of the same answers."""
    began, films = time.monotonic(), _made_rare(shipped_films(job.check_stop))
    train, test = films.parts(0.5, 0.5, seed=0)
    [found] = train_arms([arm(films.prepared(train, test), request)], request, job)
    patients = np.unique(films.patients[test], return_inverse=True)[1]
    n_patients = int(patients.max()) + 1
    both = np.array([_both(training, np.ones(len(test))) for training in found])  # (n_trainings, 2)
    drawn = np.concatenate(
        [
            np.mean([_both(training, counts[:, patients]) for training in found], axis=0)
            for counts in resamples(n_patients, _N_RESAMPLES, np.random.default_rng(0), width=len(test))
        ]
    )
    variances = [float(np.nanvar(one, ddof=1)) for one in (*drawn.T, drawn[:, 0] - drawn[:, 1])]
    return RecipeAnswer(
        recipe=request.recipe,
        wrong=tuple(both[:, 0].tolist()),
        right=tuple(both[:, 1].tolist()),
        wrong_mean=estimate(both[:, 0], variances[0], n_patients),
        right_mean=estimate(both[:, 1], variances[1], n_patients),
        difference=estimate(both[:, 0] - both[:, 1], variances[2], n_patients),
        n_images=len(test),
        n_patients=n_patients,
        score=Message(text=N_("accuracy (wrong) and balanced accuracy (right) of the same answers")),
        axis=Message(text=N_("share of right answers")),
        method=Message(
            text=N_("{n} trainings; a bootstrap of whole patients and the spread of the trainings, added."),
            values={"n": request.n_trainings},
        ),
        facts=(_facts(found),),
        seconds=time.monotonic() - began,
    )


def _made_rare(films: Films) -> Films:
    """Leave out patients with a finding until one film in ten shows one."""
    clear = np.flatnonzero(films.labels == 0)
    positive = np.flatnonzero(films.labels == 1)
    n_wanted = round(len(clear) * _PREVALENCE / (1 - _PREVALENCE))
    return films.of(np.sort(np.concatenate([clear, positive[:n_wanted]])))


def _both(training: Measured, weights: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return accuracy and balanced accuracy with images counted `weights` (..., n) times: (..., 2)."""
    truth = training.y_true == 1
    is_right = (training.y_score()[:, 1] >= 0.5) == truth
    sides = [
        ratio((weights * (is_right & side)).sum(-1), (weights * side).sum(-1)) for side in (truth, ~truth)
    ]
    return np.stack(
        [(weights * is_right).sum(-1) / np.sum(weights, axis=-1), np.mean(sides, axis=0)], axis=-1
    )


def _facts(found: list[Measured]) -> Message:
    truth = found[0].y_true == 1
    hits = [int(((one.y_score()[:, 1] >= 0.5) & truth).sum()) for one in found]
    text = N_(
        "{k} of {n} test films show a finding; the trainings found {hits} of them. Always answering 'no"
        " finding' is right in {percent:.0f} % and finds none."
    )
    values = {"k": int(truth.sum()), "n": len(truth), "percent": 100 * float((~truth).mean())}
    return Message(text=text, values=values | {"hits": ", ".join(map(str, hits))})
