"""Reasons to look for text: habits, flags, a line of writing near the border; nothing clears a picture."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from scipy import ndimage

from core.datasets.phantom_film import display_8bit
from core.datasets.phantoms import PhantomConfig, make_films
from core.errors import InvalidValueError
from core.images import MedicalImage, Window, read
from core.images import burned_in as subject
from core.images.writing_lines import has_writing

WORDS = ("MILLER, JOHN", "Miller John 12.04.1953", "19530412")


def written(grey, words, *, size, at=(8, 8), value=255):
    picture = Image.fromarray(grey)
    font = ImageFont.load_default(size=size)
    ImageDraw.Draw(picture).text(at, words, fill=value, font=font)
    return np.array(picture)


def black(side=512):
    return np.zeros((side, side), dtype=np.uint8)


def speckle(seed, *, side=512, grain=1.2):
    """Fully developed speckle: the magnitude of a complex Gaussian field."""
    field = ndimage.gaussian_filter(
        np.random.default_rng(seed).normal(size=(2, side, side)), (0, grain, grain)
    )
    magnitude = np.hypot(*field)
    return np.clip(magnitude / np.percentile(magnitude, 99) * 160, 0, 255).astype(np.uint8)


def image_of(values, **fields):
    return MedicalImage(values=values, value_range=(0.0, 255.0), **fields)


def reasons(image, flag="NO", sop_class=None, **more):
    return subject.text_suspicion(image, burned_in_annotation=flag, sop_class=sop_class, **more)


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("size", [10, 12, 14, 18, 24, 32, 40])
def test_print_on_black_is_found(words, size):
    assert has_writing(written(black(), words, size=size))
    assert has_writing(255 - written(black(), words, size=size))


@pytest.mark.parametrize("size", [24, 28, 32])
def test_print_on_speckle_is_found_and_speckle_alone_is_not(size):
    for seed in range(3):
        bare = speckle(seed)
        assert not has_writing(bare)
        assert has_writing(written(bare, WORDS[1], size=size))


@pytest.mark.parametrize(
    ("at", "found"), [((8, 8), True), ((330, 480), True), ((8, 250), True), ((190, 250), False)]
)
def test_it_is_looked_for_near_the_border(at, found):
    words = "J. MILLER" if not found else "MILLER, JOHN"
    assert has_writing(written(black(), words, size=16, at=at)) is found


def test_phantoms_with_their_side_markers_are_quiet():
    films = list(make_films(PhantomConfig(n_patients=3, image_size=128)))
    assert not any(has_writing(display_8bit(film)) for film in films)


@pytest.mark.parametrize("marker", ["R", "L", "AP"])
@pytest.mark.parametrize("size", [14, 24, 40])
def test_a_side_marker_is_no_writing(marker, size):
    assert not has_writing(written(black(), marker, size=size))


def test_a_large_picture_is_thinned_out_and_its_print_found():
    assert has_writing(written(black(3000), "MILLER, JOHN 12.04.1953", size=48, at=(60, 60)))
    assert not has_writing(black(3000))


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (23, 23), (25, 25)])
def test_a_tiny_picture_is_no_trouble(shape):
    assert not has_writing(np.zeros(shape, dtype=np.uint8))
    assert not has_writing(np.random.default_rng(0).integers(0, 2, shape, dtype=np.uint8) * 255)


def test_coloured_print_is_found_in_a_deep_or_inverted_picture_too():
    print_ = written(black(), "MILLER, JOHN", size=18)
    coloured = np.zeros((512, 512, 3), dtype=np.uint8)
    coloured[..., 2] = print_
    assert reasons(image_of(coloured)) == (subject.SEEN,)
    deep = image_of(print_.astype(np.int16) * 10 - 1000, windows=(Window(center=275, width=2550),))
    assert reasons(deep) == (subject.SEEN,)
    assert reasons(image_of(print_, inverted=True)) == (subject.SEEN,)


def test_the_real_films_are_mostly_quiet_and_print_on_them_is_found(shared_data):
    paths = sorted((shared_data / "cxr_folders").glob("*/*"))[::4]
    films = [np.array(Image.open(path).convert("L")) for path in paths]
    # 2 of all 600 are flagged, and both carry a time and "KV59": see docs/decisions
    assert sum(has_writing(film) for film in films) <= 0.02 * len(films)
    hits = [has_writing(written(film, WORDS[1], size=16)) for film in films]
    assert np.mean(hits) >= 0.9


def test_other_real_pictures_are_quiet(shared_data):
    paths = [
        *sorted((shared_data / "brain_mri_4class").glob("*/*"))[::8],
        *sorted((shared_data / "blood_cells_csv" / "crops").glob("*"))[::9],
    ]
    assert sum(has_writing(np.array(Image.open(path).convert("L"))) for path in paths) <= 0.02 * len(paths)


def test_a_flag_a_modality_and_a_class_are_reasons():
    plain = image_of(black(64), source_format="DICOM", modality="DX")
    assert reasons(plain) == ()
    assert reasons(plain, flag="YES") == (subject.SAYS_YES,)
    assert reasons(plain, flag=None) == (subject.SAYS_NOTHING,)
    assert reasons(plain, flag="perhaps") == (subject.SAYS_NOTHING,)
    assert reasons(plain, is_screen=True) == (subject.CAPTURED,)
    assert reasons(plain, sop_class=SecondaryCaptureImageStorage) == (subject.CAPTURED,)
    assert reasons(plain, sop_class="1.2.840.10008.5.1.4.1.1.7.4") == (subject.CAPTURED,)
    assert reasons(plain, sop_class="1.2.840.10008.5.1.4.1.1.6.1") == (subject.HABIT,)
    assert reasons(plain, sop_class="1.2.840.10008.5.1.4.1.1.66.4") == ()  # a segmentation
    assert reasons(plain, sop_class="1.2.840.10008.5.1.4.1.1.77.1.1.1") == (subject.HABIT,)  # endoscopy
    for modality in ("US", "IVUS", "ES"):
        assert reasons(image_of(black(64), source_format="DICOM", modality=modality)) == (subject.HABIT,)
    assert reasons(image_of(black(64), source_format="PNG"), flag=None) == ()


def test_all_reasons_stand_in_their_order():
    image = image_of(written(black(), "MILLER, JOHN", size=18), source_format="DICOM", modality="US")
    found = reasons(image, flag="YES", sop_class=SecondaryCaptureImageStorage)
    assert found == tuple(reason for reason in subject.REASONS if reason != subject.SAYS_NOTHING)


def test_the_header_of_a_file_is_looked_at():
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.Modality, dataset.SOPClassUID = "OT", SecondaryCaptureImageStorage
    dataset.ImageType, dataset.BurnedInAnnotation = ["DERIVED", "SECONDARY", "SCREEN SAVE"], "YES"
    dataset.Rows = dataset.Columns = 64
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation, dataset.PixelData = 0, bytes(64 * 64)
    stream = BytesIO()
    dataset.SOPInstanceUID = "1.2.3"
    dataset.save_as(stream, enforce_file_format=True)
    content = stream.getvalue()
    image = read(content)
    found = subject.suspicion_of_file(content, image)
    assert subject.SAYS_YES in found
    assert subject.CAPTURED in found
    assert subject.suspicion_of_file(b"\x89PNG", image_of(black(64), source_format="PNG")) == ()


def test_a_crop_keeps_what_is_known_of_the_picture():
    values = np.arange(200, dtype=np.uint16).reshape(10, 20)
    image = replace(image_of(values), pixel_spacing_mm=(0.5, 0.25), modality="US", bits_stored=12)
    cut = subject.crop(image, (0.2, 0.1, 0.0, 0.25))
    np.testing.assert_array_equal(cut.values, values[2:, 5:18])
    assert (cut.pixel_spacing_mm, cut.modality, cut.bits_stored) == ((0.5, 0.25), "US", 12)
    np.testing.assert_array_equal(image.values, values)
    np.testing.assert_array_equal(subject.crop(image, (0, 0, 0, 0)).values, values)


def test_a_crop_takes_the_writing_with_it():
    image = image_of(written(black(), "MILLER, JOHN", size=18))
    assert reasons(image) == (subject.SEEN,)
    assert reasons(subject.crop(image, (0.1, 0, 0, 0))) == ()


@pytest.mark.parametrize(
    "margins", [(0.5, 0, 0.5, 0), (-0.1, 0, 0, 0), (0, 0.46, 0, 0.46), (float("nan"), 0, 0, 0)]
)
def test_a_crop_that_leaves_nothing_is_refused(margins):
    with pytest.raises(InvalidValueError, match="too little of the picture"):
        subject.crop(image_of(black(64)), margins)


def test_a_crop_of_one_pixel_is_one_pixel():
    assert subject.crop(image_of(black(1)), (0.3, 0.3, 0.3, 0.3)).values.shape == (1, 1)
