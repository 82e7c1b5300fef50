"""Reports of a run on disk: gathered, asked for on the command line, and shown on the Evaluate page."""

import csv
import json
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from core.cli.report import report
from core.datasets.store import delete_dataset, open_dataset
from core.errors import InvalidValueError, StateError, UserError
from core.evaluation.looks import n_looks
from core.evaluation.report import evaluate
from core.evaluation.stored import stored_predictions
from core.report import pdf, pictures, writing
from core.report.facts import in_brackets
from core.report.gathering import may_show_pictures, study_of
from core.report.missing import missing_from
from core.report.study import Asked
from core.runs.store import DEMO_RUN, Run, open_run
from tests.compared import make_compared
from tests.report_studies import draw, info_of
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny


def write(out: Path, *options: str) -> dict[str, Any]:
    """Run the command, and return what it printed."""
    result = CliRunner().invoke(
        report, [DEMO_RUN, "--out", str(out), *options, "--json"], catch_exceptions=False
    )
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def refused(*options: str) -> UserError:
    with pytest.raises(UserError) as caught:
        CliRunner().invoke(report, [DEMO_RUN, *options], catch_exceptions=False)
    return caught.value


def test_a_study_is_what_the_run_and_its_data_say(trained: Run) -> None:
    study = study_of(Asked(DEMO_RUN))
    stored, split = stored_predictions(trained, "val"), trained.split()
    assert stored is not None
    assert study.evaluation == evaluate(stored)
    assert {side.split: side.n_images for side in study.background.sides} == split[
        "split"
    ].value_counts().to_dict()
    info = open_dataset(trained.config.dataset).info
    assert study.background.info == info
    assert study.background.ages  # the phantoms have age bands
    assert study.background.overlap is not None and study.background.overlap.n_patients == 0
    assert study.groups is not None
    assert {group.attribute for group in study.groups.groups} >= {"age_band", "sex"}
    names = [one.name for one in missing_from(study)]
    assert names[0] == "simulated"
    assert "test unopened" in names


def test_pictures_need_no_question_where_the_data_are_free() -> None:
    found = draw(20)
    assert may_show_pictures(info_of(found, simulated=True))
    assert may_show_pictures(info_of(found, licence="CC BY 4.0"))
    assert not may_show_pictures(info_of(found, licence=" "))
    assert not may_show_pictures(None)


def test_the_page_has_the_pictures_of_what_went_wrong(trained: Run) -> None:
    html = writing.report_html(DEMO_RUN, threshold=0.9)
    assert html.count('src="data:image/png;base64,') == min(
        6, len(study_of(Asked(DEMO_RUN, threshold=0.9)).mistakes)
    )


def test_a_tall_picture_takes_no_more_room_than_a_wide_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for shape in ((400, 40), (40, 400), (1, 1)):
        dataset = SimpleNamespace(image=lambda sample_id, shape=shape: np.zeros(shape))
        monkeypatch.setattr(pictures, "to_uint8", lambda image: image.astype(np.uint8))
        content = pictures._address(dataset, 0).split(",")[1]  # type: ignore[arg-type]
        assert Image.open(BytesIO(b64decode(content))).size == (112, 112)


