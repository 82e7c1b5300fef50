"""A map as numbers: a .npz that numpy opens without pickles, with what must be known of it inside."""

import json
from dataclasses import asdict
from io import BytesIO
from typing import Final

import numpy as np

from core.explanation.picture import NOT_FOR_DIAGNOSIS, on_image
from core.explanation.records import Attribution

NOTICE: Final = f"Lightbox: for teaching and demonstration. {NOT_FOR_DIAGNOSIS}."


def to_npz(attribution: Attribution, shape: tuple[int, int]) -> bytes:
    """Return a map as a compressed .npz.

    Parameters
    ----------
    attribution
        The map.
    shape
        (H, W) of the image that it explains.

    Returns
    -------
    bytes
        `values` (h, w) float32 on the grid of the network's input; `on_image` (H, W) float32, the same
        bilinearly on the image, NaN where the network did not see it; `about`, a JSON text with the notice.
    """
    about = {
        "notice": NOTICE,
        "method": attribution.method,
        "class": attribution.class_name,
        "signed": attribution.signed,
        "grid": attribution.grid,
        "interpolation": attribution.interpolation,
        "extent": asdict(attribution.extent),
        "convergence_delta": attribution.convergence_delta,
        "network_trained_on_simulated_images": attribution.trained_on_simulated,
    }
    content = BytesIO()
    np.savez_compressed(
        content,
        values=attribution.values,
        on_image=on_image(attribution.values, shape, attribution.extent),
        about=np.array(json.dumps(about)),
    )
    return content.getvalue()
