"""The shortcut booth as a visitor meets it, and the view that covers a region on Explain."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from core.cli.main import lightbox
from core.errors import StateError
from core.evaluation import asked
from core.experiments.asking import folder_of, keep
from core.experiments.masking.records import MaskingAnswer, masking_request
from core.experiments.shortcut.asking import NAME, question
from core.experiments.shortcut.networks import keep as keep_network
from core.experiments.shortcut.records import SIDES, BrightnessPoint, ShareOfMap, ShortcutAnswer
from core.explanation.regions import Box
from core.models.build import build_model
from core.runs.checkpoints import LoadedModel
from core.runs.store import Run
from core.statistics.means import Mean
from tests.screens import open_page, shows
from tests.test_experiments_shortcut import a_card, a_share, an_answer, metric
from ui.explain.masking_figures import show_most

CLASSES = ("<b>no</b>", "$yes$")


def keep_answer(answer: ShortcutAnswer, **values: object) -> None:
    """Keep an answer by hand, with two networks that have learned nothing."""
    folder = folder_of(NAME, question(**values))
    folder.mkdir(parents=True)
    for number, side in enumerate(SIDES):
        model = build_model("small_cnn", n_classes=2, n_channels=1, seed=number).eval()
        keep_network(folder / side, LoadedModel(model, a_card()))
    keep(folder, answer)


def with_maps(answer: ShortcutAnswer) -> ShortcutAnswer:
    maps = tuple(
        ShareOfMap(method=method, share=a_share(0.3), by_chance=0.01, peak=a_share(1.0), n_empty=0)
        for method in ("saliency", "grad_cam")
    )
    sides = {side: getattr(answer, side).model_copy(update={"maps": maps}) for side in SIDES}
    return answer.model_copy(update=sides)


def _in_order(app: AppTest, *starts: str) -> bool:
    shown = [one.value for one in app.subheader]
    return all(one.startswith(start) for one, start in zip(shown, starts, strict=True))


@pytest.mark.parametrize(("language", "level"), [("en", "basic"), ("zh_Hans", "full")])
def test_the_booth_opens_with_its_slider_and_one_button(home: Path, language: str, level: str) -> None:
    app = open_page("shortcut", language=language, level=level)
    assert not app.exception
    assert app.button(key="shortcut-start")
    assert app.select_slider(key="shortcut-strength").value == 0.9
    shown = {one.key for one in [*app.button_group, *app.selectbox, *app.slider, *app.number_input]}
    assert ("shortcut-cue" in shown) is (level == "full")


def test_a_kept_answer_tells_the_whole_story_at_once(home: Path) -> None:
    keep_answer(with_maps(an_answer((-0.27, -0.35, -0.19))))
    app = open_page("shortcut")
    assert not app.exception
    assert shows(app, "Validation said 0.99, the clean test says 0.60.")
    assert shows(app, "the cue agrees with the label on 2 of 3 training films")
    assert shows(app, "The swapped cue flips 2 of 3 answers; 0 of the control's")
    assert shows(
        app,
        "Saliency: 30.0 % of the map lies on the cue, 30.0 times what chance has (1.0 %); of the control's,"
        " 30.0 % (30.0 times)",
    )
    assert shows(
        app, "Saliency: the highest point lies on the cue in 3 of 3 films; with the control in 3 of 3"
    )
    assert shows(app, "Clean test film 1 of 3; truth: **no finding**")
    assert shows(app, "Only the cue was changed, and the network with the shortcut calls the film otherwise.")
    assert shows(app, "Painting the cue of 'finding' out flips its answer, and not the control's.")
    assert _in_order(app, "Validation looks splendid", "What did it look at?", "Change the cue, and nothing")
    app.button(key="shortcut-maps-next").click().run()
    # Above the maps and above its versions stands the same film.
    assert sum("Clean test film 2 of 3; truth: **finding**" in one.value for one in app.markdown) == 2


@pytest.mark.slow
def test_another_slider_is_another_question(home: Path) -> None:
    keep_answer(an_answer((-0.27, -0.35, -0.19)))
    app = open_page("shortcut")
    app.select_slider(key="shortcut-strength").set_value(0.5).run()
    assert app.button(key="shortcut-start")
    assert shows(app, "On average 75 of 100 training and validation films agree")


@pytest.mark.slow
def test_a_brightness_has_no_place_and_shows_its_course_instead(home: Path) -> None:
    points = tuple(
        BrightnessPoint(by=by, shortcut=a_share(0.5 + by / 100), control=a_share(0.5)) for by in (-40, 0, 40)
    )
    answer = an_answer((-0.27, -0.35, -0.19)).model_copy(update={"brightness": points})
    keep_answer(answer, cue="brightness")
    app = open_page("shortcut", level="full", **{"shortcut-cue": "brightness"})
    assert not app.exception
    assert shows(app, "A brightness has no place")
    assert shows(app, "40 grey levels brighter move the answer by +0.40; the control's by +0.00")


@pytest.mark.slow
def test_networks_that_are_gone_are_said_and_the_numbers_stay(home: Path) -> None:
    keep_answer(an_answer((-0.27, -0.35, -0.19)))
    (folder_of(NAME, question()) / "shortcut" / "best.safetensors").unlink()
    app = open_page("shortcut")
    assert shows(app, "The networks of this answer cannot be read any more; train them again.")
    assert shows(app, "Validation said 0.99")


def a_covered(**changes: object) -> MaskingAnswer:
    mean, other = Mean(0.4, 0.3, 0.5, 20, 10), Mean(0.1, 0.05, 0.15, 20, 10)
    values: dict[str, object] = {
        "n_images": 20, "n_patients": 10, "n_left_out": 3, "positive_class": None,
        "size": mean, "size_elsewhere": other, "excess": Mean(0.3, 0.2, 0.4, 20, 10),
        "calls": a_share(0.5), "calls_elsewhere": a_share(0.1),
        "classes": tuple(dict(class_name=name, box=mean, elsewhere=other) for name in CLASSES),
        "before": metric(0.9), "after": metric(0.6), "area": dict(value=-0.3, low=-0.4, high=-0.2),
        "places": (dict(box=Box(left=0.0, top=0.5, right=0.25, bottom=0.65), size=0.1, auroc=0.9),),
        "most": (), "seconds": 1.0,
    }  # fmt: skip
    return MaskingAnswer.model_validate(values | changes)


def cover(run: Run, answer: MaskingAnswer | None, **session: object) -> object:
    """Open Explain with the view; its box is where it is at first."""
    if answer is not None:
        request = masking_request(run, Box(left=0.7, top=0.05, right=0.95, bottom=0.2))
        folder = folder_of("masking", request)
        folder.mkdir(parents=True)
        keep(folder, answer)
    return open_page("explain", level="full", run=run.run_id, **{"explain-view": "masking"}, **session)


def test_a_covered_box_is_measured_on_a_press(trained_alone: Run) -> None:
    app = cover(trained_alone, None)
    assert not app.exception
    assert app.button(key="explain-masking-start")
    assert shows(app, "Only the box goes into the measurement, never the image you drew it on.")


def test_what_covering_did_is_said_with_its_numbers_and_names_are_escaped(trained_alone: Run) -> None:
    app = cover(trained_alone, a_covered())
    assert not app.exception
    assert shows(app, "Covering this box moves 40.0 % of the probability, covering as much elsewhere 10.0 %")
    assert shows(
        app,
        "+30.0 points more (+20.0 to +40.0; 20 images of 10 patients), and more than each of 1 other boxes",
    )
    assert shows(app, "Paired difference: -0.30 (-0.40 to -0.20).")
    assert shows(app, "Of 1 other boxes, 0 moved the answers as much or more.")
    assert shows(app, "3 images of the split were spared")
    tables = [element.value for element in app.markdown if "| Class |" in element.value]
    assert len(tables) == 1
    assert "<b>" not in tables[0]


def test_images_of_another_data_set_of_the_same_name_are_not_shown(
    trained_alone: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = masking_request(trained_alone, Box(left=0.7, top=0.05, right=0.95, bottom=0.2))
    most = (dict(sample_id=0, label="a", class_name="a", before=0.9, after=0.1),)
    monkeypatch.setattr(asked, "edits_since", lambda *_: None)
    with pytest.raises(StateError, match="is no longer the one"):
        show_most(trained_alone, a_covered(most=most), request)


def test_a_box_without_company_and_a_class_without_images_are_said(trained_alone: Run) -> None:
    nothing = Mean(None, None, None, 0, 0)
    alone = a_covered(places=(), excess=nothing, size_elsewhere=nothing, area=None, before=metric(None))
    app = cover(trained_alone, alone)
    assert not app.exception
    assert shows(app, "nothing to compare with")
    assert shows(app, "AUROC: not defined")


def test_the_command_line_prints_the_same_numbers(home: Path) -> None:
    folder = folder_of(NAME, question(cue="corner", strength=0.8))
    folder.mkdir(parents=True)
    keep(folder, with_maps(an_answer((-0.27, -0.35, -0.19))))
    arguments = ["shortcut", "--cue", "corner", "--agreement", "0.8"]
    asked = CliRunner().invoke(lightbox, [*arguments, "--json"], catch_exceptions=False)
    printed = json.loads(asked.stdout)
    assert printed["shortcut"]["clean"]["value"] == 0.6
    assert printed["cost"] == {"value": -0.27, "low": -0.35, "high": -0.19}
    assert "films" not in printed
    words = CliRunner().invoke(lightbox, arguments, catch_exceptions=False).stdout
    assert "the shortcut cost 0.27 AUROC (0.19 to 0.35)" in words
    assert CliRunner().invoke(lightbox, ["shortcut", "--agreement", "1.5"]).exit_code == 2
