"""The back of an eye as a fundus camera sees it: light that came back, in three colours.

White light is reflected behind the retina and weakened on its way by pigment, and by blood wherever a vessel
lies in front: Beer and Lambert again. Blood takes green, hardly any red; so vessels are dark in green.

Covers: disc, cup, macula, vessels that branch by Murray's law, uneven light, small lesions of diabetes.
Does not cover: the optics of one eye (a mm here is that of an average eye), reflexes, and any real patient.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.datasets.phantom_geometry import FloatArray, PlacedTube, tubes_path
from core.images.records import MedicalImage

FIELD_DEGREES: Final = 45.0
MM_PER_DEGREE: Final = 0.29  # on the retina of an average eye (Gullstrand's)
FIELD_MM: Final = FIELD_DEGREES * MM_PER_DEGREE  # side of the square picture
DISC_MM: Final = (4.1, -0.3)  # from the middle of the picture: right and down; of a right eye
_FOVEA_MM: Final = (-0.5, 0.25)
_DISC_RADII_MM: Final = (0.86, 0.95)
_CUP_SHARE: Final = 0.42
# Reflectance in (red, green, blue), and how strongly a mm of blood weakens each, there and back.
_RETINA: Final = np.array([0.80, 0.38, 0.15])
_DISC: Final = np.array([0.98, 0.66, 0.36])
_CUP: Final = np.array([1.0, 0.93, 0.70])
_EXUDATE: Final = np.array([0.98, 0.86, 0.45])
BLOOD_PER_MM: Final = np.array([1.4, 8.0, 7.0])
_PIGMENT: Final = np.array([0.5, 0.8, 1.0])  # melanin and the macula's yellow
_STEP_MM: Final = 0.02
# How each vessel leaves the disc: direction (degrees, 0 to the right, 90 down), bend (degrees a mm), radius
# (mm), darkness (veins 1, arteries less); two arcades bow around the macula.
_ROOTS: Final = (
    (-102, -18, 0.085, 1.0), (100, 18, 0.088, 1.0), (-62, 7, 0.060, 1.0), (64, -8, 0.060, 1.0),
    (-114, -17, 0.062, 0.6), (116, 17, 0.063, 0.6), (-46, 12, 0.044, 0.6), (44, -9, 0.045, 0.6),
    (176, 2, 0.024, 0.9), (-166, -8, 0.024, 0.8), (150, 6, 0.022, 0.8),
)  # fmt: skip


@dataclass(frozen=True)
class Lesions:
    """Where the small lesions are, ndarrays of shape (H, W), in [0, 1]: the share of each pixel."""

    exudates: FloatArray
    bleedings: FloatArray


def make_fundus(*, n_pixels: int = 384, seed: int = 21) -> MedicalImage:
    """Make the picture of a right eye: the disc lies toward the nose, which is at the right.

    Returns
    -------
    MedicalImage of uint8, three channels (red, green, blue), black outside the round field.
    """
    generator = np.random.default_rng(seed)
    x, y = _places_mm(n_pixels)
    lesions = _lesions(n_pixels)
    light = _background(x, y, generator)
    light = _mix(light, _EXUDATE, 0.92 * lesions.exudates)
    light = _mix(light, _DISC * (0.94 + 0.06 * _smooth(x.shape, 3, generator))[..., None], _disc(x, y))
    light = _mix(light, np.broadcast_to(_CUP, light.shape), 0.8 * _disc(x, y, _CUP_SHARE))
    blood_mm = _vessels(n_pixels) + 0.11 * lesions.bleedings
    light = light * np.exp(-blood_mm[..., None] * BLOOD_PER_MM)
    light = gaussian_filter(light, (0.55, 0.55, 0))  # the eye's own blur
    shown = 255 * np.clip(light * _illumination(x, y)[..., None], 0, 1) ** (1 / 1.5)
    shown = generator.normal(shown, 1.6) * _field(x, y)[..., None]
    return MedicalImage(
        values=np.clip(np.rint(shown), 0, 255).astype(np.uint8),
        value_range=(0.0, 255.0),
        modality="OP",
        pixel_spacing_mm=(FIELD_MM / n_pixels, FIELD_MM / n_pixels),
    )


def fundus_lesions(n_pixels: int = 384) -> NDArray[np.bool_]:
    """Return the pixels that exudates or bleedings fill at least by half, ndarray of shape (H, W)."""
    lesions = _lesions(n_pixels)
    return np.asarray(np.maximum(lesions.exudates, lesions.bleedings) >= 0.5)


def murray_radii(parent: float, share: float) -> tuple[float, float]:
    """Return the radii of branches with `share` and the rest of the flow: r^3 adds up (Murray 1926)."""
    return parent * share ** (1 / 3), parent * (1 - share) ** (1 / 3)


def _places_mm(n_pixels: int) -> tuple[FloatArray, FloatArray]:
    axis = ((np.arange(n_pixels) + 0.5) / n_pixels - 0.5) * FIELD_MM
    x, y = np.meshgrid(axis, axis)
    return x, y


def _mix(light: FloatArray, colour: FloatArray, share: FloatArray) -> FloatArray:
    return light + share[..., None] * (colour - light)


def _smooth(shape: tuple[int, ...], sigma: float, generator: np.random.Generator) -> FloatArray:
    """Return smooth noise of mean 0 and variance 1."""
    noise = gaussian_filter(generator.standard_normal(shape), sigma)
    return np.asarray((noise - noise.mean()) / noise.std())


def _background(x: FloatArray, y: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Return what the layers behind the retina send back, weakened by pigment; choroid shows as streaks."""
    mottled = 0.045 * _smooth(x.shape, 2.2, generator) + 0.07 * _smooth(x.shape, 14, generator)
    from_fovea = np.hypot(x - _FOVEA_MM[0], y - _FOVEA_MM[1])
    macula = 0.42 * np.exp(-0.5 * (from_fovea / 0.75) ** 2) + 0.28 * np.exp(-0.5 * (from_fovea / 0.24) ** 2)
    light = _RETINA * np.exp(-(mottled + macula)[..., None] * _PIGMENT)
    to_disc = np.hypot(x - DISC_MM[0], y - DISC_MM[1])
    nerve_fibres = 0.05 * np.exp(-0.5 * ((to_disc - 1.2) / 0.9) ** 2)
    spark = 0.10 * np.exp(-0.5 * (from_fovea / 0.07) ** 2)  # the fovea's pit mirrors the lamp
    return np.asarray(light + (nerve_fibres + spark)[..., None])


