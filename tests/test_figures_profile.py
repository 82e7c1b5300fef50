"""Charts of a profile: their numbers, their titles, and that nobody's class name becomes markup."""

from typing import Any

import pytest

from core.datasets.profiling.records import (
    Area,
    Deciding,
    GroupName,
    Mislabels,
    Shortcuts,
    ShortcutTest,
    Spread,
    Verdict,
)
from core.figures.profile import alone_predicts, grey_levels_by_class, spread_by_class
from core.figures.theme import alt_of
from core.language import Message, language

FOREIGN = "<b>x</b><img src=//evil>"
LOW = Spread(low=1, quarter=2, median=3, three_quarters=4, high=5)
HIGH = Spread(low=6, quarter=7, median=8, three_quarters=9, high=10)


def area(value: float, name: str | None = "ill") -> Area:
    return Area(class_name=name, value=value, low=value - 0.05, high=value + 0.02, n=100, n_patients=50)


def tried(group: GroupName, verdict: Verdict, value: float, **more: Any) -> ShortcutTest:
    deciding = Deciding(feature=Message(text="width (pixels)"), spans={"a": LOW}, examples={"a": (0,)})
    return ShortcutTest(group=group, verdict=verdict, limit=0.6, area=area(value), deciding=deciding, **more)


SAME = ShortcutTest(group="file", verdict="same", limit=0.6)
WHOLE = Mislabels(n_tested=100, area=area(0.9))


def suspicious(name: str = "ill") -> Shortcuts:
    many = ShortcutTest(
        group="size",
        verdict="suspicious",
        limit=0.6,
        area=area(0.8, None),
        areas=(area(0.7, "well"), area(0.95, name)),
    )
    return Shortcuts(n_tested=100, tests=(many, SAME, tried("brightness", "quiet", 0.6)))


def test_each_group_is_a_point_with_its_interval_and_what_is_constant_is_left_out() -> None:
    figure = alone_predicts(suspicious(), WHOLE)
    points = {trace.name: trace for trace in figure.data}
    assert set(points) == {"suspicious", "says little", "the whole picture, 32 pixels wide"}
    assert points["suspicious"].x.tolist() == [0.95]  # the class that is told most surely, not the mean
    assert points["suspicious"].y == ("Image size<br>'ill'",)
    assert points["suspicious"].error_x.array.tolist() == pytest.approx([0.02])
    assert points["suspicious"].error_x.arrayminus.tolist() == pytest.approx([0.05])
    assert points["says little"].y == ("Brightness",)
    assert figure.layout.shapes[0].x0 == 0.5  # the coin


@pytest.mark.parametrize(
    ("tests", "title"),
    [
        (
            (tried("size", "suspicious", 0.97), tried("frame", "look", 0.99)),
            "Image size alone predicts 'ill' with an AUROC of 0.97",
        ),
        ((tried("size", "quiet", 0.5),), "No fact alone says much of the label"),
        ((SAME,), "All images are alike in these facts"),
    ],
)
def test_the_title_says_the_finding(tests: tuple[ShortcutTest, ...], title: str) -> None:
    figure = alone_predicts(Shortcuts(n_tested=100, tests=tests), Mislabels())
    assert figure.layout.title.text.replace("<br>", " ") == title


def test_a_spread_is_drawn_from_its_five_numbers() -> None:
    figure = spread_by_class({"a": LOW, "b": HIGH}, "width (pixels)")
    box = figure.data[0]
    assert (box.lowerfence, box.q1, box.median, box.q3, box.upperfence) == ((1,), (2,), (3,), (4,), (5,))
    assert "'b' lies above 'a'" in figure.layout.title.text
    assert spread_by_class({"a": LOW, "b": LOW}, "").layout.title.text == "The classes overlap"
    assert "'a': median 3, middle half 2 to 4" in alt_of(figure)


def test_grey_levels_are_percent_and_a_black_border_is_cut_off() -> None:
    shares = [0.7, 0.1, 0.1, 0.1]
    figure = grey_levels_by_class({"dark": shares, "light": shares[::-1]})
    assert figure.data[0].y.tolist() == pytest.approx([70, 10, 10, 10])
    assert figure.layout.yaxis.range[1] == pytest.approx(12)
    title = figure.layout.title.text.replace("<br>", " ")
    assert title.startswith("On average 'light' is shown at grey level 204")


@pytest.mark.parametrize("code", ["en", "zh_Hans", "pseudo"])
def test_a_class_name_becomes_no_markup(code: str) -> None:
    with language(code):
        figures = (
            alone_predicts(suspicious(FOREIGN), WHOLE),
            spread_by_class({"a": LOW, FOREIGN: HIGH}, "x"),
            grey_levels_by_class({"a": [0.5, 0.5], FOREIGN: [0.1, 0.9]}),
        )
    for figure in figures:
        drawn = figure.to_dict()
        drawn["layout"].pop("meta")  # the description is no markup
        assert "<img" not in str(drawn)
        assert "<b>" not in str(drawn)
        assert FOREIGN in alt_of(figure)