@pytest.mark.parametrize("ending", [".html", ".md", ".json", ".csv", ".zip"])
def test_the_ending_says_what_is_written(trained: Run, tmp_path: Path, ending: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(writing, "report_pdf", lambda html: pdf.NO_PDF)  # which takes seconds
    out = tmp_path / f"report{ending}"
    said = write(out)
    content = out.read_bytes()
    assert said["bytes"] == len(content)
    assert "Simulated images" in said["missing"]
    start = {
        ".html": b"<!DOCTYPE html>",
        ".md": b"# Model card",
        ".json": b"{",
        ".csv": b"\xef\xbb\xbfimage,",
        ".zip": b"PK",
    }
    assert content.startswith(start[ending])


def test_threshold_and_language_are_those_asked_for(trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    write(out, "--threshold", "0.3", "--language", "zh_Hans", "--no-pictures")
    html = out.read_text(encoding="utf-8")
    stored = stored_predictions(trained, "val")
    assert stored is not None
    sensitivity = evaluate(stored, threshold=0.3).metrics["sensitivity"]
    assert '<html lang="zh-Hans">' in html
    assert in_brackets(sensitivity).split(" (")[0] in html
    assert "0.30" in html
    assert "data:image" not in html


def test_the_table_has_a_row_an_image(trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "said.csv"
    write(out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == int((trained.split()["split"] == "val").sum())


@pytest.mark.slow
def test_a_look_at_the_test_split_is_counted(home: Path, tmp_path: Path) -> None:
    for n in (1, 2):
        write(tmp_path / "page.html", "--split", "test")
        assert n_looks(open_run(DEMO_RUN)) == n
    assert "Test images looked at repeatedly" in write(tmp_path / "page.html", "--split", "test")["missing"]


def test_what_cannot_be_written_is_one_sentence(trained: Run, tmp_path: Path, monkeypatch: Any) -> None:
    ending = refused("--out", str(tmp_path / "a.docx"))
    assert isinstance(ending, InvalidValueError)
    assert (
        str(ending)
        == "'a.docx' ends in none of .html, .pdf, .md, .json, .csv, .zip: the ending says what is written."
    )
    pair = refused("--out", str(tmp_path / "a.md"), "--map", "fracture")
    assert str(pair).startswith("'fracture' maps no class: write --map")
    monkeypatch.setattr(writing, "report_pdf", lambda html: pdf.NO_PDF)
    missing = refused("--out", str(tmp_path / "a.pdf"))
    assert isinstance(missing, StateError)  # a user error: exit code 2
    assert str(missing) == str(pdf.NO_PDF)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_view_says_first_what_is_missing(trained: Run, language: str) -> None:
    session = {"run": trained.run_id, "evaluate-view": "report", "threshold": 0.5}
    app = open_page("evaluate", language=language, level="full", **session)
    assert not app.exception
    assert len(app.error) == 1
    (sources,) = (str(text.value) for text in app.markdown if "CLAIM 2024" in str(text.value))
    assert re.search(r"CLAIM 2024.*33", sources)
    assert (
        len(sources.splitlines()) == len(str(app.error[0].value).splitlines()) - 2
    )  # each statement has its source
    assert len(app.get("download_button")) >= 5
    assert not app.get("iframe")  # made when asked for


def test_the_view_says_when_the_page_is_of_another_threshold(trained: Run) -> None:
    session = {"run": trained.run_id, "evaluate-view": "report", "threshold": 0.5}
    app = open_page("evaluate", level="full", **session)
    app.button(key="report-show").click().run()
    assert not app.exception
    assert len(app.get("iframe")) == 1
    app.slider(key="threshold").set_value(0.4).run()
    assert not app.get("iframe")
    assert shows(app, "Something has changed since the page was shown")
    assert shows(app, "on which images the threshold (0.40) was chosen")


def test_without_pango_the_view_has_everything_but_pdf(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "problem", lambda: pdf.NO_PDF)
    app = open_page("evaluate", level="full", run=trained.run_id, **{"evaluate-view": "report"})
    labels = [button.proto.label for button in app.get("download_button")]
    assert "One page (HTML)" in labels
    assert "One page (PDF)" not in labels
    assert any("prints the same from any browser" in text for text in texts(app))


def test_nothing_is_said_of_images_that_only_bear_the_name_of_those_judged(home: Path) -> None:
    write_tiny(n_images=60)
    make_compared("first", gain=0.2)
    before = study_of(Asked("first"))
    assert before.background.info is not None and before.mistakes
    delete_dataset("tiny")
    write_tiny(n_images=80)
    study = study_of(Asked("first"))
    assert study.background.info is None and study.background.picture_side is None
    assert study.evaluation == before.evaluation  # what was judged is kept with the run
    html = writing.html_of(study)
    assert "replaced since: other images have its name now" in html
    assert "data:image" not in html
