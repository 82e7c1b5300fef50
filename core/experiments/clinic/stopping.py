"""Choose the epoch on the test films and report their score: the best of many is better than the truth.

One training is asked about many ways to deal held-out patients into a validation and a test part. The wrong
recipe reports the highest test score of all epochs; the right one the test score of the epoch that the
validation part has chosen.
"""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.experiments.clinic.films import shipped_films
from core.experiments.clinic.intervals import estimate
from core.experiments.clinic.records import RecipeAnswer, RecipeRequest
from core.experiments.clinic.trainings import arm, train_arms
from core.experiments.trial import Measured
from core.jobs.worker import Job
from core.language import N_, Message
from core.statistics.roc import auroc

_N_PATIENTS: Final = 40  # in each part of a deal: a small test set, as in many a tutorial
_N_DEALS: Final = 200
_N_BLOCKS: Final = 20  # of the jackknife over patients


def stop_on_the_test(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Compare both recipes over the same trainings and the same deals."""
    began, films = time.monotonic(), shipped_films(job.check_stop)
    train, held_out = films.parts(0.4, 0.6, seed=0)
    one = arm(films.prepared(train, held_out), request, schedule="constant")
    [found] = train_arms([one], request, job)
    patients = np.unique(films.patients[held_out], return_inverse=True)[1].astype(np.int64)
    n_patients = int(patients.max()) + 1
    reported = np.array([reported_of(training, patients) for training in found])  # (n_trainings, 2)
    wrong, right, flattery = _three(reported).T
    variances = _jackknife(found, patients, job)
    values = {"n": _N_PATIENTS, "deals": _N_DEALS}
    return RecipeAnswer(
        recipe=request.recipe,
        wrong=tuple(wrong.tolist()),
        right=tuple(right.tolist()),
        wrong_mean=estimate(wrong, variances[0], n_patients),
        right_mean=estimate(right, variances[1], n_patients),
        difference=estimate(flattery, variances[2], n_patients),
        n_images=len(held_out),
        n_patients=n_patients,
        score=Message(
            text=N_("reported AUROC on {n} test patients, the mean over {deals} ways to deal them out"),
            values=dict(values),
        ),
        axis=Message(text=N_("reported AUROC")),
        method=Message(
            text=N_("{n} trainings; a jackknife over patients and the spread of the trainings, added."),
            values={"n": request.n_trainings},
        ),
        facts=(_n_epochs(found),),
        seconds=time.monotonic() - began,
    )


def reported_of(training: Measured, patients: NDArray[np.int64]) -> tuple[float, float]:
    """Return what the wrong and the right recipe report of one training, on average over the deals.

    Parameters
    ----------
    training
        Its answers after each epoch.
    patients
        ndarray of shape (n,): the number of each image's patient.
    """
    in_test, in_val = deals(patients)
    scores = [training.y_score(epoch + 1)[:, 1] for epoch in range(len(training.logits))]
    truth = training.y_true == 1
    test = np.stack([auroc(truth, score, in_test) for score in scores])  # (n_epochs, n_deals)
    val = np.stack([auroc(truth, score, in_val) for score in scores])
    is_defined = np.isfinite(test).all(axis=0) & np.isfinite(val).all(axis=0)
    test, val = test[:, is_defined], val[:, is_defined]
    chosen = test[val.argmax(axis=0), np.arange(test.shape[1])]
    return float(test.max(axis=0).mean()), float(chosen.mean())


def deals(patients: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return which images are in the test and which in the validation part of each deal: (n_deals, n)."""
    generator, numbers = np.random.default_rng(0), np.unique(patients)
    order = np.stack([generator.permutation(numbers) for _ in range(_N_DEALS)])  # (n_deals, n_patients)
    parts = order[:, :_N_PATIENTS], order[:, _N_PATIENTS : 2 * _N_PATIENTS]
    test, val = ((patients[None, :, None] == part[:, None, :]).any(axis=2) for part in parts)
    return test.astype(np.float64), val.astype(np.float64)


def _three(reported: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add the difference to the two scores: (..., 2) -> (..., 3)."""
    return np.concatenate([reported, reported[..., :1] - reported[..., 1:]], axis=-1)


def _jackknife(found: list[Measured], patients: NDArray[np.int64], job: Job) -> NDArray[np.float64]:
    """Return the variances of the means over which patients were held out, blocks left out in turn: (3,)."""
    left_out = []
    for block in range(_N_BLOCKS):
        job.check_stop()
        keep = patients % _N_BLOCKS != block
        each = [reported_of(_only(training, keep), patients[keep]) for training in found]
        left_out.append(_three(np.mean(each, axis=0)))
    variances: NDArray[np.float64] = (_N_BLOCKS - 1) * np.var(left_out, axis=0)
    return variances


def _only(training: Measured, keep: NDArray[np.bool_]) -> Measured:
    return Measured(training.y_true[keep], training.logits[:, keep], training.losses)


def _n_epochs(found: list[Measured]) -> Message:
    text = N_(
        "{epochs} epochs to choose from. The more epochs, seeds or settings are tried on the same test films,"
        " and the fewer these are, the more is reported that is not there."
    )
    return Message(text=text, values={"epochs": len(found[0].logits)})
