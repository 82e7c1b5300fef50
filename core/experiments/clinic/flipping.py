"""Flip films left and right while the question is which side the finding is on: the label no longer fits."""

import time

import numpy as np

from core.experiments.clinic.films import lesion_sides, shipped_films
from core.experiments.clinic.records import RecipeAnswer, RecipeRequest
from core.experiments.clinic.trainings import answer, arm, train_arms
from core.jobs.worker import Job
from core.language import N_, Message


def flipped_chests(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Train "on which side is the finding?" with and without mirror images."""
    began, films = time.monotonic(), shipped_films(job.check_stop)
    sides = lesion_sides()
    rows = np.flatnonzero(sides >= 0)
    films = films.of(rows, labels=sides[rows])
    train, test = films.parts(0.6, 0.4, seed=0)
    data = films.prepared(train, test)
    flip = {"name": "flip_horizontal", "parameters": {"probability": 0.5}}
    found = train_arms([arm(data, request, augmentations=[flip]), arm(data, request)], request, job)
    text = N_(
        "The question here is on which side of the film the finding lies. For the question whether there is"
        " one, a mirror image may do no harm: ask the page Augment, 'Does it help?'."
    )
    return answer(request, found, films.patients[test], began=began, facts=(Message(text=text),))
