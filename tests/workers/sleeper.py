"""A job for the tests: `python -m tests.workers.sleeper FOLDER` does what the file `plan` in its folder says.

"finish": end at once. "hold": work until it is asked to stop. "fail": raise what nobody foresaw. "refuse":
raise an error of our own. The beginning of each job is a line in events.txt beside the folders.
"""

import sys
import time
from pathlib import Path

from core.errors import InvalidValueError
from core.jobs.worker import Job, work


def main(folder: Path) -> None:
    with work(folder) as job:
        job.wait_for_turn()
        with (folder.parent / "events.txt").open("a") as file:
            file.write(f"{folder.name}\n")
        _do(job, (folder / "plan").read_text())


def _do(job: Job, plan: str) -> None:
    if plan == "fail":
        raise ZeroDivisionError("nobody foresaw this")
    if plan == "refuse":
        raise InvalidValueError("{field} cannot be {value}.", field="size", value=3)
    job.report(0.25)
    while plan == "hold":
        job.check_stop()
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
