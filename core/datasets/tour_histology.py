"""A stained slice under the microscope: two dyes, the law of Beer and Lambert, three colour channels.

Haematoxylin colours nuclei blue-violet, eosin everything else pink. What a dye takes from the light is
additive in optical density, not in brightness, so the amounts of both can be got back from the colour.

Covers: two dyes, glands, stroma, a nest of tumour cells, shot noise of the camera.
Does not cover: focus, staining differences between laboratories, folds, and any real tissue.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.datasets.phantom_geometry import BoolArray, FloatArray
from core.images.records import MedicalImage

FIELD_UM: Final = 240.0  # side of the square picture, in micrometres
BLANK: Final = 245.0  # brightness where there is no tissue, of 255
# Optical densities in (red, green, blue) of one unit of dye: Ruifrok and Johnston, Analytical and
# Quantitative Cytology and Histology 2001, 23:291.
HAEMATOXYLIN: Final = (0.65, 0.70, 0.29)
EOSIN: Final = (0.07, 0.99, 0.11)
_STAINS: Final = np.array([HAEMATOXYLIN, EOSIN])  # (2 dyes, 3 channels)

_TUMOUR: Final = (148.0, 154.0, 66.0)  # centre x, centre y, radius in micrometres
_GLANDS: Final = ((58.0, 56.0, 33.0, 27.0), (176.0, 40.0, 27.0, 23.0), (36.0, 168.0, 21.0, 27.0))


@dataclass(frozen=True)
class Amounts:
    """How much of each dye lies at each point, ndarrays of shape (H, W), >= 0."""

    haematoxylin: FloatArray
    eosin: FloatArray


def optical_density(rgb: NDArray[np.generic], blank: float = BLANK) -> FloatArray:
    """Return -log10(I / I0) of brightnesses I (at least 1), with I0 that of empty glass; shape of `rgb`."""
    return -np.log10(np.maximum(np.asarray(rgb, dtype=np.float64), 1.0) / blank)


def light_through(amounts: Amounts, blank: float = BLANK) -> FloatArray:
    """Return what is left of the light: I = I0 10^-OD, with OD the dyes' densities added (Beer, Lambert).

    Returns
    -------
    ndarray of shape (H, W, 3), float64 in (0, blank].
    """
    dyes = np.stack([amounts.haematoxylin, amounts.eosin], axis=-1)  # (H, W, 2)
    return np.asarray(blank * 10.0 ** -(dyes @ _STAINS))


def dyes_in(rgb: NDArray[np.generic], blank: float = BLANK) -> FloatArray:
    """Return how much (haematoxylin, eosin) explains a colour best, ndarray (..., 2): least squares."""
    return np.asarray(optical_density(rgb, blank) @ np.linalg.pinv(_STAINS))


def make_histology(*, n_pixels: int = 384, seed: int = 12) -> MedicalImage:
    """Make the picture: glands in stroma, and a nest of tumour cells.

    Returns
    -------
    MedicalImage of uint8, three channels.
    """
    generator = np.random.default_rng(seed)
    light = light_through(_stained(n_pixels, generator))
    counted = generator.normal(light, 0.12 * np.sqrt(light))  # shot noise: the variance grows with the light
    return MedicalImage(
        values=np.clip(np.rint(counted), 0, 255).astype(np.uint8),
        value_range=(0.0, 255.0),
        modality="SM",
        pixel_spacing_mm=(FIELD_UM / 1000 / n_pixels, FIELD_UM / 1000 / n_pixels),
    )


def histology_lesion(n_pixels: int = 384) -> NDArray[np.bool_]:
    """Return where the nest of tumour cells is, ndarray of shape (H, W)."""
    x, y = _places_um(n_pixels)
    return _nest(x, y) < 1


def _places_um(n_pixels: int) -> tuple[FloatArray, FloatArray]:
    axis = (np.arange(n_pixels) + 0.5) * FIELD_UM / n_pixels
    x, y = np.meshgrid(axis, axis)
    return x, y


def _nest(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the distance from the middle of the nest, 1 at its lobed edge."""
    angle = np.arctan2(y - _TUMOUR[1], x - _TUMOUR[0])
    edge = 1 + 0.10 * np.cos(3 * angle + 1) + 0.06 * np.cos(5 * angle) + 0.03 * np.cos(9 * angle + 2)
    return np.asarray(np.hypot(x - _TUMOUR[0], y - _TUMOUR[1]) / (_TUMOUR[2] * edge))


