"""The curves of a report as SVG: readable on paper, also in grey, and by those who hear it read.

What is told apart by colour is told apart by dashes or by shape too. The colours are those of the charts on
the screen. Every number that decides something stands in the title.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import threshold_text
from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.figures.theme import BLUE, COLOURS, ORANGE, VERMILION
from core.language import _
from core.report.svg import MUTED, Canvas, Plane, Stroke, cut
from core.statistics.bands import Band
from core.statistics.precision_recall_curve import PrecisionRecallCurve
from core.statistics.reliability import Reliability
from core.statistics.roc import RocCurve

WIDTH: Final = 300
_LEAST_ROWS: Final = 3  # of a legend: pictures that stand side by side are of one height
_DASHES: Final = ("", "7 3", "2 3", "8 3 2 3", "12 4", "12 4 2 4")
_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_ROW: Final = 16  # of a legend
_LONGEST: Final = 16
MOST_CURVES: Final = 6
_BAND: Final = "#CFE0EE"
_N_SCORE_BINS: Final = 20


@dataclass(frozen=True)
class Mark:
    """The operating point: where it lies, and what it does, in words."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of the same axes.

    Attributes
    ----------
    points
        Class to x and y, both ndarrays of shape (p,).
    areas
        How large each area is.
    band
        Around the first curve, where it stands alone.
    guide
        Where guessing would lie: the ends of a line.
    """

    points: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    areas: Mapping[str, MetricValue]
    band: Band | None
    guide: tuple[tuple[float, float], tuple[float, float]] | None


def roc(
    curves: Mapping[str, RocCurve],
    areas: Mapping[str, MetricValue],
    *,
    band: Band | None = None,
    mark: Mark | None = None,
) -> str:
    """Draw ROC curves: of the positive class of two, or of each of several against the rest."""
    points = {name: (one.false_positive_rate, one.true_positive_rate) for name, one in curves.items()}
    axes = (_("False alarms (1 - specificity)"), _("Found (sensitivity)"))
    drawn = Curves(points, areas, band, ((0.0, 0.0), (1.0, 1.0)))
    return _curves(drawn, axes, title=_("ROC curve"), mark=mark)


def precision_recall(
    curves: Mapping[str, PrecisionRecallCurve],
    areas: Mapping[str, MetricValue],
    *,
    band: Band | None = None,
    mark: Mark | None = None,
) -> str:
    """Draw precision-recall curves, as the steps whose area is the average precision."""
    points = {name: _steps(one) for name, one in curves.items()}
    share = next(iter(curves.values())).prevalence if len(curves) == 1 else None
    axes = (_("Found (sensitivity)"), _("Right when called (precision)"))
    drawn = Curves(points, areas, band, None if share is None else ((0.0, share), (1.0, share)))
    return _curves(drawn, axes, title=_("Precision and recall"), mark=mark)


def _steps(curve: PrecisionRecallCurve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the steps: a point's precision holds from the recall before it to its own."""
    recall = np.repeat(np.concatenate([[0.0], curve.recall]), 2)[1:-1]
    return recall, np.repeat(curve.precision, 2)


def height_of(n_rows: int) -> int:
    """Return how high a picture is whose legend has so many rows."""
    return 296 + _ROW * max(n_rows, _LEAST_ROWS)


def _curves(curves: Curves, axes: tuple[str, str], *, title: str, mark: Mark | None) -> str:
    shown = list(curves.points)[:MOST_CURVES]
    rows = [_legend_of(name, curves.areas.get(name)) for name in shown]
    description = "; ".join([*rows, mark.words] if mark else rows)
    n_rows = len(rows) + (mark is not None) + (curves.band is not None)
    canvas = Canvas(WIDTH, height_of(n_rows), title=title, description=description)
    plane = Plane(canvas, 46, canvas.top + 8, WIDTH - 10, canvas.top + 218)
    plane.axes(x=axes[0], y=axes[1], x_ticks=_TICKS, y_ticks=_TICKS)
    if curves.guide is not None:
        canvas.line(plane.at(*curves.guide[0]), plane.at(*curves.guide[1]), Stroke(MUTED, 1, "2 4"))
    foot = plane.bottom + 52
    if curves.band is not None:
        _band(plane, curves.band)
    for index, name in enumerate(shown):
        stroke = Stroke(COLOURS[index % len(COLOURS)], 2.2, _DASHES[index % len(_DASHES)])
        x, y = (thinned(values) for values in curves.points[name])
        canvas.curve(plane.many(x, y), stroke)
        canvas.line((8, foot - 4), (30, foot - 4), stroke)
        canvas.text(36, foot, rows[index])
        foot += _ROW
    if curves.band is not None:
        canvas.box((8, foot - 10), (22, 9), _BAND)
        percent = round(100 * curves.band.level)
        canvas.text(36, foot, _("{percent} % band, point by point", percent=percent))
        foot += _ROW
    if mark is not None:
        _diamond(canvas, plane.at(mark.x, mark.y))
        _diamond(canvas, (19, foot - 4))
        canvas.text(36, foot, mark.words)
    return canvas.markup()


def _band(plane: Plane, band: Band) -> None:
    x, low, high = (thinned(values) for values in (band.x, band.low, band.high))
    plane.canvas.area([*plane.many(x, high), *reversed(plane.many(x, low))], _BAND)


def thinned(values: NDArray[np.float64], most: int = 400) -> list[float]:
    """Return at most `most` of the points of a curve, its first and its last among them."""
    if len(values) <= most:
        return [float(value) for value in values]
    return [float(values[place]) for place in np.linspace(0, len(values) - 1, most).round().astype(int)]


