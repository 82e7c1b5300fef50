"""A head slice as magnetic resonance sees it: tissue constants, the spin-echo equation, Rician noise.

The geometry is drawn once; TR and TE only choose how its tissues shine, so the contrast can be turned round.

Covers: three constants a tissue, partial volume, noise of a magnitude image.
Does not cover: anatomy to learn from, slice profile, flow, coil shading, fat shift.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from core.datasets.phantom_geometry import BoolArray, FloatArray
from core.images.records import MedicalImage

FIELD_MM: Final = 216.0  # side of the square slice
THICKNESS_MM: Final = 5.0
FULL_SCALE: Final = 1000.0  # arbitrary: the value of fully relaxed pure water without echo delay
_FINE: Final = 2  # grid points across one pixel
_SPREAD_PIXELS: Final = 0.45  # the scanner's point spread
_CORTEX_MM: Final = 3.0


@dataclass(frozen=True)
class Tissue:
    """Relaxation times in ms at 1.5 tesla, and the density of protons against water."""

    t1_ms: float
    t2_ms: float
    density: float


# Kwan, Evans and Pike, IEEE Transactions on Medical Imaging 1999, 18:1085 (BrainWeb); bone gives no echo.
TISSUES: Final[dict[str, Tissue]] = {
    "air": Tissue(1.0, 1.0, 0.0),
    "scalp": Tissue(350, 70, 1.0),  # mostly fat
    "skull": Tissue(1.0, 1.0, 0.0),
    "muscle": Tissue(900, 47, 1.0),
    "fluid": Tissue(2569, 329, 1.0),
    "grey": Tissue(833, 83, 0.86),
    "white": Tissue(500, 70, 0.77),
    "lesion": Tissue(752, 237, 0.76),  # a plaque of multiple sclerosis
}
_NAMES: Final = tuple(TISSUES)

# (centre x, centre y, half width, half height, turn in degrees) in mm; mirrored to the other side.
_HORN: Final = (
    (7.0, -17.0, 3.6, 13.0, 20.0),
    (4.2, -4.0, 2.4, 9.0, 6.0),
    (10.0, 19.0, 3.6, 11.0, -24.0),
    (17.0, 29.0, 3.0, 7.0, -38.0),
    (0.0, 7.0, 1.3, 8.0, 0.0),  # the third ventricle
)
_CORE: Final = ((14.5, -17.0, 4.8, 9.0, 18.0), (26.0, -4.0, 5.5, 15.0, -10.0), (9.5, 7.0, 7.5, 10.0, -22.0))
_LESION: Final = (-27.0, 21.0, 7.6, 4.9, 35.0)


def spin_echo(tissue: Tissue, *, tr_ms: float, te_ms: float) -> float:
    """Return S = density (1 - exp(-TR / T1)) exp(-TE / T2), from 0 to 1.

    The signal of a spin echo for TE much shorter than TR: Bushberg and others, The Essential Physics of
    Medical Imaging, chapter on magnetic resonance.
    """
    recovered = 1 - np.exp(-tr_ms / tissue.t1_ms)
    return float(tissue.density * recovered * np.exp(-te_ms / tissue.t2_ms))


def add_rician_noise(signal: FloatArray, sd: float, generator: np.random.Generator) -> FloatArray:
    """Return the magnitude of a signal with normal noise of `sd` in both channels (Gudbjartsson, MRM 1995).

    Where there is no signal the values do not lie around 0 but around sd sqrt(pi / 2): Rayleigh's law.
    """
    real = signal + generator.normal(0, sd, signal.shape)
    return np.asarray(np.hypot(real, generator.normal(0, sd, signal.shape)))


def make_mri(
    *, tr_ms: float = 4000.0, te_ms: float = 95.0, n_pixels: int = 256, noise_sd: float = 10.0, seed: int = 5
) -> MedicalImage:
    """Make the slice at one repetition time and one echo time, seen from the feet, the nose at the top.

    Returns
    -------
    MedicalImage of float32 in arbitrary units, shown from 0 to the brain's own brightest.
    """
    shares = _tissue_shares(n_pixels)  # (n_tissues, H, W)
    shine = np.array([spin_echo(tissue, tr_ms=tr_ms, te_ms=te_ms) for tissue in TISSUES.values()])
    signal = FULL_SCALE * np.tensordot(shine, shares, axes=1)  # (n_tissues,) x (n_tissues, H, W) -> (H, W)
    noisy = add_rician_noise(signal * _density(n_pixels), noise_sd, np.random.default_rng(seed))
    shown = (("fluid", 0.94), ("grey", 1.35), ("white", 1.35))
    white = FULL_SCALE * max(factor * shine[_NAMES.index(name)] for name, factor in shown)
    return MedicalImage(
        values=noisy.astype(np.float32),
        value_range=(0.0, max(float(white), 4 * noise_sd)),
        modality="MR",
        pixel_spacing_mm=(FIELD_MM / n_pixels, FIELD_MM / n_pixels),
    )


def mri_lesion(n_pixels: int = 256) -> NDArray[np.bool_]:
    """Return the pixels that the plaque fills at least by half, ndarray of shape (H, W)."""
    return np.asarray(_tissue_shares(n_pixels)[_NAMES.index("lesion")] >= 0.5)


@lru_cache(maxsize=2)
def _tissue_shares(n_pixels: int) -> NDArray[np.float32]:
    """Return how much of each pixel each tissue fills, ndarray of shape (n_tissues, H, W); sums to 1."""
    painted = _paint(_FINE * n_pixels)
    shares = np.stack([painted == number for number in range(len(_NAMES))])
    boxes = shares.reshape(len(_NAMES), n_pixels, _FINE, n_pixels, _FINE)
    filled = boxes.mean(axis=(2, 4), dtype=np.float32)
    return np.asarray(gaussian_filter(filled, (0, _SPREAD_PIXELS, _SPREAD_PIXELS)))


@lru_cache(maxsize=2)
def _density(n_pixels: int) -> FloatArray:
    """Return how far tissue is from uniform, about 1, ndarray of shape (H, W)."""
    noise = gaussian_filter(np.random.default_rng(8).standard_normal((n_pixels, n_pixels)), 1.6)
    return np.asarray(1 + 0.02 * noise / noise.std())


def _paint(n_points: int) -> NDArray[np.uint8]:
    """Paint the number of each point's tissue, from the scalp inward, ndarray of shape (n, n)."""
    axis = ((np.arange(n_points) + 0.5) / n_points - 0.5) * FIELD_MM
    x, y = _bent(*np.meshgrid(axis, axis))
    painted = np.zeros((n_points, n_points), dtype=np.uint8)
    depth_mm = _depth(x, y)  # under the skin
    for name, from_mm in (("muscle", 0.0), ("scalp", 1.5), ("skull", 6.0), ("fluid", 13.0)):
        painted[depth_mm > from_mm] = _NAMES.index(name)
    _paint_marrow(painted, depth_mm)
    brain = depth_mm > 14.5
    fluid = brain & _sulci(x, y, depth_mm - 14.5)
    to_fluid_mm = distance_transform_edt(brain & ~fluid) * FIELD_MM / n_points
    painted[brain] = _NAMES.index("grey")
    painted[brain & (to_fluid_mm > _cortex_mm(x, y))] = _NAMES.index("white")
    for part in _CORE:
        painted[_oval(np.abs(x), y, part)] = _NAMES.index("grey")
    painted[fluid] = _NAMES.index("fluid")
    painted[_oval(x, y, _LESION, ragged=0.13)] = _NAMES.index("lesion")
    for part in _HORN:
        painted[_oval(np.abs(x), y, part)] = _NAMES.index("fluid")
    return painted


