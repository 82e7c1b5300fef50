"""Home, Glossary and Limits under AppTest, in each language and at both levels."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.status import JobStatus, now, write_status
from core.language import language
from core.lessons import load_glossary, load_lesson
from core.runs.records import CardMetric, ModelCard
from core.runs.store import DEMO_RUN, create_run
from core.training.config import TrainingConfig
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics
from core.workspace import ROOT, write_text


def open_page(name: str, *, code: str = "en", level: str = "basic") -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=30)
    app.query_params["lang"] = code
    app.query_params["level"] = level
    app.run()
    if name != "home":
        app.switch_page(f"../pages/{name}.py").run()
    assert [box.value for box in app.exception] == []
    assert [box.value for box in app.error] == []
    return app


def html_of(app: AppTest) -> str:
    return " ".join(block.proto.body for block in app.get("html"))


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
@pytest.mark.parametrize("name", ["home", "glossary", "limits"])
def test_a_page_shows_its_lesson_in_the_language_of_the_address(home: Path, name: str, code: str) -> None:
    page = open_page(name, code=code)
    assert load_lesson(name, code).title in html_of(page)


@pytest.mark.parametrize("name", ["home", "glossary", "limits"])
def test_the_band_is_on_every_page(home: Path, name: str) -> None:
    assert "not for diagnosis" in html_of(open_page(name))


def test_the_first_door_alone_is_highlighted(home: Path) -> None:
    page = open_page("home")
    doors = {button.key: button.proto.type for button in page.button if button.key.startswith("door-")}
    assert doors == {"door-images": "primary", "door-story": "secondary", "door-datasets": "secondary"}


def make_demo_run(metrics: dict[str, dict[str, CardMetric]]) -> None:
    run = create_run(TrainingConfig(dataset="phantoms"), dataset_revision="none", run_id=DEMO_RUN)
    status = JobStatus(kind="training", state="completed", created_at=now(), launched_at=now())
    write_status(run.folder, status)
    card = ModelCard(
        run=DEMO_RUN,
        model="small_cnn",
        class_names=("no <b>", "finding <b>"),
        positive_class="finding <b>",
        n_channels=1,
        preprocessing=default_preprocessing(64, 1),
        statistics=ChannelStatistics(mean=(0.5,), std=(0.2,), low=(0,), high=(1,)),
        intended_use="none",
        simulated=True,
        dataset="phantoms",
        n_train_images=1,
        n_train_patients=1,
        best_epoch=1,
        metrics=metrics,
    )
    write_text(run.folder / "model.json", card.model_dump_json())
    (run.folder / "best.safetensors").touch()


def test_the_first_screen_shows_a_result_with_its_interval_its_n_and_its_class(home: Path) -> None:
    auroc = CardMetric(value=0.931, low=0.874, high=0.968, n=120, method="delong")
    make_demo_run({"val": {"auroc": CardMetric(value=0.99, n=60)}, "test": {"auroc": auroc}})
    shown = html_of(open_page("home"))
    assert "<b>0.93</b>" in shown
    assert "AUROC for &#x27;finding &lt;b&gt;&#x27;" in shown
    assert "95 % interval 0.87 – 0.97 · 120 test images" in shown


def test_a_result_without_an_interval_says_so(home: Path) -> None:
    make_demo_run({"val": {"auroc": CardMetric(value=0.9, n=60)}})
    assert "no interval known · 60 validation images" in html_of(open_page("home"))


def test_the_glossary_finds_a_term_and_says_when_there_is_none(home: Path) -> None:
    page = open_page("glossary")
    total = len(load_glossary("en"))
    assert f"{total} of {total} terms" in [caption.value for caption in page.caption]
    page.text_input(key="glossary-search").set_value("Hounsfeld").run()
    assert f"0 of {total} terms" in [caption.value for caption in page.caption]
    assert any("No such term" in block.value for block in page.markdown)


def test_a_right_answer_leaves_a_tick_and_a_wrong_one_says_why(home: Path) -> None:
    page = open_page("limits")
    check = load_lesson("limits", "en").check
    assert check is not None
    wrong = next(index for index, answer in enumerate(check.answers) if not answer.is_right)
    page.radio(key="check-limits").set_value(wrong).run()
    assert [box.value for box in page.warning] == [check.answers[wrong].why]
    page.radio(key="check-limits").set_value(check.right_index).run()
    assert [box.value for box in page.success] == [check.answers[check.right_index].why]
    assert any("✓" in block.value for block in page.markdown)


def test_more_is_folded_at_basic_and_open_at_full(home: Path) -> None:
    assert not open_page("home", level="basic").expander[0].proto.expanded
    assert open_page("home", level="full").expander[0].proto.expanded


def test_language_and_level_survive_a_change_of_page(home: Path) -> None:
    page = open_page("home", code="zh_Hans", level="full")
    page.switch_page("../pages/limits.py").run()
    assert page.session_state["language"] == "zh_Hans"
    assert page.session_state["level"] == "full"
    assert load_lesson("limits", "zh_Hans").title in html_of(page)


def test_an_unknown_language_in_the_address_means_english(home: Path) -> None:
    assert load_lesson("limits", "en").title in html_of(open_page("limits", code="tlh"))


@pytest.mark.parametrize("name", ["home", "glossary", "limits"])
def test_every_word_of_a_page_is_marked_for_translation(home: Path, name: str) -> None:
    with language("pseudo"):
        page = open_page(name, code="pseudo")
    labels = [button.label for button in page.button] + [caption.value for caption in page.caption]
    assert [label for label in labels if "⟦" not in label] == []