def _disc(x: FloatArray, y: FloatArray, share: float = 1.0) -> FloatArray:
    """Return how far a place is in the disc (or the cup, a share of it): 1 inside, 0 outside, soft edge."""
    shift = 0.10 * (1 - share)
    along = np.hypot(
        (x - DISC_MM[0] + shift) / (share * _DISC_RADII_MM[0]), (y - DISC_MM[1]) / (share * _DISC_RADII_MM[1])
    )
    return np.asarray(1 / (1 + np.exp((along - 1) * (22 if share == 1.0 else 9))))


def _illumination(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return how much of the lamp's light arrives: less toward the edge, and it is never quite centred."""
    away = np.hypot(x - 0.6, y + 0.3) / (FIELD_MM / 2)
    return np.asarray(1.03 * np.exp(-0.62 * away**2.2))


def _field(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return 1 inside the camera's round mask and 0 outside; its edge is a pixel wide."""
    pixel_mm = x[0, 1] - x[0, 0]
    return np.asarray(np.clip((0.485 * FIELD_MM - np.hypot(x, y)) / pixel_mm, 0, 1))


@lru_cache(maxsize=2)
def _lesions(n_pixels: int) -> Lesions:
    """Place a cluster of exudates beside the macula, and microaneurysms and dot bleedings around it."""
    generator = np.random.default_rng(77)
    x, y = _places_mm(n_pixels)
    exudates, bleedings = np.zeros_like(x), np.zeros_like(x)
    for angle in generator.uniform(1.9, 3.9, 26):  # an arc of a ring, as leaking vessels leave it
        far = generator.normal(1.55, 0.16)
        place = (_FOVEA_MM[0] + far * np.cos(angle), _FOVEA_MM[1] + far * np.sin(angle))
        _stamp(exudates, x, y, place, float(generator.uniform(0.04, 0.12)))
    _stamp(exudates, x, y, (-2.12, 0.75), 0.21)
    for _each in range(22):
        far, angle = generator.uniform(0.9, 3.6), generator.uniform(0, 2 * np.pi)
        place = (_FOVEA_MM[0] + far * np.cos(angle), _FOVEA_MM[1] + far * np.sin(angle))
        _stamp(bleedings, x, y, place, float(generator.choice((0.035, 0.045, 0.06, 0.10))))
    return Lesions(exudates, bleedings)


def _stamp(
    shares: FloatArray, x: FloatArray, y: FloatArray, place: tuple[float, float], radius_mm: float
) -> None:
    """Paint a spot with a slightly uneven edge, in place; pixels at the edge are filled in part."""
    pixel_mm = x[0, 1] - x[0, 0]
    across, down = x - place[0], y - place[1]
    edge = radius_mm * (1 + 0.08 * np.cos(3 * np.arctan2(down, across) + 40 * place[0]))
    np.maximum(shares, np.clip((edge - np.hypot(across, down)) / pixel_mm + 0.5, 0, 1), out=shares)


@dataclass(frozen=True)
class _Twig:
    """Where a vessel begins, mm, which way it goes and turns (radians, a mm), how wide it is, how dark."""

    x: float
    y: float
    direction: float
    bend: float
    radius_mm: float
    dark: float


@lru_cache(maxsize=2)
def _vessels(n_pixels: int) -> FloatArray:
    """Return how many mm of blood lie before each point: tubes, as deep as the chord through them."""
    generator = np.random.default_rng(9)
    waiting = [
        _Twig(*DISC_MM, np.deg2rad(direction), np.deg2rad(bend), radius_mm, dark)
        for direction, bend, radius_mm, dark in _ROOTS
    ]
    ways: dict[tuple[float, float], list[FloatArray]] = {}  # all of one radius and darkness are one tube
    while waiting:
        twig = waiting.pop()
        points = _follow(twig, generator)
        if len(points) > 1:
            radius_mm = max(round(twig.radius_mm / _STEP_MM * 8), 1) * _STEP_MM / 8
            ways.setdefault((radius_mm, twig.dark), []).append(points)
            waiting += _branches(twig, points, generator)
    tubes = [_tube(np.concatenate(parts), *of, n_pixels) for of, parts in ways.items()]
    return tubes_path(tubes, (n_pixels, n_pixels))


def _follow(twig: _Twig, generator: np.random.Generator) -> FloatArray:
    """Return the winding way of a vessel up to its next branching, or out of the field, ndarray (n, 2)."""
    n_steps = int(generator.uniform(0.5, 1.5) * (1 + 6 * twig.radius_mm) / _STEP_MM)
    gone = _STEP_MM * np.arange(n_steps)
    swing = 0.28 * np.sin(2 * np.pi * gone / generator.uniform(0.8, 1.6)) * generator.choice((-1, 1))
    direction = twig.direction + twig.bend * gone + swing
    x = twig.x + _STEP_MM * np.cumsum(np.cos(direction))
    y = twig.y + _STEP_MM * np.cumsum(np.sin(direction))
    leaves = (np.hypot(x, y) > 0.52 * FIELD_MM) | (np.hypot(x - _FOVEA_MM[0], y - _FOVEA_MM[1]) < 0.5)
    n = int(np.argmax(leaves)) if leaves.any() else n_steps  # no vessel crosses the fovea
    return np.stack([x[:n], y[:n]], axis=1)


def _branches(twig: _Twig, points: FloatArray, generator: np.random.Generator) -> list[_Twig]:
    """Part a vessel in two where it ends inside the field, unless it has become a capillary."""
    x, y = points[-1]
    if twig.radius_mm < 0.011 or np.hypot(x, y) > 0.51 * FIELD_MM:
        return []
    small_mm, large_mm = murray_radii(twig.radius_mm, float(generator.uniform(0.12, 0.36)))
    direction = twig.direction + twig.bend * _STEP_MM * len(points)
    side = float(generator.choice((-1, 1)))
    aside = direction + side * generator.uniform(0.5, 1.0)
    return [
        _Twig(x, y, direction - 0.06 * side, 0.82 * twig.bend, large_mm, twig.dark),
        _Twig(x, y, aside, -side * generator.uniform(0, 0.25), small_mm, twig.dark),
    ]


def _tube(points: FloatArray, radius_mm: float, dark: float, n_pixels: int) -> PlacedTube:
    per_mm = n_pixels / FIELD_MM
    columns, rows = ((points + FIELD_MM / 2) * per_mm - 0.5).T
    return PlacedTube(rows, columns, np.full(len(points), _STEP_MM), radius_mm * per_mm, dark)
