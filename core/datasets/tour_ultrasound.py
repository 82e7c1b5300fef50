"""A breast under a linear probe: scatterers, a pulse that sums their echoes, attenuation, decibels.

The echoes of many scatterers closer than the pulse can part add up by chance: speckle. Fluid returns none
and weakens the pulse little, so what lies behind shines; the solid lesion weakens it more and casts a shadow.

Covers: fully developed speckle (Rayleigh), depth gain, focus, enhancement and shadow.
Does not cover: refraction, reverberation, steering, clutter.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft, fftfreq, ifft, next_fast_len
from scipy.ndimage import gaussian_filter

from core.datasets.phantom_geometry import BoolArray, FloatArray
from core.images.records import MedicalImage, Window

DEPTH_MM: Final = 38.0
WIDTH_MM: Final = 38.0
FREQUENCY_MHZ: Final = 7.5
SPEED_MM_PER_US: Final = 1.54
FLOOR_DB: Final = -100.0  # below, the receiver's own noise
USUAL_RANGE_DB: Final = 60.0
_FINE: Final = 6  # points along the beam in one pixel: more than two a wave of the echo
_PULSE_MM: Final = 0.14  # sd of the pulse's envelope along the beam
_FOCUS_MM, _BEAM_MM, _FOCAL_ZONE_MM = 20.0, 0.27, 16.0
_NOISE: Final = 10 ** (-72 / 20)


@dataclass(frozen=True)
class Medium:
    """How strongly tissue scatters (dB against glandular tissue) and weakens (dB / cm / MHz, one way)."""

    echo_db: float
    attenuation: float


# Attenuation about as in Duck, Physical Properties of Tissue, 1990.
MEDIA: Final[dict[str, Medium]] = {
    "gland": Medium(0, 0.75),
    "skin": Medium(6, 0.9),
    "fat": Medium(-13, 0.6),
    "fascia": Medium(9, 0.8),
    "muscle": Medium(-9, 0.8),
    "cyst": Medium(-65, 0.01),
    "solid": Medium(-17, 2.1),
}
_NAMES: Final = tuple(MEDIA)
_GAIN: Final = 0.75  # dB / cm / MHz that the machine makes good for: a mean tissue

# (centre x, depth, half width, half height) in mm
_CYST: Final = (-9.0, 16.5, 5.2, 3.9)
_SOLID: Final = (8.2, 17.5, 5.4, 4.3)


def make_ultrasound(*, n_pixels: int = 256, seed: int = 3) -> MedicalImage:
    """Make the picture, skin at the top.

    Returns
    -------
    MedicalImage of float32 in decibels, 0 for the brightest echoes and down to FLOOR_DB. The dynamic range
    is a window, and the usual one of 60 dB is proposed.
    """
    generator = np.random.default_rng(seed)
    tissue = tissue_map(_FINE * n_pixels, n_pixels)
    envelope = echo_envelope(_scatterers(tissue, generator), DEPTH_MM / tissue.shape[0])
    envelope *= 10 ** (_two_way_db(tissue) / 20)
    noise = _NOISE * generator.rayleigh(size=envelope.shape)
    values = decibels(np.hypot(envelope, noise)[_FINE // 2 :: _FINE])
    return MedicalImage(
        values=values.astype(np.float32),
        value_range=(FLOOR_DB, 0.0),
        windows=(dynamic_range(USUAL_RANGE_DB),),
        modality="US",
        pixel_spacing_mm=(DEPTH_MM / n_pixels, WIDTH_MM / n_pixels),
    )


def dynamic_range(range_db: float) -> Window:
    """Return the window that shows echoes from -range_db (black) to 0 dB (white)."""
    return Window(center=-range_db / 2, width=range_db, function="LINEAR_EXACT")


def decibels(envelope: FloatArray) -> FloatArray:
    """Return 20 log10 of an amplitude against that which 1 in 500 points exceeds, at least FLOOR_DB."""
    loud = np.quantile(envelope, 0.998)
    return np.asarray(np.clip(20 * np.log10(np.maximum(envelope, 1e-12) / loud), FLOOR_DB, 0))


def echo_envelope(scatterers: FloatArray, step_mm: float) -> FloatArray:
    """Return how loud the echo is at each point: scatterers convolved with the pulse, without its carrier.

    Parameters
    ----------
    scatterers
        Amplitudes, ndarray of shape (n_depths, n_lines); the lines are WIDTH_MM / n_lines apart.
    step_mm
        Distance of two points along the beam.

    Returns
    -------
    ndarray of the same shape: the magnitude of the analytic signal. Where amplitudes are normal with mean 0
    and sd s it follows Rayleigh's law with mean s sqrt(pi) / 2, so mean / sd is 1.91 (Wagner and others,
    IEEE Transactions on Sonics and Ultrasonics 1983, 30:156).
    """
    return np.abs(_beamed(_pulsed(scatterers, step_mm)))


def ultrasound_lesion(n_pixels: int = 256) -> NDArray[np.bool_]:
    """Return where the solid lesion is, ndarray of shape (H, W)."""
    return np.asarray(tissue_map(n_pixels, n_pixels) == _NAMES.index("solid"))


@lru_cache(maxsize=4)
def tissue_map(n_depths: int, n_lines: int) -> NDArray[np.uint8]:
    """Return the number of each point's medium in MEDIA, ndarray of shape (n_depths, n_lines)."""
    across = ((np.arange(n_lines) + 0.5) / n_lines - 0.5) * WIDTH_MM
    x, z = np.meshgrid(across, (np.arange(n_depths) + 0.5) / n_depths * DEPTH_MM)
    painted = np.full((n_depths, n_lines), _NAMES.index("gland"), dtype=np.uint8)
    fat_mm = 8.2 + 1.1 * np.sin(x / 5) + 0.5 * np.sin(x / 2.1 + 1)
    muscle_mm = 30.0 + 0.03 * x + 0.6 * np.sin(x / 9)
    painted[z < fat_mm] = _NAMES.index("fat")
    for start_mm, slope, bend in (
        (-17.0, 1.1, 0.05),
        (-4.0, -0.8, 0.08),
        (3.5, 0.7, -0.06),
        (16.0, -1.3, 0.07),
    ):
        ligament_mm = np.abs(x - start_mm - slope * z - bend * (z - 3) ** 2)
        painted[(ligament_mm < 0.16) & (z < fat_mm)] = _NAMES.index("fascia")
    painted[z < 1.6] = _NAMES.index("skin")
    for lobule in (
        (-13.5, 25.0, 3.6, 1.9),
        (2.0, 12.5, 3.4, 1.6),
        (15.0, 25.5, 3.5, 1.7),
        (-1.5, 26.5, 4, 1.6),
    ):
        painted[_oval(x, z, lobule, waves=0.06) < 1] = _NAMES.index("fat")
    painted[z > muscle_mm] = _NAMES.index("muscle")
    for depth_mm, half_mm in ((0.0, 0.3), (3.2, 0.14), (5.6, 0.12)):
        painted[np.abs(z - muscle_mm - depth_mm) < half_mm] = _NAMES.index("fascia")
    cyst = _oval(x, z, _CYST, waves=0.02)
    painted[(cyst < 1.045) & (np.abs(x - _CYST[0]) < 0.75 * _CYST[2])] = _NAMES.index(
        "fascia"
    )  # hit squarely
    painted[cyst < 1] = _NAMES.index("cyst")
    painted[_oval(x, z, _SOLID, waves=0.09) < 1] = _NAMES.index("solid")
    return painted


