"""The radiograph of a phantom: each solid and tube on the beam's way adds to the optical depth."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter

from core.datasets.phantom_anatomy import Chest, build_chest
from core.datasets.phantom_geometry import FloatArray, PlacedTube, tubes_path
from core.datasets.phantom_lesions import Lesion, fill
from core.datasets.phantom_patient import Patient, Pose
from core.datasets.phantom_physics import contrast_per_cm
from core.datasets.phantom_tubes import Inlay, build_inlays, build_shoulder_blades, build_vertebrae

FILM_CM: Final = 35.0  # side of the square film
FINE: Final = 2  # grid points across one pixel


@dataclass(frozen=True)
class Shadow:
    """What the beam meets at each point of the fine grid; ndarrays of shape (FINE * H, FINE * W).

    Parameters
    ----------
    optical_depth
        Attenuation times path length, summed.
    aerated_cm, lesion_cm
        Path lengths in aerated lung and in replaced lung.
    """

    optical_depth: FloatArray
    aerated_cm: FloatArray
    lesion_cm: FloatArray


def film_axes_cm(n_pixels: int) -> tuple[FloatArray, FloatArray]:
    """Return film coordinates (x, y) of the fine grid, cm, ndarrays of shape (FINE * n, FINE * n)."""
    n_fine = FINE * n_pixels
    axis = (np.arange(n_fine) + 0.5) * FILM_CM / n_fine - FILM_CM / 2
    x_cm, y_cm = np.meshgrid(axis, axis)
    return x_cm, y_cm


def cast_shadow(patient: Patient, pose: Pose, lesion: Lesion | None, *, n_pixels: int) -> Shadow:
    """Add up what the beam meets on its way through a patient."""
    x_cm, y_cm = pose.to_body(*film_axes_cm(n_pixels), patient.size)
    chest = build_chest(x_cm, y_cm, patient, pose)
    aerated_cm = chest.aerated_cm()
    lesion_cm = np.zeros_like(x_cm)
    if lesion is not None:
        for filling in fill(lesion, x_cm, y_cm, patient):
            lesion_cm = np.minimum(lesion_cm + filling.path_cm(chest), aerated_cm)
    depth = _solids_depth(chest, aerated_cm) + contrast_per_cm("soft", "lung") * lesion_cm
    depth += contrast_per_cm("lung", "air") * _lung_texture_cm(aerated_cm, patient)
    depth += _bone_solids_depth(x_cm, y_cm, patient)
    depth += _tubes_depth(build_inlays(patient, pose), patient, pose, depth.shape)
    return Shadow(np.maximum(patient.size * depth, 0), patient.size * aerated_cm, patient.size * lesion_cm)


def _solids_depth(chest: Chest, aerated_cm: FloatArray) -> FloatArray:
    """Optical depth of the soft parts."""
    depth = contrast_per_cm("fat", "air") * (chest.skin.thickness_cm + chest.breasts.thickness_cm)
    depth += contrast_per_cm("soft", "fat") * chest.muscle.thickness_cm
    depth += contrast_per_cm("lung", "soft") * aerated_cm
    depth += contrast_per_cm("air", "soft") * chest.gas.thickness_cm
    return depth


def _bone_solids_depth(x_cm: FloatArray, y_cm: FloatArray, patient: Patient) -> FloatArray:
    """Optical depth that vertebrae and shoulder blades add."""
    vertebrae, blades = build_vertebrae(x_cm, y_cm, patient), build_shoulder_blades(x_cm, y_cm, patient)
    return (
        patient.bone * contrast_per_cm("spongy bone", "soft") * (vertebrae.thickness_cm + blades.thickness_cm)
    )


def _lung_texture_cm(aerated_cm: FloatArray, patient: Patient) -> FloatArray:
    """Unevenness of the lungs from what is too small to model: as if a few mm of tissue more or less."""
    noise = np.random.default_rng(patient.seed + 1).standard_normal(aerated_cm.shape)
    per_cm = aerated_cm.shape[0] / FILM_CM
    coarse: FloatArray = gaussian_filter(noise, 0.7 * per_cm)
    fine: FloatArray = gaussian_filter(noise[::-1], 0.25 * per_cm)
    uneven: FloatArray = 0.22 * coarse / coarse.std() + 0.13 * fine / fine.std()
    return np.sqrt(aerated_cm) * uneven


def _tubes_depth(inlays: list[Inlay], patient: Patient, pose: Pose, shape: tuple[int, int]) -> FloatArray:
    """Optical depth that all tubes add (or take away)."""
    groups: dict[tuple[float, str, str], list[Inlay]] = {}
    for inlay in inlays:
        groups.setdefault((inlay.tube.radius_cm, inlay.tissue, inlay.instead_of), []).append(inlay)
    placed = []
    for (radius_cm, tissue, instead_of), members in groups.items():
        weight = contrast_per_cm(tissue, instead_of) * (patient.bone if "bone" in tissue else 1)
        points = np.concatenate([inlay.tube.points_cm for inlay in members])
        lengths = np.concatenate([inlay.tube.lengths_cm for inlay in members])
        x_cm, y_cm = pose.to_film(points[:, 0] + pose.turn * points[:, 2], points[:, 1], patient.size)
        per_cm = shape[0] / FILM_CM
        rows, columns = (y_cm + FILM_CM / 2) * per_cm - 0.5, (x_cm + FILM_CM / 2) * per_cm - 0.5
        placed.append(PlacedTube(rows, columns, lengths, radius_cm * patient.size * per_cm, weight))
    return tubes_path(placed, shape)
