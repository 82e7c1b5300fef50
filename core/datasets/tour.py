"""Six machines and one simulated picture of each: what the tour of Learn 1 shows.

Nothing is stored: every picture is made by code when it is looked at, and no patient is behind any of them.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_ct import SLICE_CM, render_ct_slice
from core.datasets.phantom_dicom import CT_INTERCEPT
from core.datasets.phantom_lesions import Lesion
from core.datasets.phantom_patient import Patient
from core.datasets.phantom_physics import TISSUE_HU
from core.datasets.phantoms import PhantomConfig, make_film, make_patient
from core.datasets.tour_fundus import fundus_lesions, make_fundus
from core.datasets.tour_histology import histology_lesion, make_histology
from core.datasets.tour_mri import THICKNESS_MM, make_mri, mri_lesion
from core.datasets.tour_ultrasound import make_ultrasound, ultrasound_lesion
from core.images.levels import CT_WINDOWS
from core.images.records import MedicalImage, Window
from core.language import N_


@dataclass(frozen=True)
class Machine:
    """A kind of picture; its texts are the sections of lessons/<language>/tour.md, in this order.

    Attributes
    ----------
    name
        Its key.
    builder
        The function that makes its example, as "module:function"; called without arguments.
    lesion
        What is outlined in the example, a marked text.
    objection
        Whose objection the last text is, a marked text.
    """

    name: str
    builder: str
    lesion: str
    objection: str = N_("What a radiologist would object")


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A simulated picture and the truth about it.

    Attributes
    ----------
    image
        The picture; its pixel spacing is known.
    lesion_mask
        Where its lesions are, ndarray of shape (H, W), bool.
    thickness_mm
        How thick the slice is; None where the picture is no slice.
    """

    image: MedicalImage
    lesion_mask: NDArray[np.bool_]
    thickness_mm: float | None = None


MACHINES: Final[dict[str, Machine]] = {
    "xray": Machine("xray", "core.datasets.tour:show_xray", N_("a nodule in the lung")),
    "ct": Machine("ct", "core.datasets.tour:show_ct", N_("a nodule in the lung")),
    "mri": Machine("mri", "core.datasets.tour:show_mri", N_("a plaque in the white matter")),
    "ultrasound": Machine("ultrasound", "core.datasets.tour:show_ultrasound", N_("a solid lesion")),
    "histology": Machine(
        "histology",
        "core.datasets.tour:show_histology",
        N_("a nest of tumour cells"),
        N_("What a pathologist would object"),
    ),
    "fundus": Machine(
        "fundus",
        "core.datasets.tour:show_fundus",
        N_("a patch of exudates"),
        N_("What an ophthalmologist would object"),
    ),
}

CT_THICKNESS_MM: Final = 5.0
_CONFIG: Final = PhantomConfig(seed=9, n_patients=30, image_size=256, dose=40_000, lesion_size=0.5)
_PATIENT: Final = 29  # who has nodules
_SPOT: Final = 0  # the largest: the CT slice cuts it


def make_exhibit(name: str) -> Exhibit:
    """Make the example of a machine in MACHINES."""
    module, _, function = MACHINES[name].builder.partition(":")
    exhibit: Exhibit = getattr(import_module(module), function)()
    return exhibit


def show_xray() -> Exhibit:
    """Take a chest film of a patient with nodules, shown in its own window."""
    film = make_film(_CONFIG, _PATIENT, 0)
    image = MedicalImage(
        values=film.pixels,
        value_range=(0.0, 4095.0),
        windows=(Window(center=film.window_center, width=film.window_width),),
        modality="DX",
        pixel_spacing_mm=(film.pixel_spacing_mm, film.pixel_spacing_mm),
        bits_stored=12,
    )
    return Exhibit(image, film.lesion_mask)


def show_ct() -> Exhibit:
    """Cut the same patient through one of the nodules, in Hounsfield units."""
    patient, lesion = make_patient(_CONFIG, _PATIENT)
    height_cm = round(lesion.spots[_SPOT].centre_cm[1], 1) if lesion else 0.0
    hounsfield = render_ct_slice(patient, lesion, height_cm=height_cm, n_pixels=_CONFIG.image_size)
    spacing_mm = 10 * SLICE_CM / _CONFIG.image_size
    image = MedicalImage(
        values=hounsfield,
        value_range=(-1024.0, 3071.0),
        windows=(CT_WINDOWS["Lung"],),
        modality="CT",
        pixel_spacing_mm=(spacing_mm, spacing_mm),
        rescale=(1.0, float(CT_INTERCEPT)),
    )
    return Exhibit(image, _ct_mask(patient, lesion, height_cm), CT_THICKNESS_MM)


def show_mri(*, tr_ms: float = 4000.0, te_ms: float = 95.0) -> Exhibit:
    """Make the head slice with a repetition and an echo time; T2-weighted unless told otherwise."""
    return Exhibit(make_mri(tr_ms=tr_ms, te_ms=te_ms), mri_lesion(), THICKNESS_MM)


def show_ultrasound() -> Exhibit:
    """Make the breast with a cyst and a solid lesion."""
    return Exhibit(make_ultrasound(), ultrasound_lesion())


def show_histology() -> Exhibit:
    """Make the stained slice."""
    return Exhibit(make_histology(), histology_lesion())


def show_fundus() -> Exhibit:
    """Make the back of the eye."""
    return Exhibit(make_fundus(), fundus_lesions())


def _ct_mask(patient: Patient, lesion: Lesion | None, height_cm: float) -> NDArray[np.bool_]:
    """Return where a lesion replaces at least half of the air: the slice with it against that without."""
    with_it, without = (
        render_ct_slice(patient, each, height_cm=height_cm, n_pixels=_CONFIG.image_size, noise_hu=0)
        for each in (lesion, None)
    )
    raised = with_it.astype(np.float64) - without
    return np.asarray(raised > 0.5 * (TISSUE_HU["soft"] - TISSUE_HU["lung"]))
