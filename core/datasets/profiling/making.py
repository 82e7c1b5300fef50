"""Make a profile: one pass over the pictures, then the tests, each on what the pass has kept."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from core.datasets.profiling.copy_groups import find_copies
from core.datasets.profiling.counting import count, split_in_use
from core.datasets.profiling.facts import fact_groups
from core.datasets.profiling.mislabels import find_mislabels
from core.datasets.profiling.reading import Readings, read_pictures
from core.datasets.profiling.records import VERSION, Mislabels, Profile, Shortcuts
from core.datasets.profiling.shortcuts import suspect_shortcuts
from core.datasets.profiling.stored import Means, save_profile
from core.datasets.profiling.testing import Check, Trial, prepare_trial
from core.datasets.store import Dataset
from core.errors import JobStoppedError
from core.jobs.status import now
from core.language import N_, Message

Progress = Callable[[float, Message], None]

_READING_SHARE: Final = 0.7  # of the work, roughly
_READING: Final = N_("Image {n} of {total} is being read.")
_COPIES: Final = N_("Copies are being looked for.")
_LABELS: Final = N_("Labels are being asked about.")
_SHORTCUTS: Final = N_("Shortcuts are being looked for.")


def make_profile(
    dataset: Dataset,
    *,
    progress: Progress = lambda _share, _message: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Profile:
    """Profile a data set and keep the profile beside it.

    Parameters
    ----------
    dataset
        The data set.
    progress
        Called with the share done, in [0, 1], and a sentence.
    should_stop
        Asked now and then; if it says yes, nothing is kept.

    Raises
    ------
    JobStoppedError
        `should_stop` said yes.
    """
    began = time.monotonic()

    def check() -> None:
        if should_stop():
            raise JobStoppedError

    def say(share: float, text: str) -> None:
        check()
        progress(share, Message(text=text))

    readings = _read(dataset, progress, check)
    samples, class_names = dataset.samples, dataset.info.class_names
    say(_READING_SHARE, _COPIES)
    split = split_in_use(samples)
    copies, near = find_copies(samples, readings.thumbnails, split)
    trial = prepare_trial(samples, class_names, near, positive=dataset.info.positive_class)
    say(0.8, _LABELS)
    mislabels = _mislabels(trial, readings, samples, check)
    say(0.88, _SHORTCUTS)
    shortcuts = _shortcuts(trial, readings, samples, check)
    check()
    profile = Profile(
        version=VERSION,
        dataset_id=dataset.info.dataset_id,
        revision=dataset.info.revision,
        made_at=now(),
        seconds=round(time.monotonic() - began, 1),
        n_images=len(samples),
        n_patients=dataset.info.n_patients,
        class_names=class_names,
        counts=count(samples, class_names, split),
        grey_levels=dict(zip(class_names, np.round(readings.levels, 5).tolist(), strict=True)),
        copies=copies,
        mislabels=mislabels,
        shortcuts=shortcuts,
    )
    save_profile(dataset.folder, profile, Means(readings.means))
    return profile


def _read(dataset: Dataset, progress: Progress, check: Check) -> Readings:
    places = {name: code for code, name in enumerate(dataset.info.class_names)}
    codes = dataset.samples["label"].map(places).to_numpy(np.int64)

    def done(n: int) -> None:
        check()
        values: dict[str, str | int | float | bool | None | Message] = {"n": n, "total": len(codes)}
        progress(_READING_SHARE * n / len(codes), Message(text=_READING, values=values))

    return read_pictures(dataset, codes, len(places), progress=done)


def _mislabels(trial: Trial | Message, readings: Readings, samples: pd.DataFrame, check: Check) -> Mislabels:
    if isinstance(trial, Message):
        return Mislabels(reason=trial)
    sample_ids = samples["sample_id"].to_numpy(np.int64)[trial.rows]
    return find_mislabels(trial, readings.thumbnails[trial.rows], sample_ids, check)


def _shortcuts(trial: Trial | Message, readings: Readings, samples: pd.DataFrame, check: Check) -> Shortcuts:
    if isinstance(trial, Message):
        return Shortcuts(reason=trial)
    return suspect_shortcuts(trial, fact_groups(samples, readings), samples, check)
