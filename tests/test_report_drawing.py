"""The pictures of a report: marks stand where the numbers are, and are told apart without colour."""

from xml.etree import ElementTree

import numpy as np
import pytest

from core.evaluation.records import MetricValue
from core.report.drawing import Mark, precision_recall, reliability, roc, scores
from core.report.drawing_tables import Row, confusion_matrix, forest
from core.report.svg import Canvas, Plane, cut, wrapped
from core.statistics.bands import Band
from core.statistics.precision_recall_curve import precision_recall_curve
from core.statistics.reliability import reliability as reliability_of
from core.statistics.roc import roc_curve

IS_ILL = np.array([False, False, True, False, True, True])
SCORE = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
AREA = MetricValue(value=8 / 9, low=0.5, high=0.99, n=6)


def marks(picture: str, tag: str) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(picture).iter() if one.tag.endswith(f"}}{tag}")]


def points_of(element: ElementTree.Element) -> list[tuple[float, float]]:
    pairs = [pair.split(",") for pair in element.attrib["points"].split()]
    return [(float(x), float(y)) for x, y in pairs]


def words(picture: str) -> list[str]:
    return [one.text or "" for one in marks(picture, "text")]


def test_a_plane_puts_data_where_its_axes_say() -> None:
    plane = Plane(Canvas(100, 100, title="t", description="d"), 10, 20, 90, 80, (0, 2), (-1, 1))
    assert plane.at(0, -1) == (10, 80)
    assert plane.at(2, 1) == (90, 20)
    assert plane.at(1, 0) == (50, 50)


def test_the_roc_curve_goes_through_its_points() -> None:
    picture = roc({"ill": roc_curve(IS_ILL, SCORE)}, {"ill": AREA})
    drawn = points_of(marks(picture, "polyline")[0])
    first, last = drawn[0], drawn[-1]
    shares = [
        ((x - first[0]) / (last[0] - first[0]), (y - first[1]) / (last[1] - first[1])) for x, y in drawn
    ]
    # from the highest score down: ill, ill, healthy, ill, healthy, healthy
    expected = [(0, 0), (0, 1 / 3), (0, 2 / 3), (1 / 3, 2 / 3), (1 / 3, 1), (2 / 3, 1), (1, 1)]
    np.testing.assert_allclose(shares, expected, atol=1e-3)
    assert "ill: 0.89 (0.50 to 0.99)" in words(picture)


def test_the_operating_point_lies_on_its_curve_and_is_named() -> None:
    curve = roc_curve(IS_ILL, SCORE)
    picture = roc({"ill": curve}, {"ill": AREA}, mark=Mark(1 / 3, 2 / 3, "here"))
    diamond = points_of(marks(picture, "polygon")[0])
    middle = tuple(np.mean(diamond, axis=0))
    distances = [np.hypot(x - middle[0], y - middle[1]) for x, y in points_of(marks(picture, "polyline")[0])]
    assert min(distances) < 0.02
    assert "here" in words(picture)
    assert "here" in (ElementTree.fromstring(picture)[1].text or "")


def test_a_band_lies_around_its_curve() -> None:
    curve, x = roc_curve(IS_ILL, SCORE), np.linspace(0, 1, 5)
    band = Band(x, np.zeros(5), np.ones(5), 0.9)
    picture = roc({"ill": curve}, {"ill": AREA}, band=band)
    corners = np.array(points_of(marks(picture, "polygon")[0]))
    line = np.array(points_of(marks(picture, "polyline")[0]))
    np.testing.assert_allclose(corners.min(axis=0), line.min(axis=0), atol=0.01)
    np.testing.assert_allclose(corners.max(axis=0), line.max(axis=0), atol=0.01)
    assert "90 % band, point by point" in words(picture)


