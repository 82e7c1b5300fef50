"""What a reading needs from the run and the data set: pictures, the network's answers, the truth."""

import numpy as np
from numpy.typing import NDArray

from core.errors import StateError, UnknownNameError, UserError
from core.evaluation.calibration import calibrated, known_temperature
from core.images.records import MedicalImage
from core.language import N_
from core.reading.cases import Cases, cases_of, check_images, relabelled
from core.reading.records import ReadingPlan
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from ui import answers, cache


def run_of(plan: ReadingPlan) -> Run:
    """Return the run that is read against; StateError where it is gone."""
    try:
        return open_run(plan.run)
    except UnknownNameError as error:
        text = N_(
            "The run '{run}' was deleted, and what it said about these cases went with it. All answers so far"
            " are kept."
        )
        raise StateError(text, run=plan.run) from error


def image(plan: ReadingPlan, case: int) -> MedicalImage:
    """Return the image of a case; StateError where its data set is gone or replaced by another."""
    check_images(plan.dataset, plan.revision)
    return cache.image(plan.dataset, plan.cases[case])


def cases(plan: ReadingPlan) -> Cases:
    """Return the cases with their truth as it is known now, and what the network says."""
    return cases_of(plan, answers.predictions(run_of(plan), plan.split), _labels(plan))


def whole_split(plan: ReadingPlan) -> Predictions:
    """Return what the network says about all images of the split, with their truth as it is known now."""
    return relabelled(answers.predictions(run_of(plan), plan.split), _labels(plan))


def _labels(plan: ReadingPlan) -> dict[int, str]:
    try:
        check_images(plan.dataset, plan.revision)
        table = cache.samples(plan.dataset)
    except UserError:  # the data set is gone: the labels with which the cases were drawn hold
        return {}
    return dict(zip(table["sample_id"].tolist(), table["label"].tolist(), strict=True))


def helpful_scores(plan: ReadingPlan) -> tuple[NDArray[np.float32], bool]:
    """Return what the network tells a reader, (n, k), and whether a temperature was fitted for it."""
    found = cases(plan).model
    temperature = known_temperature(run_of(plan), run_of(plan).card)
    if temperature is None:
        return found.y_score, False
    return calibrated(found, temperature).y_score, True


def is_open(plan: ReadingPlan) -> bool:
    """Tell whether the truth of these cases may be shown: of a test split once this visitor has opened it."""
    return plan.split != "test" or answers.is_open(run_of(plan))


def picture(plan: ReadingPlan, case: int) -> bytes:
    """Return a case as a small picture."""
    check_images(plan.dataset, plan.revision)
    return cache.thumbnail(plan.dataset, plan.cases[case], side=320)
