"""Somebody else's text in a real browser: names of classes, columns and files that try to be markup."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.datasets.importing import import_path
from core.datasets.options import ImportOptions
from core.jobs import control
from core.training import launch
from core.training.config import parse_config
from tests.browser.conftest import OpenVisitor
from tests.browser.driver import Server, Visitor, running_server

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=alert(1)>![x](http://127.0.0.1:9/x.png)"
SCRIPT = (
    "<script>alert(2)</script> **bold** $x^2$ :red[red] [a](javascript:alert(3)) http://127.0.0.1:9/y.png"
)
TITLE = f"Hostile {MARKUP}"
NAME, RUN = "hostile", "hostile-run"
# What markup would leave behind: a picture, a link or a script of ours, wherever on the page.
_TRACES = """() => [...document.querySelectorAll(
  'img[src="x"], img[onerror], [src*="127.0.0.1:9/"], a[href*="127.0.0.1:9"], a[href^="javascript:"]')]
  .map((node) => node.outerHTML)
  .concat([...document.querySelectorAll('[data-testid=stMain] strong, [data-testid=stMain] b')]
    .filter((node) => node.textContent === 'bold').map((node) => node.outerHTML))
  .concat([...document.querySelectorAll('script')]
    .filter((node) => node.textContent.includes('alert(2)')).map((node) => node.outerHTML))"""


def _slow(value: str) -> object:
    return pytest.param(value, marks=pytest.mark.slow)


def _write_source(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    lines = ["image,label,patient,<b>view</b>"]
    for number in range(40):
        is_sick = number % 2
        name = f"<img src=x onerror=alert({number})>.png" if number < 4 else f"{number}.png"
        picture = rng.integers(0, 120, (32, 32)) + 100 * is_sick
        Image.fromarray(picture.astype(np.uint8)).save(folder / name, "PNG")
        label = MARKUP if is_sick else SCRIPT
        lines.append(f'"{name}","{label}",p{number // 2},{"<i>a</i>" if number % 3 else "**bold**"}')
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose home holds one hostile data set and a run on it."""
    home, source = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("source")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(home))
        import_path(
            _write_source(source), ImportOptions(name=NAME, title=TITLE, keep_columns=("<b>view</b>",))
        )
        config = parse_config({"dataset": NAME, "image_size": 16, "epochs": 1})
        run = launch.launch(config, run_id=RUN)
        assert control.wait(run.folder, seconds=240) == "completed"
    with running_server(home) as started:
        yield started


class Watch:
    """What a page must never do, whoever's text it shows."""

    def __init__(self, visitor: Visitor) -> None:
        self.found: list[str] = []
        self._visitor = visitor
        own = urlsplit(visitor.address).netloc
        visitor.tab.on(
            "dialog", lambda dialog: (self.found.append(f"dialog {dialog.message}"), dialog.dismiss())
        )
        visitor.tab.on("request", lambda request: self._asked(request.url, own))

    def _asked(self, url: str, own: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and (
            parts.netloc != own or parts.path.endswith("/x")
        ):
            self.found.append(f"request {url}")

    def look(self, where: str) -> None:
        traces = self._visitor.tab.evaluate(_TRACES)
        assert not [*self.found, *traces, *self._visitor.console_errors], where


def _choose(visitor: Visitor, key: str, text: str) -> None:
    """Choose in the select box `key`, if the page has one."""
    box = visitor.key(key).get_by_role("combobox")
    if box.count() == 0:
        return
    box.first.fill(text)
    visitor.tab.get_by_role("option").filter(has_text=text).first.click()
    visitor.settle()


def _open_folds(visitor: Visitor) -> None:
    """Open what is folded, for text in it counts too."""
    visitor.tab.evaluate(
        "() => document.querySelectorAll('[data-testid=stMain] details:not([open]) > summary')"
        ".forEach((fold) => fold.click())"
    )
    visitor.settle(60)


@pytest.mark.parametrize("level", [_slow("basic"), "full"])
@pytest.mark.parametrize(
    "name", ["datasets", "leakage", *map(_slow, ("images", "preprocess", "augment", "train"))]
)
def test_a_data_set_of_hostile_names_is_shown_as_it_is(visit: OpenVisitor, name: str, level: str) -> None:
    visitor = visit(None)
    watch = Watch(visitor)
    visitor.open(f"/{name}?lang=en&level={level}")
    _choose(visitor, "pick-dataset", "Hostile")
    _open_folds(visitor)
    watch.look(name)
    visitor.take_picture(f"hostile-{name or 'home'}-{level}")
    if name in ("images", "datasets"):
        expect(visitor.tab.get_by_text("<img src=x onerror=alert(1)>").first).to_be_attached()


@pytest.mark.slow
def test_each_view_of_a_hostile_data_set_is_shown_as_it_is(visit: OpenVisitor) -> None:
    visitor = visit(None)
    watch = Watch(visitor)
    visitor.open("/datasets?lang=en&level=full")
    _choose(visitor, "pick-dataset", "Hostile")
    for number in range(visitor.key("datasets-view").get_by_role("radio").count()):
        visitor.key("datasets-view").get_by_role("radio").nth(number).click()
        visitor.settle(60)
        if number == 1 and visitor.key("profile-start").count():
            visitor.press("profile-start")
            expect(visitor.key("profile-again")).to_be_visible(timeout=120_000)
            visitor.settle(60)
        _open_folds(visitor)
        watch.look(f"view {number}")
        visitor.take_picture(f"hostile-datasets-view-{number}")


@pytest.mark.parametrize("level", [_slow("basic"), "full"])
@pytest.mark.parametrize("name", ["evaluate", *map(_slow, ("explain", "runs", "story", ""))])
def test_a_run_of_hostile_classes_is_shown_as_it_is(visit: OpenVisitor, name: str, level: str) -> None:
    visitor = visit(None)
    watch = Watch(visitor)
    visitor.open(f"/{name}?lang=en&level={level}&run={RUN}")
    _choose(visitor, "pick-run", RUN)
    _open_folds(visitor)
    watch.look(name)
    visitor.take_picture(f"hostile-{name or 'home'}-{level}")


def test_an_upload_named_as_markup_is_refused_by_its_name_as_text(visit: OpenVisitor) -> None:
    visitor = visit(None)
    watch = Watch(visitor)
    visitor.open(f"/explain?lang=en&level=full&run={RUN}")
    payload = {
        "name": f"{MARKUP.replace('/', ':')}.png",
        "mimeType": "image/png",
        "buffer": b"<svg onload=alert(1)>",
    }
    visitor.tab.locator("input[type=file]").first.set_input_files(payload)  # type: ignore[arg-type]
    visitor.settle(60)
    expect(visitor.tab.get_by_text("it is no PNG, JPEG, TIFF or DICOM file").first).to_be_visible()
    watch.look("upload")
