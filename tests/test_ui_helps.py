"""Does it help? What the section offers, asks, and says of an answer."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.store import open_dataset
from core.experiments.asking import folder_of, job_of, keep
from core.experiments.comparison import ArmAreas, Comparison, Spread, Verdict
from core.experiments.helps_records import HELPS, ArmLosses, HelpsRequest, HelpsResult
from core.jobs import control
from core.jobs.status import JobStatus, now, write_status
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from tests.screens import shows, texts
from tests.tiny_dataset import write_tiny

XRAY = AUGMENTATION_PRESETS["x-ray"].steps
LIGHT = AUGMENTATION_PRESETS["light"].steps


@pytest.fixture
def _tiny(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny(n_images=80)
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)


def open_section(preset: str = "x-ray", *, level: str = "basic", **session: object) -> AppTest:
    def script() -> None:
        import streamlit as st

        from core.datasets.store import open_dataset
        from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
        from ui.augmentation.helps_view import helps_section
        from ui.session import restore

        restore()
        helps_section(open_dataset("tiny").info, AUGMENTATION_PRESETS[st.session_state["preset"]].steps)

    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["preset"], app.session_state["level"] = preset, level
    for key, value in session.items():
        app.session_state[key] = value
    return app.run()


def question(**changes: object) -> HelpsRequest:
    base = HelpsRequest(dataset="tiny", revision=open_dataset("tiny").info.revision, steps=XRAY)
    return base.model_copy(update=changes)


def answer(
    difference: float, ends: tuple[float, float] | None, verdict: Verdict, **changes: object
) -> HelpsResult:
    low, high = ends or (None, None)
    losses = ArmLosses(train=((0.7, 0.2),) * 3, answer=((0.6, 0.8),) * 3)
    comparison = Comparison(
        arm_a=ArmAreas(areas=(0.7, 0.71, 0.72), interval=Spread(low=0.66, high=0.76)),
        arm_b=ArmAreas(areas=tuple(a + difference for a in (0.7, 0.71, 0.72)), interval=None),
        difference=difference,
        low=low,
        high=high,
        verdict=verdict,
        patient_error=0.03,
        training_error=0.01,
        n_images=32,
        n_patients=16,
        **changes,  # type: ignore[arg-type]
    )
    return HelpsResult(
        comparison=comparison,
        without=losses,
        given=losses,
        n_train_images=44,
        n_train_patients=22,
        n_left_out=0,
        positive_class="finding",
        seconds=61.2,
    )


def give(request: HelpsRequest, result: HelpsResult) -> None:
    folder = folder_of(HELPS, request)
    folder.mkdir(parents=True)
    keep(folder, result)
    write_status(folder, JobStatus(kind="x", state="completed", created_at=now(), launched_at=now()))


@pytest.mark.usefixtures("_tiny")
def test_one_button_asks_for_six_trainings_with_and_without() -> None:
    app = open_section()
    assert [button.label for button in app.button] == ["Train with and without it"]
    assert len(app.selectbox) == 0
    assert shows(app, "6 trainings of 15 epochs in the background")
    app.button(key="helps-start").click().run()
    job = job_of(HELPS, question())
    assert job is not None
    assert job.state == "queued"


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize(
    ("difference", "ends", "verdict", "words"),
    [
        (
            0.05,
            (0.01, 0.09),
            "better",
            "Better. AUROC 0.760 (With augmentation) against 0.710 (Without augmentation): a difference of",
        ),
        (
            -0.05,
            (-0.09, -0.01),
            "worse",
            "Worse. AUROC 0.660 (With augmentation) against 0.710 (Without augmentation): a difference of",
        ),
        (0.02, (-0.03, 0.07), "cannot tell", "but anything between -0.030 and +0.070 would fit"),
        (0.0, None, "cannot tell", "and there is no interval"),
    ],
)
def test_the_answer_is_a_sentence_with_its_numbers(
    difference: float, ends: tuple[float, float] | None, verdict: Verdict, words: str
) -> None:
    give(question(), answer(difference, ends, verdict))
    app = open_section()
    boxes = [
        str(box.value).replace("*", "").replace("\\", "") for box in [*app.success, *app.warning, *app.info]
    ]
    assert len(boxes) == 1
    assert words in boxes[0]
    assert f"{difference:+.3f}" in boxes[0] or ends is None
    assert len(app.get("plotly_chart")) == 2
    assert shows(app, "32 images of 16 other patients answered; the test split was not opened")
    assert shows(app, "Seeds 0, 1, 2")


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize(
    ("needed", "words"),
    [
        ({"patients_needed": 90}, "take about 90 patients who answer instead of 16 to see"),
        (
            {"patients_needed": 90, "trainings_needed": 8},
            "take about 90 patients who answer instead of 16 or about 8 trainings of each side instead of 3",
        ),
        ({}, "neither more patients nor more trainings alone"),
    ],
)
def test_where_it_cannot_tell_it_says_what_would(needed: dict[str, int], words: str) -> None:
    give(question(), answer(0.02, (-0.03, 0.07), "cannot tell", **needed))
    assert shows(open_section(), words)


@pytest.mark.usefixtures("_tiny")
def test_once_more_asks_with_the_seeds_that_come_next_and_keeps_the_first_answer() -> None:
    give(question(), answer(0.02, (-0.03, 0.07), "cannot tell"))
    app = open_section()
    app.button(key="helps-again").click().run()
    job = job_of(HELPS, question(seeds=(3, 4, 5)))
    assert job is not None
    assert job.state == "queued"
    assert (folder_of(HELPS, question()) / "result.json").exists()
    another = open_section()  # another visitor, or a page that was loaded again: both are there
    assert another.button(key="helps-stop")
    assert shows(another, "Seeds 0, 1, 2: +0.020 (-0.030 to +0.070). These trainings cannot tell")


@pytest.mark.usefixtures("_tiny")
def test_of_two_answers_the_newest_is_shown_and_the_other_stays_in_sight() -> None:
    give(question(), answer(0.0, None, "cannot tell"))
    give(question(seeds=(3, 4, 5)), answer(0.05, (0.01, 0.09), "better"))
    app = open_section()
    assert shows(app, "Seeds 3, 4, 5, the same on both sides")
    assert shows(app, "Seeds 0, 1, 2: +0.000, without an interval.")


@pytest.mark.usefixtures("_tiny")
def test_at_full_another_side_and_another_length_are_asked_for() -> None:
    app = open_section(level="full")
    app.selectbox(key="helps-other").set_value("light").run()
    app.number_input(key="helps-epochs").set_value(4).run()
    app.button(key="helps-start").click().run()
    job = job_of(HELPS, question(other=LIGHT, epochs=4))
    assert job is not None
    assert job.state == "queued"


@pytest.mark.usefixtures("_tiny")
def test_the_same_on_both_sides_is_not_asked() -> None:
    app = open_section("none")
    assert shows(app, "Both sides would be the same.")
    assert len(app.button) == 0


@pytest.mark.usefixtures("_tiny")
def test_in_the_pseudo_language_every_word_is_marked() -> None:
    give(question(), answer(0.02, (-0.03, 0.07), "cannot tell", patients_needed=90))
    app = open_section(language="pseudo")
    unmarked = [text for text in texts(app) if "⟦" not in text and any(sign.isalpha() for sign in text)]
    assert unmarked == []


@pytest.mark.usefixtures("_tiny")
def test_more_images_than_are_used_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.augmentation.helps_view.MOST_IMAGES", 50)
    assert shows(open_section(), "Of 80 images 50 are used")