def test_the_area_under_the_drawn_steps_is_the_average_precision() -> None:
    picture = precision_recall({"ill": precision_recall_curve(IS_ILL, SCORE)}, {})
    drawn = np.array(points_of(marks(picture, "polyline")[0]))
    guide = marks(picture, "line")
    prevalence = next(one for one in guide if one.get("stroke-dasharray") == "2 4")
    left, right = float(prevalence.attrib["x1"]), float(prevalence.attrib["x2"])
    half = float(prevalence.attrib["y1"])  # half of the images are ill
    top = min(drawn[:, 1])
    recall, precision = (drawn[:, 0] - left) / (right - left), 0.5 + 0.5 * (half - drawn[:, 1]) / (half - top)
    area = float(np.sum(np.diff(recall) * precision[1:]))
    assert area == pytest.approx((1 + 1 + 3 / 4) / 3, abs=1e-3)  # by hand


def test_bins_stand_at_their_mean_and_share() -> None:
    found = reliability_of(IS_ILL, SCORE, np.arange(6))
    picture = reliability(found, name="ill", level=0.95)
    dots = marks(picture, "circle")[:-1]  # the last is the legend's
    assert len(dots) == len(found.n) == 6
    x = np.array([float(dot.attrib["cx"]) for dot in dots])
    np.testing.assert_allclose(np.diff(x) / (x[-1] - x[0]), np.diff(found.mean_score) / 0.8, atol=1e-3)


def test_classes_are_told_apart_by_shape_too() -> None:
    picture = scores(IS_ILL, SCORE, names=("healthy", "ill"), threshold=0.5)
    lines = marks(picture, "polyline")
    assert len({line.get("stroke-dasharray") for line in lines}) == 2
    assert {"truly healthy (n = 3)", "truly ill (n = 3)", "threshold 0.50"} <= set(words(picture))
    curves = {name: roc_curve(IS_ILL, SCORE) for name in "abcdef"}
    assert len({line.get("stroke-dasharray") for line in marks(roc(curves, {}), "polyline")}) == 6


def test_cells_hold_their_counts_and_shares() -> None:
    picture = confusion_matrix(np.array([[8, 2], [0, 5]]), ("a", "b"))
    assert [word for word in words(picture) if word in {"8", "80%", "2", "20%", "0", "0%", "5", "100%"}] == [
        "8", "80%", "2", "20%", "0", "0%", "5", "100%",
    ]  # fmt: skip
    assert "13 of 15 images were called right" in " ".join(words(picture))


def test_a_row_without_images_has_no_share() -> None:
    assert words(confusion_matrix(np.array([[0, 0], [1, 4]]), ("a", "b"))).count("–") == 2


def test_rows_stand_on_the_axis_and_faint_ones_are_hollow() -> None:
    rows = [Row("a", "", 0.5, 0.0, 1.0), Row("b", "", 1.0, None, None, is_faint=True), Row("c", "", None)]
    picture = forest(rows, title="t", x="AUROC", whole=0.5)
    dots = marks(picture, "circle")
    assert [dot.get("fill") == "#FFFFFF" for dot in dots] == [False, True]
    interval = next(one for one in marks(picture, "line") if one.get("stroke-width") == "1.8")
    middle = (float(interval.attrib["x1"]) + float(interval.attrib["x2"])) / 2
    assert float(dots[0].attrib["cx"]) == pytest.approx(middle, abs=0.02)


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "<&>\"'", "a" * 500, "病变" * 100, ""])
def test_any_name_makes_xml(name: str) -> None:
    picture = confusion_matrix(np.eye(3, dtype=int), (name, "b", "c"))
    ElementTree.fromstring(picture.encode())


def test_long_names_keep_both_ends_and_lines_break() -> None:
    assert cut("abcdefghij", 10) == "abcdefghij"
    assert cut("abcdefghijk", 6) == "ab…ijk"
    assert cut("一二三四五六七", 9) == "一二…六七"
    assert cut("病变abcdefghij", 8) == "病…ghij"
    assert wrapped("one two three", width=7) == ["one two", "three"]
    assert wrapped("灵敏度和特异度", width=8) == ["灵敏度和", "特异度"]
