"""Phantoms as DICOM: what is stored reads back, inverted or not, and the bytes do not change."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from core import images
from core.datasets.phantom_ct import render_ct_slice
from core.datasets.phantom_dicom import ct_to_dicom, to_dicom
from core.datasets.phantom_examples import EXAMPLE_CONFIG, EXAMPLES, write_examples
from core.datasets.phantoms import PhantomConfig, PhantomFilm, make_film, make_patient
from core.workspace import SAMPLE_DATA

CONFIG = PhantomConfig(image_size=64, seed=5)


@pytest.fixture(scope="module")
def film() -> PhantomFilm:
    return make_film(CONFIG, 0, 0)


def test_monochrome2_reads_back_as_it_was(film: PhantomFilm) -> None:
    data = pydicom.dcmread(BytesIO(to_dicom(film, monochrome1=False)))
    np.testing.assert_array_equal(data.pixel_array, film.pixels)
    assert (data.Modality, data.PhotometricInterpretation) == ("DX", "MONOCHROME2")
    assert (data.BitsAllocated, data.BitsStored, data.HighBit) == (16, 12, 11)
    assert data.WindowCenter == pytest.approx(film.window_center)
    assert data.ImagerPixelSpacing == [pytest.approx(350 / 64)] * 2
    assert (data.ViewPosition, data.BurnedInAnnotation) == ("PA", "NO")


def test_monochrome1_is_inverted(film: PhantomFilm) -> None:
    data = pydicom.dcmread(BytesIO(to_dicom(film, monochrome1=True)))
    assert data.PhotometricInterpretation == "MONOCHROME1"
    np.testing.assert_array_equal(4095 - data.pixel_array, film.pixels)
    assert data.WindowCenter == pytest.approx(4095 - film.window_center)


def test_the_patient_is_no_one(film: PhantomFilm) -> None:
    data = pydicom.dcmread(BytesIO(to_dicom(film, monochrome1=False)))
    assert str(data.PatientName) == "PHANTOM^0000"
    assert "SIMULATED" in data.SeriesDescription
    assert data.PatientBirthDate == ""


def test_the_same_film_is_the_same_bytes_and_another_has_other_uids(film: PhantomFilm) -> None:
    assert to_dicom(film, monochrome1=False) == to_dicom(make_film(CONFIG, 0, 0), monochrome1=False)
    uids = {
        pydicom.dcmread(BytesIO(data)).SOPInstanceUID
        for data in (
            to_dicom(film, monochrome1=False),
            to_dicom(film, monochrome1=True),
            to_dicom(make_film(CONFIG, 1, 0), monochrome1=False),
        )
    }
    assert len(uids) == 3
    assert all(uid.is_valid for uid in uids)


def test_a_ct_slice_reads_back_in_hounsfield_units() -> None:
    patient, lesion = make_patient(CONFIG, 0)
    hounsfield = render_ct_slice(patient, lesion, n_pixels=64)
    data = pydicom.dcmread(BytesIO(ct_to_dicom(hounsfield, patient, number=0, height_cm=2.0)))
    assert (data.Modality, data.RescaleIntercept, data.RescaleSlope) == ("CT", -1024, 1)
    np.testing.assert_array_equal(data.pixel_array.astype(int) - 1024, hounsfield)


def test_a_lesion_is_denser_than_lung_on_its_ct_slice() -> None:
    number = next(
        n for n in range(40) if (lesion := make_patient(CONFIG, n)[1]) and lesion.finding == "nodule"
    )
    patient, lesion = make_patient(CONFIG, number)
    assert lesion is not None
    height_cm = lesion.spots[0].centre_cm[1]
    healthy = render_ct_slice(patient, None, height_cm=height_cm, n_pixels=128, noise_hu=0.0)
    ill = render_ct_slice(patient, lesion, height_cm=height_cm, n_pixels=128, noise_hu=0.0)
    changed = ill != healthy
    assert changed.any()
    assert healthy[changed].min() == -760
    assert np.median(ill[changed]) == 45


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_examples(tmp_path_factory.mktemp("examples"))


def test_the_examples_that_ship_are_those_that_the_code_makes(examples: list[Path]) -> None:
    assert [path.name for path in examples] == list(EXAMPLES)
    for path in examples:
        assert (SAMPLE_DATA / "examples" / path.name).read_bytes() == path.read_bytes()


def test_every_example_can_be_read_and_is_named_in_the_readme(examples: list[Path]) -> None:
    readme = (SAMPLE_DATA / "README.md").read_text(encoding="utf-8")
    for path in examples:
        image = images.read(path.read_bytes())
        assert image.values.shape[:2] == (256, 256)
        assert f"`{path.name}`" in readme


def test_no_example_is_in_the_default_set() -> None:
    assert EXAMPLE_CONFIG.seed != PhantomConfig().seed
