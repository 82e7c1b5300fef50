"""The soft parts of the chest as solids: trunk, lungs, heart and vessels, diaphragm, breasts, stomach gas.

Each function gives the solid over the points (x, y) that it is asked for: the whole film for a radiograph,
one row for a CT slice. The numbers are those of an adult, in cm; see `phantom_geometry` for the axes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.datasets.phantom_geometry import (
    BoolArray,
    FloatArray,
    Profile,
    Solid,
    around,
    rounded_depth,
    thickness_outside_cm,
)
from core.datasets.phantom_patient import Patient, Pose

ANGLE_CM: Final = 12.0  # y of the costophrenic angles, the lowest lung
APEX_CM: Final = -13.4  # y of the top of the lungs

# The outlines: (y, length), from the neck downward.
_TRUNK_HALF_WIDTH: Final = Profile(
    ((-20, 5.4), (-17, 5.4), (-15.4, 7.0), (-13.8, 12.0), (-12, 16.5), (-10, 20.0), (-6, 22.0), (-3.4, 19.0),
     (-1, 16.0), (3, 15.1), (8, 15.0), (14, 15.2), (20, 15.6))
)  # fmt: skip
_TRUNK_HALF_DEPTH: Final = Profile(
    ((-20, 5.2), (-16, 5.4), (-13, 6.0), (-10, 7.4), (-5, 9.0), (2, 9.6), (10, 9.8), (20, 10.2))
)
_LUNG_HALF_WIDTH: Final = Profile(
    ((-13.4, 3.2), (-13.1, 4.7), (-12.4, 6.2), (-11, 8.0), (-9, 9.5), (-6, 11.0), (-2, 12.2), (3, 12.9),
     (8, 13.2), (13, 13.1))
)  # fmt: skip
_LUNG_HALF_DEPTH: Final = Profile(
    ((-13.4, 0.0), (-13.1, 1.5), (-12.4, 2.8), (-11, 4.4), (-8, 6.0), (-4, 7.0), (3, 7.7), (13, 7.7))
)
_LUNG_MIDDLE: Final = Profile(((-13, 2.0), (-8, 1.2), (-2, 0.4), (13, 0.2)))
_LUNG_INNER_EDGE: Final = Profile(((-13.4, 2.6), (-12.4, 1.7), (-10, 1.2), (-6, 0.9), (13, 0.7)))


@dataclass(frozen=True)
class Chest:
    """The solids of one patient in one pose over given points."""

    skin: Solid
    muscle: Solid
    lungs: Solid
    heart: Solid
    abdomen: Solid
    breasts: Solid
    gas: Solid

    def aerated_cm(self, solid: Solid | None = None) -> FloatArray:
        """Path length in aerated lung, or in the part of `solid` that lies in aerated lung; cm."""
        within = self.lungs if solid is None else solid & self.lungs
        return thickness_outside_cm(within, self.heart, self.abdomen)

    def is_aerated(self, z_cm: FloatArray) -> BoolArray:
        """Tell where depth `z_cm` lies in aerated lung."""
        return self.lungs.contains(z_cm) & ~self.heart.contains(z_cm) & ~self.abdomen.contains(z_cm)


def build_chest(x_cm: FloatArray, y_cm: FloatArray, patient: Patient, pose: Pose) -> Chest:
    """Build the solids over the body points (x, y), ndarrays of one shape."""
    muscle_width = _TRUNK_HALF_WIDTH(y_cm) * patient.breadth
    muscle_depth = _TRUNK_HALF_DEPTH(y_cm)
    skin_depth = (muscle_depth + patient.fat_cm) * rounded_depth(x_cm / (muscle_width + patient.fat_cm), 2.5)
    skin = around(0.3, skin_depth)
    return Chest(
        skin=skin,
        muscle=around(0.3, muscle_depth * rounded_depth(x_cm / muscle_width, 2.5)),
        lungs=build_lungs(x_cm, y_cm, patient),
        heart=_heart(x_cm - _turned(pose, -2.0) - spine_x_cm(y_cm, patient), y_cm, patient, pose),
        abdomen=_abdomen(x_cm, y_cm, patient, pose),
        breasts=_breasts(x_cm - _turned(pose, -9.0), y_cm, patient, skin),
        gas=_stomach_gas(x_cm, y_cm, patient, pose),
    )


def spine_x_cm(y_cm: FloatArray, patient: Patient) -> FloatArray:
    """Sideways place of the spine at height y, cm."""
    return patient.bend_cm * np.sin((y_cm + 4) / 7)


def _turned(pose: Pose, z_cm: float) -> float:
    """Sideways shift at depth z when the patient is turned, cm."""
    return pose.turn * z_cm


def chest_wall(y_cm: FloatArray, patient: Patient) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Half-width, half-depth and middle depth of the lungs at height y, cm: where the ribs run."""
    return _LUNG_HALF_WIDTH(y_cm) * patient.breadth, _LUNG_HALF_DEPTH(y_cm), _LUNG_MIDDLE(y_cm)


