"""The Images page: pixels as numbers, the window, the finding, and who stands on which side."""

import json
import re

import numpy as np
import pytest

from core.datasets import shipped
from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.datasets.records import SplitConfig
from core.datasets.sides import count_sides
from core.datasets.splits import make_split
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.images.facts import facts_of
from core.images.records import MedicalImage, Window
from core.lessons import load_lesson
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Phantoms of a few patients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        yield build_phantoms(PhantomConfig(n_patients=14, image_size=32), "films")


def grid_of(app):
    """The numbers of the grid of pixels, row by row, without its edges."""
    html = next(block.proto.body for block in app.get("html") if "lb-numbers" in block.proto.body)
    return [
        [cell.replace("<br/>", "\n") for cell in re.findall(r"<td[^>]*>([^<]+(?:<br/>[^<]+)*)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", html)
    ][1:]


def test_without_a_data_set_the_page_says_how_to_get_one(home, monkeypatch):
    monkeypatch.setattr(shipped, "SAMPLE_DATA", home / "nothing")
    app = open_page("images")
    assert not app.exception
    assert shows(app, "No data set yet")
    assert app.button(key="next-preprocess")


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_the_page_opens_in_every_language_and_level(films, code, level):
    app = open_page("images", language=code, level=level, dataset="films")
    assert not app.exception and not app.error
    assert shows(app, load_lesson("images", code).title)


def test_the_numbers_in_the_frame_are_the_pixels(films):
    app = open_page("images", dataset="films")
    sample_id = app.session_state["sample"]
    values = open_dataset("films").image(sample_id).values
    assert grid_of(app) == [[str(value) for value in row] for row in values[12:21, 12:21]]
    app.slider(key=f"images-films-{sample_id}-row-slider").set_value(0).run()
    assert grid_of(app) == [[str(value) for value in row] for row in values[0:9, 12:21]]


def test_the_page_begins_with_a_finding_and_outlines_it_when_asked(films):
    app = open_page("images", dataset="films")
    dataset = open_dataset("films")
    sample_id = app.session_state["sample"]
    assert dataset.samples["label"][sample_id] == films.positive_class
    app.toggle(key="images-told").set_value(True).run()
    rows, columns = np.nonzero(dataset.lesion_mask(sample_id))
    row = app.slider(key=f"images-films-{sample_id}-row-slider").value
    column = app.slider(key=f"images-films-{sample_id}-column-slider").value
    assert (row, column) == (int(rows.mean()), int(columns.mean()))
    assert shows(app, "Orange line: the finding")


def test_basic_steps_from_patient_to_patient(films):
    app = open_page("images", dataset="films")
    patients = open_dataset("films").samples["patient_id"]
    seen = []
    for _each in range(patients.nunique()):
        seen.append(patients[app.session_state["sample"]])
        app.button(key="film-next").click().run()
    assert sorted(seen) == sorted(set(patients))


def test_the_next_image_stays_in_its_class(films):
    app = open_page("images", dataset="films", level="full")
    app.segmented_control(key="film-class-films").set_value("no finding").run()
    labels = open_dataset("films").samples["label"]
    ids = [int(number) for number in labels.index[labels == "no finding"]]
    assert app.session_state["sample"] == ids[0]
    app.button(key="film-next").click().run()
    assert app.session_state["sample"] == ids[1]
    app.button(key="film-previous").click().run().button(key="film-previous").click().run()
    assert app.session_state["sample"] == ids[-1]


def test_the_facts_are_those_of_core(films):
    app = open_page("images", dataset="films")
    facts = facts_of(open_dataset("films").image(app.session_state["sample"]))
    shown = dict(app.table[0].value.to_numpy().tolist())
    assert shown["Size"] == "32 x 32 pixels"
    assert shown["Bits a value"] == "8: 256 steps"
    assert shown["Values in this image"].startswith(f"{facts.low:g} to {facts.high:g}, {facts.n_levels}")
    assert shown["Window"] == "black at 0, white at 255 (all values)"


def test_the_counts_of_the_sides_are_those_of_core(films):
    app = open_page("images", dataset="films")
    samples = open_dataset("films").samples
    report = count_sides(samples, make_split(samples, SplitConfig()), films.class_names)
    table = app.table[1].value
    assert table.loc["Patients"].tolist() == [side.n_patients for side in report.sides]
    assert table.loc["Images"].tolist() == [side.n_images for side in report.sides]
    assert not app.warning
    assert "none of them shows somebody" in app.success[0].value


def test_tearing_patients_apart_is_told_with_its_numbers(films):
    app = open_page("images", dataset="films")
    app.toggle(key="images-together").set_value(False).run()
    samples = open_dataset("films").samples
    split = make_split(samples, SplitConfig(by_patient=False))
    report = count_sides(samples, split, films.class_names)
    assert report.n_shared
    said = app.warning[0].value
    assert said.startswith(f"{report.n_shared} of 14 patients stand on more than one side: {report.n_met} of")
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    titles = [spec["layout"]["title"]["text"] for spec in specs]
    assert f"{report.n_shared} of 14 patients stand on two sides" in titles


def test_simulated_pictures_are_marked(films):
    assert shows(open_page("images", dataset="films"), "SIMULATED")


def test_three_classes_in_colour_without_patients(home):
    write_tiny("cells", n_classes=3, n_channels=3, n_images=30, size=20)
    app = open_page("images", dataset="cells", level="full")
    assert not app.exception and not app.error
    assert len(app.session_state) and not shows(app, "SIMULATED")
    values = open_dataset("cells").image(app.session_state["sample"]).values
    assert grid_of(app)[0][0] == "\n".join(str(value) for value in values[6, 6])


def test_a_ct_is_shown_in_hounsfield_units_with_the_usual_windows(home):
    values = np.linspace(-1000, 400, 400).reshape(20, 20).astype(np.int16)
    image = MedicalImage(
        values=values, value_range=(-1000, 400), modality="CT", windows=(Window(center=-600, width=1500),)
    )
    samples = [NewSample(image=image, label=label) for label in ("a", "b")]
    write_dataset(DatasetDraft("ct", title="ct", source="dicom"), samples)
    app = open_page("images", dataset="ct", level="full")
    assert shows(app, "Hounsfield units")
    assert "nobody can check who stands on both sides" in app.warning[0].value
    app.selectbox(key="images-window-7").set_value("Soft tissue").run()
    assert dict(app.table[0].value.to_numpy().tolist())["Window"].startswith("black at -160, white at 239")


def test_foreign_class_names_are_escaped(home):
    image = MedicalImage(values=np.zeros((16, 16), dtype=np.uint8), value_range=(0, 255))
    samples = [NewSample(image=image, label=label) for label in ("**bold** $x$", "![p](http://x.y/z.png)")]
    write_dataset(DatasetDraft("odd", title="odd", source="folders"), samples)
    app = open_page("images", dataset="odd", level="full")
    assert not app.exception
    raw = [str(caption.value) for caption in app.caption] + [str(part.value) for part in app.markdown]
    assert not any("![p]" in text or "**bold** $x$" in text for text in raw)
    assert any("http://x.y/z.png" in text for text in texts(app))


def test_an_image_that_cannot_be_read_is_one_sentence(home):
    write_tiny("broken", n_images=8)
    for file in (home / "datasets" / "broken" / "files").iterdir():
        file.write_bytes(b"no picture")
    app = open_page("images", dataset="broken")
    assert not app.exception
    assert len(app.error) == 1
    assert app.button(key="next-preprocess")
