"""The measuring sections of the augmentation laboratory: what they ask, say and show."""

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.store import open_dataset
from core.evaluation.stored import origin_of
from core.experiments import asking
from core.experiments.lesion_records import LesionLoss, LesionLosses, LesionRequest
from core.experiments.stability_records import Estimate, Paired, Stability, StabilityRequest
from core.runs.store import DEMO_RUN, open_run
from core.statistics.shares import Share
from tests.screens import shows, texts
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of

ROTATE = {"name": "rotate", "parameters": {"degrees": 20.0}}


def show(section: str, dataset: str, **session: object) -> AppTest:
    """Run one section on its own, as the page does."""

    def script(section: str, dataset: str, steps: list[dict[str, object]]) -> None:
        from importlib import import_module

        from core.datasets.store import open_dataset
        from core.transforms.records import AugmentationStep
        from ui.session import use_language

        use_language()
        module, name = section.split(":")
        chosen = tuple(AugmentationStep.model_validate(step) for step in steps)
        info, view = open_dataset(dataset).info, getattr(import_module(module), name)
        arguments = {"lesion_section": (info, chosen), "stability_section": (info, 0, chosen)}
        view(*arguments.get(name, (info,)))

    kwargs = {"section": section, "dataset": dataset, "steps": session.pop("steps", [ROTATE])}
    app = AppTest.from_function(script, kwargs=kwargs, default_timeout=60)
    for key, value in session.items():
        app.session_state[key] = value
    return app.run()


LESIONS = "ui.augmentation.lesion_view:lesion_section"
STABILITY = "ui.augmentation.stability_view:stability_section"
BALANCE = "ui.augmentation.balance_view:balance_section"


@pytest.fixture
def films(home, films_in_small):
    """Phantoms, which know where their lesions are."""
    return films_in_small(12, 32)


def keep_answer(name: str, request: object, answer: object) -> None:
    """Put an answer where its experiment would."""
    folder = asking.folder_of(name, request)  # type: ignore[arg-type]
    folder.mkdir(parents=True)
    asking.keep(folder, answer)  # type: ignore[arg-type]


def test_a_data_set_without_masks_says_so(home):
    write_tiny("films", n_images=8)
    app = show(LESIONS, "films")
    assert not app.exception
    assert shows(app, "does not say where its lesions are")
    assert not app.button


def test_mixing_alone_is_not_asked_about(films):
    assert shows(show(LESIONS, "films", steps=[{"name": "mixup"}]), "mixing takes the label along")


def test_the_lesions_are_followed_when_asked_for(films, monkeypatch):
    asked = []
    monkeypatch.setattr("ui.experiment_panel.ask", lambda name, request: asked.append((name, request)))
    app = show(LESIONS, "films")
    app.button(key="augment-lesions-start").click().run()
    assert not app.exception
    name, request = asked[0]
    assert (name, request.dataset, request.revision) == ("lesions", "films", films.revision)
    assert [step.name for step in request.steps] == ["rotate"]


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
def test_a_kept_answer_about_lesions_is_shown_with_its_intervals(films, code):
    share = Share(0.125, 0.0625, 0.25, n=80, n_groups=10)
    none = Share(None, None, None, n=0, n_groups=0)
    answer = LesionLosses(
        n_films=7,
        n_lesions=10,
        n_patients=6,
        n_draws=8,
        visible=Share(0.5, 0.25, 0.75, n=10, n_groups=6),
        losses=(LesionLoss(step="rotate", pushed_out=share, hidden=none),),
        examples=(),
    )
    request = LesionRequest(dataset="films", revision=films.revision, steps=(ROTATE,))  # type: ignore[arg-type]
    keep_answer("lesions", request, answer)
    app = show(LESIONS, "films", language=code)
    assert not app.exception and len(app.get("plotly_chart")) == 1
    assert shows(app, "12.5%" if code == "zh_Hans" else "12.5 %")
    if code == "en":
        assert shows(app, "10 lesions of 6 patients on 7 films, 8 draws of each")
        assert shows(app, "50.0 % (25.0 to 75.0)")


def test_without_a_run_of_the_data_set_the_way_to_one_is_shown(films):
    app = show(STABILITY, "films")
    assert not app.exception
    assert shows(app, "No network trained on these images yet")


def test_a_film_is_drawn_and_the_validation_images_are_asked_about_on_request(home, monkeypatch):
    run = make_run_of(("a", "b"), DEMO_RUN)
    asked = []
    monkeypatch.setattr("ui.experiment_panel.ask", lambda name, request: asked.append((name, request)))
    app = show(STABILITY, run.config.dataset)
    assert not app.exception and not app.error
    assert shows(app, "of 32 draws")
    app.button(key="augment-stability-start").click().run()
    name, request = asked[0]
    assert (name, request.run, request.origin) == ("stability", DEMO_RUN, origin_of(run, run.config.dataset))


def test_three_classes_have_no_threshold(home):
    run = make_run_of(("a", "b", "c"), DEMO_RUN)
    app = show(STABILITY, run.config.dataset)
    assert not app.exception and not app.error
    assert "threshold" not in texts(app)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.2, -0.1, "the lower log loss"),
        (0.1, 0.2, "makes the probabilities worse"),
        (-0.1, 0.1, "no difference"),
    ],
)
def test_a_kept_answer_is_called_what_its_interval_allows(home, low, high, verdict):
    run = make_run_of(("a", "b"), DEMO_RUN)
    share, one = Share(0.25, 0.125, 0.5, n=8, n_groups=8), Estimate(value=0.5, low=0.4, high=0.6)
    pair = Paired(
        plain=one, mean_of_draws=one, difference=Estimate(value=(low + high) / 2, low=low, high=high)
    )
    answer = Stability(
        n_images=8,
        n_patients=8,
        n_draws=16,
        ever=share,
        on_average=share,
        auroc=pair,
        log_loss=pair,
        brier=pair,
        calibration_error=pair,
        spread=one,
        entropy=pair,
    )
    info = open_dataset(run.config.dataset).info
    request = StabilityRequest(
        run=run.run_id,
        origin=origin_of(open_run(run.run_id), run.config.dataset),
        dataset_revision=info.revision,
        steps=(ROTATE,),  # type: ignore[arg-type]
    )
    keep_answer("stability", request, answer)
    app = show(STABILITY, info.dataset_id)
    assert not app.exception and not app.error
    assert shows(app, verdict)
    assert [metric.value for metric in app.metric] == ["25 %", "25 %"]
    assert shows(app, "neither is a confidence interval")


def test_rarity_moves_the_batches_and_what_a_probability_means(home):
    write_tiny("films", n_images=120)
    app = show(BALANCE, "films")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 4
    assert shows(app, "Plain: 11 % 'finding'") and shows(app, "Over-sampling: 50 % 'finding'")
    assert shows(app, "says 50 % means 10.6 %")
    app.slider(key="augment-prevalence-films-1").set_value(2).run()
    assert shows(app, "Plain: 2 % 'finding'")
    assert shows(app, "1 of them 'finding'")


def test_three_classes_are_balanced_too(home):
    write_tiny("films", n_images=90, n_classes=3)
    app = show(BALANCE, "films")
    assert not app.exception
    assert app.selectbox(key="augment-rare-class-films").options == ["clear", "finding", "other"]
    assert shows(app, "Under-sampling: 33 % 'other'")
    assert shows(app, "as if all classes were equally frequent")


def test_one_class_alone_has_nothing_to_balance(home):
    write_tiny("films", n_images=12, splits=("train", "val"))  # one class each
    assert shows(show(BALANCE, "films"), "holds one class only")
