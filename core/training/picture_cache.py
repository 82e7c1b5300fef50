"""Pictures after the image part of the preprocessing, made once and kept beside their data set.

The image part is deterministic, so its result is kept as 16-bit integers in one array file; the key names
everything that decides a pixel. It is made on all cores, can be stopped, and is used by every run and page
that asks for the same pictures.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.dataset import PICTURE_COLUMNS
from core.datasets.store import Dataset
from core.errors import InvalidValueError, StateError
from core.images.sandbox import Sandbox
from core.jobs.cores import n_cores
from core.language import N_
from core.transforms.preprocessing import CODE_VERSION, image_part
from core.transforms.preprocessing.order import size_after
from core.transforms.records import Preprocessing
from core.workspace import replacing

IN_MEMORY_BYTES: Final = 1 << 30  # a cache smaller than this is read into memory, a larger one stays on disk
_TRIED: Final = 16  # pictures that tell how long one takes
_WORTH_SECONDS: Final = 4.0  # of work left: below it, other processes take longer to start than they save
_CHUNK_SECONDS: Final = 0.25
_MOST_ROWS: Final = 256
_MOST_SECONDS: Final = 300.0  # for one chunk; a picture that takes so long will not end
_MOST_CACHES: Final = 12  # of one data set; the next takes the place of the one that was not used for longest
_ABANDONED_SECONDS: Final = 86_400.0
_TASK: Final = "core.training.picture_task:make"
_Made = Iterator[tuple[int, NDArray[np.uint16]]]  # (row of the first picture, pictures (b, C, H, W))


def cached_pictures(
    dataset: Dataset, preprocessing: Preprocessing, progress: Callable[[float], None]
) -> NDArray[np.uint16]:
    """Return all pictures of a data set, made if they are not there yet.

    Parameters
    ----------
    dataset, preprocessing
        The images, and the pipeline whose image steps are done.
    progress
        Called with the fraction that is done; what it raises ends the work and leaves no half-written file.

    Returns
    -------
    ndarray of shape (n, C, H, W), uint16, in the order of the sample table.

    Raises
    ------
    InvalidValueError
        The pipeline gives images of several sizes, or leaves nothing of one.
    UnreadableImageError
        A picture of the data set is damaged.
    """
    if (reason := size_after(preprocessing.active("image"))) is not None:
        raise InvalidValueError(N_("Training cannot use this preprocessing: {reason}."), reason=reason)
    path = cache_path(dataset, preprocessing)
    pixels = _kept(path)
    if pixels is None:
        _sweep(path.parent)
        _fill_cache(path, dataset, preprocessing, progress)
        pixels = _kept(path)
    if pixels is None:
        raise StateError(
            N_("The prepared images of '{dataset}' are gone; try again."), dataset=dataset.folder.name
        )
    return pixels


def kept_pictures(dataset: Dataset, preprocessing: Preprocessing) -> NDArray[np.uint16] | None:
    """Return all pictures of a data set, (n, C, H, W), if they were made before; they are in use from now."""
    return _kept(cache_path(dataset, preprocessing))


def cache_path(dataset: Dataset, preprocessing: Preprocessing) -> Path:
    """Return where the pictures of a data set after these image steps are kept, there or not."""
    return dataset.folder / "cache" / f"{_cache_key(dataset, preprocessing)}.npy"


def _kept(path: Path) -> NDArray[np.uint16] | None:
    """Return the pictures of a file, which is in use from now; None if there is none, or a damaged one."""
    try:
        in_memory = path.stat().st_size < IN_MEMORY_BYTES
        # Copy-on-write where it stays on disk: torch warns about memory that it could write to and must not.
        pixels: NDArray[np.uint16] = np.load(path, mmap_mode=None if in_memory else "c")
    except FileNotFoundError:
        return None
    except (ValueError, EOFError):  # cut short, or no array at all
        return None
    with suppress(OSError):  # a home that can only be read
        os.utime(path)
    return pixels


def _sweep(folder: Path) -> None:
    """Make room for another cache: the longest unused go, and what a killed process left half done."""
    doomed = sorted(folder.glob("[!.]*.npy"), key=_used_at, reverse=True)[_MOST_CACHES - 1 :]
    now = time.time()
    abandoned = [one for one in folder.glob(".*.npy.*") if now - _used_at(one) > _ABANDONED_SECONDS]
    for one in (*doomed, *abandoned):
        with suppress(OSError):  # another process was faster, or is reading it where that forbids it
            one.unlink()


def _used_at(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0  # another process swept it


def _cache_key(dataset: Dataset, preprocessing: Preprocessing) -> str:
    steps = [step.model_dump_json() for step in preprocessing.active("image")]
    # Corrected labels change no pixel: the pictures need not be decoded again.
    known = dataset.samples.drop(columns=["label", "patient_id", "split"])
    rows = pd.util.hash_pandas_object(known, index=False).to_numpy()
    pictures = hashlib.sha256(rows.tobytes()).hexdigest()
    text = "\n".join([pictures, *known.columns, str(CODE_VERSION), *steps])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _fill_cache(
    path: Path, dataset: Dataset, preprocessing: Preprocessing, progress: Callable[[float], None]
) -> None:
    """Make all pictures into an array file: the first few here, many or slow ones on all cores."""
    n = len(dataset.samples)
    first = _made(dataset, preprocessing, 0)
    with replacing(path) as temporary:
        cache = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint16, shape=(n, *first.shape))
        _take_room(temporary)
        began = time.monotonic()
        n_tried = min(n, _TRIED)
        for row in range(n_tried):
            cache[row] = _made(dataset, preprocessing, row)
            progress((row + 1) / n)
        seconds_each = (time.monotonic() - began) / n_tried
        is_long = seconds_each * (n - n_tried) > _WORTH_SECONDS
        makers = _in_processes if is_long and n_cores() > 1 else _in_threads
        for row, pixels in makers(dataset, preprocessing, range(n_tried, n), seconds_each):
            cache[row : row + len(pixels)] = pixels
            progress((row + len(pixels)) / n)
        cache.flush()
        del cache


def _take_room(path: Path) -> None:
    """Take the room of a file now: once the disk is full, writing through its map kills the process."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _made(dataset: Dataset, preprocessing: Preprocessing, row: int) -> NDArray[np.uint16]:
    return image_part(dataset.image(int(dataset.samples["sample_id"].iloc[row])), preprocessing)


