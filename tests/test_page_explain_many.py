"""The Explain page at Full: many images at once, maps side by side, stopping, and what is taken home."""

import io
import zipfile

import pytest

from core.workspace import SAMPLE_DATA
from tests.screens import open_page, shows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name in ("film-nodule.png", "dx-effusion.dcm", "film-no-finding.png"):
            made.write(SAMPLE_DATA / "examples" / name, f"study/{name}")
        made.writestr("study/=notes.txt", "no picture")
    return content.getvalue()


def test_a_zip_becomes_a_table_and_what_is_no_image_is_named(trained, archive):
    app = open_page("explain", level="full", run=trained.run_id)
    app.segmented_control(key="explain-how-many").set_value("many").run()
    assert shows(app, "Upload images to ask about them")
    app.file_uploader(key="explain-batch").set_value([("study.zip", archive, "application/zip")]).run()
    assert not app.exception
    assert shows(app, "3 of 4 images were answered")
    assert shows(app, "=notes.txt")
    table = app.dataframe[0].value
    assert sorted(table["File"]) == [
        "study/=notes.txt",  # a file that cannot be read does not vanish from the table
        "study/dx-effusion.dcm",
        "study/film-no-finding.png",
        "study/film-nodule.png",
    ]
    assert "cannot be read" in table["Remarks"].iloc[-1]
    scores = table[[name for name in table.columns if name.startswith("P(")]].dropna()
    assert scores.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    assert shows(app, "Below: ")
    assert shows(app, "Where did it look?")


def test_a_stopped_map_is_computed_only_when_it_is_asked_for_again(trained, monkeypatch):
    from ui.explain import computed

    app = open_page("explain", level="full", run=trained.run_id)
    app.button(key="explain-more-input_x_gradient")  # is offered
    monkeypatch.setattr(computed, "key_of", lambda *_: ("one", "image", "map", 0, "{}"))
    app.session_state["explain-stopped"] = ("one", "image", "map", 0, "{}")
    app.run()
    assert not app.exception
    assert shows(app, "Stopped; nothing was kept.")
    app.button(key="explain-compute").click().run()
    assert not shows(app, "Stopped; nothing was kept.")
    assert app.get("download_button")


def test_what_the_page_says_is_gathered_before_another_thread_makes_it(trained, monkeypatch):
    from core.explanation.checks.records import CheckCard
    from ui import answers
    from ui.explain import computed, report_page
    from ui.explain.case import Case, network_of
    from ui.explain.look import Look

    network = network_of(trained)
    subject = answers.subject_of_sample(trained.config.dataset, answers.surest_hit(trained))
    case = Case(network, subject, computed.probabilities(network, subject), 1)
    answer = computed.attribution(network, subject, "saliency", 1)
    monkeypatch.setattr(report_page, "called", lambda case: "At the threshold 0.31 it is called 'b'.")
    make = report_page.page_of(case, answer, Look(), CheckCard("saliency", case.class_name, ()))
    for name in ("called", "all_flags"):
        monkeypatch.setattr(report_page, name, lambda *_: pytest.fail("asked in a thread of nobody"))
    page = make()
    assert "At the threshold 0.31" in page
    assert "validation images, AUROC" in page
