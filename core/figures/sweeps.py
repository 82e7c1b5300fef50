"""What a sweep has found: the best so far, which settings went with it, and the trials that were ended early.

A trial that was pruned is hollow or grey: its score is the best of the epochs that it was given.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.space import Dimension, Value
from core.figures.theme import BLUE, GREY, ORANGE, VERMILION, furnish, label, tick
from core.language import _, joined, ngettext

_WIDE: Final = 8  # scores that differ by more than this factor are drawn on a log axis
_MOST_TICKS: Final = 10
_LEGEND_LINE: Final = 26  # pixels
_FEW_DECADES: Final = 1.5  # with fewer, 2 and 5 are marked too


@dataclass(frozen=True)
class Scores:
    """How trials are compared, in words.

    Attributes
    ----------
    name
        The metric, translated.
    lower_is_better
        As for a loss.
    field_name
        What a field is called, translated.
    value_name
        How a choice is shown, translated.
    """

    name: str
    lower_is_better: bool
    field_name: Callable[[str], str]
    value_name: Callable[[Value], str] = str

    @property
    def axis(self) -> str:
        """The title of the metric's axis."""
        if self.lower_is_better:
            return _("{metric}<br>(lower is better)", metric=label(self.name))
        return _("{metric}<br>(higher is better)", metric=label(self.name))

    def best(self, values: Sequence[float]) -> float:
        """Return the best of some scores."""
        return min(values) if self.lower_is_better else max(values)


def best_so_far(trials: Sequence[TrialRecord], scores: Scores, *, n_trials: int) -> go.Figure:
    """Draw every trial that has a score in its order, and the best up to there as a line."""
    figure = go.Figure()
    shown = [trial for trial in trials if score_of(trial, scores) is not None]
    _dots(figure, shown, scores, x=lambda trial: trial.number + 1)
    steps = _best_line(trials, scores)
    figure.add_scatter(
        x=[number for number, _value in steps],
        y=[value for _number, value in steps],
        mode="lines",
        line={"color": VERMILION, "width": 2.5, "shape": "hv"},
        name=_("best so far"),
        hoverinfo="skip",
    )
    title = _("No trial has ended yet")
    if steps:
        best = steps[-1][1]
        number = next(trial.number for trial in trials if trial.value == best) + 1
        values = {"value": f"{best:.3f}", "number": number}
        title = _("Best on validation so far: {value} by trial {number}", **values)
    alt = _("{title}; {n} of {total} trials have a score.", title=title, n=len(shown), total=n_trials)
    furnish(figure, title=title, x=_("Trial"), y=scores.axis, alt=alt)
    figure.update_xaxes(range=[0.5, n_trials + 0.5], **_whole_ticks(n_trials))
    _scale_scores(figure, [score_of(trial, scores) or 0.0 for trial in shown])
    return figure


def importance(shares: Mapping[str, float], scores: Scores, *, n_trials: int) -> go.Figure:
    """Draw how much of the scores' variance each setting explains, the largest on top."""
    names = [scores.field_name(name) for name in shares]
    figure = go.Figure(
        go.Bar(
            x=[100 * share for share in shares.values()],
            y=[tick(name) for name in names],
            orientation="h",
            marker={"color": BLUE},
            text=[f"{share:.0%}" for share in shares.values()],
            hovertemplate="%{y}: %{x:.0f} %<extra></extra>",
        )
    )
    title = _("What moved the score most: {name}", name=label(names[0]))
    told = joined((f"{name}: {share:.0%}" for name, share in zip(names, shares.values(), strict=True)), "; ")
    x = _("Share of the scores' variance, in % (fANOVA, {n} trials)", n=n_trials)
    furnish(figure, title=title, x=x, alt=f"{title}. {told}")
    figure.update_xaxes(range=[0, 105])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(height=170 + 34 * len(names))
    return figure


def slice_of(trials: Sequence[TrialRecord], dimension: Dimension, scores: Scores) -> go.Figure:
    """Draw the score of each trial against one of its settings."""
    figure = go.Figure()
    shown = [trial for trial in trials if score_of(trial, scores) is not None]
    is_choice = dimension.kind == "choice"

    def setting(trial: TrialRecord) -> Any:
        value = trial.point[dimension.field]
        return tick(scores.value_name(value)) if is_choice else value

    _dots(figure, shown, scores, x=setting)
    name = scores.field_name(dimension.field)
    title = _("{setting}: where are the good scores?", setting=label(name))
    alt = _("{title} {n} trials.", title=title, n=len(shown))
    furnish(figure, title=title, x=label(name), y=scores.axis, alt=alt)
    if is_choice:
        names = [tick(scores.value_name(value)) for value in dimension.choices]
        figure.update_xaxes(type="category", categoryorder="array", categoryarray=names)
    elif dimension.log:
        span = [math.log10(dimension.low), math.log10(dimension.high)]
        figure.update_xaxes(type="log", range=[span[0] - 0.1, span[1] + 0.1], **_log_ticks(*span))
    _scale_scores(figure, [score_of(trial, scores) or 0.0 for trial in shown])
    figure.update_layout(height=340)
    return figure


