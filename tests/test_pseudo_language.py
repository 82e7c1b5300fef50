"""In a pseudo-language every marked text stands in ⟦ ⟧: what a page shows outside of them was not marked."""

import re

import pytest

from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.jobs import control
from core.training import launch
from core.training.config import parse_config
from tests.screens import open_page, texts
from ui.navigation import existing_pages

# Somebody else's words and names that are the same in every language.
_FOREIGN = (
    "demo-phantoms",
    "films",
    "no finding",
    "finding",
    "small_cnn",
    "Lightbox",
    "English",
    "简体中文",
    "SGD",
    "AdamW",
    "Adam",
    "CPU",
    "CUDA",
    "MPS",
    "bfloat",
    "float",
    "uint",
    "zero",
    "pseudo",
    "DICOM",
    "PNG",
    "JPEG",
    "TIFF",
    "ReLU",
)


@pytest.fixture(scope="module")
def one_run(tmp_path_factory):
    """A home with a small data set and one short run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        build_phantoms(PhantomConfig(n_patients=20, image_size=32), "films")
        run = launch.launch(parse_config({"dataset": "films", "image_size": 32, "epochs": 1}))
        assert control.wait(run.folder, seconds=120) == "completed"
        yield run


def _unmarked(text):
    """Return what is left of a text without its marked parts, foreign words, styles, numbers and signs."""
    text = re.sub(
        r"<style.*?</style>|<svg.*?</svg>|\$[^$]*\$|`[^`]*`|:[a-z-]+/[a-z_]+:|:[a-z]+(-badge)?\[",
        " ",
        text,
        flags=re.S,
    )
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = inner
    for word in sorted(_FOREIGN, key=len, reverse=True):
        text = text.replace(word, " ")
    return re.findall(r"[A-Za-z]{3,}", text)


def test_the_check_finds_a_text_that_was_not_marked():
    assert _unmarked("⟦Loss⟧ after ⟦{n} epochs ⟦of⟧ many⟧") == ["after"]
    assert _unmarked("⟦Loss⟧: 0.31") == []


@pytest.mark.parametrize("level", [pytest.param("basic", marks=pytest.mark.slow), "full"])
@pytest.mark.parametrize("name", [entry.name for entry in existing_pages()])
def test_every_text_of_every_page_is_marked(one_run, name, level):
    session = {"dataset": "films", "run": one_run.run_id, "live_run": one_run.run_id}
    app = open_page(name, language="pseudo", level=level, **session)
    assert not app.exception
    code = {block.value for block in app.code}  # Python is the same in every language
    shown = [text for text in texts(app) if text not in code]
    names = _names(one_run)
    found = {text: words for text in shown if (words := _unmarked(names.sub(" ", text)))}
    assert found == {}


def _names(run):
    """The names of the run and of its network's modules, which are the same in every language."""
    return re.compile(rf"{run.run_id}|blocks\.\d(\.[a-z]+)?")


@pytest.mark.parametrize("part", ["answer", "layers", "sees", "downhill", "compare"])
def test_every_text_of_every_part_of_the_network_page_is_marked(one_run, part):
    session = {"dataset": "films", "run": one_run.run_id, "network-part": part}
    app = open_page("network", language="pseudo", level="full", **session)
    assert not app.exception and not app.error
    names = _names(one_run)
    found = {text: words for text in texts(app) if (words := _unmarked(names.sub(" ", text)))}
    assert found == {}
