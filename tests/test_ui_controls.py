"""The page toolkit: fields become widgets, foreign text stays text, errors become one sentence."""

import json
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field
from streamlit.testing.v1 import AppTest

from core.errors import InvalidValueError
from core.runs.records import EpochMetrics, StepMetrics
from core.transforms.preprocessing import resolve
from ui.cache import MetricsLog
from ui.fields import _bounds, _log_steps
from ui.live_chart import MOST_POINTS, Series, thin
from ui.messages import escape
from ui.training.curves import Behind, run_panels


class Config(BaseModel):
    epochs: int = Field(default=12, ge=1, le=500, title="Epochs", description="How often.")
    image_size: int = Field(default=64, ge=16, le=512, multiple_of=4, title="Image size")
    learning_rate: float = Field(default=3e-3, ge=1e-6, le=1.0, title="Learning rate")
    decay: float = Field(default=0.0, ge=0, le=1, title="Decay")
    dose: float = Field(default=10_000, ge=50, le=1_000_000, title="Dose")
    share: float = Field(default=0.5, ge=0.1, le=0.9, title="Share")
    optimizer: Literal["sgd", "adam"] = Field(default="adam", title="Optimizer")
    pretrained: bool = Field(default=False, title="Pretrained")
    threads: int | None = Field(default=None, ge=1, le=256, title="Threads")
    dropout: float | None = Field(default=None, ge=0, le=0.9, title="Dropout")
    factor: float = Field(default=0.1, gt=0, lt=1, title="Factor")


def form(changes: dict[str, Any] | None = None) -> AppTest:
    def script(changes):  # type: ignore[no-untyped-def]  # its source runs in a namespace of its own
        import streamlit as st

        from tests.test_ui_controls import Config
        from ui.fields import form_fields

        chosen = form_fields(Config(**changes), list(Config.model_fields), key="f", reference=Config())
        st.json(chosen)

    app = AppTest.from_function(script, kwargs={"changes": changes or {}}).run()
    assert [box.value for box in app.exception] == []
    return app


def test_each_kind_of_field_gets_its_widget() -> None:
    app = form()
    assert app.number_input(key="f-epochs").value == 12
    assert (app.slider(key="f-image_size").min, app.slider(key="f-image_size").step) == (16, 4)
    assert app.select_slider(key="f-learning_rate").value == 3e-3
    assert app.slider(key="f-share").max == 0.9
    assert app.toggle(key="f-pretrained").value is False
    assert app.number_input(key="f-threads").value is None
    assert app.number_input(key="f-dose").value == 10_000.0


def test_a_number_that_may_be_left_empty_begins_empty_and_can_be_emptied_again() -> None:
    app = form()
    box = app.number_input(key="f-dropout")
    assert (box.value, box.min, box.max, box.placeholder) == (None, 0.0, 0.9, "automatic")
    box.set_value(0.25).run()
    assert json.loads(app.json[0].value)["dropout"] == 0.25
    assert "changed" in app.number_input(key="f-dropout").label
    app.number_input(key="f-dropout").set_value(None).run()
    assert json.loads(app.json[0].value)["dropout"] is None


def test_a_bound_that_is_not_allowed_itself_cannot_be_chosen() -> None:
    factor = form().slider(key="f-factor")
    assert (factor.min, factor.max) == (0.01, 0.99)


def test_a_value_between_the_steps_of_a_log_scale_can_be_set_from_elsewhere() -> None:
    def script() -> None:
        import streamlit as st

        from tests.test_ui_controls import Config
        from ui.fields import field_widget

        st.json({"rate": field_widget(Config, "learning_rate", 3e-3, key="rate")})
        st.button("Take it", key="take", on_click=lambda: st.session_state.update(rate=0.0042))

    app = AppTest.from_function(script).run()
    app.button(key="take").click().run()  # as the learning-rate finder does
    assert [box.value for box in app.exception] == []
    assert json.loads(app.json[0].value) == {"rate": 0.0042}


def test_a_choice_of_few_words_is_a_row_of_segments() -> None:
    group = form().get("button_group")[0]
    assert group.proto.label == "Optimizer"  # type: ignore[attr-defined]
    assert [option.content for option in group.proto.options] == ["SGD", "Adam"]  # type: ignore[attr-defined]


def test_a_value_that_differs_from_the_reference_is_marked() -> None:
    app = form({"epochs": 20})
    assert app.number_input(key="f-epochs").label == "Epochs :orange-badge[changed]"
    assert "Before: 12." in app.number_input(key="f-epochs").help
    assert app.slider(key="f-image_size").label == "Image size"


