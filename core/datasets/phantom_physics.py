"""From tissue to picture: attenuation, scatter, quantum noise, detector and display, one function a step.

    path lengths -> optical depth -> photons that arrive -> photons counted -> -log -> display

Tissues are given once, in Hounsfield units, for the radiograph and for the CT slice alike.

Covers: Beer-Lambert, first scatter, Poisson noise, detector blur, logarithm, unsharp display, DICOM's linear
window.
Does not cover: the spectrum (one effective energy, so no beam hardening), electronic noise, detector lag.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.datasets.phantom_geometry import FloatArray

TISSUE_HU: Final[dict[str, float]] = {
    "air": -1000,
    "lung": -760,
    "fat": -100,
    "water": 0,
    "fluid": 15,
    "soft": 45,
    "spongy bone": 220,
    "hard bone": 1150,
    "lead": 170_000,
}

# Water at about 70 keV, the effective energy of a 120 kV chest film (NIST XCOM: 0.193 cm^2/g).
WATER_PER_CM: Final = 0.193

# Share of first-scattered photons that pass the grid and reach the detector, and how far they spread.
SCATTER_ACCEPTED: Final = 0.16
SCATTER_SPREAD_MM: Final = 35.0
DETECTOR_BLUR_PIXELS: Final = 0.4


def attenuation_per_cm(hounsfield: float) -> float:
    """Return the linear attenuation in 1/cm: HU = 1000 (mu / mu_water - 1), solved for mu."""
    return WATER_PER_CM * (1 + hounsfield / 1000)


def contrast_per_cm(tissue: str, instead_of: str) -> float:
    """Return how much a cm of `tissue` in place of a cm of another attenuates more, 1/cm."""
    return attenuation_per_cm(TISSUE_HU[tissue]) - attenuation_per_cm(TISSUE_HU[instead_of])


def transmission(optical_depth: FloatArray) -> FloatArray:
    """Share of photons that pass without interaction, exp(-optical depth): the law of Beer and Lambert."""
    return np.asarray(np.exp(-optical_depth))


def arriving_photons(
    optical_depth: FloatArray, *, photons_per_pixel: float, pixel_spacing_mm: float
) -> FloatArray:
    """Mean number of photons that arrive at each pixel: primary and scattered once.

    A beam that is scattered once on its way loses as much as one that is not, so the scattered part is the
    optical depth times the transmission, spread over the neighbourhood.

    Parameters
    ----------
    optical_depth
        ndarray of shape (H, W), no unit.
    photons_per_pixel
        Mean number where nothing stands in the beam.

    Returns
    -------
    ndarray of shape (H, W), float64 >= 0.
    """
    primary = transmission(optical_depth)
    born = SCATTER_ACCEPTED * np.maximum(optical_depth, 0) * primary
    spread = SCATTER_SPREAD_MM / pixel_spacing_mm
    scattered: FloatArray = gaussian_filter(born, spread, mode="nearest", truncate=2.5)
    return photons_per_pixel * (primary + scattered)


def count_photons(mean_photons: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Draw the photons counted at each pixel: Poisson, so the variance is the mean."""
    return generator.poisson(mean_photons).astype(float)


def detector_signal(photons: FloatArray, *, photons_per_pixel: float) -> FloatArray:
    """Blur by the detector and take -log of the transmission: 0 in the open beam, more behind tissue."""
    blurred: FloatArray = gaussian_filter(photons, DETECTOR_BLUR_PIXELS, mode="nearest")
    return np.asarray(-np.log(np.maximum(blurred, 0.5) / photons_per_pixel))


def unsharp(
    signal: FloatArray, *, blur_mm: float, pixel_spacing_mm: float, broad: float, fine: float
) -> FloatArray:
    """Weigh the broad brightness and the fine detail of `signal`, as the display of a radiograph does."""
    base: FloatArray = gaussian_filter(signal, blur_mm / pixel_spacing_mm, mode="nearest", truncate=2.5)
    return broad * base + fine * (signal - base)


def window_8bit(stored: NDArray[np.generic], *, center: float, width: float) -> NDArray[np.uint8]:
    """Apply the linear window of DICOM PS3.3 C.11.2.1.2.1.

    Returns
    -------
    ndarray of the shape of `stored`, uint8 in [0, 255].
    """
    share = (stored.astype(float) - (center - 0.5)) / (width - 1) + 0.5
    return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
