"""What one number of a picture says, in its machine's own terms, as a sentence."""

from collections.abc import Callable
from typing import Final

import numpy as np

from core.datasets.phantom_geometry import FloatArray
from core.datasets.tour_histology import dyes_in, optical_density
from core.images.records import MedicalImage
from core.language import _


def read_pixel(machine: str, image: MedicalImage, row: int, column: int) -> str:
    """Return what the pixel (row, column) says, in the visitor's language.

    Parameters
    ----------
    machine
        A key of `core.datasets.tour.MACHINES`.
    """
    return _READERS[machine](np.asarray(image.values[row, column], dtype=np.float64))


def times_water(hounsfield: float) -> float:
    """Return mu / mu_water: HU = 1000 (mu - mu_water) / mu_water, solved."""
    return 1 + hounsfield / 1000


def share_of_loudest(decibels: float) -> float:
    """Return an amplitude against the loudest: dB = 20 log10(A / A_loudest), solved."""
    return float(10 ** (decibels / 20))


def _xray(value: FloatArray) -> str:
    return _("{value:.0f} of the steps from 0 to 4,095. The number has no unit.", value=float(value))


def _ct(value: FloatArray) -> str:
    return _(
        "{value:.0f} HU: this spot weakens X-rays {factor:.2f} times as much as water.",
        value=float(value),
        factor=max(times_water(float(value)), 0.0),
    )


def _mri(value: FloatArray) -> str:
    return _("{value:.0f} in arbitrary units. On another scanner it would differ.", value=float(value))


def _ultrasound(value: FloatArray) -> str:
    return _(
        "{value:.0f} dB: the echo has {share:.2g} % of the loudest one's amplitude.",
        value=float(value),
        share=100 * share_of_loudest(float(value)),
    )


def _histology(value: FloatArray) -> str:
    density, dyes = optical_density(value), np.maximum(dyes_in(value), 0)
    return _(
        "red {red:.0f}, green {green:.0f}, blue {blue:.0f}; optical density {d_red:.2f}, {d_green:.2f},"
        " {d_blue:.2f}; dyes: haematoxylin {haematoxylin:.2f}, eosin {eosin:.2f}.",
        red=value[0],
        green=value[1],
        blue=value[2],
        d_red=density[0],
        d_green=density[1],
        d_blue=density[2],
        haematoxylin=dyes[0],
        eosin=dyes[1],
    )


def _fundus(value: FloatArray) -> str:
    return _(
        "red {red:.0f}, green {green:.0f}, blue {blue:.0f} of 255. Blood shows best in green.",
        red=value[0],
        green=value[1],
        blue=value[2],
    )


_READERS: Final[dict[str, Callable[[FloatArray], str]]] = {
    "xray": _xray,
    "ct": _ct,
    "mri": _mri,
    "ultrasound": _ultrasound,
    "histology": _histology,
    "fundus": _fundus,
}