def _gland(x: FloatArray, y: FloatArray, gland: tuple[float, float, float, float]) -> FloatArray:
    """Return the distance from the middle of a gland, 1 at its basement membrane."""
    across, down = (x - gland[0]) / gland[2], (y - gland[1]) / gland[3]
    angle = np.arctan2(down, across)
    return np.asarray(np.hypot(across, down) / (1 + 0.05 * np.cos(3 * angle + gland[0])))


def _stained(n_pixels: int, generator: np.random.Generator) -> Amounts:
    """Lay down stroma, then glands and the nest, then all nuclei."""
    x, y = _places_um(n_pixels)
    per_um = n_pixels / FIELD_UM
    nest = _nest(x, y)
    fibres = _fibres(x, y, generator)
    eosin = 0.21 + 0.085 * fibres
    eosin[fibres < -1.35] = 0.03  # clefts
    haematoxylin = np.full_like(eosin, 0.045)
    grain = gaussian_filter(generator.standard_normal(x.shape), 0.8 * per_um)
    grain /= grain.std()
    for gland in _GLANDS:
        inside = _gland(x, y, gland)
        cells, lumen = inside < 1, inside < 0.36
        eosin[cells], haematoxylin[cells] = (0.24 + 0.03 * grain)[cells], 0.10
        pale = cells & (inside > 0.40) & (inside < 0.66)
        eosin[pale] *= 0.72  # mucus, which takes no dye
        eosin[lumen], haematoxylin[lumen] = 0.015, 0.01
        rim = np.abs(inside - 1.02) < 0.025
        eosin[rim] = 0.5
    tumour = nest < 1
    eosin[tumour], haematoxylin[tumour] = (0.20 + 0.05 * grain)[tumour], 0.15
    for nucleus in _nuclei(x, y, generator):
        _stain_nucleus(haematoxylin, eosin, nucleus, per_um, generator)
    soft = 0.35 * per_um  # what the objective resolves
    return Amounts(
        np.maximum(gaussian_filter(haematoxylin, soft), 0), np.maximum(gaussian_filter(eosin, soft), 0)
    )


