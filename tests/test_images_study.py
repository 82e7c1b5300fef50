"""Frames and series for the viewer: each unit of a pixel, the order of slices, the way across a process."""

import json
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from core.errors import UnreadableImageError
from core.images.frames import BrokenFrameError
from core.images.levels import CT_WINDOWS
from core.images.lookup_tables import LookupTable
from core.images.records import Window
from core.images.study import (
    FrameView,
    StudyFile,
    frame_task,
    frame_view,
    header_task,
    open_study_file,
    pack_view,
    show,
    sort_series,
    tell,
    unpack_study_file,
    unpack_view,
)
from tests.dicom_files import lut, make_dicom, saved

STORED = np.arange(16, dtype=np.int16).reshape(4, 4)


def ct(**elements: object) -> FileDataset:
    known = {"Modality": "CT", "RescaleSlope": 100, "RescaleIntercept": -1024}
    return make_dicom(STORED, **{**known, **elements})


def viewed(dataset: FileDataset, frame: int | None = None) -> FrameView:
    return frame_view(saved(dataset), frame)


def test_a_pixel_is_told_as_stored_in_hounsfield_units_and_as_displayed() -> None:
    told = tell(viewed(ct()), 2, 3, CT_WINDOWS["Soft tissue"])
    assert told is not None
    assert (told.stored, told.rescaled, told.unit) == ((11,), (76,), "Hounsfield units")
    assert told.displayed == (round(((76 - 39.5) / 399 + 0.5) * 255),)
    assert not told.is_padding
    assert tell(viewed(ct()), 4, 0) is tell(viewed(ct()), 0, -1) is None


def test_the_way_from_stored_to_rescaled_is_told_in_words() -> None:
    assert str(viewed(ct()).transform) == "stored value x 100 - 1024"
    assert str(viewed(make_dicom(STORED)).transform) == "as stored"
    table = viewed(make_dicom(STORED, ModalityLUTSequence=[lut([1, 2, 3])]))
    assert str(table.transform) == "through the file's table of 3 values"


@pytest.mark.parametrize(
    ("elements", "unit"),
    [
        ({"RescaleType": "HU"}, "Hounsfield units"),
        ({"RescaleType": "US"}, "stored value"),
        ({"RescaleType": "OD", "Modality": "CR"}, "optical density x 1000"),
        ({"Modality": "MR"}, "stored value"),
        ({"RescaleSlope": None, "RescaleIntercept": None}, "stored value"),
    ],
)
def test_hounsfield_units_are_said_only_where_they_are(elements: dict[str, object], unit: str) -> None:
    assert viewed(ct(**elements)).unit == unit


def test_monochrome1_and_padding_are_told() -> None:
    dataset = ct(PhotometricInterpretation="MONOCHROME1")
    dataset.add_new("PixelPaddingValue", "SS", 0)
    view = viewed(dataset)
    assert view.padding is not None and view.padding.sum() == 1
    first = tell(view, 0, 0, Window(center=0, width=3000))
    last = tell(view, 3, 3, Window(center=400, width=10))
    assert first is not None and first.is_padding
    assert last is not None and last.displayed == (0,)  # the highest value is black
    assert view.image.value_range == (-924, 476)


def test_without_a_window_the_whole_range_is_shown() -> None:
    view = viewed(ct(WindowCenter=0, WindowWidth=100))
    whole = show(view, None)
    assert (whole.min(), whole.max()) == (0, 255)
    assert isinstance(view.proposed, Window) and view.proposed.width == 100
    assert len(np.unique(show(view, view.proposed))) == 3


def test_voi_tables_are_choices_and_leave_the_values_as_they_are() -> None:
    one, other = lut([0, 128, 255], first=0, bits=8), lut([0, 65535], first=8)
    view = viewed(make_dicom(STORED, VOILUTSequence=[one, other], WindowCenter=8, WindowWidth=4))
    np.testing.assert_array_equal(view.image.values, STORED)
    assert [len(table.entries) for table in view.tables] == [3, 2]
    assert view.proposed is view.tables[0]
    assert show(view, view.tables[0]).reshape(-1).tolist() == [0, 128, *[255] * 14]
    told = tell(view, 2, 1, view.tables[1])
    assert told is not None and told.displayed == (255,)
    assert view.image.windows[0].center == 8


