"""Several runs as one band: their mean as a line, their lowest and highest as the area around it."""

from collections.abc import Sequence
from dataclasses import replace

from ui.live_chart import Series


def band(curves: Sequence[Series], name: str, *, legend: str | None = "") -> Series | None:
    """Return the mean of several curves with the area from the lowest to the highest.

    It goes as far as all of those that have begun: over a changing number of runs the mean would jump.

    Parameters
    ----------
    curves
        Of the same thing, over the same x axis; one without points has not begun.
    name
        What the band is called.
    legend
        Its entry, by default its name.

    Returns
    -------
    Series
        None where fewer than two have begun.
    """
    begun = [dict(zip(curve.xs, curve.ys, strict=True)) for curve in curves if len(curve.xs)]
    if len(begun) < 2:
        return None
    xs = sorted(set(begun[0]).intersection(*begun[1:]))
    columns = [[curve[x] for curve in begun] for x in xs]
    return replace(
        curves[0],
        name=name,
        legend=legend,
        xs=xs,
        ys=[sum(values) / len(values) for values in columns],
        low=[min(values) for values in columns],
        high=[max(values) for values in columns],
        dots=False,
    )
