"""The look of every chart: Okabe and Ito's colours, nothing behind the data, words inherited from the page.

The colours can be told apart by the colour-blind (Okabe and Ito 2008), on paper and on a dark screen. Text
from outside (class names) is escaped: Plotly reads tags in any label. Each figure carries a description for
those who cannot see it.
"""

import re
from html import escape
from typing import Final

import plotly.graph_objects as go

from core.language import Message

BLUE: Final = "#0072B2"
ORANGE: Final = "#E69F00"
GREEN: Final = "#009E73"
VERMILION: Final = "#D55E00"
PINK: Final = "#CC79A7"
SKY: Final = "#56B4E9"
GREY: Final = "#8A94A3"
COLOURS: Final = (BLUE, ORANGE, GREEN, VERMILION, PINK, SKY, GREY)
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS: Final = ("", "/", ".", "x", "-", "+", "|")

_LINE: Final = "rgba(128, 136, 150, 0.35)"  # seen on white and on black
_LONGEST_NAME: Final = 40
_LONGEST_TICK: Final = 18  # Plotly shrinks a chart to nothing for the sake of longer ones
_LINE_WIDTH: Final = 45  # of a title, in narrow letters: what a phone shows inside a fold
_WIDE: Final = 2.1  # narrow letters to a Chinese sign
_NOT_FIRST: Final = " ，。、：；？！”）"  # never begins a line
_WORDS: Final = re.compile(  # a count and an interval are never broken
    r"[(（]?n = [\d,]+[)）]?|[(（][\d.]+ \w+ [\d.]+[)）],?|&[#\w]+;|[\u3000-\uffef]|[^\s&\u3000-\uffef]+|\s"
)
_LINE_HEIGHT: Final = 21  # of a title, in pixels


def furnish(
    figure: go.Figure, *, title: str | Message, x: str = "", y: str = "", alt: str | Message = ""
) -> go.Figure:
    """Give a figure the look of the house, its title, the titles of its axes, and its description.

    Parameters
    ----------
    figure
        Changed in place, and returned.
    title
        What the figure finds or asks; values from outside are escaped by the caller (`label`).
    x, y
        Titles of the axes, with units; empty for an axis that needs none.
    alt
        What a person who cannot see it should know; the title if empty. Not escaped: it is no markup.
    """
    text = wrapped(str(title))
    n_breaks = text.count("<br>")
    figure.update_layout(
        title={
            "text": text,
            "font": {"size": 16},
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "pad": {"t": 10 + _LINE_HEIGHT * n_breaks},
        },
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=list(COLOURS),
        margin={"l": 60, "r": 20, "t": 70 + _LINE_HEIGHT * n_breaks, "b": 55},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "bgcolor": "rgba(0,0,0,0)"},
        meta={"alt": str(alt) or str(title)},
    )
    figure.update_traces(marker_line_width=0, selector={"type": "bar"})
    line = {"gridcolor": _LINE, "linecolor": _LINE, "zeroline": False, "automargin": True}
    figure.update_xaxes(title_text=x, **line)
    figure.update_yaxes(title_text=y, **line)
    return figure


def legend_below(figure: go.Figure) -> go.Figure:
    """Set the legend of a furnished figure at its foot, under the axis' title, whatever its height and width.

    A place in shares of the plot (`y=-0.2`) lies on the title in a low chart and far below in a tall one.
    """
    legend = {"yref": "container", "y": 0.005, "yanchor": "bottom"}
    return figure.update_layout(legend=legend, margin={"t": figure.layout.margin.t - 25, "b": 60})


def wrapped(text: str, line_width: int = _LINE_WIDTH) -> str:
    """Break a text, which Plotly would cut off, into lines of `line_width` narrow letters."""
    lines, width = [""], 0.0
    for word in _WORDS.findall(text):
        size = (
            1
            if word.startswith("&")
            else sum(_WIDE if ord(sign) >= 0x3000 else 1 + 0.3 * sign.isupper() for sign in word)
        )
        if width + size > line_width and word not in _NOT_FIRST:
            lines, width = [*lines, ""], 0
        lines[-1] += word
        width += size
    return "<br>".join(line.strip() for line in lines)


def alt_of(figure: go.Figure) -> str:
    """Return the description that `furnish` gave a figure."""
    return str(figure.layout.meta["alt"])


def label(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return somebody else's text for a label: escaped, and cut if it is longer than `longest` signs."""
    short = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return escape(short)


def tick(text: str) -> str:
    """Return somebody else's text for an axis: escaped, and cut in its middle if it is long."""
    half = _LONGEST_TICK // 2
    short = text if len(text) <= _LONGEST_TICK else f"{text[:half]}…{text[1 - half :]}"
    return escape(short)
