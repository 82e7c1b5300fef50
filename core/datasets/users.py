"""Which jobs work with a data set: read from what the folders of those at work ask for."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from core.datasets.records import DatasetInfo
from core.errors import StateError
from core.jobs.control import JobView, active_jobs
from core.language import N_

TRAINING: Final = ("training",)
_REQUESTS: Final = ("config.json", "request.json")  # of a run; of any other job, an experiment too


def jobs_using(info: DatasetInfo, kinds: Collection[str] = ()) -> list[JobView]:
    """Return the jobs that are queued, at work or paused with a data set, oldest first.

    Parameters
    ----------
    info
        The data set; jobs may still know it by a former name.
    kinds
        Only jobs of these kinds; empty means all.
    """
    jobs = (job for job in active_jobs() if not kinds or job.status.kind in kinds)
    return [job for job in jobs if info.is_called(_dataset_of(job.folder))]


def refuse_while_used(info: DatasetInfo, kinds: Collection[str] = ()) -> None:
    """Raise StateError if a job is at work with the data set."""
    if jobs := jobs_using(info, kinds):
        text = N_("'{job}' is at work with '{name}'; wait until it has ended or stop it, then try again.")
        raise StateError(text, job=jobs[0].job_id, name=info.dataset_id)


def _dataset_of(folder: Path) -> str:
    """Return the name of the data set that a job asks for; empty if it asks for none."""
    for name in _REQUESTS:
        try:
            request: dict[str, Any] = json.loads((folder / name).read_bytes())
        except (OSError, ValueError):
            continue
        asked = request.get("config") or request.get("request") or request
        return str(asked.get("dataset") or asked.get("dataset_id") or "")
    return ""