def test_pixels_that_are_no_squares_say_so() -> None:
    view = viewed(make_dicom(STORED, PixelAspectRatio=["4", "3"]))
    assert view.aspect == pytest.approx(4 / 3)
    assert [str(note) for note in view.image.notes] == [
        "Its pixels are not square: each is 1.33 times as high as wide."
    ]
    spaced = viewed(make_dicom(STORED, ImagerPixelSpacing=[0.2, 0.1], PixelAspectRatio=["1", "1"]))
    assert (spaced.aspect, spaced.image.pixel_spacing_mm) == (2, (0.2, 0.1))
    assert spaced.spacing_place == "at the detector, where things are larger than in the patient"


def test_a_frame_carries_no_identity() -> None:
    view = viewed(ct(PatientID="DOE-1", StudyInstanceUID="1.2.3", PatientName="DOE^JANE"))
    image = view.image
    assert (image.patient_id, image.study_id, image.series_id, image.image_id) == (None,) * 4
    record, buffers = pack_view(view)
    assert "DOE" not in json.dumps(record)
    assert not any(b"DOE" in buffer for buffer in buffers)


@pytest.mark.parametrize(
    "dataset",
    [
        ct(WindowCenter=[0, 5], WindowWidth=[100, 50]),
        make_dicom(STORED, VOILUTSequence=[lut([0, 9, 65535])], PixelPaddingValue=3),
        make_dicom(STORED.astype(np.uint32)),
        make_dicom(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)),
    ],
)
def test_a_frame_comes_across_as_it_was(dataset: FileDataset) -> None:
    view = viewed(dataset)
    record, buffers = frame_task(saved(dataset))
    other = unpack_view(json.loads(json.dumps(record)), buffers)
    np.testing.assert_array_equal(other.stored, view.stored)
    assert other.stored.dtype == view.stored.dtype
    np.testing.assert_array_equal(other.image.values, view.image.values)
    for chosen in (None, view.proposed):
        np.testing.assert_array_equal(show(other, chosen), show(view, chosen))
    if view.padding is not None:
        np.testing.assert_array_equal(other.padding, view.padding)
    assert (other.unit, other.aspect, other.transform) == (view.unit, view.aspect, view.transform)
    assert tell(other, 1, 2, other.proposed) == tell(view, 1, 2, view.proposed)


def test_a_process_that_lies_is_not_believed() -> None:
    record, buffers = pack_view(viewed(make_dicom(STORED, VOILUTSequence=[lut([0, 9])])))
    for wrong in (buffers[:1], [buffers[0], b"", buffers[2]], [*buffers[:2], b"1"]):
        with pytest.raises(BrokenFrameError):
            unpack_view(record, wrong)
    with pytest.raises(BrokenFrameError):
        unpack_view({"image": record["image"], "view": {**record["view"], "dtype": "object"}}, buffers)
    with pytest.raises(BrokenFrameError):
        unpack_view({"image": record["image"], "view": {**record["view"], "shape": [1, 16]}}, buffers)
    with pytest.raises(BrokenFrameError):
        unpack_study_file({"rows": "many"})


def test_a_table_looks_up_fractions_by_the_nearest_value() -> None:
    table = LookupTable(np.array([1, 2, 3], dtype=np.uint16), first=-1, bits=8)
    assert table.look_up(np.array([-9.0, -0.6, 0.4, 0.6, 7])).tolist() == [1, 1, 2, 3, 3]


# Series