def test_log_steps_keep_the_bounds_the_value_and_zero_where_it_is_allowed() -> None:
    rate = _log_steps(_bounds(Config.model_fields["learning_rate"]), 0.0042)
    assert (rate[0], rate[-1]) == (1e-6, 1.0)
    assert 0.0042 in rate
    assert 0.0 not in rate
    assert _log_steps(_bounds(Config.model_fields["decay"]), 0.0)[0] == 0.0


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("**bold** [a](http://x)", r"\*\*bold\*\* \[a\]\(http\:\/\/x\)".replace(r"\/", "/")),
        ("<img src=x>", r"\<img src\=x\>"),
        ("$x$ :red[y]", r"\$x\$ \:red\[y\]"),
        ("one\n# two", r"one \# two"),
        ("肺炎 3", "肺炎 3"),
        ("http://a.b/c", "http\\:/\u2060/a\\.b/c"),
        ("www.a.b", "www\u2060\\.a\\.b"),
        ("a@b.c", "a\\@\u2060b\\.c"),
    ],
)
def test_foreign_text_is_escaped(foreign: str, shown: str) -> None:
    assert escape(foreign) == shown


def test_guard_shows_the_sentence_of_a_known_error_and_a_calm_one_for_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def script() -> None:
        from core.errors import InvalidValueError
        from ui.messages import guard

        with guard():
            raise InvalidValueError("epochs cannot be {value}.", value="*lots*")
        with guard():
            raise ZeroDivisionError("secret detail")

    app = AppTest.from_function(script).run()
    first, second = [box.value for box in app.error]
    assert first == escape(InvalidValueError("epochs cannot be {value}.", value="*lots*"))
    assert "Something went wrong" in second
    assert "secret" not in second
    caplog.clear()


def step(number: int) -> StepMetrics:
    return StepMetrics(
        step=number, epoch=number / 10, loss=1 / number, learning_rate=0.1, images_per_second=1, seconds=1
    )


def epoch(number: int, *, auroc: float | None = 0.9) -> EpochMetrics:
    return EpochMetrics(
        epoch=number,
        step=number * 10,
        train_loss=0.5,
        val_loss=0.6,
        val_accuracy=0.7,
        val_auroc=auroc,
        learning_rate=0.1,
        images_per_second=1,
        seconds=1,
    )


@pytest.mark.parametrize("n", [1, 600, 601, 5000, 100_001])
def test_a_thinned_curve_is_short_and_keeps_its_last_point(n: int) -> None:
    xs = [float(i) for i in range(n)]
    thinned = thin(Series("loss", xs, [2 * x for x in xs]))
    assert len(thinned.xs) <= MOST_POINTS
    assert (thinned.xs[-1], thinned.ys[-1]) == (n - 1, 2 * (n - 1))
    assert list(thinned.ys) == [2 * x for x in thinned.xs]


def test_the_parent_stands_behind_and_an_unknown_auroc_leaves_a_gap(tmp_path: Any) -> None:
    log = MetricsLog(tmp_path, steps=[step(1)], epochs=[epoch(1), epoch(2, auroc=None)])
    behind = Behind("Parent: one", (MetricsLog(tmp_path, epochs=[epoch(1)]),))
    loss, metric = run_panels(log, behind=behind)
    assert [series.colour for series in loss.series] == ["grey", "grey", "blue", "orange"]
    assert loss.series[0].legend == metric.series[0].legend == "Parent: one"
    assert list(metric.series[1].xs) == [1.0]


def test_metrics_are_read_on_and_read_anew_when_a_resumed_run_cut_its_file(tmp_path: Any) -> None:
    from core.runs.metrics import append_metrics, cut_metrics

    log = MetricsLog(tmp_path)
    for number in (1, 2, 3):
        append_metrics(tmp_path, step(number))
    log.update()
    append_metrics(tmp_path, epoch(1))
    log.update()
    assert (len(log.steps), len(log.epochs)) == (3, 1)
    cut_metrics(tmp_path, step=2, epoch=0)
    append_metrics(tmp_path, step(3))
    append_metrics(tmp_path, step(4))
    log.update()
    assert [line.step for line in log.steps] == [1, 2, 3, 4]
    assert log.epochs == []


@pytest.mark.parametrize(
    ("model", "name", "kind"),
    [
        ("core.transforms.augmentation.parameters:FlipParameters", "probability", "linear"),
        ("core.transforms.augmentation.parameters:RotateParameters", "degrees", "linear"),
        ("core.transforms.preprocessing.parameters:WindowParameters", "center", "wide"),
        ("core.training.config:TrainingConfig", "weight_decay", "log"),
        ("core.training.config:TrainingConfig", "learning_rate", "log"),
    ],
)
def test_only_what_spans_decades_is_chosen_on_a_log_scale(model, name, kind):

    bounds = _bounds(resolve(model).model_fields[name])
    assert ("wide" if bounds.is_wide else "log" if bounds.is_log else "linear") == kind
