"""The CT slice of a phantom: one row of the volume that casts the radiograph, in Hounsfield units."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.datasets.phantom_anatomy import Chest, build_chest
from core.datasets.phantom_geometry import FloatArray, Solid
from core.datasets.phantom_lesions import Filling, Lesion, fill
from core.datasets.phantom_patient import Patient, Pose
from core.datasets.phantom_physics import TISSUE_HU
from core.datasets.phantom_tubes import Inlay, build_inlays, build_shoulder_blades, build_vertebrae

SLICE_CM: Final = 38.0  # side of the square slice
_FINE: Final = 2  # grid points across one pixel


def slice_axis_cm(n_points: int) -> FloatArray:
    """Return the places of `n_points` across a slice, cm."""
    return (np.arange(n_points) + 0.5) * SLICE_CM / n_points - SLICE_CM / 2


def render_ct_slice(
    patient: Patient,
    lesion: Lesion | None = None,
    *,
    height_cm: float = 2.0,
    n_pixels: int = 256,
    noise_hu: float = 12.0,
) -> NDArray[np.int16]:
    """Render an axial slice of a patient, seen from the feet: front above, the patient's left at the right.

    Parameters
    ----------
    height_cm
        Where to cut: y in the body, 0 at mid-chest, larger toward the feet.
    noise_hu
        Standard deviation of the noise.

    Returns
    -------
    ndarray of shape (H, W), int16 in Hounsfield units, -1024 to 3071.
    """
    fine = slice_axis_cm(_FINE * n_pixels) / patient.size
    painted = _paint_solids(fine, height_cm, patient, lesion)
    for inlay in build_inlays(patient, Pose()):
        _paint_tube(painted, inlay, fine, height_cm)
    pixels = painted.reshape(n_pixels, _FINE, n_pixels, _FINE).mean(axis=(1, 3))
    generator = np.random.default_rng((patient.seed, round(100 * (height_cm + 50))))
    noise = gaussian_filter(generator.standard_normal(pixels.shape), 0.6)
    pixels += noise * noise_hu / noise.std() if noise_hu > 0 else 0
    slice_hu: NDArray[np.int16] = np.rint(np.clip(pixels, -1024, 3071)).astype(np.int16)
    return slice_hu


def _paint_solids(
    fine_cm: FloatArray, height_cm: float, patient: Patient, lesion: Lesion | None
) -> FloatArray:
    """Paint the solids one over the other, from the skin inward, ndarray (z, x) in Hounsfield units."""
    y_cm = np.full_like(fine_cm, height_cm)
    z_cm = fine_cm[:, None]  # (Z, 1) against the solids' (X,)
    chest = build_chest(fine_cm, y_cm, patient, Pose())
    painted = np.full((fine_cm.size, fine_cm.size), TISSUE_HU["air"], dtype=float)
    layers: tuple[tuple[Solid, str], ...] = (
        (chest.skin, "fat"),
        (chest.breasts, "fat"),
        (chest.muscle, "soft"),
    )
    for solid, tissue in layers:
        painted[solid.contains(z_cm)] = TISSUE_HU[tissue]
    painted[chest.is_aerated(z_cm)] = TISSUE_HU["lung"]
    painted[chest.gas.contains(z_cm)] = TISSUE_HU["air"]
    painted[build_vertebrae(fine_cm, y_cm, patient).contains(z_cm)] = TISSUE_HU["spongy bone"]
    painted[build_shoulder_blades(fine_cm, y_cm, patient).contains(z_cm)] = TISSUE_HU["hard bone"]
    if lesion is not None:
        for filling in fill(lesion, fine_cm, y_cm, patient):
            painted += _lesion_hu(filling, z_cm, chest)
    return painted


def _lesion_hu(filling: Filling, z_cm: FloatArray, chest: Chest) -> FloatArray:
    """Return by how much a lesion raises each point above aerated lung, HU."""
    return np.asarray(filling.share_at(z_cm, chest) * (TISSUE_HU["soft"] - TISSUE_HU["lung"]))


def _paint_tube(painted: FloatArray, inlay: Inlay, fine_cm: FloatArray, height_cm: float) -> None:
    """Paint where the slice cuts a tube: a disk about each point of the centre line that is near enough."""
    radius_cm = inlay.tube.radius_cm
    points = inlay.tube.points_cm
    near = points[np.abs(points[:, 1] - height_cm) < radius_cm]
    for x, y, z in near:
        reach = np.sqrt(radius_cm**2 - (y - height_cm) ** 2)
        columns, rows = _span(fine_cm, x, reach), _span(fine_cm, z, reach)
        inside = (fine_cm[columns] - x) ** 2 + (fine_cm[rows, None] - z) ** 2 < reach**2
        painted[rows, columns][inside] = TISSUE_HU[inlay.tissue]


def _span(axis_cm: FloatArray, middle_cm: float, reach_cm: float) -> slice:
    """Return the part of an axis within `reach_cm` of `middle_cm`."""
    first, last = np.searchsorted(axis_cm, (middle_cm - reach_cm, middle_cm + reach_cm))
    return slice(int(first), int(last))
