"""Findings: nodule, consolidation and effusion, which take the place of aerated lung and of nothing else.

What lies in the heart, under the diaphragm or in the chest wall is left as it is; behind the heart there is
lung, and so there can be a nodule there too.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.datasets.phantom_anatomy import ANGLE_CM, Chest, build_chest, build_lungs
from core.datasets.phantom_geometry import BoolArray, FloatArray, Solid, around
from core.datasets.phantom_patient import Finding, Patient, Pose

FINDINGS: Final[tuple[Finding, ...]] = ("nodule", "consolidation", "effusion")
_SHARES: Final = (0.4, 0.35, 0.25)  # of the patients who have a finding

# Smallest and largest of each kind; with these the default task is neither hopeless nor trivial.
_RADIUS_CM: Final[dict[Finding, tuple[float, float]]] = {"nodule": (1.25, 2.4), "consolidation": (4.2, 7.0)}
_WALL_CM: Final = 12.5  # from the midline to the inside of the ribs
_EFFUSION_HEIGHT_CM: Final = (3.5, 13.0)


@dataclass(frozen=True)
class Spot:
    """One nodule or consolidation: its middle (x, y, z) in the body, its radius, the seed of its shape."""

    centre_cm: tuple[float, float, float]
    radius_cm: float
    seed: int


@dataclass(frozen=True)
class Lesion:
    """The finding of one patient.

    Parameters
    ----------
    finding
        What it is.
    side
        -1 is the patient's right lung (left on the film), 1 the left; further nodules may lie in either.
    spots
        Three to six nodules, or one consolidation; none for an effusion.
    height_cm
        How high the fluid of an effusion stands in the angle; 0 for the others.
    contrast
        Share of the air that is replaced where the lesion is densest.
    """

    finding: Finding
    side: int
    spots: tuple[Spot, ...]
    height_cm: float
    contrast: float

    @property
    def size_mm(self) -> float:
        """Diameter of the largest spot, or height of an effusion, in a body of size 1."""
        return 10 * max((2 * spot.radius_cm for spot in self.spots), default=self.height_cm)


@dataclass(frozen=True)
class Filling:
    """Where a lesion fills the lungs: inside `outer`, outside `inner`, replacing `share` of the air.

    Where `phase` is given, the share rises and falls with depth; the beam sees the mean.
    """

    outer: Solid
    inner: Solid
    share: FloatArray
    phase: FloatArray | None = None

    def path_cm(self, chest: Chest) -> FloatArray:
        """Path length of replaced air, ndarray of the points' shape, cm."""
        filled = chest.aerated_cm(self.outer) - chest.aerated_cm(self.inner & self.outer)
        return np.asarray(self.share * np.maximum(filled, 0))

    def share_at(self, z_cm: FloatArray, chest: Chest) -> FloatArray:
        """Share of the air that is replaced at depth z, in [0, 1]."""
        inside: BoolArray = self.outer.contains(z_cm) & ~self.inner.contains(z_cm) & chest.is_aerated(z_cm)
        if self.phase is None:
            return np.asarray(self.share * inside)
        waves = np.cos(2 * np.pi * z_cm / 2.9 + self.phase) + np.cos(2 * np.pi * z_cm / 1.7 - 2 * self.phase)
        return np.asarray(np.minimum(self.share * (1 + 0.35 * waves), 1) * inside)


def draw_finding(generator: np.random.Generator) -> Finding:
    """Draw which finding a patient has who has one."""
    return FINDINGS[int(generator.choice(len(FINDINGS), p=_SHARES))]


def draw_lesion(
    finding: Finding, patient: Patient, generator: np.random.Generator, *, contrast: float, size: float
) -> Lesion:
    """Draw where in the aerated lungs of a patient a finding sits, and how large it is."""
    side = int(generator.choice((-1, 1)))
    if finding == "effusion":
        return Lesion(finding, side, (), size * float(generator.uniform(*_EFFUSION_HEIGHT_CM)), contrast)
    n_spots = int(generator.integers(3, 7)) if finding == "nodule" else 1
    sides = [side, *generator.choice((-1, 1), n_spots - 1)]
    spots = tuple(_draw_spot(finding, int(each), patient, generator, size) for each in sides)
    return Lesion(finding, side, spots, 0.0, contrast)