def build_lungs(
    x_cm: FloatArray, y_cm: FloatArray, patient: Patient, *, rind_cm: FloatArray | float = 0.0
) -> Solid:
    """Build both lungs as if neither heart nor diaphragm were there.

    Parameters
    ----------
    rind_cm
        How much to peel off next to the chest wall: a number or an ndarray of the points' shape.
    """
    half_width, half_depth, middle = chest_wall(y_cm, patient)
    beside = np.abs(x_cm - spine_x_cm(y_cm, patient))
    fraction = beside / np.maximum(half_width - rind_cm, 0.01)
    inner = np.clip((beside - _LUNG_INNER_EDGE(y_cm)) / 1.8, 0, 1) ** 0.5
    depth = np.maximum(half_depth - rind_cm, 0) * rounded_depth(fraction, 2.4) * inner
    above_angle = np.clip((ANGLE_CM + 0.3 - y_cm) / 1.0, 0, 1) ** 0.5
    return around(middle, np.where(y_cm > APEX_CM, depth * above_angle, 0))


def _heart(x_cm: FloatArray, y_cm: FloatArray, patient: Patient, pose: Pose) -> Solid:
    """Heart, great vessels and the rest of the middle as one smooth union, so that no inner edge shows."""
    size, knob, low = patient.heart, patient.knob, 3.3 + 0.6 * pose.breath_cm
    parts = (
        _oval(x_cm, y_cm, 2.7 * size, low + 1.1, 5.9 * size, 4.0 * size, 0.55),  # left ventricle
        _oval(x_cm, y_cm, -1.2, low + 0.4, 3.4 * size, 4.3),  # right atrium
        _oval(x_cm, y_cm, 0.8, -1.4, 2.8, 4.4),  # root of the great vessels
        _oval(x_cm, y_cm, 1.5, -2.2, 2.3, 2.5),  # pulmonary trunk
        _oval(x_cm, y_cm, 1.2, -5.8, 2.1 * knob, 1.9 * knob),  # aortic knob
        _oval(x_cm, y_cm, -1.2, -4.6, 1.6, 4.6),  # superior vena cava
        _oval(x_cm, y_cm, 0.4, 8.5, 3.2, 6.0),  # gullet and lower vena cava
        _oval(x_cm, y_cm, 0.0, -9.5, 2.6, 8.5),  # upper mediastinum
    )
    sharpness = 8.0
    blend = np.log(sum(np.exp(sharpness * np.maximum(part, -4)) for part in parts)) / sharpness
    return around(-1.0, 6.2 * np.sqrt(np.clip(blend, 0, 1)))


def _oval(
    x_cm: FloatArray, y_cm: FloatArray, x_centre: float, y_centre: float, *radii_and_turn: float
) -> FloatArray:
    """1 at the centre of a turned oval, 0 on its edge, negative outside."""
    x_radius, y_radius, *turn = radii_and_turn
    cosine, sine = (np.cos(turn[0]), np.sin(turn[0])) if turn else (1.0, 0.0)
    along = (x_cm - x_centre) * cosine + (y_cm - y_centre) * sine
    across = (y_cm - y_centre) * cosine - (x_cm - x_centre) * sine
    return 1 - np.hypot(along / x_radius, across / y_radius)


def _abdomen(x_cm: FloatArray, y_cm: FloatArray, patient: Patient, pose: Pose) -> Solid:
    """What lies under the two domes of the diaphragm; lung remains in front, behind and beside."""
    half_depth = np.zeros_like(x_cm)
    for x_centre, top in ((-6.2, patient.right_dome_cm), (6.6, patient.left_dome_cm)):
        across = (x_cm - x_centre) / (7.4 * patient.breadth)
        height = np.minimum(y_cm - ANGLE_CM, 0) / (ANGLE_CM - top - pose.breath_cm)
        half_depth = np.maximum(half_depth, 8.4 * np.sqrt(np.maximum(1 - across**2 - height**2, 0)))
    return around(-0.2, half_depth)


def _breasts(x_cm: FloatArray, y_cm: FloatArray, patient: Patient, skin: Solid) -> Solid:
    """Breasts before the skin, full below and running out above."""
    radius = patient.breast_cm
    if radius == 0:
        return Solid(skin.front_cm, skin.front_cm)
    across = (np.abs(x_cm) - 7.2) / (1.1 * radius)
    down = (y_cm - 3.6) / (1.15 * radius)
    fullness = (
        0.55 * radius * np.sqrt(np.maximum(1 - across**2 - down**2, 0)) * np.clip(0.62 + 0.5 * down, 0, 1)
    )
    return Solid(skin.front_cm - fullness, skin.front_cm)


def _stomach_gas(x_cm: FloatArray, y_cm: FloatArray, patient: Patient, pose: Pose) -> Solid:
    """Gas under the left dome, flat below where the fluid stands."""
    radius = max(patient.gas_cm, 0.01)
    level = patient.left_dome_cm + pose.breath_cm + 1.0 + 0.75 * radius
    rest = 1 - ((x_cm - 5.6) / (1.35 * radius)) ** 2 - ((y_cm - level) / (0.75 * radius)) ** 2
    return around(-2.0, np.where(y_cm < level + 0.1, 0.9 * radius * np.sqrt(np.maximum(rest, 0)), 0))
