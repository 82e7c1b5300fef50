"""The learning rate of a run before it begins, and what learns in which of its stages."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from core.figures.theme import BLUE, GREEN, GREY, furnish
from core.language import _, joined
from core.training.config.stages import Stage
from core.training.rates import Curve

_PLAN_ROW: Final = 20  # pixels
_BANDS: Final = ("rgba(128, 136, 150, 0.10)", "rgba(0, 158, 115, 0.14)")
_FIRST_FOR_LOG: Final = 50  # a range of rates this wide is unreadable on a straight axis


def rate_schedule(curve: Curve, stages: Sequence[Stage], *, log: bool = False) -> go.Figure:
    """Draw the planned learning rate over the epochs, with a band for each stage where there are several.

    Parameters
    ----------
    curve
        The planned rates.
    stages
        Of the run, in order.
    log
        Whether the rate's axis counts in powers of ten.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=curve.epochs,
        y=curve.rates,
        mode="lines",
        line={"color": BLUE, "width": 2.5},
        hovertemplate=f"{_('Epoch')} %{{x:.2f}}: %{{y:.3g}}<extra></extra>",
        showlegend=False,
    )
    if len(stages) > 1:
        for number, stage in enumerate(stages):
            figure.add_vrect(
                x0=stage.first_epoch - 1,
                x1=stage.last_epoch,
                fillcolor=_BANDS[number % len(_BANDS)],
                line_width=0,
                annotation_text=str(number + 1),  # in words below: a form has no room for titles
                annotation_position="top left",
            )
    highest, last = curve.rates.max(), curve.rates[-1]
    furnish(
        figure,
        title=_("How far does each step go?"),
        x=_("Epoch"),
        y=_("Learning rate"),
        alt=_(
            "Planned learning rate over {n} epochs: it begins at {first}, is {highest} at most and ends at"
            " {last}.",
            n=stages[-1].last_epoch,
            first=f"{curve.rates[0]:.2g}",
            highest=f"{highest:.2g}",
            last=f"{last:.2g}",
        ),
    )
    figure.update_yaxes(type="log" if log else "linear", exponentformat="power", rangemode="tozero")
    figure.update_layout(height=260, margin_r=8, title_font_size=14)
    return figure


def wants_log(curve: Curve) -> bool:
    """Tell whether the rates span so much that a straight axis hides most of them."""
    positive = curve.rates[curve.rates > 0]
    return bool(len(positive)) and bool(positive.max() / positive.min() > _FIRST_FOR_LOG)


def stage_plan(stages: Sequence[Stage], block_names: Sequence[str]) -> go.Figure:
    """Draw which part of a network learns in which epochs: a row for each block, the head on top.

    Parameters
    ----------
    stages
        Of the run, in order.
    block_names
        The blocks of the body, from the image to the head.
    """
    rows = [_("Head"), *reversed(block_names)]
    figure = go.Figure()
    for learns, name, colour, pattern in (
        (True, _("learns"), GREEN, ""),
        (False, _("frozen"), GREY, "/"),
    ):
        cells = [
            (stage, row)
            for stage in stages
            for depth, row in enumerate(rows)
            if _learns(stage, depth) == learns
        ]
        figure.add_bar(
            x=[stage.n_epochs for stage, _row in cells],
            base=[stage.first_epoch - 1 for stage, _row in cells],
            y=[row for _stage, row in cells],
            orientation="h",
            name=name,
            marker={"color": colour, "pattern": {"shape": pattern, "size": 6, "solidity": 0.2}},
            opacity=1 if learns else 0.55,
            hovertemplate="%{y}<extra>" + name + "</extra>",
        )
    figure.update_layout(barmode="overlay", bargap=0.12, height=_PLAN_ROW * len(rows) + 150, showlegend=True)
    figure.update_yaxes(categoryorder="array", categoryarray=list(reversed(rows)), showgrid=False)
    words = joined((stage_words(stage) for stage in stages), "; ")
    furnish(figure, title=_("What learns when?"), x=_("Epoch"), alt=words)
    figure.update_layout(title_font_size=14, margin={"r": 8, "b": 45})
    return figure


def stage_words(stage: Stage) -> str:
    """Return a stage in words: its epochs, what learns, how far the steps go."""
    span = _("Epochs {first} to {last}", first=stage.first_epoch, last=stage.last_epoch)
    if stage.n_epochs == 1:
        span = _("Epoch {first}", first=stage.first_epoch)
    if stage.rate_factor == 1:
        return _("{span}: {title}", span=span, title=str(stage.title))
    return _(
        "{span}: {title}, learning rate × {factor}",
        span=span,
        title=str(stage.title),
        factor=f"{stage.rate_factor:g}",
    )


def _learns(stage: Stage, depth: int) -> bool:
    """Tell whether a row of the plan learns; depth 0 is the head, 1 the block before it."""
    return stage.n_unfrozen is None or depth <= stage.n_unfrozen
