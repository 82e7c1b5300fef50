"""A few marks on paper: SVG built as XML, so that no name can break out of it.

Every picture carries its title and a description for screen readers, uses presentation attributes alone (no
style sheet, no ids, no script, no font of its own), and is the same text each time: it can be put into a page
as it is, and printed. Words stay words, with fonts of the reader's system.

Covers: names of any content; what XML cannot hold is left out. Does not cover: measuring text, which is
estimated (a Chinese sign is as wide as two letters).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from core.language import Message

INK: Final = "#152238"
FAINT: Final = "#C9D0D9"
MUTED: Final = "#566173"
FONT: Final = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
SIZE: Final = 13  # of letters, in units of the picture
_LINE_HEIGHT: Final = 17
_SHORTEST: Final = 6
_WIDEST: Final = 0x2E80  # from here on signs are as wide as two letters
# What XML 1.0 cannot hold: control signs but tab and newlines, and halves of pairs.
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Value = str | int | float


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn: its colour, its width, its dashes ("4 3")."""

    colour: str = INK
    width: float = 1.0
    dashes: str = ""


class Canvas:
    """A picture of `width` x `height` units, with a title that is drawn and a description that is not."""

    def __init__(self, width: int, height: int, *, title: str | Message, description: str | Message) -> None:
        box = {"viewBox": f"0 0 {width} {height}", "width": str(width), "height": str(height)}
        box |= {"role": "img", "font-family": FONT, "fill": INK}
        self._root = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **box})
        self.width, self.height = width, height
        ElementTree.SubElement(self._root, "title").text = clean(str(title))
        ElementTree.SubElement(self._root, "desc").text = clean(str(description))
        self.top = 6.0
        for line in wrapped(str(title), width=int(width / (SIZE * 0.56))):
            self.top += _LINE_HEIGHT
            self.text(2, self.top - 4, line, size=SIZE, weight="bold")

    def line(self, start: tuple[float, float], end: tuple[float, float], stroke: Stroke) -> None:
        """Draw a straight line."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._add("line", {**ends, **_stroke(stroke)})

    def curve(self, points: Sequence[tuple[float, float]], stroke: Stroke) -> None:
        """Draw a line through points."""
        self._add("polyline", {"points": _joined(points), "fill": "none", **_stroke(stroke)})

    def area(self, points: Sequence[tuple[float, float]], colour: str, *, opacity: float = 1.0) -> None:
        """Fill what points go round."""
        self._add("polygon", {"points": _joined(points), "fill": colour, "fill-opacity": opacity})

    def box(
        self, corner: tuple[float, float], size: tuple[float, float], fill: str, stroke: Stroke | None = None
    ) -> None:
        """Draw a box from its upper left corner."""
        place = {"x": corner[0], "y": corner[1], "width": max(0.0, size[0]), "height": max(0.0, size[1])}
        self._add("rect", {**place, "fill": fill, **(_stroke(stroke) if stroke else {})})

    def dot(
        self, centre: tuple[float, float], radius: float, fill: str, stroke: Stroke | None = None
    ) -> None:
        """Draw a dot."""
        place = {"cx": centre[0], "cy": centre[1], "r": radius}
        self._add("circle", {**place, "fill": fill, **(_stroke(stroke) if stroke else {})})

    def text(  # one argument for each attribute of a word
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = SIZE - 1,
        anchor: str = "start",
        colour: str = "",
        weight: str = "",
        turned: bool = False,
    ) -> None:
        """Write words, `turned` by a quarter to the left."""
        given: dict[str, Value] = {"x": x, "y": y, "font-size": size, "text-anchor": anchor, "fill": colour}
        given |= {
            "font-weight": weight,
            "transform": f"rotate(-90 {_number(x)} {_number(y)})" if turned else "",
        }
        self._add("text", {name: value for name, value in given.items() if value != ""}).text = clean(words)

    def markup(self) -> str:
        """Return the picture as XML."""
        return ElementTree.tostring(self._root, encoding="unicode")

    def _add(self, tag: str, given: dict[str, Value]) -> ElementTree.Element:
        return ElementTree.SubElement(
            self._root, tag, {name: _number(value) for name, value in given.items()}
        )


@dataclass(frozen=True)
class Plane:
    """Where data lie on a canvas: the ranges of both axes, and the corners of the plot in units."""

    canvas: Canvas
    left: float
    top: float
    right: float
    bottom: float
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where the data point (x, y) lies, in units of the picture."""
        across = (x - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (y - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)

    def many(self, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
        """Return where data points lie."""
        return [self.at(*point) for point in zip(x, y, strict=True)]

    def axes(self, *, x: str, y: str, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> None:
        """Draw the axes with their titles, and a faint line at each tick."""
        for tick in x_ticks:
            place, foot = self.at(tick, self.y_range[0])
            self.canvas.line((place, self.top), (place, foot), Stroke(FAINT, 0.7))
            self.canvas.text(place, foot + 14, shown(tick), anchor="middle", size=SIZE - 2, colour=MUTED)
        for tick in y_ticks:
            edge, place = self.at(self.x_range[0], tick)
            self.canvas.line((edge, place), (self.right, place), Stroke(FAINT, 0.7))
            self.canvas.text(edge - 5, place + 4, shown(tick), anchor="end", size=SIZE - 2, colour=MUTED)
        self.canvas.line((self.left, self.bottom), (self.right, self.bottom), Stroke(MUTED))
        self.canvas.line((self.left, self.top), (self.left, self.bottom), Stroke(MUTED))
        self.canvas.text((self.left + self.right) / 2, self.bottom + 31, x, anchor="middle")
        self.canvas.text(12, (self.top + self.bottom) / 2, y, anchor="middle", turned=True)


def shown(tick: float) -> str:
    """Return a tick in as few digits as it needs."""
    return f"{tick:,.0f}" if tick == int(tick) else f"{tick:.4f}".rstrip("0")


def clean(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _IMPOSSIBLE.sub("", text)


def cut(text: str, longest: int) -> str:
    """Return somebody else's text, cut in its middle if it is wider than `longest` letters."""
    text = clean(text)
    if _width(text) <= longest:
        return text
    longest = max(_SHORTEST, longest) - 1  # for the dots
    head = _first(text, longest // 2)
    return f"{head}…{_first(text[::-1], longest - longest // 2)[::-1]}"


def _first(text: str, longest: int) -> str:
    """Return the first signs of a text, as many as are no wider than `longest` letters."""
    filled = 0
    for place, sign in enumerate(text):
        filled += _width(sign)
        if filled > longest:
            return text[:place]
    return text


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines of about `width` letters."""
    lines, filled = [""], 0
    for word in _words(clean(text)):
        if filled and filled + _width(word) > width and not word.isspace():
            lines, filled = [*lines, ""], 0
        lines[-1] += word
        filled += _width(word)
    return [line.strip() for line in lines if line.strip()]


def _words(text: str) -> Iterator[str]:
    yield from re.findall(r"\s|[⺀-￯][，。、：；？！”）]?|[^\s⺀-￯]+", text)


def _width(text: str) -> int:
    return sum(2 if ord(sign) >= _WIDEST else 1 for sign in text)


def _stroke(stroke: Stroke) -> dict[str, Value]:
    drawn: dict[str, Value] = {"stroke": stroke.colour, "stroke-width": stroke.width}
    return drawn | ({"stroke-dasharray": stroke.dashes} if stroke.dashes else {})


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: Value) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
