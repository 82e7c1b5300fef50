"""Labels corrected in a real browser, with a class that is new, and a data set fetched as a file."""

import zipfile

import pytest
from playwright.sync_api import expect

from core.datasets.editing import list_edits
from core.datasets.records import DatasetInfo
from core.datasets.store import open_dataset
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Server, Visitor
from tests.tiny_dataset import write_tiny

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def mine(server: Server) -> DatasetInfo:
    """Eight pictures: the first two clear, the next two with a finding, and so on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(server.home))
        return write_tiny("mine", n_images=8)


def _open(visit: OpenVisitor, view: int) -> Visitor:
    visitor = visit("/datasets?level=full")
    picker = visitor.key("dataset-picker").get_by_role("combobox")
    picker.click()
    picker.fill("mine")
    visitor.tab.get_by_role("option", name="mine").click()
    visitor.settle()
    visitor.key("datasets-view").get_by_role("radio").nth(view).click()
    visitor.settle()
    return visitor


@pytest.mark.slow
def test_listed_images_get_a_new_class_and_are_saved(
    visit: OpenVisitor, server: Server, mine: DatasetInfo
) -> None:
    visitor = _open(visit, view=2)
    expect(visitor.tab.locator("[data-testid=stDataFrame] canvas").first).to_be_visible()
    visitor.key("labels-class").get_by_role("combobox").click()
    visitor.tab.get_by_role("option", name="finding").click()
    visitor.settle()
    given = visitor.key("labels-given").get_by_role("combobox")
    given.click()
    given.fill("torn")
    visitor.tab.keyboard.press("Enter")
    visitor.settle()
    visitor.press("labels-give-all")
    expect(visitor.tab.get_by_text("Are they spelt right?")).to_be_visible()
    visitor.take_pictures("labels")
    visitor.press("labels-save")
    expect(visitor.tab.get_by_text("4 labels were changed.")).to_be_visible()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(server.home))
        assert [edit.sample_id for edit in list_edits("mine")] == [2, 3, 6, 7]
        assert open_dataset("mine").info.class_counts == {"clear": 4, "torn": 4}
    visitor.assert_clean()


@pytest.mark.slow
def test_an_export_comes_as_a_file(visit: OpenVisitor, mine: DatasetInfo) -> None:
    visitor = _open(visit, view=3)
    visitor.press("export-start")
    link = visitor.tab.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=60_000)
    visitor.settle()
    with visitor.tab.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "mine.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist()[:2] == ["README.txt", "labels.csv"]
        assert len(archive.namelist()) == 2 + 8
    visitor.assert_clean()
