"""The tour: every machine has its example, its texts and its sets; the page shows them when it is asked."""

import re

import numpy as np
import pytest

from core.datasets.public_sets import PUBLIC_SETS
from core.datasets.tour import MACHINES, make_exhibit
from core.datasets.tour_reading import read_pixel, share_of_loudest, times_water
from core.images.records import MedicalImage
from core.images.shapes import largest_region, measure_lesion
from core.language import LANGUAGES
from core.lessons import load_lesson
from tests.screens import open_page, shows, texts
from tests.test_pseudo_language import _unmarked
from tests.tiny_dataset import write_tiny

# longest diameter in mm that a specialist would believe of such a lesion
BELIEVABLE = {
    "xray": (10, 30),
    "ct": (10, 30),
    "mri": (3, 20),
    "ultrasound": (5, 20),
    "histology": (0.05, 0.2),
    "fundus": (0.1, 1.5),
}


@pytest.fixture(scope="module")
def exhibits():
    return {name: make_exhibit(name) for name in MACHINES}


@pytest.mark.parametrize("name", MACHINES)
def test_an_example_has_a_lesion_of_a_size_that_can_be_believed(exhibits, name):
    exhibit = exhibits[name]
    assert exhibit.image.values.shape[:2] == exhibit.lesion_mask.shape
    measures = measure_lesion(largest_region(exhibit.lesion_mask), exhibit.image.pixel_spacing_mm)
    low, high = BELIEVABLE[name]
    assert low < measures.longest_diameter_mm < high
    assert measures.n_pixels > 100


@pytest.mark.parametrize("name", MACHINES)
def test_an_example_is_the_same_each_time(exhibits, name):
    again = make_exhibit(name)
    np.testing.assert_array_equal(again.image.values, exhibits[name].image.values)
    np.testing.assert_array_equal(again.lesion_mask, exhibits[name].lesion_mask)


def test_the_nodule_of_the_ct_is_soft_tissue_in_lung(exhibits):
    exhibit = exhibits["ct"]
    assert np.median(exhibit.image.values[exhibit.lesion_mask]) == pytest.approx(45, abs=60)
    assert exhibit.image.windows[0].width == 1500


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_machine_has_three_facts_and_an_objection(code):
    sections = load_lesson("tour", code).sections
    assert len(sections) == len(MACHINES)
    assert all(section.text.count("\n\n") == 3 for section in sections)


def test_each_machine_has_a_public_set_with_an_address_and_terms():
    assert {each.machine for each in PUBLIC_SETS} == {*MACHINES, ""}
    assert {"LUNA16", "BraTS", "ChestX-ray14", "MedMNIST"} <= {each.name for each in PUBLIC_SETS}
    for each in PUBLIC_SETS:
        assert re.fullmatch(r"https://[\w.\-/]+", each.address)
        assert each.shows and each.terms


def test_numbers_are_read_in_their_machines_own_terms():
    def read(machine, value):
        return read_pixel(machine, MedicalImage(np.array([[value]]), (0, 1)), 0, 0)

    assert read("ct", -1000) == "-1000 HU: this spot weakens X-rays 0.00 times as much as water."
    assert read("ct", 45) == "45 HU: this spot weakens X-rays 1.04 times as much as water."
    assert read("ultrasound", -20.0) == "-20 dB: the echo has 10 % of the loudest one's amplitude."
    assert read("xray", 946).startswith("946 of the steps")
    assert read("mri", 338.2).startswith("338 in arbitrary units")
    colour = np.rint(245 * 10.0 ** -(0.5 * np.array([0.65, 0.70, 0.29])))
    assert read("histology", colour).endswith("dyes: haematoxylin 0.50, eosin 0.00.")
    assert read("fundus", [200, 100, 50]).startswith("red 200, green 100, blue 50")
    assert (times_water(0), times_water(1000), share_of_loudest(-40)) == (1, 2, pytest.approx(0.01))


def open_tour(**session):
    session.setdefault("tour-fold", True)
    return open_page("images", dataset="tiny", **session)


@pytest.fixture
def tiny(home):
    write_tiny("tiny", n_images=8)


def test_the_tour_is_folded_and_computes_nothing_until_it_is_opened(tiny, monkeypatch):
    monkeypatch.setattr("ui.tour.make_exhibit", lambda name: pytest.fail(f"{name} was made"))
    app = open_page("images", dataset="tiny")
    assert not app.exception and not app.error
    assert shows(app, "Where images come from: six machines")
    assert not shows(app, "What it measures")


@pytest.mark.parametrize(("name", "code"), [("xray", "en"), *((name, "zh_Hans") for name in MACHINES)])
def test_each_machine_opens_in_every_language(tiny, name, code):
    app = open_tour(language=code, **{"tour-machine": name})
    assert not app.exception and not app.error
    section = dict(zip(MACHINES, load_lesson("tour", code).sections, strict=True))[name]
    assert shows(app, section.text.rpartition("\n\n")[2])
    assert len(app.table[-2].value) == 3  # what was measured; the last table is that of the sets
    assert any("SIMULATED" in text or "模拟" in text for text in texts(app))
    assert not [slider for slider in app.slider if slider.key.startswith("tour-")]


def test_every_text_of_the_tour_is_marked(tiny):
    def unmarked(app):
        return {word for text in texts(app) for word in _unmarked(text)}

    folded = unmarked(open_page("images", dataset="tiny", language="pseudo", level="full"))
    for name in ("mri", "ultrasound", "histology"):
        app = open_tour(language="pseudo", level="full", **{"tour-machine": name})
        assert unmarked(app) <= folded


def test_full_sets_up_the_scanner(tiny):
    app = open_tour(level="full", **{"tour-machine": "mri"})
    assert (app.slider(key="tour-tr-2").value, app.slider(key="tour-te-2").value) == (4000, 95)
    before = [text for text in texts(app) if "arbitrary units. On" in text]
    app.slider(key="tour-tr-2").set_value(500).run()
    after = [text for text in texts(app) if "arbitrary units. On" in text]
    assert not app.exception and before != after
    assert len(app.table[-1].value) == len(PUBLIC_SETS)


@pytest.mark.parametrize(("name", "key"), [("ultrasound", "tour-range"), ("ct", None)])
def test_full_chooses_what_is_black_and_white(tiny, name, key):
    app = open_tour(level="full", **{"tour-machine": name})
    assert not app.exception and not app.error
    if key:
        app.slider(key=key).set_value(30).run()
        assert not app.exception
    else:
        assert [box for box in app.selectbox if box.key.startswith(f"tour-window-{name}")]
