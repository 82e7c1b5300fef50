"""The numbers that stand for an image where no network looks: grey levels, edges, texture, shape.

Each is measured on the picture that the network gets (before it is rescaled for it), in grey and at most 128
pixels a side. What an even picture has none of is 0, so every number is finite.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.experiments.rivals import shapes, textures
from core.experiments.rivals.reduced import Plane, grey_of
from core.language import N_, Message
from core.transforms.preprocessing import unit

PERCENTILES: Final = (5, 25, 50, 75, 95)
N_BARS: Final = 8  # of the histogram
FAMILIES: Final[dict[str, str]] = {
    "intensity": N_("Grey levels"),
    "edges": N_("Edges"),
    "cooccurrence": N_("Texture: grey levels side by side (Haralick)"),
    "patterns": N_("Texture: local binary patterns"),
    "shape": N_("Shape of the bright part (Otsu)"),
    "colour": N_("Colours"),
}
_COLOURS: Final = (N_("red"), N_("green"), N_("blue"))


@dataclass(frozen=True)
class Feature:
    """One number of an image: its key, what it is called, and its family (see FAMILIES)."""

    name: str
    title: Message
    family: str


def features_for(n_channels: int) -> tuple[Feature, ...]:
    """Return what is measured, in order: 54 numbers of a grey picture, 60 of one in colour."""
    return (
        *_INTENSITY,
        *_EDGES,
        *_COOCCURRENCE,
        *_PATTERNS,
        *_SHAPE,
        *(_IN_COLOUR if n_channels == 3 else ()),
    )


def measure(picture: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Return the features of a picture after the image steps.

    Parameters
    ----------
    picture
        ndarray of shape (C, H, W), uint16, C 1 or 3.

    Returns
    -------
    ndarray of shape (54,) or (60,), float64, finite, in the order of `features_for(C)`.
    """
    grey = grey_of(picture)
    parts = [
        _grey_levels(grey),
        _edges(grey),
        textures.cooccurrence(grey),
        textures.pattern_shares(grey),
        shapes.shape_measures(shapes.bright_part(grey)),
    ]
    if len(picture) == 3:
        colours = unit(picture).astype(np.float64).reshape(3, -1)
        parts += [colours.mean(axis=1), colours.std(axis=1)]
    return np.nan_to_num(np.concatenate(parts), posinf=0.0, neginf=0.0)


def steepness(grey: Plane) -> tuple[Plane, Plane]:
    """Return how fast the grey level rises downwards and to the right, two (h, w), per pixel."""
    if min(grey.shape) < 2:
        return np.zeros_like(grey), np.zeros_like(grey)
    down, right = np.gradient(grey)
    return np.asarray(down), np.asarray(right)


def _grey_levels(grey: Plane) -> NDArray[np.float64]:
    mean, spread = grey.mean(), grey.std()
    normal = (grey - mean) / spread if spread > 1e-9 else np.zeros_like(grey)
    bars = np.histogram(grey, bins=N_BARS, range=(0, 1))[0] / grey.size
    moments = [mean, spread, (normal**3).mean(), (normal**4).mean()]
    return np.concatenate([moments, np.percentile(grey, PERCENTILES), bars])


def _edges(grey: Plane) -> NDArray[np.float64]:
    down, right = steepness(grey)
    size = np.hypot(down, right)
    total = np.abs(down).sum() + np.abs(right).sum()
    lying = np.abs(down).sum() / total if total > 0 else 0.0
    return np.array([size.mean(), size.std(), np.percentile(size, 90), lying])


def _named(family: str, titles: Sequence[tuple[str, Message]]) -> tuple[Feature, ...]:
    return tuple(Feature(f"{family}.{name}", title, family) for name, title in titles)


def _percentile(percent: int) -> Message:
    return Message(
        text=N_("Grey level that {percent} % of the pixels lie below"), values={"percent": percent}
    )


def _bar(number: int) -> Message:
    ends = {"low": f"{number / N_BARS:.2f}", "high": f"{(number + 1) / N_BARS:.2f}"}
    return Message(text=N_("Share of the pixels with grey levels of {low} to {high}"), values=dict(ends))


def _at(name: str, distance: int) -> Message:
    titles = {
        "contrast": N_("Contrast of pixels {distance} apart"),
        "homogeneity": N_("Likeness of pixels {distance} apart (homogeneity)"),
        "energy": N_("How few pairs of levels there are, {distance} apart (energy)"),
        "correlation": N_("Correlation of pixels {distance} apart"),
        "entropy": N_("Disorder of pairs of levels {distance} apart (entropy)"),
    }
    return Message(text=titles[name], values={"distance": distance})


def _pattern(number: int) -> Message:
    if number == textures.N_PATTERNS - 1:
        return Message(text=N_("Share of pixels with a ragged surrounding"))
    text = N_("Share of pixels with {n} of 8 neighbours as bright, side by side")
    return Message(text=text, values={"n": number})


def _hu(number: int) -> Message:
    return Message(text=N_("Moment {number} of Hu"), values={"number": number})


def _of_colour(text: str, colour: str) -> Message:
    return Message(text=text, values={"colour": Message(text=colour)})


_INTENSITY: Final = _named(
    "intensity",
    [
        ("mean", Message(text=N_("Mean grey level"))),
        ("spread", Message(text=N_("Spread of the grey levels (standard deviation)"))),
        ("skewness", Message(text=N_("Lopsidedness of the grey levels (skewness)"))),
        ("kurtosis", Message(text=N_("Weight of very dark and very bright pixels (kurtosis)"))),
        *((f"p{percent}", _percentile(percent)) for percent in PERCENTILES),
        *((f"bar{number}", _bar(number)) for number in range(N_BARS)),
    ],
)
_EDGES: Final = _named(
    "edges",
    [
        ("mean", Message(text=N_("Mean steepness"))),
        ("spread", Message(text=N_("Spread of the steepness"))),
        ("p90", Message(text=N_("Steepness that 90 % of the pixels lie below"))),
        ("lying", Message(text=N_("Share of the edges that lie level"))),
    ],
)
_COOCCURRENCE: Final = _named(
    "cooccurrence",
    [(f"{name}{apart}", _at(name, apart)) for apart in textures.DISTANCES for name in textures.HARALICK],
)
_PATTERNS: Final = _named("patterns", [(str(one), _pattern(one)) for one in range(textures.N_PATTERNS)])
_SHAPE: Final = _named(
    "shape",
    [
        ("area", Message(text=N_("Share of the picture that is bright"))),
        ("eccentricity", Message(text=N_("How long the bright part is (eccentricity)"))),
        ("extent", Message(text=N_("How much of its box the bright part fills"))),
        ("down", Message(text=N_("Middle of the bright part, from the top"))),
        ("right", Message(text=N_("Middle of the bright part, from the left"))),
        ("pieces", Message(text=N_("Pieces of the bright part, ln(1 + number)"))),
        *((f"hu{number}", _hu(number)) for number in range(1, shapes.N_MOMENTS + 1)),
    ],
)
_IN_COLOUR: Final = _named(
    "colour",
    [
        *((f"mean{index}", _of_colour(N_("Mean of {colour}"), name)) for index, name in enumerate(_COLOURS)),
        *(
            (f"spread{index}", _of_colour(N_("Spread of {colour}"), name))
            for index, name in enumerate(_COLOURS)
        ),
    ],
)
