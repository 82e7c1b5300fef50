"""The way of a first visitor, in a real browser: from Home to three explanations of an uploaded DICOM file.

The visitor presses nothing but the highlighted button of each page, trains on the phantoms that ship, and is
through in under ten minutes; in English and in Chinese. Each page is photographed at 1440 and at 420 px.
"""

import time

import pytest
from playwright.sync_api import expect

from core.explanation.catalog import EXPLAINERS
from core.language import _
from core.language import language as speaking
from core.workspace import ROOT
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Visitor

pytestmark = pytest.mark.browser

FILM = ROOT / "sample_data" / "examples" / "dx-effusion.dcm"
LESSONS = ("images", "preprocess", "augment", "network", "train")
TEN_MINUTES = 600
_CANVAS = "canvas[data-points]"
_TRAINING_MS = 180_000


@pytest.mark.parametrize("language", ["en", pytest.param("zh_Hans", marks=pytest.mark.slow)])
def test_a_first_visitor_learns_in_ten_minutes(visit: OpenVisitor, language: str) -> None:
    began = time.monotonic()
    visitor = visit(f"/?lang={language}")
    visitor.take_pictures(f"journey-home-{language}")
    visitor.press_highlighted()
    for name in LESSONS:
        _arrive(visitor, name, language)
        if name != "train":
            visitor.press_highlighted()
    _train(visitor)
    visitor.take_pictures(f"journey-trained-{language}")
    visitor.press_highlighted()
    _arrive(visitor, "evaluate", language)
    visitor.press_highlighted()
    _arrive(visitor, "explain", language)
    _explain_an_upload(visitor, language)
    assert time.monotonic() - began < TEN_MINUTES


def _arrive(visitor: Visitor, name: str, language: str) -> None:
    """Wait for a page, photograph it, and see that it is in order."""
    visitor.tab.wait_for_url(f"**/{name}*", timeout=30_000)
    visitor.settle()
    visitor.take_pictures(f"journey-{name}-{language}")
    visitor.assert_clean()


def _train(visitor: Visitor) -> None:
    """Press Train and watch the curve grow: other states on one and the same canvas."""
    canvas = visitor.tab.locator(_CANVAS).first
    highlighted = visitor.tab.locator("[data-testid=stMain] [data-testid=stBaseButton-primary]")
    expect(highlighted.filter(visible=True)).to_have_count(1)
    highlighted.filter(visible=True).click()
    stop = visitor.key("train-stop").get_by_role("button")
    expect(stop).to_be_visible(timeout=30_000)
    expect(canvas).to_be_visible(timeout=30_000)
    canvas.evaluate("node => { node.dataset.mark = 'mine'; }")
    states = set()
    deadline = time.monotonic() + _TRAINING_MS / 1000
    while stop.is_visible() and time.monotonic() < deadline:
        states.add(canvas.get_attribute("data-points"))
        assert canvas.get_attribute("data-mark") == "mine"  # the node has not been put in anew
        visitor.tab.wait_for_timeout(250)
    states.add(canvas.get_attribute("data-points"))
    assert len(states) >= 2, "the curve was never seen to grow"
    expect(visitor.key("next-evaluate")).to_be_visible(timeout=30_000)
    assert canvas.get_attribute("data-mark") == "mine"


def _explain_an_upload(visitor: Visitor, language: str) -> None:
    visitor.tab.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(FILM)
    visitor.settle(seconds=60)
    methods = visitor.key("explain-method").get_by_role("radio")
    with speaking(language):
        titles = [_(spec.title) for spec in EXPLAINERS.values() if spec.shown_first]
    expect(methods).to_have_count(len(titles), timeout=60_000)
    for number, title in enumerate(titles):
        methods.nth(number).click()
        visitor.settle(seconds=90)
        shown = visitor.tab.locator(f"[data-testid=stImage] img[alt*='{title}']").first
        expect(shown).to_be_visible(timeout=60_000)
        visitor.take_pictures(f"journey-explained-{number + 1}-{language}")
    visitor.assert_clean()