def _legend_of(name: str, area: MetricValue | None) -> str:
    short = cut(name, _LONGEST)
    return short if area is None else f"{short}: {with_interval(area)}"


def _diamond(canvas: Canvas, at: tuple[float, float]) -> None:
    x, y = at
    canvas.area([(x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y)], "#FFFFFF")
    canvas.area([(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)], VERMILION)


def reliability(found: Reliability, *, name: str | None, level: float) -> str:
    """Draw how often it is a class against how probable it was called, bin by bin.

    Parameters
    ----------
    found
        The bins that hold an image.
    name
        Of the class; None for the most probable one of each image.
    level
        Of the intervals.
    """
    title = _("Do the probabilities keep their word?")
    description = _("How often the most probable class is right, by its probability")
    x, y = _("Probability of the most probable class"), _("How often it is right")
    if name is not None:
        description = _("How often it is '{name}', by the probability that was given", name=name)
        x, y = _("Probability that was given"), _("How often it is so")
    canvas = Canvas(WIDTH, height_of(2), title=title, description=description)
    plane = Plane(canvas, 46, canvas.top + 8, WIDTH - 10, canvas.top + 218)
    plane.axes(x=x, y=y, x_ticks=_TICKS, y_ticks=_TICKS)
    canvas.line(plane.at(0, 0), plane.at(1, 1), Stroke(MUTED, 1, "2 4"))
    most = max(1, int(found.n.max(initial=1)))
    for across, up, low, high, n in zip(
        found.mean_score, found.share, found.low, found.high, found.n, strict=True
    ):
        canvas.line(
            plane.at(float(across), float(low)), plane.at(float(across), float(high)), Stroke(BLUE, 1.4)
        )
        canvas.dot(
            plane.at(float(across), float(up)), 2.5 + 4 * (n / most) ** 0.5, BLUE, Stroke("#FFFFFF", 0.8)
        )
    foot = plane.bottom + 52
    canvas.dot((19, foot - 4), 4, BLUE)
    percent = round(100 * level)
    canvas.text(36, foot, _("images in a bin, with {percent} % interval", percent=percent))
    canvas.line((8, foot + _ROW - 4), (30, foot + _ROW - 4), Stroke(MUTED, 1, "2 4"))
    canvas.text(36, foot + _ROW, _("as it should be; a larger dot is more images"))
    return canvas.markup()


def scores(
    is_positive: NDArray[np.bool_],
    score: NDArray[np.floating],
    *,
    names: tuple[str, str],
    threshold: float | None = None,
) -> str:
    """Draw how the scores of a class and of the rest are spread.

    Parameters
    ----------
    is_positive, score
        ndarrays of shape (n,).
    names
        What the others, and the class, are called.
    threshold
        From where on the class is called; None where no single number decides.
    """
    edges = np.linspace(0, 1, _N_SCORE_BINS + 1)
    of_each = [np.histogram(score[mask], edges)[0] for mask in (~is_positive, is_positive)]
    highest = max(1, *(int(counts.max()) for counts in of_each))
    title = _("Which scores did the images get?")
    description = _("Number of images by probability of '{name}'", name=names[1])
    canvas = Canvas(WIDTH, height_of(3), title=title, description=description)
    plane = Plane(canvas, 46, canvas.top + 8, WIDTH - 10, canvas.top + 218, y_range=(0, highest * 1.05))
    x = _("Probability of '{name}'", name=cut(names[1], _LONGEST))
    plane.axes(x=x, y=_("Images"), x_ticks=_TICKS, y_ticks=_count_ticks(highest))
    rest, of_class = (_outline(edges, counts) for counts in of_each)
    canvas.area(plane.many(*rest), ORANGE, opacity=0.45)
    canvas.curve(plane.many(*rest), Stroke(ORANGE, 1, "3 2"))
    canvas.curve(plane.many(*of_class), Stroke(BLUE, 2.4))
    foot = plane.bottom + 52
    canvas.box((8, foot - 10), (22, 9), ORANGE)
    canvas.line((8, foot + _ROW - 4), (30, foot + _ROW - 4), Stroke(BLUE, 2.4))
    for row, (name, counts) in enumerate(zip(names, of_each, strict=True)):
        words = _("truly {name} (n = {n})", name=cut(name, _LONGEST + 4), n=int(counts.sum()))
        canvas.text(36, foot + _ROW * row, words)
    if threshold is not None:
        canvas.line(
            plane.at(threshold, 0), plane.at(threshold, highest * 1.05), Stroke(VERMILION, 1.8, "6 3")
        )
        canvas.line((8, foot + 2 * _ROW - 4), (30, foot + 2 * _ROW - 4), Stroke(VERMILION, 1.8, "6 3"))
        canvas.text(36, foot + 2 * _ROW, _("threshold {value}", value=threshold_text(threshold)))
    return canvas.markup()


def _outline(edges: NDArray[np.float64], counts: NDArray[np.intp]) -> tuple[list[float], list[float]]:
    """Return the steps of a histogram as a line that begins and ends at the floor."""
    x = np.repeat(edges, 2)
    y = np.concatenate([[0], np.repeat(counts, 2), [0]])
    return x.tolist(), y.astype(float).tolist()


def _count_ticks(highest: int) -> Sequence[float]:
    step = max(1, round(highest / 4))
    power = 10 ** (len(str(step)) - 1)
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step)
    return [float(value) for value in range(0, highest + 1, step)]