def trial_curves(trials: Sequence[TrialRecord], scores: Scores) -> go.Figure:
    """Draw the score of every trial over its epochs; those that were pruned are grey and end in a cross."""
    figure = go.Figure()
    seen = [trial for trial in trials if trial.values]
    done = [trial.value for trial in seen if trial.value is not None]
    best = scores.best(done) if done else None
    named: set[str] = set()
    for trial in sorted(seen, key=lambda one: (one.value == best, one.state != "pruned")):
        _curve(figure, trial, is_best=best is not None and trial.value == best, named=named)
    n_pruned = sum(trial.state == "pruned" for trial in seen)
    n_saved = sum(
        max(max(one.values) for one in seen) - max(trial.values) for trial in seen if trial.state == "pruned"
    )
    title = _("How the trials learned")
    if n_pruned:
        title = ngettext(
            "{n} trial was ended early, which saved {epochs} epochs",
            "{n} trials were ended early, which saved {epochs} epochs",
            n_pruned,
            epochs=n_saved,
        )
    furnish(figure, title=title, x=_("Epoch"), y=scores.axis, alt=f"{title}: {len(seen)}")
    _scale_scores(figure, [value for trial in seen for value in trial.values.values()])
    figure.update_xaxes(**_whole_ticks(max((max(trial.values) for trial in seen), default=1)))
    return figure.update_layout(margin_t=figure.layout.margin.t + _LEGEND_LINE)  # two lines of it on a phone


def _log_ticks(low: float, high: float) -> dict[str, Any]:
    """Return ticks from one exponent of ten to another, as people type them: 0.0001, and not 100μ."""
    few = high - low < _FEW_DECADES
    values = [
        float(f"{factor}e{exponent}")
        for exponent in range(math.floor(low), math.ceil(high) + 1)
        for factor in ((1, 2, 5) if few else (1,))
    ]
    return {"tickvals": values, "ticktext": [f"{value:g}" for value in values]}


def _whole_ticks(most: int) -> dict[str, int]:
    return {"tick0": 1, "dtick": max(1, math.ceil(most / _MOST_TICKS))}


def _curve(figure: go.Figure, trial: TrialRecord, *, is_best: bool, named: set[str]) -> None:
    colour, width, opacity, name = BLUE, 1.4, 0.55, _("ended by itself")
    if is_best:
        colour, width, opacity, name = VERMILION, 3.0, 1.0, _("the best")
    elif trial.state == "pruned":
        colour, opacity, name = GREY, 0.8, _("pruned")
    elif trial.state == "running":
        colour, opacity, name = ORANGE, 1.0, _("at work")
    elif trial.state == "failed":
        colour, opacity, name = GREY, 0.8, _("failed")
    epochs = sorted(trial.values)
    ends = trial.state in ("pruned", "failed")
    figure.add_scatter(
        x=epochs,
        y=[trial.values[epoch] for epoch in epochs],
        mode="lines+markers" if ends or len(epochs) == 1 else "lines",
        line={"color": colour, "width": width, "dash": "dot" if trial.state == "failed" else "solid"},
        marker={"symbol": "x", "size": [0] * (len(epochs) - 1) + [9 if ends else 6], "color": colour},
        opacity=opacity,
        name=name,
        legendgroup=name,
        showlegend=name not in named,
        hovertemplate=_("Trial {number}", number=trial.number + 1)
        + " · "
        + _("Epoch")
        + " %{x}: %{y:.4g}<extra></extra>",
    )
    named.add(name)


def _dots(
    figure: go.Figure, trials: Sequence[TrialRecord], scores: Scores, *, x: Callable[[TrialRecord], Any]
) -> None:
    """Add the trials as dots, the pruned ones hollow."""
    for state, symbol, name in (("done", "circle", _("trial")), ("pruned", "circle-open", _("pruned"))):
        mine = [trial for trial in trials if trial.state == state]
        if not mine:
            continue
        figure.add_scatter(
            x=[x(trial) for trial in mine],
            y=[score_of(trial, scores) for trial in mine],
            mode="markers",
            name=name,
            marker={"color": BLUE if state == "done" else GREY, "symbol": symbol, "size": 9},
            customdata=[words_of(trial, scores) for trial in mine],
            hovertemplate="%{customdata}<br>%{y:.4g}<extra></extra>",
        )


def words_of(trial: TrialRecord, scores: Scores) -> str:
    """Return a trial and its settings for a hover, escaped."""
    settings = "<br>".join(
        f"{label(scores.field_name(name))}: {label(_shown(value, scores))}"
        for name, value in trial.point.items()
    )
    return f"{_('Trial {number}', number=trial.number + 1)}<br>{settings}"


def _shown(value: Value, scores: Scores) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.4g}" if is_number else scores.value_name(value)


def score_of(trial: TrialRecord, scores: Scores) -> float | None:
    """Return the score that a trial is drawn with: of a pruned one the best of its epochs."""
    if trial.state == "done":
        return trial.value
    finite = [value for value in trial.values.values() if math.isfinite(value)]
    return scores.best(finite) if trial.state == "pruned" and finite else None


def _best_line(trials: Sequence[TrialRecord], scores: Scores) -> list[tuple[int, float]]:
    """Return (trial, best up to it), to the last trial that has ended."""
    steps: list[tuple[int, float]] = []
    for trial in trials:
        if trial.value is not None:
            best = scores.best([trial.value, *(value for _number, value in steps[-1:])])
            steps.append((trial.number + 1, best))
        elif steps and trial.state in ("pruned", "failed"):
            steps.append((trial.number + 1, steps[-1][1]))
    return steps


def _scale_scores(figure: go.Figure, values: Sequence[float]) -> None:
    """Take a log axis where one diverged trial would press all others into one line."""
    if values and min(values) > 0 and max(values) / min(values) > _WIDE:
        figure.update_yaxes(type="log", nticks=6)