def slice_at(z: float, number: int | None = None, series: str = "1.2", **elements: object) -> FileDataset:
    place = {"ImagePositionPatient": [0, 0, z], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
    known = {"SeriesInstanceUID": series, "StudyInstanceUID": "1.1", "InstanceNumber": number, **place}
    return make_dicom(STORED, **{**known, **elements})


def files_of(*datasets: Dataset) -> list[StudyFile]:
    return [open_study_file(saved(dataset)) for dataset in datasets]


def test_slices_are_ordered_along_their_normal_and_not_by_number() -> None:
    (series,) = sort_series(files_of(slice_at(10, 1), slice_at(-5, 2), slice_at(2.5, 3)))
    assert (series.indices, series.ordered_by) == ((1, 2, 0), "position")
    assert (series.distance_mm, series.is_even) == (7.5, True)


def test_the_normal_is_that_of_the_slices() -> None:
    """Sagittal slices: rows along y, columns along -z, so that the normal is -x."""
    places = ([3, 0, 9], [1, 0, 0], [2, 0, 5])
    datasets = [
        slice_at(0, 1, ImagePositionPatient=place, ImageOrientationPatient=[0, 1, 0, 0, 0, -1])
        for place in places
    ]
    (series,) = sort_series(files_of(*datasets))
    assert series.indices == (0, 2, 1)
    assert series.distance_mm == pytest.approx(1)


def test_a_missing_slice_is_seen() -> None:
    (series,) = sort_series(files_of(*(slice_at(z) for z in (0, 5, 10, 20))))
    assert (series.distance_mm, series.is_even) == (5, False)


def test_without_positions_numbers_count_and_without_numbers_nothing() -> None:
    absent = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
    (numbered,) = sort_series(files_of(*(slice_at(0, number, **absent) for number in (3, 1, 2))))
    assert (numbered.indices, numbered.ordered_by) == ((1, 2, 0), "number")
    (plain,) = sort_series(files_of(*(slice_at(0, None, **absent) for _ in range(2))))
    assert (plain.indices, plain.ordered_by) == ((0, 1), "given")


def test_series_stay_apart_and_slices_of_many_directions_go_by_number() -> None:
    turned = slice_at(5, 1, ImageOrientationPatient=[0, 1, 0, 0, 0, -1])
    other = slice_at(0, 1, series="1.3", SeriesNumber=1)
    found = sort_series(files_of(slice_at(0, 2, SeriesNumber=7), other, turned))
    assert [(series.indices, series.ordered_by) for series in found] == [((1,), "given"), ((2, 0), "number")]


def test_a_file_with_frames_stands_alone_and_tells_its_rate() -> None:
    frames = make_dicom(np.zeros((8, 4), np.uint8), Rows=4, NumberOfFrames=2, FrameTime=40)
    (file,) = files_of(frames)
    assert (file.n_frames, file.frames_per_second) == (2, 25)
    assert len(sort_series([file, file])) == 2


def test_pseudonyms_depend_on_the_key_and_hold_no_identifier() -> None:
    content = saved(slice_at(0, 1, PatientID="DOE-1"))
    one, same, other = (open_study_file(content, key=key) for key in ("a", "a", "b"))
    assert one == same
    assert one.series != other.series
    record, buffers = header_task(content, key="a")
    assert unpack_study_file(json.loads(json.dumps(record))) == one
    assert not buffers
    assert "1.2" not in record["series"] and "DOE" not in json.dumps(record)


def test_text_in_the_place_of_a_position_is_no_position() -> None:
    content = saved(slice_at(7.25)).replace(b"7.25", b"JANE")
    assert open_study_file(content).position_mm is None


def test_a_file_without_picture_has_no_place_in_a_study() -> None:
    dataset = make_dicom(STORED)
    del dataset.Rows
    with pytest.raises(UnreadableImageError, match="holds no picture"):
        open_study_file(saved(dataset))


def test_16_slices_of_a_head_come_in_order(shared_data: Path) -> None:
    paths = sorted((shared_data / "dicom_series").iterdir(), key=lambda path: hash(path.name))
    files = [open_study_file(path.read_bytes()) for path in paths]
    (series,) = sort_series(files)
    assert len(series.indices) == 16 and series.ordered_by == "position" and series.is_even
    heights = []
    for index in series.indices:
        dataset = dcmread(paths[index], stop_before_pixels=True)
        rows, columns = np.split(np.array(dataset.ImageOrientationPatient, dtype=float), 2)
        heights.append(np.dot(np.cross(rows, columns), np.array(dataset.ImagePositionPatient, dtype=float)))
    assert (np.diff(heights) > 0).all()
