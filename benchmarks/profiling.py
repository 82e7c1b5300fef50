"""How long it takes to say what 10,000 images say: the whole profile, from the button to its file."""

from datetime import datetime

from benchmarks.home import temporary_home
from benchmarks.many_films import FILMS_PER_PATIENT, N_IMAGES, SIDE, many_films
from benchmarks.records import Sample
from core.datasets.profiling.stored import read_profile
from core.datasets.profiling.worker import start_profile
from core.datasets.store import open_dataset
from core.jobs.control import view, wait


def seconds() -> Sample:
    """Seconds from the start of the job to its end, its process and its imports included."""
    with temporary_home():
        folder = many_films()
        info = open_dataset(folder.name).info
        job = start_profile(info)
        if wait(job, seconds=600) != "completed":
            raise RuntimeError((job / "log.txt").read_text())
        status, profile = view(job).status, read_profile(folder, info.revision)
        assert profile is not None
        note = f"{SIDE} px, {N_IMAGES // FILMS_PER_PATIENT} patients"
        return Sample((_seconds_between(status.launched_at, str(status.finished_at)),), note)


def _seconds_between(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
