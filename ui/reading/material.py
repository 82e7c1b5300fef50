"""What a reading needs from the run and the data set: pictures, the network's answers, the truth."""

import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.evaluation.calibration import calibrated, stored_temperature
from core.reading.cases import Cases, cases_of
from core.reading.records import ReadingPlan
from core.runs.store import Run, open_run
from ui import answers, cache


def run_of(plan: ReadingPlan) -> Run:
    """Return the run that is read against; UnknownNameError where it is gone."""
    return open_run(plan.run)


def cases(plan: ReadingPlan) -> Cases:
    """Return the cases with their truth as it is known now, and what the network says."""
    run = run_of(plan)
    try:
        table = cache.samples(plan.dataset)
        labels = dict(zip(table["sample_id"].tolist(), table["label"].tolist(), strict=True))
    except UserError:  # the data set is gone: the labels with which the cases were drawn hold
        labels = {}
    return cases_of(plan, answers.predictions(run, plan.split), labels)


def helpful_scores(plan: ReadingPlan) -> tuple[NDArray[np.float32], bool]:
    """Return what the network tells a reader, (n, k), and whether a temperature was fitted for it."""
    found = cases(plan).model
    temperature = stored_temperature(run_of(plan))
    if temperature is None:
        return found.y_score, False
    return calibrated(found, temperature).y_score, True


def is_open(plan: ReadingPlan) -> bool:
    """Tell whether the truth of these cases may be shown: of a test split once this visitor has opened it."""
    return plan.split != "test" or answers.is_open(run_of(plan))


def picture(plan: ReadingPlan, case: int) -> bytes:
    """Return a case as a small picture."""
    return cache.thumbnail(plan.dataset, plan.cases[case], side=320)
