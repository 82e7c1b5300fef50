"""Method by network as a matrix of signs: a shape and a colour for each state, figures where one points."""

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Final

import plotly.graph_objects as go

from core.explanation.validity.records import Status, Validity
from core.figures.theme import BLUE, ORANGE, VERMILION, furnish, label, legend_below
from core.language import N_, Message, _, joined

STATES: Final[dict[Status, str]] = {
    "valid": N_("valid as it is"),
    "repaired": N_("valid on a repaired copy"),
    "not offered": N_("not offered"),
}
_SYMBOLS: Final[dict[Status, str]] = {"valid": "circle", "repaired": "diamond", "not offered": "x-thin"}
_COLOURS: Final[dict[Status, str]] = {"valid": BLUE, "repaired": ORANGE, "not offered": VERMILION}
_HERE: Final = "rgba(128, 136, 150, 0.22)"  # behind the network at hand, seen on white and on black
_ROW: Final = 26  # pixels
_AROUND: Final = 250
_WIDTH: Final = 44  # letters of a line where one points


def validity_figure(
    pairs: Mapping[tuple[str, str], Validity],
    methods: Mapping[str, str],
    networks: Mapping[str, str],
    *,
    title: str | Message,
) -> go.Figure:
    """Draw the state of every pair.

    Parameters
    ----------
    pairs
        What was measured, by (method, network).
    methods, networks
        Key to what it is called, translated, in the order of display; the first network is the one at hand.
    title
        What was found.
    """
    figure = go.Figure()
    for state, words in STATES.items():
        chosen = [pair for pair in _shown(pairs, methods, networks) if pair.status == state]
        figure.add_trace(
            go.Scatter(
                x=[list(methods).index(pair.method) for pair in chosen],
                y=[list(networks).index(pair.model) for pair in chosen],
                mode="markers",
                name=_(words),
                marker={
                    "symbol": _SYMBOLS[state],
                    "size": 11,
                    "color": _COLOURS[state],
                    "line": {"color": _COLOURS[state], "width": 2 if state == "not offered" else 0},
                },
                text=[_told(pair, methods, networks) for pair in chosen],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.add_hrect(-0.5, 0.5, fillcolor=_HERE, line_width=0, layer="below")
    furnish(figure, title=title, alt=_spelled_out(pairs, methods, networks))
    _name_axes(figure, methods, networks)
    figure.update_layout(height=_AROUND + _ROW * len(networks))
    return legend_below(figure).update_layout(margin={"b": 190, "r": 10})


def figures_of(pair: Validity) -> tuple[str, ...]:
    """Return what was measured of a pair, one sentence each, translated."""
    said = []
    if pair.completeness_error is not None:
        percent = share_words(pair.completeness_error)
        said.append(_("The values miss the change of the score by {percent} %.", percent=percent))
    if pair.unrepaired_error is not None:
        before = share_words(pair.unrepaired_error)
        said.append(_("Without the repair they miss it by {percent} %.", percent=before))
    if pair.randomisation is not None:
        number = f"{pair.randomisation:.2f}"
        said.append(_("Likeness to the map of random weights: {number}.", number=number))
    if pair.seconds is not None:
        said.append(_("{seconds} s for one map.", seconds=f"{pair.seconds:.2g}"))
    return tuple(said)


def share_words(share: float) -> str:
    """Return a share in per cent, without its sign; what lies below the precision of float32 is not told."""
    return "< 0.01" if share < 1e-4 else f"{100 * share:.2f}" if share < 1 else f"{100 * share:.0f}"


def _shown(
    pairs: Mapping[tuple[str, str], Validity], methods: Mapping[str, str], networks: Mapping[str, str]
) -> list[Validity]:
    return [
        pairs[method, network] for network in networks for method in methods if (method, network) in pairs
    ]


def _name_axes(figure: go.Figure, methods: Mapping[str, str], networks: Mapping[str, str]) -> None:
    rows = [label(name) for name in networks.values()]  # our own names: cut in the middle they are none
    rows[:1] = [f"<b>{name}</b>" for name in rows[:1]]
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5], tickmode="array", tickvals=list(range(len(rows))), ticktext=rows
    )
    columns = [escape(name) for name in methods.values()]
    figure.update_xaxes(
        range=[-0.5, len(columns) - 0.5],
        tickmode="array",
        tickvals=list(range(len(columns))),
        ticktext=columns,
        tickangle=-60,
    )


def _told(pair: Validity, methods: Mapping[str, str], networks: Mapping[str, str]) -> str:
    head = f"<b>{escape(methods[pair.method])}</b>, {escape(networks[pair.model])}: {_(STATES[pair.status])}"
    texts = ([] if pair.reason is None else [str(pair.reason)]) + list(figures_of(pair))
    lines = [escape(line) for text in texts for line in wrap(text, _WIDTH)]
    return "<br>".join([head, *lines])


def _spelled_out(
    pairs: Mapping[tuple[str, str], Validity], methods: Mapping[str, str], networks: Mapping[str, str]
) -> str:
    """Say the states of the network at hand: the whole matrix would be 200 words nobody can follow."""
    here = next(iter(networks), "")
    parts = [
        f"{methods[pair.method]}: {_(STATES[pair.status])}"
        for pair in _shown(pairs, methods, {here: networks.get(here, "")})
    ]
    return f"{networks.get(here, '')}. " + joined(parts, "; ")
