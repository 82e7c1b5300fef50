"""The viewer: what it opens, what it says of each value, and that nobody is named by it."""

import io
import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from core.images import viewing
from core.images.levels import CT_WINDOWS
from core.workspace import SAMPLE_DATA
from tests import markers
from tests.dicom_files import make_dicom, saved
from tests.screens import open_page, shows, texts
from tests.viewer_inputs import slices, unpacked, zipped
from ui.viewer_examples import examples

UPLOAD = "viewer-upload"
KEY = "00" * 32


@pytest.fixture(autouse=True)
def _home(home):
    """No test looks into this computer's own home."""


def upload(*files, level="basic", language="en", **session):
    app = open_page("viewer", level=level, language=language, **session)
    contents = [(name, content, "application/octet-stream") for name, content in files]
    app.file_uploader(key=UPLOAD).set_value(contents).run()
    assert not app.exception
    return app


def example(name, *, level="basic", **session):
    app = open_page("viewer", level=level, **{"viewer-example": name, **session})
    assert not app.exception
    return app


def sent(app):
    """What the page has sent to its component."""
    (component,) = app.get("bidi_component")[-1:]
    return unpacked(component.proto.bytes)


def elements(block):
    """Every message that makes the page."""
    for child in getattr(block, "children", {}).values():
        if getattr(child, "proto", None) is not None:
            yield child.proto
        yield from elements(child)


def small_ct():
    path = Path(get_testdata_file("CT_small.dcm", download=False))
    return path.read_bytes(), pydicom.dcmread(path)


def test_the_empty_page_offers_examples_and_highlights_the_first():
    app = open_page("viewer")
    assert not app.exception
    kinds = [button.proto.type for button in app.button if str(button.key).startswith("viewer-try-")]
    assert kinds == ["primary", "secondary", "secondary", "secondary"]
    app.button(key="viewer-try-ct").click().run()
    assert not app.exception
    assert sent(app)[0]["rows"] == 256
    assert shows(app, "SIMULATED")


@pytest.mark.parametrize("name", list(examples()))
def test_each_example_opens_without_a_word_of_complaint(name):
    app = example(name, level="full")
    assert not app.error
    assert shows(app, "SIMULATED") == examples()[name].simulated


def test_the_values_that_travel_are_pydicoms_own():
    _content, dataset = small_ct()
    header, planes = sent(example("ct-small"))
    assert np.array_equal(planes["stored"], dataset.pixel_array)
    assert np.array_equal(planes["value"], dataset.pixel_array.astype(int) - 1024)
    assert header["strings"]["value"] == "Hounsfield units"
    assert header["spacing"] == pytest.approx(float(dataset.PixelSpacing[1]))


def test_a_preset_changes_only_what_is_shown():
    app = example("ct-small")
    before = sent(app)[1]
    app.selectbox(key="viewer-preset-example-ct-small-0").set_value("Bone").run()
    after = sent(app)[1]
    assert not np.array_equal(before["picture"], after["picture"])
    assert np.array_equal(before["stored"], after["stored"])
    hounsfield = small_ct()[1].pixel_array.astype(float) - 1024
    window = CT_WINDOWS["Bone"]
    line = (hounsfield - (window.center - 0.5)) / (window.width - 1) + 0.5  # PS3.3 C.11.2.1.2.1
    assert np.abs(after["picture"] - np.clip(line, 0, 1) * 255).max() <= 0.5


