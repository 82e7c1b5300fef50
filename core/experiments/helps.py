"""Does an augmentation help? The same short training with and without it, several seeds each.

Nothing chooses an epoch: every training has the same length and ends with a learning rate of 0, and its last
epoch answers. The test split is not touched.
"""

import time

import numpy as np

from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.arms import choose_sides, train_arms
from core.experiments.comparison import compare_arms
from core.experiments.helps_records import (
    MOST_IMAGES,
    TEACHING_SHARE,
    ArmLosses,
    HelpsRequest,
    HelpsResult,
)
from core.experiments.trial import Trial
from core.jobs.worker import Job
from core.language import N_, Message
from core.training.config import resolved_preprocessing
from core.training.pipeline import prepare


def does_it_help(request: HelpsRequest, job: Job) -> HelpsResult:
    """Train both arms and compare them.

    Raises
    ------
    StateError
        The data set has changed since it was asked, or has too few patients of a class.
    """
    began = time.monotonic()
    dataset = open_dataset(request.dataset)
    if dataset.info.revision != request.revision:
        raise StateError(N_("The data set '{dataset}' has changed; ask again."), dataset=request.dataset)
    sides = choose_sides(dataset, request.split, share=TEACHING_SHARE, most=MOST_IMAGES)
    arms = [
        [request.config(augmentations, seed=seed) for seed in request.seeds]
        for augmentations in (request.other, request.steps)
    ]

    def preparing(fraction: float) -> None:
        job.check_stop()
        values = {"percent": int(100 * fraction)}
        job.report(0.0, Message(text=N_("Preparing images: {percent} %"), values=values))

    steps = resolved_preprocessing(arms[0][0], dataset.info.n_channels)
    data = prepare(dataset, sides.table, steps, progress=preparing)
    without, given = train_arms(job, data, arms, n_classes=len(dataset.info.class_names))
    return HelpsResult(
        comparison=compare_arms(
            np.stack([trial.measured["val"].y_score() for trial in without]),
            np.stack([trial.measured["val"].y_score() for trial in given]),
            y_true=without[0].measured["val"].y_true,
            groups=sides.groups,
        ),
        without=_losses(without),
        given=_losses(given),
        n_train_images=len(data.rows["train"]),
        n_train_patients=sides.n_train_patients,
        n_left_out=sides.n_left_out,
        positive_class=dataset.info.positive_class,
        seconds=time.monotonic() - began,
    )


def _losses(trials: list[Trial]) -> ArmLosses:
    return ArmLosses(
        train=tuple(tuple(trial.train_losses.tolist()) for trial in trials),
        answer=tuple(tuple(trial.measured["val"].losses.tolist()) for trial in trials),
    )
