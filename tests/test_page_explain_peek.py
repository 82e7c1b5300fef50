"""Predict, then peek: drawings are checked and undone, and no map is shown before the guess."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.explanation.guess import Drops
from core.explanation.regions import Box
from core.explanation.strokes import Stroke
from tests.screens import open_page, shows
from tests.trained import make_run_of
from ui.drawing.history import MOST_STEPS, Drawn
from ui.drawing.marks import MOST_MARKS, from_sent, to_sent
from ui.explain.peek_words import about_drops

LEFT = Box(left=0.1, top=0.2, right=0.4, bottom=0.6)
RIGHT = Box(left=0.6, top=0.2, right=0.9, bottom=0.6)
LINE = Stroke(points=((0.2, 0.3), (0.4, 0.5)), width=0.1)
BOTH = ("box", "stroke")
HOSTILE = '<img src="x" onerror="alert(1)"> **b**'


def test_marks_come_back_from_the_browser_as_they_went():
    assert from_sent(json.loads(json.dumps(to_sent((LEFT, LINE)))), BOTH, 2) == (LEFT, LINE)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "boxes",
        [None],
        [{"kind": "circle"}],
        [{"kind": "box", "left": 0.5, "top": 0, "right": 0.4, "bottom": 1}],
        [{"kind": "box", "left": -1, "top": 0, "right": 0.4, "bottom": 1}],
        [{"kind": "box", "left": "NaN", "top": 0, "right": 0.4, "bottom": 1}],
        [{"kind": "box", "left": 0, "top": 0, "right": 0.4, "bottom": 1, "more": 1}],
        [{"kind": "stroke", "points": [0.1, 0.2, 0.3], "width": 0.1}],
        [{"kind": "stroke", "points": [], "width": 0.1}],
        [{"kind": "stroke", "points": [0.1, 0.2], "width": 1e9}],
        [{"kind": "stroke", "points": {"0": 1}, "width": 0.1}],
        [{"kind": "stroke", "points": [0.5] * 2000, "width": 0.1}],
        to_sent([LINE] * (MOST_MARKS + 1)),
        to_sent([LEFT, RIGHT, LEFT]),
    ],
)
def test_what_is_no_drawing_is_none(sent):
    assert from_sent(sent, BOTH, 2) is None


def test_a_tool_that_was_not_offered_is_none():
    assert from_sent(to_sent([LINE]), ("box",), 2) is None
    assert from_sent(to_sent([LEFT]), ("stroke",), 2) is None


def test_steps_are_undone_redone_and_cleared_and_a_new_one_ends_what_was_undone():
    drawing = Drawn(((),)).then((LEFT,)).then((LEFT, LINE))
    back = drawing.asked("undo")
    assert (back.marks, back.asked("redo").marks) == ((LEFT,), (LEFT, LINE))
    assert back.asked("undo").asked("undo").marks == ()
    other = back.then((LEFT, RIGHT))
    assert other.asked("redo").marks == (LEFT, RIGHT)
    assert other.asked("clear").marks == ()
    assert other.asked("clear").asked("undo").marks == (LEFT, RIGHT)
    assert drawing.then((LEFT, LINE)) is drawing


def test_the_history_keeps_its_beginning_and_the_last_steps():
    drawing = Drawn(((),))
    for number in range(2 * MOST_STEPS):
        drawing = drawing.then((LEFT,) if number % 2 else (RIGHT,))
    assert len(drawing.steps) == MOST_STEPS
    assert (drawing.steps[0], drawing.marks) == ((), (LEFT,))


def _drawing_page():
    import numpy as np
    import streamlit as st

    from ui.drawing.boxes import draw_boxes
    from ui.drawing.history import take

    if "sent" in st.session_state:
        take("d", st.session_state.pop("sent"), (), ("box",), 2)
    boxes = draw_boxes(np.zeros((20, 30), dtype=np.uint8), (), key="d", alt="A film.", most=2)
    st.text(str([box.model_dump() for box in boxes]))


def test_boxes_are_drawn_by_the_browser_or_by_numbers_and_a_hostile_value_changes_nothing():
    app = AppTest.from_function(_drawing_page).run()
    app.session_state["sent"] = [{"turn": 1, "marks": to_sent([LEFT])}]
    app.run()
    assert app.text[0].value == str([LEFT.model_dump()])
    many = [{"turn": turn, "marks": []} for turn in range(2, 100)]
    for hostile in ([{"turn": 2, "marks": "x"}], [{"turn": "2", "marks": []}], [{"turn": 3}], [1], "x", many):
        app.session_state["sent"] = hostile
        app.run()
        assert not app.exception
        assert app.text[0].value == str([LEFT.model_dump()])
    app.number_input(key="d-3-1-right").set_value(80).run()
    assert app.text[0].value == str([{**LEFT.model_dump(), "right": 0.8}])
    app.number_input(key="d-3-1-left").set_value(90).run()  # pushes the right side across
    assert app.text[0].value == str([{**LEFT.model_dump(), "left": 0.9, "right": 0.91}])
    app.button(key="d-add").click().run()
    assert app.text[0].value.count("left") == 2
    assert not [button for button in app.button if button.key == "d-add"]  # two is the most
    app.button(key="d-1-remove").click().run()
    both = [{"turn": 4, "ask": "undo"}, {"turn": 5, "marks": to_sent([RIGHT])}]
    app.session_state["sent"] = both
    app.run()
    assert app.text[0].value == str([RIGHT.model_dump()])
    fields = {field.key for field in app.number_input}
    app.session_state["sent"] = [*both, {"turn": 6, "ask": "undo"}]  # two of which are known already
    app.run()
    assert app.text[0].value.count("left") == 2
    assert not fields & {
        field.key for field in app.number_input
    }  # the browser's late numbers belong to no field


@pytest.mark.parametrize(
    ("drops", "words"),
    [
        (Drops(before=0.9, guess=0.2, elsewhere=(0.9, 0.8)), "None of 2 places"),
        (Drops(before=0.9, guess=0.5, elsewhere=(0.9, 0.4)), "1 of 2 places"),
        (Drops(before=0.9, guess=0.87, elsewhere=(0.9,)), "hardly lowers"),
        (Drops(before=0.9, guess=0.99, elsewhere=(0.9,)), "hardly lowers"),
        (Drops(before=0.05, guess=0.0, elsewhere=(0.05,)), "low as it is"),
        (Drops(before=0.9, guess=0.2), "no room"),
    ],
)
def test_a_drop_is_called_what_it_is(drops, words):
    assert words in about_drops(drops)


def draw(app, name, *marks):
    """Draw as the browser would: the drawing gets one step more."""
    state = app.session_state
    attempt = state["peek-attempt"] if "peek-attempt" in state else 0
    key = f"peek-{name}-{state['peek-of']}-{attempt}-drawn"
    before = state[key] if key in state else Drawn(((),))
    state[key] = before.then(tuple(marks))
    return app.run()


def html(app):
    return " ".join(element.proto.body for element in app.get("html"))


def pictures(app):
    return [picture.proto.imgs[0].alt for picture in app.get("image")]


def of_drawing(app):
    found = [one for one in app.get("bidi_component") if one.proto.component_name.endswith("drawing")]
    return json.loads(found[0].proto.json)


def test_the_three_steps(trained):
    app = open_page("explain", level="full", run=trained.run_id, **{"explain-view": "peek"})
    assert not app.exception
    assert of_drawing(app)["marks"] == []
    assert not [alt for alt in pictures(app) if "over the image" in alt]  # no map before the guess
    assert not shows(app, "Mint line")
    assert app.button(key="peek-next").disabled
    draw(app, "guess", LEFT)
    app.button(key="peek-next").click().run()
    untouched = of_drawing(app)["picture"]
    assert shows(app, "nothing painted out yet")
    draw(app, "paint", LINE)
    assert of_drawing(app)["picture"] != untouched
    assert shows(app, "changed by")
    assert html(app).count("lb-trace-done") == 1
    app.button(key="peek-paint-guess").click().run()
    assert of_drawing(app)["marks"] == to_sent((LINE, LEFT))
    assert app.button(key="peek-paint-guess").disabled
    app.button(key="peek-show").click().run()
    assert len([alt for alt in pictures(app) if "over the image" in alt]) == 3
    assert shows(app, "Blue line: your guess.")
    assert shows(app, "of the map lies in your guess")
    assert shows(app, "elsewhere")
    assert shows(app, "does not make it right")
    app.button(key="peek-more").click().run()
    assert of_drawing(app)["marks"] == to_sent((LINE, LEFT))
    assert not [button for button in app.button if button.key == "peek-back"]  # the guess was made
    app.button(key="peek-show").click().run()
    app.button(key="peek-again").click().run()
    assert of_drawing(app)["marks"] == []
    assert not app.exception


@pytest.mark.slow
def test_a_drawing_outlives_level_and_language_and_another_image_begins_anew(trained):
    app = open_page("explain", level="full", run=trained.run_id, **{"explain-view": "peek"})
    draw(app, "guess", LEFT)
    app.session_state["level"], app.session_state["peek-open"] = "basic", True
    app.run()
    assert of_drawing(app)["marks"] == to_sent((LEFT,))
    app.session_state["language"] = "zh_Hans"
    app.run()
    assert of_drawing(app)["marks"] == to_sent((LEFT,))
    assert of_drawing(app)["strings"]["undo"] == "撤销"
    assert not app.exception


@pytest.mark.slow
def test_another_image_begins_anew(trained):
    app = open_page("explain", level="full", run=trained.run_id, **{"explain-view": "peek"})
    draw(app, "guess", LEFT)
    app.button(key="peek-next").click().run()
    app.selectbox(key="explain-sample").select_index(1).run()
    assert of_drawing(app)["marks"] == []
    assert app.button(key="peek-next").disabled
    app.selectbox(key="explain-sample").select_index(0).run()
    assert of_drawing(app)["marks"] == []


@pytest.mark.slow
def test_at_basic_a_door_leads_in_and_out(trained):
    app = open_page("explain", run=trained.run_id)
    assert shows(app, "Where did it look?")
    app.button(key="peek-open-door").click().run()
    assert not shows(app, "Where did it look?")
    assert not [alt for alt in pictures(app) if "over the image" in alt]
    app.button(key="peek-skip").click().run()
    assert not [button for button in app.button if button.key == "peek-paint-guess"]
    app.button(key="peek-show").click().run()
    assert shows(app, "You marked nothing")
    app.button(key="peek-close-door").click().run()
    assert shows(app, "Where did it look?")


@pytest.mark.slow
def test_a_hostile_class_name_is_shown_as_it_is(home):
    run = make_run_of(("a", HOSTILE, "c"), "three")
    app = open_page("explain", level="full", run=run.run_id, **{"explain-view": "peek"})
    draw(app, "guess", LEFT)
    app.selectbox(key="explain-class").set_value(HOSTILE).run()
    app.button(key="peek-next").click().run()
    assert "<img src" not in html(app)
    assert shows(app, "Probability of")
    app.button(key="peek-show").click().run()
    assert not app.exception
