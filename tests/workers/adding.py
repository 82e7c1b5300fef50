"""A tiny experiment for the tests: `python -m tests.workers.adding JOB_FOLDER` adds up what it is given."""

import sys
import time
from pathlib import Path

from core.errors import InvalidValueError
from core.experiments import worker
from core.experiments.catalog import EXPERIMENTS
from core.experiments.records import ExperimentSpec, Request, Result
from core.jobs.worker import Job

SPEC = ExperimentSpec(
    name="adding",
    title="Adding",
    request="tests.workers.adding:Terms",
    result="tests.workers.adding:Sum",
    builder="tests.workers.adding:add",
)


class Terms(Request):
    terms: tuple[int, ...]
    wait: bool = False  # until it is asked to stop


class Sum(Result):
    total: int


def add(request: Terms, job: Job) -> Sum:
    while request.wait:
        job.check_stop()
        time.sleep(0.01)
    if not request.terms:
        raise InvalidValueError("There is nothing to add.")
    job.report(0.5)
    return Sum(total=sum(request.terms))


if __name__ == "__main__":
    EXPERIMENTS[SPEC.name] = SPEC
    worker.main(Path(sys.argv[1]))
