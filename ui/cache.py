"""What the pages keep between steps, with a limit on each: data set tables, pictures, loaded networks.

Keys are ids with a revision or a time of change, so a changed thing is read anew. Nothing here imports
torch at the top.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st
from PIL import Image

from core.images.display import to_uint8

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from core.datasets.store import Dataset
    from core.images.records import MedicalImage
    from core.runs.checkpoints import LoadedModel
    from core.runs.records import EpochMetrics, RunEvent, StepMetrics
    from core.runs.store import Run

_MOST_STEPS: Final = 200_000  # lines of one metrics.jsonl that stay in memory


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(folder: str, info_json: str, _opened: Dataset) -> Dataset:
    return _opened


def dataset(dataset_id: str) -> Dataset:
    """Return an opened data set. Its table is read once a revision and shared: do not change it."""
    from core.datasets.store import open_dataset

    opened = open_dataset(dataset_id)  # the folder and all that is known count: it may have been renamed
    return _dataset(str(opened.folder), opened.info.model_dump_json(), opened)


def samples(dataset_id: str) -> pd.DataFrame:
    """Return the table of a data set's samples; shared by all visitors: do not change it."""
    return dataset(dataset_id).samples


@st.cache_resource(max_entries=256, show_spinner=False)
def _image(dataset_id: str, revision: str, sample_id: int) -> MedicalImage:
    return dataset(dataset_id).image(sample_id)


def image(dataset_id: str, sample_id: int) -> MedicalImage:
    """Return one image of a data set; shared by all visitors: do not change its values."""
    return _image(dataset_id, dataset(dataset_id).info.revision, sample_id)


@st.cache_data(max_entries=1024, max_size="128mb", show_spinner=False)
def _thumbnail(dataset_id: str, revision: str, sample_id: int, side: int) -> bytes:
    picture = Image.fromarray(to_uint8(image(dataset_id, sample_id)))
    picture.thumbnail((side, side))
    return png_bytes(picture)


def thumbnail(dataset_id: str, sample_id: int, *, side: int = 256) -> bytes:
    """Return a sample as a viewer would show it, as PNG bytes of at most `side` pixels a side."""
    return _thumbnail(dataset_id, dataset(dataset_id).info.revision, sample_id, side)


def png_bytes(picture: Image.Image | NDArray[np.uint8]) -> bytes:
    """Return a picture, or an ndarray of shape (H, W) or (H, W, 3), uint8, as PNG bytes."""
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(picture)
    content = BytesIO()
    picture.save(content, format="PNG")
    return content.getvalue()


@dataclass(frozen=True)
class SharedModel:
    """A loaded network and its lock: Captum hooks the network for a moment, so one visitor at a time."""

    loaded: LoadedModel
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(max_entries=3, show_spinner=False)
def _model(run_id: str, changed_ns: int) -> SharedModel:
    from core.runs.checkpoints import load_model
    from core.runs.store import open_run

    return SharedModel(load_model(open_run(run_id)))


def model(run_id: str) -> SharedModel:
    """Return the best network of a run; the first call imports torch. Use it under `with shared.lock:`."""
    from core.runs.store import open_run

    path = open_run(run_id).folder / "best.safetensors"
    return _model(run_id, path.stat().st_mtime_ns if path.exists() else 0)


@dataclass
class MetricsLog:
    """The lines of a metrics.jsonl that were read so far; `update` reads on from where it stopped."""

    folder: Path
    steps: list[StepMetrics] = field(default_factory=list)
    epochs: list[EpochMetrics] = field(default_factory=list)
    events: list[RunEvent] = field(default_factory=list)
    offset: int = 0
    file_number: int = 0  # a resumed run replaces its file by a shorter one
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def update(self) -> None:
        """Read what is new. A file that was replaced (by a resumed run) is read again from its start."""
        from core.runs.metrics import read_metrics
        from core.runs.records import EpochMetrics, RunEvent

        # What the system refuses has no curve; what is wrong with it, the run's line says.
        with self.lock, suppress(OSError):
            path = self.folder / "metrics.jsonl"
            file_number = path.stat().st_ino if path.exists() else 0
            if file_number != self.file_number:
                self.steps, self.epochs, self.events, self.offset = [], [], [], 0
                self.file_number = file_number
            tail = read_metrics(self.folder, self.offset)
            if tail.starts_over:
                self.steps, self.epochs, self.events = [], [], []
            self.offset = tail.offset
            for line in tail.lines:
                if isinstance(line, EpochMetrics):
                    self.epochs.append(line)
                elif isinstance(line, RunEvent):
                    self.events.append(line)
                elif len(self.steps) < _MOST_STEPS:
                    self.steps.append(line)


@st.cache_resource(max_entries=16, show_spinner=False)
def _metrics(run_id: str, folder: str) -> MetricsLog:
    return MetricsLog(Path(folder))


def metrics(run: Run) -> MetricsLog:
    """Return the metrics of a run up to now, shared by all visitors."""
    log = _metrics(run.run_id, str(run.folder))
    log.update()
    return log
