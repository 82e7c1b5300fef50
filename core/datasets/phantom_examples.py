"""The eight example files for uploading, DICOM and PNG; none of them is in the data set that ships."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.datasets.phantom_ct import render_ct_slice
from core.datasets.phantom_dicom import ct_to_dicom, to_dicom
from core.datasets.phantom_patient import Finding
from core.datasets.phantoms import PhantomConfig, PhantomFilm, display_8bit, make_film, make_patient

EXAMPLE_CONFIG: Final = PhantomConfig(seed=7, n_patients=100, image_size=256, dose=40_000)


def _dicom(film: PhantomFilm) -> bytes:
    return to_dicom(film, monochrome1=False)


def _inverted_dicom(film: PhantomFilm) -> bytes:
    return to_dicom(film, monochrome1=True)


def _ct_dicom(film: PhantomFilm) -> bytes:
    """Cut through the first nodule."""
    patient, lesion = make_patient(EXAMPLE_CONFIG, film.patient)
    height_cm = round(lesion.spots[0].centre_cm[1], 1) if lesion and lesion.spots else 0.0
    hounsfield = render_ct_slice(patient, lesion, height_cm=height_cm)
    return ct_to_dicom(hounsfield, patient, number=film.patient, height_cm=height_cm)


def _png(film: PhantomFilm) -> bytes:
    return _png_bytes(Image.fromarray(display_8bit(film)))


def _png_16bit(film: PhantomFilm) -> bytes:
    """Use the whole 16 bits, as scanners do: the 12-bit values times 16."""
    return _png_bytes(Image.fromarray((film.pixels * 16).astype(np.uint16)))


def _png_bytes(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


# name of the file: (finding, which patient with it, how it is written)
EXAMPLES: Final[dict[str, tuple[Finding, int, Callable[[PhantomFilm], bytes]]]] = {
    "dx-effusion.dcm": ("effusion", 0, _dicom),
    "dx-no-finding.dcm": ("none", 0, _dicom),
    "dx-nodule-monochrome1.dcm": ("nodule", 0, _inverted_dicom),
    "ct-nodule.dcm": ("nodule", 2, _ct_dicom),
    "film-nodule.png": ("nodule", 1, _png),
    "film-consolidation.png": ("consolidation", 0, _png),
    "film-effusion-16bit.png": ("effusion", 1, _png_16bit),
    "film-no-finding.png": ("none", 1, _png),
}


def write_examples(folder: Path) -> list[Path]:
    """Write the example files into `folder`, which is made if it is not there.

    Returns
    -------
    list of Path
        The files, in the order of EXAMPLES; the same bytes each time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (finding, place, write) in EXAMPLES.items():
        film = make_film(EXAMPLE_CONFIG, _patients_with(finding)[place], 0)
        (folder / name).write_bytes(write(film))
        written.append(folder / name)
    return written


def _patients_with(finding: Finding) -> list[int]:
    """Return the numbers of the example patients who have a finding."""
    found = []
    for number in range(EXAMPLE_CONFIG.n_patients):
        _, lesion = make_patient(EXAMPLE_CONFIG, number)
        if (lesion.finding if lesion else "none") == finding:
            found.append(number)
    return found