def test_a_slider_makes_the_window_the_visitors_own():
    app = example("ct-small", level="full")
    app.slider(key="viewer-centre-example-ct-small-0").set_value(100.0).run()
    app.slider(key="viewer-width-example-ct-small-0").set_value(300.0).run()
    app.selectbox(key="viewer-function-example-ct-small-0").set_value("SIGMOID").run()
    assert not app.exception
    assert app.selectbox(key="viewer-preset-example-ct-small-0").value == "hand"
    hounsfield = small_ct()[1].pixel_array.astype(float) - 1024
    curve = 255 / (1 + np.exp(-4 * (hounsfield - 100) / 300))  # PS3.3 C.11.2.1.3.1
    assert np.abs(sent(app)[1]["picture"] - curve).max() <= 0.51
    app.selectbox(key="viewer-preset-example-ct-small-0").set_value("Lung").run()
    assert app.slider(key="viewer-centre-example-ct-small-0").value == -600


def test_basic_has_three_controls_and_an_mr_no_windows_of_ct():
    app = upload(*[(f"{number}", content) for number, content in enumerate(slices(3))])
    assert len(app.selectbox) == 2  # the example and the window
    assert [slider.label for slider in app.slider] == ["Slice, of 3"]
    assert not any("Lung" in option for option in app.selectbox[1].options)


def test_a_series_is_scrolled_in_the_order_of_position():
    app = upload(*[(f"IM{number}", content) for number, content in enumerate(slices(5))])
    (slider,) = app.slider
    assert slider.value == 3
    seen = []
    for number in range(1, 6):
        app.slider[0].set_value(number).run()
        seen.append(int(sent(app)[1]["stored"][0, 0]))
    assert seen == [0, 1, 2, 3, 4]
    facts = dict(app.table[0].value.to_numpy())
    assert facts["Series"] == "5 slices, in order of position, 2.5 mm apart"


def test_the_range_of_the_slice_shown_first_can_be_held_for_all():
    content = [np.array([[0, 50], [100, 100 * (number + 1)]], np.uint16) for number in range(2)]
    series = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3"}
    app = upload(
        *[
            (f"IM{number}", saved(make_dicom(pixels, InstanceNumber=number + 1, **series)))
            for number, pixels in enumerate(content)
        ]
    )
    window = next(box for box in app.selectbox if box.label == "Window")
    assert app.slider[0].value == 2
    assert window.options == ["Full range here · 0 to 200", "The same range for all · 0 to 200"]
    app.slider[0].set_value(1).run()
    assert sent(app)[1]["picture"].tolist() == [[0, 128], [255, 255]]
    window = next(box for box in app.selectbox if box.label == "Window")
    assert window.options == ["Full range here · 0 to 100", "The same range for all · 0 to 200"]
    window.set_value("held").run()
    assert sent(app)[1]["picture"].tolist() == [[0, 64], [128, 128]]


def test_two_series_are_picked_by_words():
    other = saved(make_dicom(np.zeros((4, 6), np.uint8), StudyInstanceUID="9.9", SeriesInstanceUID="9.8"))
    app = upload(("lone", other), *[(f"IM{number}", content) for number, content in enumerate(slices(3))])
    options = next(box for box in app.selectbox if box.label == "Series").options
    assert sorted(option[3:] for option in options) == [
        "MR · 3 slices · in order of position, 2.5 mm apart",
        "MR · 6 x 4",
    ]


def test_frames_of_one_file_are_scrolled_too():
    frames = np.arange(4, dtype=np.uint8)[:, None, None].repeat(5, 1).repeat(5, 2)
    dataset = make_dicom(frames[0])
    dataset.NumberOfFrames, dataset.PixelData = 4, frames.tobytes()
    app = upload(("film.dcm", saved(dataset)))
    assert app.slider[0].label == "Frame, of 4"
    app.slider[0].set_value(2).run()
    assert sent(app)[1]["stored"][0, 0] == 1


