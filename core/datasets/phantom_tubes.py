"""The long parts of the chest as tubes: ribs, clavicles, shoulder blades, arms, spine, airways, lung vessels.

A tube that is laid into a body says what it is made of and what it takes the place of (`Inlay`). A bone is
two inlays: hard bone instead of soft tissue, and inside it spongy bone instead of hard bone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.datasets.phantom_anatomy import build_chest, chest_wall, spine_x_cm
from core.datasets.phantom_geometry import FloatArray, Solid, Tube, around, tube_along
from core.datasets.phantom_patient import Patient, Pose

VERTEBRA_CM: Final = 2.25  # from one vertebra to the next
FIRST_VERTEBRA_CM: Final = -13.4  # y of the first thoracic vertebra
_N_RIBS: Final = 11
_VESSEL_RADII_CM: Final = (0.09, 0.13, 0.18, 0.25, 0.35, 0.5, 0.7)


@dataclass(frozen=True)
class Inlay:
    """A tube of one tissue laid into another."""

    tube: Tube
    tissue: str
    instead_of: str


def build_inlays(patient: Patient, pose: Pose) -> list[Inlay]:
    """Build all tubes of a patient in a pose; the same patient always has the same ones."""
    generator = np.random.default_rng(patient.seed)
    bones = [*_ribs(patient, generator), *_shoulders(patient), *_spine_details(patient)]
    return [*_airways(), *_vessels(patient, pose, generator), *(inlay for bone in bones for inlay in bone)]


def _bone(
    corners_cm: FloatArray | list[tuple[float, float, float]], radius_cm: float, wall_cm: float
) -> tuple[Inlay, Inlay]:
    """Make a hollow bone along a line."""
    outer = tube_along(corners_cm, radius_cm)
    marrow = Tube(outer.points_cm, outer.lengths_cm, radius_cm - wall_cm)
    return Inlay(outer, "hard bone", "soft"), Inlay(marrow, "spongy bone", "hard bone")


def _ribs(patient: Patient, generator: np.random.Generator) -> Iterator[tuple[Inlay, Inlay]]:
    """Ribs run around the lungs: from the spine outward, down the side, and forward and inward below."""
    for number in range(_N_RIBS):
        last = (2.6 if number < 7 else 2.3 - 0.25 * (number - 7)) + generator.normal(0, 0.06)
        for side in (-1, 1):
            angle = np.linspace(0.12, last, 60)
            fall = (6.4 + 0.6 * min(number, 6) + generator.normal(0, 0.15)) * patient.breadth
            start = FIRST_VERTEBRA_CM + VERTEBRA_CM * number - 0.2 * min(number, 4) + generator.normal(0, 0.1)
            y = start + fall * (1 - np.cos(angle)) / 2 - 0.5 * np.sin(2 * angle)
            width, depth, middle = chest_wall(np.maximum(y, -12.6), patient)
            x = side * (width + 0.5) * np.sin(angle) ** 0.95
            z = middle + (depth + 0.5) * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.95
            path = np.stack([x + spine_x_cm(y, patient), y, z], axis=1)
            yield _bone(path[angle < 1.7], 0.55, 0.19)
            if last > 1.8:  # the front part is thinner, and missing where a rib ends early
                yield _bone(path[angle > 1.65], 0.5, 0.11)


def _shoulders(patient: Patient) -> Iterator[tuple[Inlay, Inlay]]:
    """Clavicles, borders and spine of the shoulder blades, and upper arms."""
    out = patient.scapula_cm
    for side in (-1, 1):
        share = np.linspace(0, 1, 20)
        clavicle_y = -9.6 - 2.6 * share - 0.5 * np.sin(2 * np.pi * share)
        clavicle_z = -7.5 + 6 * share - 1.0 * np.sin(2 * np.pi * share)
        yield _bone(np.stack([side * (1.7 + 13 * share), clavicle_y, clavicle_z], axis=1), 0.66, 0.2)
        blade = shoulder_blade_corners_cm(out)
        yield _bone([(side * x, y, 8.5) for x, y in (blade[0], blade[1])], 0.26, 0.1)
        yield _bone([(side * x, y, 7.5) for x, y in (blade[1], blade[2])], 0.42, 0.14)
        yield _bone([(side * (blade[0][0] + 0.3), -10.0, 9.0), (side * 16.2, -12.4, 4.5)], 0.4, 0.12)
        yield _bone([(side * 17.0, -10.4, 1.0), (side * 17.2, -10.2, 1.0)], 2.2, 0.16)
        yield _bone([(side * 17.4, -9.6, 1.0), (side * 23.0, -1.0, 0.0)], 1.2, 0.35)


def shoulder_blade_corners_cm(out_cm: float) -> tuple[tuple[float, float], ...]:
    """Corners of the left shoulder blade on the film (x, y): top, lower tip and joint."""
    return (8.6 + out_cm, -11.2), (11.4 + out_cm, 1.4), (14.8 + out_cm / 2, -8.8)


def _spine_details(patient: Patient) -> Iterator[tuple[Inlay, Inlay]]:
    """Pedicles and spinous processes; the bodies of the vertebrae are a solid."""
    for number in range(-2, 15):
        y = FIRST_VERTEBRA_CM + VERTEBRA_CM * number
        x = float(spine_x_cm(np.array(y), patient))
        for side in (-1, 1):
            yield _bone([(x + side * 1.25, y - 0.35, 6.4), (x + side * 1.25, y - 0.15, 7.4)], 0.42, 0.14)
        yield _bone([(x, y - 0.2, 8.4), (x, y + 0.9, 10.2)], 0.3, 0.12)


def build_vertebrae(x_cm: FloatArray, y_cm: FloatArray, patient: Patient) -> Solid:
    """Build the bodies of the vertebrae: a column with a waist and a gap at each disc."""
    place = (y_cm - FIRST_VERTEBRA_CM) / VERTEBRA_CM + 0.5
    within = 2 * (place - np.floor(place)) - 1  # from -1 to 1 down one vertebra
    half_width = (1.45 + 0.035 * (y_cm + 13)) * (0.9 + 0.12 * within**2)
    half_depth = 1.5 * rounded_depth_of(x_cm - spine_x_cm(y_cm, patient), half_width)
    return around(6.0, half_depth * (np.abs(within) < 0.8))


def rounded_depth_of(x_cm: FloatArray, half_width_cm: FloatArray) -> FloatArray:
    """Depth of a rounded box, 1 in the middle."""
    return np.asarray((1 - np.minimum(np.abs(x_cm / half_width_cm), 1) ** 4) ** 0.5)


def _airways() -> Iterator[Inlay]:
    """Windpipe and the two main bronchi."""
    yield Inlay(tube_along([(0, -20, 1.5), (0.2, -5.4, 2.0)], 0.85), "air", "soft")
    yield Inlay(tube_along([(0.2, -5.4, 2.0), (-2.9, -2.9, 2.0)], 0.6), "air", "soft")
    yield Inlay(tube_along([(0.2, -5.4, 2.0), (3.7, -2.4, 2.0)], 0.5), "air", "soft")


def _vessels(patient: Patient, pose: Pose, generator: np.random.Generator) -> Iterator[Inlay]:
    """Vessels of both lungs, cut to where there is aerated lung around them."""
    points, radii, lengths = _vessel_tree(generator)
    solids = build_chest(points[:, 0], points[:, 1], patient, pose)
    keep = solids.is_aerated(points[:, 2])
    classes = np.argmin(np.abs(np.log(radii[:, None] / np.array(_VESSEL_RADII_CM))), axis=1)
    for number, radius_cm in enumerate(_VESSEL_RADII_CM):
        chosen = keep & (classes == number)
        if chosen.any():
            yield Inlay(Tube(points[chosen], lengths[chosen], radius_cm), "soft", "lung")


def _vessel_tree(generator: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Grow both trees from the hila, all tips at once, one generation of branches after the other.

    Where a vessel of radius r parts in two, r^3 = r1^3 + r2^3 (Murray 1926, doi 10.1073/pnas.12.3.207).
    """
    tips, headings, radii = _vessel_roots(generator)
    all_points, all_radii, all_lengths = [], [], []
    for _ in range(8):
        length = (0.9 + 2.6 * np.sqrt(radii)) * generator.uniform(0.7, 1.25, radii.shape)
        share = (np.arange(16) + 0.5) / 16
        bend = generator.normal(0, 0.14, headings.shape)
        steps = share[:, None, None] * headings + share[:, None, None] ** 2 * bend  # (16, N, 3)
        all_points.append((tips + steps * length[:, None]).reshape(-1, 3))
        all_radii.append(np.tile(radii, 16))
        all_lengths.append(np.tile(length / 16, 16))
        tips = tips + (headings + bend) * length[:, None]
        tips, headings, radii = _parted(tips, headings + bend, radii, generator)
    return np.concatenate(all_points), np.concatenate(all_radii), np.concatenate(all_lengths)