def _fibres(x: FloatArray, y: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Return the wavy fibres of the stroma, mean 0 and variance 1: noise that is long one way, then bent."""
    long_noise = gaussian_filter(generator.standard_normal((400, 400)), (2.0, 26.0), mode="wrap")
    rows = (y + 9 * np.sin(x / 34 + 0.6) + 0.35 * x + 5 * np.sin((x + y) / 21)) * 1.4
    fibres = long_noise[rows.astype(int) % 400, (x * 1.4).astype(int) % 400]
    return np.asarray((fibres - fibres.mean()) / fibres.std())


@dataclass(frozen=True)
class _Nucleus:
    """An ellipse in micrometres, how dark it is, and how coarse its chromatin."""

    x: float
    y: float
    long: float
    short: float
    turn: float
    dark: float
    coarse: float


def _nuclei(x: FloatArray, y: FloatArray, generator: np.random.Generator) -> list[_Nucleus]:
    """Draw the nuclei: palisades in glands, spindles in the stroma, large and uneven ones in the nest."""
    nuclei = [nucleus for gland in _GLANDS for nucleus in _palisade(gland, generator)]
    taken = [(nucleus.x, nucleus.y, 5.0) for nucleus in nuclei]
    for n_tries, in_nest in ((900, True), (700, False)):
        for place in generator.uniform(0, FIELD_UM, (n_tries, 2)):
            here = (np.array([place[0]]), np.array([place[1]]))
            depth = float(_nest(*here)[0])
            fits = depth < 0.93 if in_nest else depth > 1.1 and _outside_glands(*here)
            apart = 9.2 if in_nest else 13.0
            if fits and all(np.hypot(place[0] - a, place[1] - b) > max(apart, c) for a, b, c in taken):
                taken.append((float(place[0]), float(place[1]), 5.0))
                nuclei.append(_tumour_nucleus(place, generator) if in_nest else _spindle(place, generator))
    return nuclei


def _outside_glands(x: FloatArray, y: FloatArray) -> bool:
    return all(float(_gland(x, y, gland)[0]) > 1.12 for gland in _GLANDS)


def _palisade(gland: tuple[float, float, float, float], generator: np.random.Generator) -> list[_Nucleus]:
    """Stand the nuclei of a gland in a row at its base, long side toward the middle."""
    n = round(np.pi * (gland[2] + gland[3]) / 6.6)
    nuclei = []
    for angle in 2 * np.pi * (np.arange(n) + generator.uniform(-0.12, 0.12, n)) / n:
        far = generator.normal(0.80, 0.02)
        x, y = gland[0] + far * gland[2] * np.cos(angle), gland[1] + far * gland[3] * np.sin(angle)
        toward = np.arctan2(gland[3] * np.sin(angle), gland[2] * np.cos(angle)) + generator.normal(0, 0.1)
        size = generator.normal(1, 0.06)
        nuclei.append(_Nucleus(x, y, 4.3 * size, 2.5 * size, toward, generator.normal(0.62, 0.05), 0.10))
    return nuclei


def _tumour_nucleus(place: FloatArray, generator: np.random.Generator) -> _Nucleus:
    long = float(np.clip(generator.lognormal(np.log(5.3), 0.22), 3.4, 8.5))
    short = long * float(generator.uniform(0.62, 0.95))
    dark = float(np.clip(generator.normal(0.74, 0.15), 0.45, 1.1))
    return _Nucleus(
        float(place[0]), float(place[1]), long, short, float(generator.uniform(0, np.pi)), dark, 0.28
    )


def _spindle(place: FloatArray, generator: np.random.Generator) -> _Nucleus:
    if generator.random() < 0.3:  # a lymphocyte: small, round, dark
        return _Nucleus(
            float(place[0]), float(place[1]), 3.1, 2.9, 0.0, float(generator.normal(0.95, 0.05)), 0.12
        )
    along = -0.3 + 0.3 * np.cos(place[0] / 34 + 0.6) + generator.normal(0, 0.2)
    return _Nucleus(
        float(place[0]), float(place[1]), 6.2, 1.5, float(along), float(generator.normal(0.62, 0.06)), 0.1
    )


def _stain_nucleus(
    haematoxylin: FloatArray,
    eosin: FloatArray,
    nucleus: _Nucleus,
    per_um: float,
    generator: np.random.Generator,
) -> None:
    """Stain one nucleus into both maps, in the little square around it."""
    reach = int(np.ceil(1.25 * nucleus.long * per_um))
    row, column = int(nucleus.y * per_um), int(nucleus.x * per_um)
    rows = slice(max(row - reach, 0), row + reach + 1)
    columns = slice(max(column - reach, 0), column + reach + 1)
    part = haematoxylin[rows, columns]
    down, right = np.mgrid[
        rows.start : rows.start + part.shape[0], columns.start : columns.start + part.shape[1]
    ]
    x, y = (right + 0.5) / per_um - nucleus.x, (down + 0.5) / per_um - nucleus.y
    along = (x * np.cos(nucleus.turn) + y * np.sin(nucleus.turn)) / nucleus.long
    across = (y * np.cos(nucleus.turn) - x * np.sin(nucleus.turn)) / nucleus.short
    wave = 1 + 0.07 * np.cos(3 * np.arctan2(across, along) + nucleus.x)
    inside: BoolArray = np.hypot(along, across) < wave
    chromatin = gaussian_filter(generator.standard_normal(part.shape), 0.7 * per_um)
    chromatin /= chromatin.std() + 1e-9
    membrane = 0.18 * (np.hypot(along, across) > 0.8 * wave)
    dark = np.maximum(nucleus.dark * (1 + nucleus.coarse * chromatin) + membrane, 0.2)
    part[inside] = dark[inside]
    eosin[rows, columns][inside] *= 0.6
