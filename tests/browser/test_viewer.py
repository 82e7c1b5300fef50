"""The viewer in a real browser: the value under the cursor, by mouse and by keys, is pydicom's own."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Locator, expect
from pydicom.data import get_testdata_file

from core.images.levels import CT_WINDOWS
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import DESKTOP, Visitor
from tests.dicom_files import make_dicom, saved

pytestmark = pytest.mark.browser

ROW, COLUMN = 40, 100  # of CT_small, which has 128 x 128 pixels


def _open(visitor: Visitor, *files: tuple[str, bytes]) -> Locator:
    payloads = [{"name": name, "mimeType": "", "buffer": content} for name, content in files]
    visitor.tab.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(payloads)  # type: ignore[arg-type]
    return _canvas(visitor)


def _canvas(visitor: Visitor) -> Locator:
    canvas = visitor.tab.locator("canvas[data-turn]")
    expect(canvas).to_be_visible()
    visitor.settle()
    return canvas


def _reads(visitor: Visitor, **numbers: str) -> None:
    for name, number in numbers.items():
        expect(visitor.tab.locator(f".lbv-{name} dd")).to_have_text(number)


def _shown_by(hounsfield: float, preset: str) -> str:
    window = CT_WINDOWS[preset]  # PS3.3 C.11.2.1.2.1, by hand
    line = (hounsfield - (window.center - 0.5)) / (window.width - 1) + 0.5
    return str(round(min(max(line, 0), 1) * 255))


def test_the_value_under_the_cursor_is_pydicoms_own(visit: OpenVisitor) -> None:
    path = Path(str(get_testdata_file("CT_small.dcm", download=False)))
    stored = pydicom.dcmread(path).pixel_array.astype(int)
    visitor = visit("/viewer")
    canvas = _open(visitor, ("CT_small", path.read_bytes()))
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    assert area
    side = min(area["width"], area["height"])  # a square picture, in the middle of its stage
    left, top = (area["width"] - side) / 2, (area["height"] - side) / 2
    canvas.hover(position={"x": left + (COLUMN + 0.5) * side / 128, "y": top + (ROW + 0.5) * side / 128})
    value = int(stored[ROW, COLUMN])
    _reads(visitor, place=f"{ROW}, {COLUMN}", stored=str(value), value=str(value - 1024))
    window = (
        visitor.tab.locator("[data-testid=stSelectbox]").filter(has_text="Window").get_by_role("combobox")
    )
    window.click()
    visitor.tab.get_by_role("option", name="Bone").click()
    visitor.settle()
    canvas.focus()
    canvas.hover(position={"x": left + (COLUMN + 0.5) * side / 128, "y": top + (ROW + 0.5) * side / 128})
    _reads(visitor, value=str(value - 1024), shown=_shown_by(value - 1024, "Bone"))
    canvas.press("ArrowDown")
    value = int(stored[ROW + 1, COLUMN])
    _reads(visitor, place=f"{ROW + 1}, {COLUMN}", stored=str(value), shown=_shown_by(value - 1024, "Bone"))
    spoken = f"Row {ROW + 1}, column {COLUMN}: stored {value}, Hounsfield units {value - 1024}"
    expect(visitor.tab.locator(".lbv-spoken")).to_contain_text(spoken)
    visitor.assert_clean()
    visitor.take_pictures("viewer-ct")


def test_slices_turn_and_the_zoom_stays(visit: OpenVisitor) -> None:
    def one(number: int) -> tuple[str, bytes]:
        series = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3", "InstanceNumber": number + 1}
        return f"IM{number}", saved(make_dicom(np.full((32, 32), number, np.uint8), **series))

    visitor = visit("/viewer")
    canvas = _open(visitor, *[one(number) for number in range(3)])
    node = canvas.element_handle()
    canvas.focus()
    canvas.press("ArrowRight")  # the crosshair begins in the middle
    _reads(visitor, place="16, 16", stored="1")
    for _time in range(3):
        canvas.press("+")
    canvas.press("PageDown")
    _reads(visitor, place="16, 16", stored="2")
    expect(canvas).to_have_attribute("data-zoom", "4.10")
    canvas.press("PageUp")
    _reads(visitor, stored="1")
    visitor.tab.get_by_role("button", name="Show all").click()
    expect(canvas).to_have_attribute("data-zoom", "1.00")
    assert node.evaluate("node => node.isConnected")
    visitor.assert_clean()


def test_the_scale_bar_is_as_long_as_it_says(visit: OpenVisitor) -> None:
    values = np.zeros((100, 200), np.uint8)
    visitor = visit("/viewer", viewport=DESKTOP)
    canvas = _open(visitor, ("a", saved(make_dicom(values, PixelSpacing=[0.5, 0.5]))))
    area = canvas.bounding_box()
    assert area
    wide = area["width"] / (200 * 0.5)  # screen pixels a millimetre
    words = str(canvas.get_attribute("data-bar")).split(" ")
    length, pixels = float(words[0]), float(words[3])
    assert length in (10, 20, 50)
    assert pixels == pytest.approx(length * wide, rel=0.02)
    visitor.assert_clean()


def test_the_header_of_a_file_is_searched(visit: OpenVisitor) -> None:
    visitor = visit("/viewer?level=full")
    _open(visitor, ("a", saved(make_dicom(np.zeros((16, 16), np.uint8), PatientName="Zyxqvil^Ottokar"))))
    visitor.tab.get_by_text("Header", exact=True).click()
    expect(visitor.tab.get_by_text("values are hidden.")).to_be_visible()
    visitor.tab.get_by_role("textbox", name="Search").fill("patient")
    visitor.tab.get_by_role("textbox", name="Search").press("Enter")
    visitor.settle()
    assert "Zyxqvil" not in visitor.tab.content()
    visitor.assert_clean()