def _vessel_roots(generator: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """First branches of both lungs, ndarrays of shape (N, 3), (N, 3) and (N,)."""
    tips, headings, radii = [], [], []
    for side, x, y in ((-1, -2.9, -1.3), (1, 3.1, -2.2)):
        for angle in np.linspace(-1.35, 1.3, 7) + generator.normal(0, 0.1, 7):
            heading = np.array([side * np.cos(angle), np.sin(angle), generator.normal(0, 0.4)])
            tips.append((x, y + 1.2 * np.sin(angle), 1.0))
            headings.append(heading / np.linalg.norm(heading))
            radii.append(generator.uniform(0.27, 0.39) + 0.12 * max(np.sin(angle), 0))
    return np.array(tips), np.array(headings), np.array(radii)


def _parted(
    tips: FloatArray, headings: FloatArray, radii: FloatArray, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Part each tip in two; branches thinner than 0.07 cm end."""
    share = generator.uniform(0.35, 0.65, radii.shape)
    turn = generator.normal(0, 1, headings.shape)
    turn -= headings * (turn * headings).sum(axis=1, keepdims=True)
    turn *= generator.uniform(0.25, 0.6, radii.shape)[:, None] / np.linalg.norm(turn, axis=1, keepdims=True)
    both = np.concatenate([headings + turn * (1 - share)[:, None], headings - turn * share[:, None]])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    thinner = np.concatenate([radii * np.cbrt(share), radii * np.cbrt(1 - share)])
    alive = thinner > 0.07
    return np.concatenate([tips, tips])[alive], both[alive], thinner[alive]


def build_shoulder_blades(x_cm: FloatArray, y_cm: FloatArray, patient: Patient) -> Solid:
    """Build the thin plates of both shoulder blades: triangles seen from the back."""
    corners = shoulder_blade_corners_cm(patient.scapula_cm)
    beside = np.abs(x_cm)
    inside = np.full(x_cm.shape, np.inf)
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        inward = (y1 - y0) * (beside - x0) - (x1 - x0) * (y_cm - y0)
        inside = np.minimum(inside, inward / np.hypot(x1 - x0, y1 - y0))
    return around(8.6, 0.3 * np.clip(inside / 0.5, 0, 1))
