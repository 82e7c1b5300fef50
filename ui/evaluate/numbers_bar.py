"""A number with its interval on a line, as HTML: what it is, and how far it may be from the true one."""

import html
import math
from typing import Final

from core.evaluation.records import METRICS, MetricValue
from core.evaluation.sentences import rounded
from core.language import _

_FULL: Final = 100.0


def bar(name: str, metric: MetricValue) -> str:
    """Return a metric's value, its interval and its n in words, and both drawn on the scale of the metric."""
    low, high = scale(name, metric)
    words = (
        f"<span class='lb-number-value'>{_value(metric)}</span>"
        f"<span class='lb-number-interval'>{_interval(metric)}</span>"
    )
    ends = f"<span>{low:g}</span>{_track(metric, low, high)}<span>{high:g}</span>"
    n = html.escape(_("n = {n}", n=metric.n))
    return (
        f"<div class='lb-number'>{words}<span class='lb-number-scale' aria-hidden='true'>{ends}</span>"
        f"<span class='lb-number-n'>{n}</span></div>"
    )


def scale(name: str, metric: MetricValue) -> tuple[float, float]:
    """Return where the line of a metric begins and ends: what it can be, or the next whole number."""
    spec = METRICS[name]
    reached = max(metric.high or 0.0, metric.value or 0.0)
    return spec.lowest or 0.0, max(spec.highest or 1.0, math.ceil(reached))


def _value(metric: MetricValue) -> str:
    return "–" if metric.value is None else rounded(metric.value)


def _interval(metric: MetricValue) -> str:
    if metric.value is None:
        return html.escape(str(metric.reason or _("not defined")))
    if metric.low is None or metric.high is None:
        return html.escape(_("no interval"))
    return html.escape(_("{low} to {high}", low=rounded(metric.low), high=rounded(metric.high)))


def _track(metric: MetricValue, low: float, high: float) -> str:
    def place(value: float) -> float:
        return min(max(_FULL * (value - low) / (high - low), 0), _FULL)

    marks = f"<u style='left:{place(0):.1f}%'></u>" if low < 0 else ""
    if metric.low is not None and metric.high is not None:
        left, right = place(metric.low), place(metric.high)
        marks += f"<i style='left:{left:.1f}%;width:{max(right - left, 0.5):.1f}%'></i>"
    if metric.value is not None:
        marks += f"<b style='left:{place(metric.value):.1f}%'></b>"
    return f"<span class='lb-number-track'>{marks}</span>"