def test_a_zip_is_opened_and_what_is_no_picture_is_named():
    files = {f"study/A{number}": content for number, content in enumerate(slices(3))}
    app = upload(("study.zip", zipped({**files, "study/DICOMDIR": b"x", "study/<b>notes</b>.txt": b"no"})))
    assert app.slider[0].label == "Slice, of 3"
    assert shows(app, "One file is not shown")
    (told,) = [block.value for block in app.markdown if "notes" in block.value]
    assert told.startswith(r"- **study/\<b\>notes\</b\>\.txt** · This file cannot be read")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.png", b"no picture"),
        ("broken.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40),
        ("a.tar.gz", b"\x1f\x8b" + b"\0" * 40),
        ("cut.dcm", slices(1)[0][:400]),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_sentence_with_its_name(name, content):
    app = upload((name, content))
    assert len(app.error) == 1
    assert shows(app, f"**{name}** · ")
    assert not app.get("bidi_component")[1:]  # no picture beside the document's language


def test_a_slice_that_cannot_be_decoded_leaves_the_others():
    good = slices(3)
    dataset = pydicom.dcmread(io.BytesIO(good[0]))  # the last slice
    dataset.PixelData = dataset.PixelData[:10]
    app = upload(("a", saved(dataset)), ("b", good[1]), ("c", good[2]))
    app.slider[0].set_value(3).run()
    assert len(app.error) == 1
    app.slider[0].set_value(2).run()
    assert not app.error


def test_raster_pictures_have_values_and_no_header():
    app = upload(("film.png", (SAMPLE_DATA / "examples" / "film-effusion-16bit.png").read_bytes()))
    with Image.open(SAMPLE_DATA / "examples" / "film-effusion-16bit.png") as picture:
        assert np.array_equal(sent(app)[1]["stored"], np.array(picture))
    assert not any(block.label == "Header" for block in app.expander)
    assert shows(app, "The file gives no pixel spacing")


def test_the_header_is_searched_and_hides_who_is_imaged():
    app = example("ct-small", **{"viewer-header": True})
    table = app.dataframe[0].value
    assert table.loc[table["Keyword"] == "PatientName", "Value"].tolist() == ["[hidden]"]
    assert table.loc[table["Keyword"] == "RescaleIntercept", "Value"].tolist() == ["-1024"]
    app.text_input(key="viewer-search").set_value("00280010").run()
    assert app.dataframe[0].value["Keyword"].tolist() == ["Rows"]
    app.text_input(key="viewer-search").set_value("no such thing").run()
    assert shows(app, "Nothing in this header matches")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_no_marker_of_identity_is_on_the_page_nor_sent_to_the_browser(language):
    folds = {"viewer-header": True, "viewer-identity": True}
    app = upload(("a.dcm", markers.marked_dicom()), level="full", language=language, **folds)
    assert not app.error
    found = set()
    for text in [*texts(app), app.dataframe[0].value.to_csv()]:
        found |= markers.found_in(text.encode())
    header, planes = sent(app)
    for part in (json.dumps(header).encode(), *(plane.tobytes() for plane in planes.values())):
        found |= markers.found_in(part)
    for element in elements(app._tree):  # whatever else the page holds, as it travels
        found |= markers.found_in(element.SerializeToString())
    assert found == set()
    if language == "en":
        assert shows(app, "the patient's name")
        assert shows(app, "Look for a name in the picture yourself")


def test_a_copy_without_identity_has_the_pixels_and_no_marker():
    app = upload(("a.dcm", markers.marked_dicom()), level="full", **{"viewer-identity": True})
    app.button(key="viewer-clean").click().run()
    assert not app.error
    assert app.get("download_button")[0].proto.label == "Download it"
    clean = viewing.ask_clean(markers.marked_dicom(), key=KEY)
    assert markers.found_in(clean) == set()
    assert np.array_equal(pydicom.dcmread(io.BytesIO(clean)).pixel_array, markers.shades(0))


def test_nothing_of_an_upload_stays_in_the_session_but_its_widget():
    app = upload(*[(f"IM{number}", content) for number, content in enumerate(slices(3))], level="full")
    for key, value in app.session_state._state.filtered_state.items():
        assert key == UPLOAD or len(str(value)) < 200, key
        assert not isinstance(value, bytes | np.ndarray)
