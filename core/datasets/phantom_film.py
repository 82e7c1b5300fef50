"""One phantom film: its record, its marker, and the way from a shadow to 12-bit stored values."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_geometry import BoolArray, FloatArray, PlacedTube, tubes_path
from core.datasets.phantom_patient import Finding
from core.datasets.phantom_physics import (
    arriving_photons,
    contrast_per_cm,
    count_photons,
    detector_signal,
    transmission,
    unsharp,
    window_8bit,
)
from core.datasets.phantom_radiograph import FILM_CM, FINE, Shadow

Label = Literal["finding", "no finding"]
Marker = Literal["L", "R"]
MAX_STORED: Final = 4095  # 12 bits
SIGNAL_AT_MAX: Final = 5.0  # the processed signal that MAX_STORED stands for

_BLUR_MM: Final = 25.0
_BROAD, _FINE_DETAIL = 0.5, 1.6
_LETTER_CM: Final = 2.4
_STROKE_CM: Final = 0.22
_LEAD_CM: Final = 0.08
# Strokes of the letters in a box from (0, 0), top left, to (1, 1).
_STROKES: Final[dict[Marker, tuple[tuple[tuple[float, float], ...], ...]]] = {
    "L": (((0.1, 0.0), (0.1, 1.0), (0.75, 1.0)),),
    "R": (
        ((0.1, 1.0), (0.1, 0.0), (0.6, 0.02), (0.78, 0.25), (0.6, 0.48), (0.1, 0.5)),
        ((0.4, 0.5), (0.8, 1.0)),
    ),
}


@dataclass(frozen=True)
class PhantomFilm:
    """A simulated chest radiograph with all that is known about it.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W), uint16 in [0, 4095]; dense tissue is bright (MONOCHROME2).
    lesion_mask, marker_mask, lung_mask
        Where the finding, the side marker and the lungs are, ndarrays of shape (H, W), bool.
    finding
        What is there.
    label
        What the record says: "finding" or "no finding", wrong where label noise struck.
    patient, film
        Number of the patient, and of the film among the patient's, both from 0.
    marker
        The letter of lead on the film, on its own side of the patient.
    lesion_size_mm
        Diameter of a nodule or consolidation, height of an effusion; 0 without a finding.
    window_center, window_width
        The display window that is set inside the lungs, in stored values.
    seed
        The seed of the configuration.
    """

    pixels: NDArray[np.uint16]
    lesion_mask: BoolArray
    marker_mask: BoolArray
    lung_mask: BoolArray
    finding: Finding
    label: Label
    patient: int
    film: int
    age_band: str
    sex: str
    marker: Marker
    pixel_spacing_mm: float
    lesion_size_mm: float
    window_center: float
    window_width: float
    seed: int
    view: str = "PA"


@dataclass(frozen=True)
class Exposure:
    """How one film is taken.

    Parameters
    ----------
    photons_per_mm2
        Photons that reach the detector where nothing stands in the beam.
    marker
        Letter on the film.
    marker_cm
        Shift of the letter from its usual place, (x, y).
    shutters_cm
        Width of the dark border: left, right, top, bottom.
    brightness, latitude
        How the display differs from the usual: shift in widths of the window, and factor of the width.
    """

    photons_per_mm2: float
    marker: Marker
    marker_cm: tuple[float, float]
    shutters_cm: tuple[float, float, float, float]
    brightness: float
    latitude: float


@dataclass(frozen=True)
class Picture:
    """What the detector and the display make of a shadow; see `PhantomFilm` for the fields."""

    pixels: NDArray[np.uint16]
    marker_mask: BoolArray
    window_center: float
    window_width: float


def draw_exposure(generator: np.random.Generator, *, dose: float, marker: Marker) -> Exposure:
    """Draw how a film is taken; nothing here depends on the finding."""
    left, right, top, bottom = (float(width) for width in generator.uniform(0, 0.6, 4))
    return Exposure(
        photons_per_mm2=dose,
        marker=marker,
        marker_cm=(float(generator.normal(0, 0.25)), float(generator.normal(0, 0.25))),
        shutters_cm=(left, right, top, bottom),
        brightness=float(generator.normal(0, 0.03)),
        latitude=float(np.exp(generator.normal(0, 0.03))),
    )


def develop(shadow: Shadow, exposure: Exposure, generator: np.random.Generator) -> Picture:
    """Take the film: photons, noise, detector, logarithm, display, shutters."""
    lead_cm = _letter_cm(exposure.marker, exposure.marker_cm, shadow.optical_depth.shape)
    arriving = binned(transmission(shadow.optical_depth + contrast_per_cm("lead", "air") * lead_cm))
    depth = -np.log(arriving)
    n_pixels = depth.shape[0]
    spacing_mm = 10 * FILM_CM / n_pixels
    photons_per_pixel = exposure.photons_per_mm2 * spacing_mm**2
    mean = arriving_photons(depth, photons_per_pixel=photons_per_pixel, pixel_spacing_mm=spacing_mm)
    signal = detector_signal(count_photons(mean, generator), photons_per_pixel=photons_per_pixel)
    shown = unsharp(signal, blur_mm=_BLUR_MM, pixel_spacing_mm=spacing_mm, broad=_BROAD, fine=_FINE_DETAIL)
    aerated_cm = binned(shadow.aerated_cm)
    stored = np.clip(np.rint(shown * MAX_STORED / SIGNAL_AT_MAX), 0, MAX_STORED)
    low = float(np.percentile(stored[aerated_cm > 4], 2))
    high = float(np.percentile(stored[(aerated_cm < 1) & (depth > 2)], 97))
    width = 1.1 * (high - low) * exposure.latitude
    center = float(stored[depth > 1].mean()) + (exposure.brightness - 0.08) * width
    stored[_behind_shutters(exposure, n_pixels)] = 0
    marker_mask = binned(lead_cm) > 0.25 * _LEAD_CM
    return Picture(stored.astype(np.uint16), marker_mask, round(center, 1), round(width, 1))


def display_8bit(film: PhantomFilm) -> NDArray[np.uint8]:
    """Show a film in its own window.

    Returns
    -------
    ndarray of shape (H, W), uint8 in [0, 255].
    """
    return window_8bit(film.pixels, center=film.window_center, width=film.window_width)


def binned(fine: FloatArray) -> FloatArray:
    """Average the fine grid over each pixel: (FINE * H, FINE * W) -> (H, W)."""
    height, width = fine.shape[0] // FINE, fine.shape[1] // FINE
    return np.asarray(fine.reshape(height, FINE, width, FINE).mean(axis=(1, 3)))


def letter_cover(marker: Marker, n_pixels: int) -> FloatArray:
    """Return how much of each pixel a letter at its usual place covers: (n_pixels, n_pixels), in [0, 1]."""
    return binned(_letter_cm(marker, (0.0, 0.0), (FINE * n_pixels, FINE * n_pixels))) / _LEAD_CM


def _letter_cm(marker: Marker, shift_cm: tuple[float, float], shape: tuple[int, int]) -> FloatArray:
    """Thickness of the lead letter over the fine grid, at the top corner of its own side, cm."""
    per_cm = shape[0] / FILM_CM
    side = 1 if marker == "L" else -1  # the patient's left is at the right of the film
    left_cm = side * 14.0 - 0.4 * _LETTER_CM + shift_cm[0]
    top_cm = -15.0 + shift_cm[1]
    strokes = []
    for corners in _STROKES[marker]:
        points, lengths = _stroke_points(np.array(corners) * (0.9 * _LETTER_CM, _LETTER_CM))
        rows = (points[:, 1] + top_cm + FILM_CM / 2) * per_cm - 0.5
        columns = (points[:, 0] + left_cm + FILM_CM / 2) * per_cm - 0.5
        strokes.append(PlacedTube(rows, columns, lengths, _STROKE_CM * per_cm))
    return _LEAD_CM * np.clip(tubes_path(strokes, shape) / _STROKE_CM, 0, 1)


def _stroke_points(corners_cm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points every 0.05 cm along a line through corners, and the length that each stands for."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners_cm, axis=0), axis=1))])
    places = np.arange(0, along[-1], 0.05)
    points = np.stack([np.interp(places, along, corners_cm[:, axis]) for axis in range(2)], axis=1)
    return points, np.full(places.size, 0.05)


def _behind_shutters(exposure: Exposure, n_pixels: int) -> BoolArray:
    """Tell which pixels lie behind the shutters that limit the shown field."""
    axis_cm = (np.arange(n_pixels) + 0.5) * FILM_CM / n_pixels
    left, right, top, bottom = exposure.shutters_cm
    columns = (axis_cm < left) | (axis_cm > FILM_CM - right)
    rows = (axis_cm < top) | (axis_cm > FILM_CM - bottom)
    return np.asarray(rows[:, None] | columns[None, :])
