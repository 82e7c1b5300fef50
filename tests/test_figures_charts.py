"""Charts: their numbers, their words, and that nobody's class name becomes markup."""

import re
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from core.evaluation.calibration_sentences import title_words
from core.evaluation.curves import Called
from core.evaluation.records import Evaluation, MetricValue
from core.figures import theme
from core.figures.confusion import confusion_matrix
from core.figures.curves import loss_curves
from core.figures.curves_with_bands import precision_recall, roc
from core.figures.distributions import class_counts, histogram, split_counts
from core.figures.images import pixel_numbers
from core.figures.judgement import intervals
from core.figures.reliability import reliability_diagram
from core.figures.score_histograms import scores_by_class
from core.figures.theme import wrapped
from core.language import language
from core.statistics.bands import precision_recall_band
from core.statistics.precision_recall_curve import precision_recall_curve
from core.statistics.reliability import reliability
from core.statistics.roc import roc_curve

FOREIGN = "<b>x</b><img src=//evil>"
AREA = MetricValue(value=0.75, low=0.4, high=0.94, n=4, method="delong")
TRUTH, SCORE = np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])


def evaluation(positive: str = "ill") -> Evaluation:
    metrics = {
        "auroc": AREA,
        "sensitivity": MetricValue(value=None, n=0),
        "accuracy": MetricValue(value=0.5, n=4),
        "log_loss": MetricValue(value=0.7, low=0.2, high=1.4, n=4, method="bootstrap_by_image"),
    }
    return Evaluation(
        n_samples=4,
        n_patients=4,
        class_names=("healthy", positive),
        positive_class=positive,
        threshold=0.5,
        level=0.95,
        confusion_matrix=((2, 0), (1, 1)),
        metrics=metrics,
    )


KINDS = (
    "histogram",
    "class_counts",
    "split_counts",
    "scores_by_class",
    "precision_recall",
    "roc of forty",
    "reliability_diagram",
    "confusion_matrix",
    "roc",
    "roc of many",
    "intervals",
    "pixel_numbers",
    "loss_curves",
)


@cache
def every_figure(name: str = "ill", code: str = "en") -> dict[str, go.Figure]:
    with language(code):
        return draw_every_figure(name)


def draw_every_figure(name: str) -> dict[str, go.Figure]:
    curve, y_true = roc_curve(TRUTH, SCORE), TRUTH.astype(int)
    return {
        "histogram": histogram({"": np.arange(9)}, title="", x_title=""),
        "class_counts": class_counts({"healthy": 3, name: 1}),
        "split_counts": split_counts({"": {"healthy": 3, name: 1}}),
        "scores_by_class": scores_by_class(
            y_true, SCORE, SCORE >= 0.5, class_names=("healthy", name), chosen=1, threshold=0.5
        ),
        "precision_recall": precision_recall(
            {name: precision_recall_curve(TRUTH, SCORE)},
            {name: AREA},
            band=precision_recall_band(TRUTH, SCORE, np.arange(4), level=0.95, seed=0),
            points={name: Called(0.0, 0.5, 1.0)},
        ),
        "roc of forty": roc(
            {f"{name}{number}": curve for number in range(40)},
            {f"{name}{number}": AREA for number in range(40)},
            chosen=f"{name}0",
            points={f"{name}{number}": Called(0.0, 0.5, 1.0) for number in range(40)},
        ),
        "reliability_diagram": reliability_diagram(
            reliability(TRUTH, SCORE, np.arange(4)),
            reliability(TRUTH, SCORE, np.arange(4)),
            class_name=name,
            title=title_words(theme.label(name), 0.2, 0.1),
            alt=title_words(name, 0.2, 0.1),
        ),
        "confusion_matrix": confusion_matrix(np.array([[2, 0], [1, 1]]), ("healthy", name)),
        "roc": roc({name: curve}, {name: AREA}, threshold=0.5),
        "roc of many": roc({"healthy": curve, name: curve}, {"healthy": AREA, name: AREA}),
        "intervals": intervals(evaluation(name)),
        "pixel_numbers": pixel_numbers(np.arange(100).reshape(10, 10), top=2, left=3, size=4, low=0, high=99),
        "loss_curves": loss_curves({"": (np.arange(3.0), np.array([0.7, 0.5, 0.4]))}),
    }


def words(figure: go.Figure) -> list[str]:
    """Every string that Plotly draws: titles, ticks, annotations, names, labels, hover texts."""
    layout = figure.layout
    found = [layout.title.text, layout.xaxis.title.text, layout.yaxis.title.text]
    found += [note.text for note in layout.annotations]
    found += [*(layout.xaxis.ticktext or ()), *(layout.yaxis.ticktext or ())]
    for trace in figure.data:
        found += [trace.name, trace.hovertemplate]
        found += [text for name in ("x", "y", "text") for text in listed(trace[name])]
        found += [trace.colorbar.title.text] if trace.type == "heatmap" else []
    return [text for text in found if isinstance(text, str)]


def listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value if value is not None else [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_name_never_becomes_markup(kind: str) -> None:
    figure = every_figure(FOREIGN)[kind]
    assert not [text for text in words(figure) if "<img" in text or "<b>x" in text]
    if kind not in ("histogram", "pixel_numbers", "loss_curves"):
        assert [text for text in words(figure) if "&lt;" in text]


@pytest.mark.parametrize("kind", KINDS)
def test_every_chart_has_a_title_and_a_description(kind: str) -> None:
    figure = every_figure()[kind]
    if kind != "histogram":  # its words are the caller's
        assert figure.layout.title.text
        assert theme.alt_of(figure)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_of_a_chart_can_be_translated(kind: str) -> None:
    for text in words(every_figure("", "pseudo")[kind]):
        rest = re.sub(r"⟦.*⟧|%\{[^}]*\}|<[^>]*>", "", text).replace("healthy", "")
        assert not any(letter.isalpha() for letter in rest), text


def test_a_histogram_counts_every_finite_value() -> None:
    values = np.array([[0.0, 1.0, np.nan], [1.0, 3.0, np.inf]])
    figure = histogram({"grey": values}, title="How bright?", x_title="Grey level (0 to 255)")
    assert sum(figure.data[0].y) == 4
    assert figure.layout.title.text == "How bright?"
    assert figure.layout.xaxis.title.text == "Grey level (0 to 255)"
    assert not figure.layout.showlegend
    even = histogram({"a": np.full(5, 7), "b": np.zeros(0)}, title="", x_title="")
    assert (sum(even.data[0].y), sum(even.data[1].y)) == (5, 0)
    assert even.layout.showlegend
    assert sum(histogram({}, title="", x_title="").data) == 0


def test_class_counts_find_the_rarest_class() -> None:
    assert class_counts({"a": 5, "b": 2}).layout.title.text == "The rarest class, 'b', has 2 of 7 images"
    assert class_counts({"a": 5, "b": 5}).layout.title.text == "Each of the 2 classes has 5 images"
    assert class_counts({"a": 0}).layout.title.text == "There is no image"


def test_split_counts_show_a_class_that_is_missing_from_a_split() -> None:
    figure = split_counts({"train": {"a": 3, "b": 1}, "test": {"a": 2}})
    assert [(bar.name, list(bar.y)) for bar in figure.data] == [("a", [3, 2]), ("b", [1, 0])]
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 2


def test_scores_are_counted_by_true_class() -> None:
    y_true, score = np.array([0, 0, 1, 1]), np.array([0.0, 0.31, 0.97, 1.0])
    figure = scores_by_class(
        y_true, score, score >= 0.4, class_names=("healthy", "ill"), chosen=1, threshold=0.4
    )
    called, other = (np.reshape(bars.customdata, (2, 20)) for bars in figure.data)
    assert_array_equal(called.sum(axis=1), [2, 0])  # the chosen class first
    assert (called[0, 19], other[1, 0], other[1, 6]) == (2, 1, 1)
    assert [note.text for note in figure.layout.annotations] == [
        "truly 'ill': n = 2, tallest bar 2",
        "truly 'healthy': n = 2, tallest bar 1",
    ]
    assert figure.layout.shapes[0].x0 == 0.4
    assert figure.layout.xaxis.title.text == "Score: the probability of 'ill'"


def test_of_forty_classes_those_that_score_highest_have_a_row_and_the_rest_share_one() -> None:
    y_true = np.arange(400) % 40
    score = np.where(y_true == 3, 0.9, y_true / 100)
    names = tuple(f"c{number}" for number in range(40))
    figure = scores_by_class(y_true, score, score > 0.5, class_names=names, chosen=3)
    rows = [note.text.split(":")[0] for note in figure.layout.annotations]
    assert rows == [f"truly 'c{number}'" for number in (3, 39, 38, 37, 36, 35, 34)] + ["33 other classes"]
    assert sum(np.sum(bars.customdata) for bars in figure.data) == 400


def test_long_names_of_classes_leave_the_confusion_matrix_its_room() -> None:
    long = "pneumonia, bacterial, of the left lower lobe"
    figure = confusion_matrix(np.array([[1, 0], [0, 1]]), ("healthy", long))
    assert figure.layout.xaxis.ticktext == ("healthy", "pneumonia…wer lobe")
    assert long in theme.alt_of(figure)


def test_a_confusion_matrix_shows_counts_and_shares_of_the_row() -> None:
    figure = confusion_matrix(np.array([[45, 5], [4, 16]]), ("healthy", "ill"))
    assert_allclose(figure.data[0].z, [[0.9, 0.1], [0.2, 0.8]])
    cells = {(note.x, note.y): (note.text, note.font.color) for note in figure.layout.annotations}
    assert cells[(0, 0)] == ("<b>45</b><br>90%", "#FFFFFF")
    assert cells[(1, 0)] == ("<b>5</b><br>10%", "#152238")
    assert cells[(0, 1)][0] == "<b>4</b><br>20%"
    assert figure.layout.title.text == "61 of 70 images were called right"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Called", "Truth")
    assert figure.layout.yaxis.autorange == "reversed"
    assert theme.alt_of(figure) == (
        "truly 'healthy': called healthy 45, ill 5; truly 'ill': called healthy 4, ill 16"
    )


def test_a_class_without_images_has_an_empty_row() -> None:
    figure = confusion_matrix(np.array([[3, 1], [0, 0]]), ("a", "b"))
    assert_array_equal(figure.data[0].z, [[0.75, 0.25], [0, 0]])


def test_a_roc_curve_names_its_positive_class_area_and_threshold() -> None:
    figure = roc({"ill": roc_curve(TRUTH, SCORE)}, {"ill": AREA}, threshold=0.38)
    coin, curve, point = figure.data
    assert figure.layout.title.text == "AUROC for 'ill': 0.75 (0.40 to 0.94), n = 4"
    assert figure.layout.xaxis.title.text == "False alarms (1 - specificity)"  # short: it must fit a phone
    assert list(coin.x) == [0, 1]
    assert list(zip(curve.x, curve.y, strict=True)) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    assert (point.x[0], point.y[0]) == (0.5, 0.5)
    assert point.name == "threshold 0.38: sensitivity 0.50, specificity 0.50"


@pytest.mark.parametrize(
    ("threshold", "place"), [(0.0, (1, 1)), (0.8, (0, 0.5)), (0.9, (0, 0)), (0.35, (0.5, 1))]
)
def test_the_threshold_is_marked_where_it_cuts(threshold: float, place: tuple[float, float]) -> None:
    point = roc({"ill": roc_curve(TRUTH, SCORE)}, {"ill": AREA}, threshold=threshold).data[2]
    assert (point.x[0], point.y[0]) == place


def test_a_roc_curve_keeps_only_its_corners() -> None:
    truth = np.repeat([True, False], 500)
    curve = roc_curve(truth, np.linspace(1, 0, 1000))
    assert len(roc({"ill": curve}, {"ill": AREA}).data[1].x) == 3


def test_a_roc_curve_without_positives_is_drawn_empty_and_says_so() -> None:
    figure = roc(
        {"ill": roc_curve(~TRUTH & TRUTH, SCORE)}, {"ill": MetricValue(value=None, n=4)}, threshold=0.5
    )
    assert figure.layout.title.text == "AUROC for 'ill': not defined, n = 4"


def test_intervals_show_what_lies_between_0_and_1_and_leave_out_what_is_not_defined() -> None:
    figure = intervals(evaluation())
    points = figure.data[0]
    assert list(points.y) == ["AUROC for 'ill' (n = 4)", "Accuracy (n = 4, no interval)"]
    assert_allclose(points.x, [0.75, 0.5])
    assert_allclose(points.error_x.array, [0.19, 0])
    assert_allclose(points.error_x.arrayminus, [0.35, 0])
    assert figure.layout.title.text == "How sure is each number? 95 % intervals"
    empty = evaluation().model_copy(update={"metrics": {}})
    assert len(intervals(empty).data[0].x) == 0


def test_pixels_stand_as_numbers_at_their_place() -> None:
    figure = pixel_numbers(np.arange(100).reshape(10, 10), top=2, left=3, size=4, low=0, high=99)
    notes = {(note.x, note.y): (note.text, note.font.color) for note in figure.layout.annotations}
    assert len(notes) == 16
    assert notes[(3, 2)] == ("23", "#FFFFFF")
    assert notes[(6, 5)] == ("56", "#000000")
    assert figure.layout.title.text == "What the computer sees: 16 numbers"
    at_edge = pixel_numbers(np.full((5, 5), 0.25), top=3, left=3, size=99, unit="HU", low=0, high=1)
    assert [note.text for note in at_edge.layout.annotations] == ["0.25"] * 4
    assert at_edge.layout.title.text == "What the computer sees: 4 numbers, in HU"


def test_a_long_name_is_cut() -> None:
    assert theme.label("a" * 100) == "a" * 39 + "…"
    assert theme.label("&" * 3) == "&amp;&amp;&amp;"


def test_a_title_is_broken_before_a_phone_would_cut_it_and_never_within_a_number() -> None:
    english = "Average precision for 'finding': 0.95 (0.88 to 0.99), n = 1,210"
    assert wrapped(english) == "Average precision for 'finding': 0.95<br>(0.88 to 0.99), n = 1,210"
    chinese = "用网络比治疗所有人或谁都不治更有益，这句话很长，要断开"
    assert max(map(len, wrapped(chinese).split("<br>"))) * 16 <= 354  # pixels: a sign's, and a fold's at 420