def _bent(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bend the places a little, as no head is made of ellipses: waves of 25 to 90 mm, some 1.5 mm high."""
    generator = np.random.default_rng(4)
    shifts = np.zeros((2, *x.shape))
    for axis in (0, 1):
        for _each in range(7):
            turn, length = generator.uniform(0, np.pi), generator.uniform(25, 90)
            along = (x * np.cos(turn) + y * np.sin(turn)) / length
            shifts[axis] += 0.0055 * length * np.cos(2 * np.pi * along + generator.uniform(0, 2 * np.pi))
    return x + shifts[0], y + shifts[1]


def _depth(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return how deep under the skin a point lies, mm; the head is an egg, narrow at the forehead."""
    half_width = 76.0 * (1 + 0.07 * y / 96)
    along = np.hypot(x / half_width, y / 98.0)
    return np.asarray((1 - along) * np.hypot(x, y) / np.maximum(along, 1e-6))


def _paint_marrow(painted: NDArray[np.uint8], depth_mm: FloatArray) -> None:
    """Fill the inside of the skull with fatty marrow, which shines as the scalp does."""
    painted[(depth_mm > 8.7) & (depth_mm < 10.6)] = _NAMES.index("scalp")


def _sulci(x: FloatArray, y: FloatArray, depth_mm: FloatArray) -> BoolArray:
    """Tell where fluid fills the folds of the brain: the zero lines of a noise that is stretched inward.

    The noise lives on (way around, depth), so its lines run from the surface inward and meander as sulci do.
    """
    generator = np.random.default_rng(11)
    noise = gaussian_filter(generator.standard_normal((64, 420)), 2.6, mode="wrap")
    around_mm = np.arctan2(np.abs(x), -y) / np.pi * 210 + np.where(x > 0, 210.0, 0.0)
    at = np.stack([8 + 0.42 * depth_mm, around_mm])
    height = map_coordinates(noise / noise.std(), at, order=1, mode="wrap")
    slope = np.hypot(*np.gradient(height, x[0, 1] - x[0, 0]))
    from_line_mm = np.abs(height) / np.maximum(slope, 1e-3)
    width_mm = np.clip(0.95 - 0.035 * depth_mm, 0, None)
    folds = (from_line_mm < width_mm) & (depth_mm < 23)
    cleft = (np.abs(x) < 0.9 + 0.25 * np.sin(y / 4)) & (np.abs(y + 2) > 27)  # between the hemispheres
    return np.asarray(folds | cleft)


def _cortex_mm(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the thickness of the cortex, which varies a little."""
    return _CORTEX_MM * (1 + 0.2 * np.sin(x / 9 + 1) * np.cos(y / 11))


def _oval(
    x: FloatArray, y: FloatArray, oval: tuple[float, float, float, float, float], *, ragged: float = 0.0
) -> BoolArray:
    """Tell what lies in a turned ellipse; `ragged` is how far its edge waves."""
    left, top, half_width, half_height, degrees = oval
    turn = np.deg2rad(degrees)
    along = (x - left) * np.cos(turn) + (y - top) * np.sin(turn)
    across = (y - top) * np.cos(turn) - (x - left) * np.sin(turn)
    angle = np.arctan2(across / half_height, along / half_width)
    edge = 1 + ragged * (np.cos(3 * angle + 0.7) + 0.6 * np.cos(5 * angle))
    return np.asarray(np.hypot(along / half_width, across / half_height) < edge)