def _in_threads(dataset: Dataset, preprocessing: Preprocessing, rows: range, seconds_each: float) -> _Made:
    """Make pictures in a thread for each core: decoders let go of the interpreter, our own steps do not."""
    with ThreadPoolExecutor(n_cores()) as pool:
        for row, pixels in zip(
            rows, pool.map(lambda row: _made(dataset, preprocessing, row), rows), strict=True
        ):
            yield row, pixels[None]


def _in_processes(dataset: Dataset, preprocessing: Preprocessing, rows: range, seconds_each: float) -> _Made:
    """Make pictures in a process for each core, a quarter of a second of work at a time."""
    n_each = min(_MOST_ROWS, max(1, round(_CHUNK_SECONDS / max(seconds_each, 1e-6))))
    steps, folder = preprocessing.model_dump_json(), str(dataset.folder.resolve())

    def asked() -> Iterator[tuple[int, bytes, dict[str, Any]]]:
        for row in range(rows.start, rows.stop, n_each):
            part = dataset.samples.iloc[row : min(row + n_each, rows.stop)]
            yield row, b"", {"folder": folder, "rows": _described(part), "steps": steps}

    with Sandbox(n_cores(), task=_TASK, seconds=_MOST_SECONDS) as sandbox:
        for row, result in sandbox.map(asked()):
            if not isinstance(result, tuple):
                raise result
            record, buffers = result
            yield row, np.frombuffer(buffers[0], dtype=np.uint16).reshape(record["shape"])


def _described(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows of the sample table as JSON can carry them to the last digit."""
    columns = {
        name: rows[name].astype(object).where(rows[name].notna(), None).tolist() for name in PICTURE_COLUMNS
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
