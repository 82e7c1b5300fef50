"""Who stands before the detector, and how: the numbers in which phantom patients and their films differ."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from core.datasets.phantom_geometry import FloatArray

Finding = Literal["none", "nodule", "consolidation", "effusion"]
AGE_BANDS: Final = ("18-39", "40-64", "65+")
SEXES: Final = ("F", "M")


@dataclass(frozen=True)
class Patient:
    """One synthetic person; lengths are those of a body of `size` 1.

    Parameters
    ----------
    size
        Scale of the whole body.
    breadth
        Breadth of chest and lungs.
    fat_cm
        Fat under the skin.
    heart, knob
        Size of the heart and of the aortic knob, 1 is usual.
    right_dome_cm, left_dome_cm
        Height of the two halves of the diaphragm at rest (y of the top).
    scapula_cm
        How far the shoulder blades are turned out of the lungs.
    bend_cm
        Sideways bend of the spine.
    breast_cm
        Radius of the breasts; 0 for men.
    gas_cm
        Radius of the gas in the stomach.
    bone
        Density of the bones, 1 is usual.
    seed
        What all further details (vessels, ribs) are drawn from.
    """

    sex: str
    age_band: str
    size: float
    breadth: float
    fat_cm: float
    heart: float
    knob: float
    right_dome_cm: float
    left_dome_cm: float
    scapula_cm: float
    bend_cm: float
    breast_cm: float
    gas_cm: float
    bone: float
    seed: int


@dataclass(frozen=True)
class Pose:
    """How the patient stands and breathes on one film.

    Parameters
    ----------
    shift_cm
        Place of the body's centre on the film, (x, y).
    tilt
        Turn in the film's plane, radians.
    turn
        Turn about the body's axis, radians: it moves the front against the back.
    breath_cm
        How much lower than at rest the diaphragm stands.
    """

    shift_cm: tuple[float, float] = (0.0, 0.0)
    tilt: float = 0.0
    turn: float = 0.0
    breath_cm: float = 0.0

    def to_body(self, x_cm: FloatArray, y_cm: FloatArray, size: float) -> tuple[FloatArray, FloatArray]:
        """Turn film coordinates into body coordinates, cm."""
        x, y = x_cm - self.shift_cm[0], y_cm - self.shift_cm[1]
        cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
        return (cosine * x + sine * y) / size, (cosine * y - sine * x) / size

    def to_film(self, x_cm: FloatArray, y_cm: FloatArray, size: float) -> tuple[FloatArray, FloatArray]:
        """Turn body coordinates into film coordinates, cm."""
        cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
        x, y = size * (cosine * x_cm - sine * y_cm), size * (cosine * y_cm + sine * x_cm)
        return x + self.shift_cm[0], y + self.shift_cm[1]


def draw_patient(generator: np.random.Generator) -> Patient:
    """Draw a person; nothing here depends on the finding."""
    normal = generator.normal
    sex = str(generator.choice(SEXES))
    age = int(generator.choice(3, p=(0.3, 0.4, 0.3)))
    female = sex == "F"
    right_dome_cm = 6.6 + normal(0, 0.45)
    return Patient(
        sex=sex,
        age_band=AGE_BANDS[age],
        size=float(np.clip(normal(1.0 if female else 1.06, 0.035), 0.9, 1.14)),
        breadth=float(np.clip(normal(1.0, 0.035), 0.92, 1.08)),
        fat_cm=float(np.clip(normal(1.2, 0.6), 0.3, 3.0)),
        heart=float(np.clip(normal(0.95 + 0.04 * age, 0.07), 0.8, 1.22)),
        knob=float(np.clip(normal(0.85 + 0.15 * age, 0.1), 0.7, 1.4)),
        right_dome_cm=float(right_dome_cm),
        left_dome_cm=float(right_dome_cm + np.clip(normal(1.1, 0.4), 0.1, 2.0)),
        scapula_cm=float(normal(0.8, 0.6)),
        bend_cm=float(normal(0, 0.25)),
        breast_cm=float(np.clip(normal(4.8, 0.7), 3.4, 6.2)) if female else 0.0,
        gas_cm=float(np.clip(normal(2.2, 0.8), 0.0, 3.6)),
        bone=float(np.clip(normal(1.08 - 0.1 * age, 0.06), 0.75, 1.2)),
        seed=int(generator.integers(2**31)),
    )


def draw_pose(generator: np.random.Generator) -> Pose:
    """Draw how a patient stands on one film; nothing here depends on the finding."""
    return Pose(
        shift_cm=(float(generator.normal(0, 0.5)), float(generator.normal(0, 0.5))),
        tilt=float(generator.normal(0, 0.02)),
        turn=float(generator.normal(0, 0.04)),
        breath_cm=float(np.clip(generator.normal(0, 0.45), -1.2, 1.0)),
    )
