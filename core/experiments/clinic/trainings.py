"""Train the wrong and the right recipe several times each, and hold their answers against each other."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_set import NAME
from core.experiments.clinic.films import SIZE
from core.experiments.clinic.records import Estimate, RecipeAnswer, RecipeRequest
from core.experiments.comparison import ArmAreas, compare_arms
from core.experiments.trial import Measured, run_trial
from core.jobs.worker import Job
from core.language import N_, Message
from core.training.config import TrainingConfig, parse_config
from core.training.engine import Engine
from core.training.pipeline import PreparedData

_TRAINING: Final = N_("Training {number} of {n}")
_AUROC: Final = N_("AUROC on {n} films of {patients} patients that took no part in the training")
_INTERVAL: Final = N_(
    "{n} trainings of each recipe with other first weights; the interval covers the patients who were drawn"
    " and the luck of the training."
)


@dataclass(frozen=True, eq=False)
class Arm:
    """One way to train: its data, its config but for the seed, and what it does to the engine."""

    data: PreparedData
    config: TrainingConfig
    adapt: Callable[[Engine], None] = lambda engine: None


def arm(data: PreparedData, request: RecipeRequest, **changes: object) -> Arm:
    """Return an arm of the usual short training, with some fields of its config changed."""
    values = {
        "dataset": NAME,
        "image_size": SIZE,
        "epochs": request.epochs,
        "augmentations": [],
        "threads": 1,
        "device": "cpu",
    }
    return Arm(data, parse_config(values | changes))


def train_arms(arms: list[Arm], request: RecipeRequest, job: Job) -> list[list[Measured]]:
    """Train each arm `n_trainings` times; return what the test rows of each said after every epoch."""
    n = len(arms) * request.n_trainings
    began = time.monotonic()
    found: list[list[Measured]] = []
    for one in arms:
        of_arm = []
        for seed in range(request.n_trainings):
            done = len(found) * request.n_trainings + seed

            def progress(fraction: float, done: int = done) -> None:
                whole = (done + fraction) / n
                left = (time.monotonic() - began) / whole * (1 - whole) if whole else None
                text = Message(text=_TRAINING, values={"number": done + 1, "n": n})
                job.report(whole, text, seconds_left=left)

            trial = run_trial(
                one.data,
                one.config.model_copy(update={"seed": seed}),
                measure=("test",),
                adapt=one.adapt,
                check_stop=job.check_stop,
                progress=progress,
            )
            of_arm.append(trial.measured["test"])
        found.append(of_arm)
    return found


def answer(
    request: RecipeRequest,
    found: list[list[Measured]],
    patients: NDArray[np.int64],
    *,
    began: float,
    facts: tuple[Message, ...] = (),
) -> RecipeAnswer:
    """Compare two arms, (wrong, right), by the AUROC after their last epoch; see `compare_arms`."""
    wrong, right = found
    compared = compare_arms(
        np.stack([one.y_score() for one in right]),
        np.stack([one.y_score() for one in wrong]),
        y_true=right[0].y_true,
        groups=patients,
    )
    n = {"n": compared.n_images, "patients": compared.n_patients}
    return RecipeAnswer(
        recipe=request.recipe,
        wrong=compared.arm_b.areas,
        right=compared.arm_a.areas,
        wrong_mean=_mean(compared.arm_b),
        right_mean=_mean(compared.arm_a),
        difference=Estimate(value=compared.difference, low=compared.low, high=compared.high),
        n_images=compared.n_images,
        n_patients=compared.n_patients,
        score=Message(text=_AUROC, values=dict(n)),
        axis=Message(text=N_("AUROC")),
        method=Message(text=_INTERVAL, values={"n": request.n_trainings}),
        facts=facts,
        seconds=time.monotonic() - began,
    )


def _mean(arm: ArmAreas) -> Estimate:
    mean = float(np.mean(arm.areas))
    interval = arm.interval
    if interval is None:
        return Estimate(value=mean)
    return Estimate(value=mean, low=interval.low, high=interval.high)