def _oval(
    x: FloatArray, z: FloatArray, oval: tuple[float, float, float, float], *, waves: float
) -> FloatArray:
    """Return the distance from an ellipse's centre, 1 at its edge, which waves a little."""
    across, down = (x - oval[0]) / oval[2], (z - oval[1]) / oval[3]
    angle = np.arctan2(down, across)
    edge = 1 + waves * (np.cos(3 * angle + 0.4) + np.cos(5 * angle + 2) + 0.7 * np.cos(8 * angle))
    return np.asarray(np.hypot(across, down) / edge)


def _scatterers(tissue: NDArray[np.uint8], generator: np.random.Generator) -> FloatArray:
    """Draw the scatterers' amplitudes: normal, as strong as their tissue, denser here and there."""
    strength = 10 ** (np.array([medium.echo_db for medium in MEDIA.values()]) / 20)[tissue]
    depths, lines = tissue.shape
    clumps = gaussian_filter(generator.standard_normal((depths // _FINE, lines)), (3.0, 7.0))
    clumps = np.repeat(10 ** (3.0 * clumps / clumps.std() / 20), _FINE, axis=0)  # sd of 3 dB
    return np.asarray(strength * clumps * generator.standard_normal(tissue.shape))


def _two_way_db(tissue: NDArray[np.uint8]) -> FloatArray:
    """Return what the way there and back costs beyond what the machine makes good for, dB."""
    excess = np.array([medium.attenuation for medium in MEDIA.values()])[tissue] - _GAIN
    step_cm = DEPTH_MM / 10 / tissue.shape[0]
    one_way = np.cumsum(excess, axis=0) * step_cm * FREQUENCY_MHZ
    # a beam is wider than a line: what stands in its way is blurred, the more the deeper
    return -2 * np.asarray(gaussian_filter(one_way, (0, 2.5)))


def _pulsed(scatterers: FloatArray, step_mm: float) -> NDArray[np.complex64]:
    """Convolve along the beam with a Gaussian pulse on its carrier, as an analytic signal of mean power 1."""
    n_depths = scatterers.shape[0]
    padded = next_fast_len(n_depths + int(8 * _PULSE_MM / step_mm))
    per_mm = fftfreq(padded, step_mm)
    carrier_per_mm = 2 * FREQUENCY_MHZ / SPEED_MM_PER_US  # there and back
    spectrum = np.exp(-2 * (np.pi * _PULSE_MM * (per_mm - carrier_per_mm)) ** 2)
    spectrum /= np.sqrt((spectrum**2).mean())
    echoes = ifft(
        fft(scatterers.astype(np.float32), padded, axis=0) * spectrum[:, None].astype(np.float32), axis=0
    )
    return np.asarray(echoes[:n_depths])


def _beamed(echoes: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Blur across the lines by a beam that is narrow in its focus, at each depth with mean power 1."""
    n_depths, n_lines = echoes.shape
    z = (np.arange(n_depths) + 0.5) / n_depths * DEPTH_MM
    beam_mm = _BEAM_MM * np.hypot(1, (z - _FOCUS_MM) / _FOCAL_ZONE_MM)
    per_mm = fftfreq(n_lines, WIDTH_MM / n_lines)
    spectrum = np.exp(-2 * (np.pi * beam_mm[:, None] * per_mm) ** 2)
    spectrum /= np.sqrt((spectrum**2).mean(axis=1, keepdims=True))
    return np.asarray(ifft(fft(echoes, axis=1) * spectrum.astype(np.float32), axis=1))


def inside(tissue: NDArray[np.uint8], name: str) -> BoolArray:
    """Tell where a tissue map shows the medium `name`."""
    return np.asarray(tissue == _NAMES.index(name))
