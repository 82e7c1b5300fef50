"""What a data set says of itself: what alone predicts the label, how classes differ in facts and greys."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.datasets.profiling.records import Area, GroupName, Mislabels, Shortcuts, ShortcutTest, Spread
from core.figures.theme import BLUE, COLOURS, DASHES, GREY, ORANGE, VERMILION, furnish, label
from core.language import N_, _, joined

GROUP_TITLES: Final[dict[GroupName, str]] = {
    "size": N_("Image size"),
    "file": N_("Kind of file"),
    "frame": N_("Frame and corners"),
    "brightness": N_("Brightness"),
}
_COLOUR_OF: Final = {"quiet": BLUE, "look": ORANGE, "suspicious": VERMILION}
_SIGN_OF: Final = {"quiet": "circle", "look": "diamond", "suspicious": "x"}
_MEANING: Final = {
    "quiet": N_("says little"),
    "look": N_("worth a look"),
    "suspicious": N_("suspicious"),
}
_ROW: Final = 62  # pixels
_HALF_BOX: Final = 0.3


def alone_predicts(shortcuts: Shortcuts, mislabels: Mislabels) -> go.Figure:
    """Draw how well each group of facts predicts the label by itself, with the whole picture to compare.

    A point is an AUROC with its 95 % interval: of the positive class of two, or of the class that is told
    from the rest most surely. The line at 0.5 is a coin.
    """
    figure = go.Figure()
    rows = [test for test in shortcuts.tests if test.strongest]
    for verdict in ("suspicious", "look", "quiet"):
        own = [test for test in rows if test.verdict == verdict]
        areas = [test.strongest for test in own if test.strongest]
        names = [_row_name(test) for test in own]
        _add_areas(
            figure, areas, names, name=_(_MEANING[verdict]), look=(_COLOUR_OF[verdict], _SIGN_OF[verdict])
        )
    if whole := _surest(mislabels):
        name = _("the whole picture, 32 pixels wide")
        _add_areas(figure, [whole], [_whole_name(whole, mislabels)], name=name, look=(GREY, "square-open"))
    figure.add_vline(x=0.5, line={"color": GREY, "dash": "dot", "width": 1.5})
    figure.add_annotation(
        x=0.5, y=1, yref="paper", yanchor="bottom", showarrow=False, text=_("a coin"), font={"size": 12}
    )
    figure.update_xaxes(range=[0.3, 1.03])
    order = [_row_name(test) for test in rows] + ([_whole_name(whole, mislabels)] if whole else [])
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=order[::-1], showgrid=False)
    furnish(
        figure,
        title=_alone_title(rows, escaped=True),
        x=_("AUROC (0.5 a coin, 1 always right)"),
        alt=_alone_alt(rows),
    )
    legend = {"y": -0.35, "yanchor": "top"}
    return figure.update_layout(height=200 + _ROW * max(1, len(order)), legend=legend, margin={"b": 90})


def spread_by_class(spans: Mapping[str, Spread], feature: str) -> go.Figure:
    """Draw how one number is spread in each class: the middle half as a box, 5 % to 95 % as a line.

    Parameters
    ----------
    spans
        Class to spread.
    feature
        What the number is, with its unit, translated.
    """
    figure = go.Figure()
    for index, (name, span) in enumerate(spans.items()):
        figure.add_box(
            y=[label(name)],
            orientation="h",
            q1=[span.quarter],
            median=[span.median],
            q3=[span.three_quarters],
            lowerfence=[span.low],
            upperfence=[span.high],
            name=label(name),
            marker={"color": COLOURS[index % len(COLOURS)]},
            hoverinfo="x",
            width=2 * _HALF_BOX,
        )
    figure.update_layout(showlegend=False, height=170 + _ROW * len(spans))
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    alt = joined(
        (
            _(
                "'{name}': median {median:.3g}, middle half {low:.3g} to {high:.3g}",
                name=name,
                median=span.median,
                low=span.quarter,
                high=span.three_quarters,
            )
            for name, span in spans.items()
        ),
        "; ",
    )
    return furnish(figure, title=_spread_title(spans), x=label(feature), alt=alt)


def grey_levels_by_class(levels: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw how often each shown grey level occurs in the pictures of each class.

    Parameters
    ----------
    levels
        Class to the shares of equally wide steps from black (0) to white (255); they add up to 1.
    """
    figure = go.Figure()
    highest = []
    for index, (name, shares) in enumerate(levels.items()):
        edges = np.linspace(0, 255, len(shares) + 1)
        percent = 100 * np.asarray(shares)
        highest.append(np.sort(percent)[-min(3, len(percent))])
        figure.add_scatter(
            x=(edges[:-1] + edges[1:]) / 2,
            y=percent,
            mode="lines",
            name=label(name),
            line={
                "color": COLOURS[index % len(COLOURS)],
                "dash": DASHES[index % len(DASHES)],
                "shape": "hvh",
                "width": 2,
            },
        )
    # A black border makes one step that dwarfs all others: it is cut off.
    figure.update_yaxes(range=[0, 1.2 * max(highest, default=1.0)], rangemode="tozero")
    figure.update_xaxes(range=[0, 255])
    x = _("Grey level as shown (0 black to 255 white)")
    figure = furnish(
        figure,
        title=_levels_title(levels, escaped=True),
        x=x,
        y=_("Pixels (%)"),
        alt=_levels_title(levels, escaped=False),
    )
    return figure.update_layout(legend={"y": -0.3, "yanchor": "top"}, margin={"b": 100})