def _draw_spot(
    finding: Finding, side: int, patient: Patient, generator: np.random.Generator, size: float
) -> Spot:
    """Draw a place in aerated lung that is deep enough for the spot."""
    radius_cm = size * float(generator.uniform(*_RADIUS_CM[finding]))
    seed = int(generator.integers(2**31))
    top_cm = -10.5 if finding == "nodule" else -7.0
    while True:  # about every third place will do
        x, y, z = side * generator.uniform(2, 12), generator.uniform(top_cm, 10.5), generator.uniform(-7, 8)
        here = build_chest(np.array([x]), np.array([y]), patient, Pose())
        if here.is_aerated(np.array([z]))[0] and here.aerated_cm()[0] > 2 * min(radius_cm, 2.5):
            return Spot((float(x), float(y), float(z)), radius_cm, seed)


def fill(lesion: Lesion, x_cm: FloatArray, y_cm: FloatArray, patient: Patient) -> list[Filling]:
    """Build the parts of the lungs that a lesion fills over the body points (x, y)."""
    if lesion.finding == "effusion":
        return [_fluid(lesion, x_cm, y_cm, patient)]
    return [_fill_spot(lesion, spot, x_cm, y_cm) for spot in lesion.spots]


def _fill_spot(lesion: Lesion, spot: Spot, x_cm: FloatArray, y_cm: FloatArray) -> Filling:
    """Fill a ragged ball: a nodule is solid, a consolidation patchy with a soft border."""
    x, y = x_cm - spot.centre_cm[0], y_cm - spot.centre_cm[1]
    generator = np.random.default_rng(spot.seed)
    distance = np.hypot(x, y * generator.uniform(0.85, 1.2)) / spot.radius_cm
    distance = distance / _ragged_edge(np.arctan2(y, x), generator)
    depth = spot.radius_cm * np.sqrt(np.maximum(1 - distance**2, 0))
    ball, nothing = around(spot.centre_cm[2], depth), around(0.0, np.zeros_like(x_cm))
    if lesion.finding == "nodule":
        return Filling(ball, nothing, np.full_like(x_cm, lesion.contrast))
    patches = 0.45 * _patches(x, y, generator) + 1.7 * (0.65 - distance)
    share = 0.85 * lesion.contrast / (1 + np.exp(-2.5 * patches))
    return Filling(ball, nothing, share, phase=1.5 * _patches(x, y, generator))


def _ragged_edge(angle: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Radius around a lesion, about 1: a few waves and no circle."""
    radius = np.ones_like(angle)
    for waves in (2, 3, 4, 6):
        radius += generator.normal(0, 0.11 / np.sqrt(waves)) * np.cos(
            waves * angle + generator.uniform(0, 2 * np.pi)
        )
    return np.clip(radius, 0.6, 1.5)


def _patches(x_cm: FloatArray, y_cm: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Smooth random pattern of mean 0 and variance about 1, with lengths of 1.2 to 4 cm."""
    pattern = np.zeros_like(x_cm)
    for _ in range(16):
        angle, length = generator.uniform(0, np.pi), generator.uniform(1.2, 4.0)
        along = (x_cm * np.cos(angle) + y_cm * np.sin(angle)) / length
        pattern += 0.35 * np.cos(2 * np.pi * along + generator.uniform(0, 2 * np.pi))
    return pattern


def _fluid(lesion: Lesion, x_cm: FloatArray, y_cm: FloatArray, patient: Patient) -> Filling:
    """Fluid that fills the lowest lung, higher at the chest wall than at the heart: the meniscus.

    A level line would be air over fluid, which is another disease. Above its surface the fluid climbs the
    wall in a thinning rind.
    """
    to_the_wall = np.clip(x_cm * lesion.side / _WALL_CM, 0, 1)  # 0 at the midline, 1 at the side
    surface_cm = lesion.height_cm * (0.7 + 0.6 * to_the_wall**2.2)
    above_cm = y_cm - (ANGLE_CM - 0.6 - surface_cm)  # negative above the fluid
    rind_cm = np.where(above_cm < 0, 0.9 * np.exp(np.minimum(above_cm, 0) / 1.6), 0.9 + 4 * above_cm)
    beside = x_cm * lesion.side > 0
    whole = build_lungs(x_cm, y_cm, patient)
    rest = build_lungs(x_cm, y_cm, patient, rind_cm=rind_cm)
    outer = around(0.0, np.where(beside, 12.0, 0.0)) & whole
    return Filling(outer, rest, np.full_like(x_cm, lesion.contrast))
