"""Pictures after the image part of the preprocessing, made once and kept beside their data set.

The image part is deterministic, so its result is kept as 16-bit integers in one array file; the key names
everything that decides a pixel. It is made on all cores, can be stopped, and is used by every run and page
that asks for the same pictures.
"""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.store import Dataset
from core.datasets.table import revision_of
from core.transforms.preprocessing import CODE_VERSION, image_part
from core.transforms.records import Preprocessing
from core.workspace import replacing

IN_MEMORY_BYTES: Final = 1 << 30  # a cache smaller than this is read into memory, a larger one stays on disk


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
    """
    path = cache_path(dataset, preprocessing)
    if not path.exists():
        _fill_cache(path, dataset, preprocessing, progress)
    in_memory = path.stat().st_size < IN_MEMORY_BYTES
    # Copy-on-write where it stays on disk: torch warns about memory that it could write to and must not.
    pixels: NDArray[np.uint16] = np.load(path, mmap_mode=None if in_memory else "c")
    return pixels


def cache_path(dataset: Dataset, preprocessing: Preprocessing) -> Path:
    """Return where the pictures of a data set after these image steps are kept, there or not."""
    return dataset.folder / "cache" / f"{_cache_key(dataset, preprocessing)}.npy"


def _cache_key(dataset: Dataset, preprocessing: Preprocessing) -> str:
    steps = [step.model_dump_json() for step in preprocessing.active("image")]
    # Corrected labels change no pixel: the pictures need not be decoded again.
    pictures = revision_of(dataset.samples.drop(columns=["label", "patient_id", "split"]))
    text = "\n".join([pictures, str(CODE_VERSION), *steps])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _fill_cache(
    path: Path, dataset: Dataset, preprocessing: Preprocessing, progress: Callable[[float], None]
) -> None:
    """Decode all images into an array file, in a thread for each core (decoders let go of the GIL)."""
    sample_ids = dataset.samples["sample_id"].to_numpy()

    def decode(sample_id: int) -> NDArray[np.uint16]:
        return image_part(dataset.image(int(sample_id)), preprocessing)

    shape = (len(sample_ids), *decode(sample_ids[0]).shape)
    with replacing(path) as temporary:
        cache = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint16, shape=shape)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for row, pixels in enumerate(pool.map(decode, sample_ids)):
                cache[row] = pixels
                progress((row + 1) / len(sample_ids))
        cache.flush()
        del cache
