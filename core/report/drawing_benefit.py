"""The decision curve of a report as SVG."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decision_curve import DecisionCurve
from core.figures.theme import BLUE, GREY, VERMILION
from core.language import _
from core.report.drawing import WIDTH, height_of
from core.report.svg import Canvas, Plane, Stroke, cut

_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_BAND: Final = "#CFE0EE"
_ROW: Final = 16
_BELOW: Final = 0.35  # of what lies above 0: how far down the axis goes
_LOWEST_TOP: Final = 1e-4
_LONGEST: Final = 22


def net_benefit(curve: DecisionCurve, *, name: str) -> str:
    """Draw net benefit against the risk from which one would treat, beside treating all and none.

    Parameters
    ----------
    curve
        Of one class against the rest.
    name
        Of the class.
    """
    title = _("Decision curve: {name}", name=cut(name, _LONGEST))
    description = _("Net benefit by threshold for '{name}', beside treating all and none", name=name)
    canvas = Canvas(WIDTH, height_of(4 if curve.has_band else 3), title=title, description=description)
    highest = curve.high if curve.has_band else curve.network
    top = max(curve.prevalence, float(highest.max()), _LOWEST_TOP) * 1.1
    floor = -_BELOW * top
    plane = Plane(canvas, 46, canvas.top + 8, WIDTH - 10, canvas.top + 218, y_range=(floor, top))
    x, y = _("Treat from which risk on (threshold)"), _("Net benefit (finds per person)")
    plane.axes(x=x, y=y, x_ticks=_TICKS, y_ticks=_ticks(top, floor))
    rows: list[tuple[str, Stroke | None]] = []
    if curve.has_band:
        low, high = (np.clip(ends, floor, top) for ends in (curve.low, curve.high))
        around = plane.many(curve.thresholds.tolist(), high.tolist())
        canvas.area([*around, *reversed(plane.many(curve.thresholds.tolist(), low.tolist()))], _BAND)
    for words, values, stroke in (
        (_("treat none"), np.zeros(len(curve.thresholds)), Stroke(GREY, 1.6, "2 3")),
        (_("treat all"), curve.treat_all, Stroke(VERMILION, 1.8, "7 3")),
        (_("the network"), curve.network, Stroke(BLUE, 2.4)),
    ):
        for across, up in _above(curve.thresholds, values, floor):
            canvas.curve(plane.many(across, up), stroke)
        rows.insert(0, (words, stroke))
    if curve.has_band:
        rows.insert(1, (_("95 % band, by patient"), None))
    _legend(canvas, plane.bottom + 52, rows)
    return canvas.markup()


def _legend(canvas: Canvas, foot: float, rows: list[tuple[str, Stroke | None]]) -> None:
    for words, stroke in rows:
        if stroke is None:
            canvas.box((8, foot - 10), (22, 9), _BAND)
        else:
            canvas.line((8, foot - 4), (30, foot - 4), stroke)
        canvas.text(36, foot, words)
        foot += _ROW


def _above(
    x: NDArray[np.float64], y: NDArray[np.float64], floor: float
) -> Iterator[tuple[list[float], list[float]]]:
    """Return the parts of a line that lie above the floor, with the points where it goes through it."""
    across, up = [float(x[0])], [float(y[0])]
    for place in range(1, len(x)):
        before, after = float(y[place - 1]), float(y[place])
        if (before < floor) != (after < floor):
            share = (floor - before) / (after - before)
            across.append(float(x[place - 1] + share * (x[place] - x[place - 1])))
            up.append(floor)
        across.append(float(x[place]))
        up.append(after)
    part: tuple[list[float], list[float]] = ([], [])
    for one, other in zip(across, up, strict=True):
        if other >= floor:
            part[0].append(one)
            part[1].append(other)
        elif part[0]:
            yield part
            part = ([], [])
    if part[0]:
        yield part


def _ticks(top: float, floor: float) -> list[float]:
    """Return round numbers between floor and top, 0 among them."""
    rough = top / 4
    power = 10 ** np.floor(np.log10(rough))
    step = float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough))
    return [round(step * place, 6) for place in range(int(np.ceil(floor / step)), int(top / step) + 1)]