def _add_areas(
    figure: go.Figure, areas: list[Area], names: list[str], *, name: str, look: tuple[str, str]
) -> None:
    if not areas:
        return
    colour, symbol = look
    values = np.array([area.value for area in areas])
    ends = np.array([(area.low or area.value, area.high or area.value) for area in areas])
    figure.add_scatter(
        x=values,
        y=names,
        mode="markers",
        name=name,
        marker={"color": colour, "size": 12, "symbol": symbol},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": ends[:, 1] - values,
            "arrayminus": values - ends[:, 0],
            "color": colour,
            "thickness": 2.5,
            "width": 6,
        },
        customdata=ends,
        hovertemplate="%{x:.2f} (%{customdata[0]:.2f} – %{customdata[1]:.2f})<extra></extra>",
    )


def _row_name(test: ShortcutTest) -> str:
    title = _(GROUP_TITLES[test.group])
    return f"{title}<br>'{label(_class_of(test))}'" if test.areas else title


def _whole_name(area: Area, mislabels: Mislabels) -> str:
    title = _("Whole picture")
    return f"{title}<br>'{label(area.class_name or '')}'" if mislabels.areas else title


def _class_of(test: ShortcutTest) -> str:
    return (test.strongest.class_name if test.strongest else None) or ""


def _surest(mislabels: Mislabels) -> Area | None:
    areas = mislabels.areas or ((mislabels.area,) if mislabels.area else ())
    return max(areas, key=lambda area: area.low or 0.0, default=None)


def _alone_title(rows: Sequence[ShortcutTest], *, escaped: bool) -> str:
    flagged = [test for test in rows if test.verdict in ("look", "suspicious")]
    if not rows:
        return _("All images are alike in these facts")
    if not flagged:
        return _("No fact alone says much of the label")
    worst = max(
        flagged,
        key=lambda test: (test.verdict == "suspicious", test.strongest.value if test.strongest else 0),
    )
    name = _class_of(worst)
    value = worst.strongest.value if worst.strongest else 0.0
    return _(
        "{group} alone predicts '{name}' with an AUROC of {value:.2f}",
        group=_(GROUP_TITLES[worst.group]),
        name=label(name) if escaped else name,
        value=value,
    )


def _alone_alt(rows: Sequence[ShortcutTest]) -> str:
    lines = [
        _("{group}: {value:.2f}", group=_(GROUP_TITLES[test.group]), value=test.strongest.value)
        for test in rows
        if test.strongest
    ]
    return joined([_alone_title(rows, escaped=False), *lines], "; ")


def _spread_title(spans: Mapping[str, Spread]) -> str:
    if len(spans) < 2:
        return _("How is it spread?")
    lowest, highest = (pick(spans, key=lambda name: spans[name].median) for pick in (min, max))
    if spans[highest].quarter > spans[lowest].three_quarters:
        return _(
            "'{high}' lies above '{low}': their middle halves do not meet",
            high=label(highest),
            low=label(lowest),
        )
    return _("The classes overlap")


def _levels_title(levels: Mapping[str, Sequence[float]], *, escaped: bool) -> str:
    if len(levels) < 2:
        return _("How often does each grey level occur?")
    means = {name: float(np.dot(np.linspace(0, 255, len(shares)), shares)) for name, shares in levels.items()}
    low, high = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    return _(
        "On average '{high}' is shown at grey level {high_mean:.0f}, '{low}' at {low_mean:.0f}",
        high=label(high) if escaped else high,
        low=label(low) if escaped else low,
        high_mean=means[high],
        low_mean=means[low],
    )
