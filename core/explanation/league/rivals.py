"""Maps that know nothing of any network: what a method has to beat before its map says anything.

A method whose map points at the finding no better than the brightness of the film tells nothing about the
network, however well it points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy import ndimage

from core.language import N_

Map = NDArray[np.float32]

_CENTRE_WIDTH: Final = 0.25  # of the side: a Gaussian's standard deviation
_EDGE_WIDTH: Final = 1.0  # pixels of the network's input: finer edges are noise


class RivalSpec(BaseModel):
    """One entry of RIVALS: its key, what it is called, and what it is, in one sentence."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str


@dataclass(frozen=True, eq=False)
class Seen:
    """What a rival may look at: never the network.

    Attributes
    ----------
    inputs
        ndarray of shape (H, W), float32: what the network gets, the mean of its channels.
    usual
        ndarray of shape (H, W), float32: how often each place was marked on the training images.
    seed
        Of the random map; another one for each image.
    """

    inputs: Map
    usual: Map
    seed: int


RIVALS: Final[dict[str, RivalSpec]] = {
    "random": RivalSpec(
        name="random",
        title=N_("A random map"),
        summary=N_("Noise, drawn anew for each image: what chance gives."),
    ),
    "centre": RivalSpec(
        name="centre",
        title=N_("The centre of the film"),
        summary=N_("The same round spot in the middle of each image."),
    ),
    "brightness": RivalSpec(
        name="brightness",
        title=N_("The film's own brightness"),
        summary=N_("Bright pixels count most; nobody was asked."),
    ),
    "edges": RivalSpec(
        name="edges",
        title=N_("The film's own edges"),
        summary=N_("Where brightness changes most; nobody was asked."),
    ),
    "usual": RivalSpec(
        name="usual",
        title=N_("Where findings usually lie"),
        summary=N_("The mean of the training images' masks, the same map for each image."),
    ),
}


def rival_map(name: str, seen: Seen) -> Map:
    """Return the map of a rival: ndarray of shape (H, W), float32, at least 0.

    Raises
    ------
    KeyError
        There is no such rival.
    """
    return _MAKERS[name](seen)


def _random(seen: Seen) -> Map:
    return np.random.default_rng(seen.seed).random(seen.inputs.shape, dtype=np.float32)


def _centre(seen: Seen) -> Map:
    height, width = seen.inputs.shape
    rows, columns = np.linspace(-0.5, 0.5, height)[:, None], np.linspace(-0.5, 0.5, width)[None]
    spot: Map = np.exp(-(rows**2 + columns**2) / (2 * _CENTRE_WIDTH**2)).astype(np.float32)
    return spot


def _brightness(seen: Seen) -> Map:
    bright: Map = seen.inputs - seen.inputs.min()
    return bright


def _edges(seen: Seen) -> Map:
    edges: Map = ndimage.gaussian_gradient_magnitude(seen.inputs, _EDGE_WIDTH, mode="nearest")
    return edges


def _usual(seen: Seen) -> Map:
    return seen.usual


_MAKERS: Final[dict[str, Callable[[Seen], Map]]] = {
    "random": _random,
    "centre": _centre,
    "brightness": _brightness,
    "edges": _edges,
    "usual": _usual,
}
