"""What a process of the picture cache does: a few pictures, after the image steps. No torch here."""

from pathlib import Path
from typing import Any

import numpy as np

from core.datasets.dataset import stored_image
from core.transforms.preprocessing import image_part
from core.transforms.records import Preprocessing


def make(
    content: bytes, *, folder: str, rows: list[dict[str, Any]], steps: str
) -> tuple[dict[str, Any], list[bytes]]:
    """Return the pictures of some rows of a sample table: the task of core.images.sandbox.

    Parameters
    ----------
    content
        Empty: the pictures are read from the data set's folder.
    folder, rows
        Where the data set lies, and what its table says of the images.
    steps
        A Preprocessing as JSON.

    Returns
    -------
    The shape (b, C, H, W), and one buffer of uint16 values.
    """
    preprocessing = Preprocessing.model_validate_json(steps)
    pixels = np.stack([image_part(stored_image(Path(folder), row), preprocessing) for row in rows])
    return {"shape": list(pixels.shape)}, [pixels.tobytes()]
