"""The steps of one number of a map: its sum of products, batch norm, activation and pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.figures.neuron import activation_curves, slope_curves
from core.images.drawing import grey_picture, resample, signed_picture
from core.language import _
from core.models.neuron.activations import ACTIVATIONS, CLASSICS, slope
from ui import cache
from ui.charts import show_figure
from ui.numbers import number_grid
from ui.places import Grid, Place, place_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.models.neuron.layer import Chain, ConvolutionLayer

_SIDE: Final = 420
_MANY: Final = 5  # columns from which numbers get one digit only
_TINY: Final = 1e-6
_DEEP: Final = 10  # layers, in the sentence about vanishing gradients


@dataclass(frozen=True, eq=False)
class Followed:
    """The number that is followed: its layer, map and place, how it is made, and where the choice is kept."""

    layer: ConvolutionLayer
    number: int
    place: Place
    chain: Chain
    key: str


def show_sum(one: Followed) -> None:
    """Show the pixels under the kernel, the learned weights, the products, their sum, and both pictures."""
    chain, layer = one.chain, one.layer
    n_inputs, height, width = chain.pixels.shape
    strongest = int(np.abs(chain.sums).argmax())
    pixels, weights = chain.pixels[strongest], chain.weights[strongest]
    products = pixels * weights
    left, middle, right = st.columns(3, gap="medium")
    with left:
        number_grid(_words(pixels), _signed(pixels), caption=_("What comes in: {n} numbers", n=pixels.size))
    with middle:
        caption = _("times {n} learned weights", n=weights.size)
        number_grid(_words(weights), _signed(weights), caption=caption)
    with right:
        number_grid(_words(products), _signed(products), caption=_("make {n} products", n=products.size))
    st.markdown(_sum_words(one, strongest))
    st.caption(
        _(
            "A kernel of {height} x {width} in '{layer}', map {number} of {n}, row {row}, column {column}."
            " Click into a picture for another place.",
            height=height,
            width=width,
            layer=layer.name,
            number=one.number + 1,
            n=layer.n_maps,
            row=one.place.row,
            column=one.place.column,
        )
    )
    _pictures(one, layer.first_input(one.number) + strongest)


def show_norm(one: Followed) -> None:
    """Show the real batch norm of the map with its four numbers."""
    chain = one.chain
    norm = chain.norm
    if norm is None:
        return
    names = [_("Mean"), _("Spread"), _("Scale"), _("Shift")]
    numbers = [norm.mean, norm.spread, norm.scale, norm.shift]
    number_grid([names, [f"{number:.3f}" for number in numbers]], caption=_("Batch norm of this map"))
    st.markdown(
        _(
            "({total} - {mean}) / {spread} x {scale} + {shift} = **{result}**",
            total=_signed_word(chain.total),
            mean=_signed_word(norm.mean),
            spread=f"{norm.spread:.3f}",
            scale=_signed_word(norm.scale),
            shift=_signed_word(norm.shift),
            result=f"{chain.normed:.3f}",
        )
    )
    st.markdown(
        _(
            "Mean and spread say what this map's numbers were like in training: the network kept them. Less"
            " the mean, divided by the spread, the numbers of every map lie around 0 with a spread of 1."
            " Scale and shift were learned: the map may have a range of its own again."
        )
    )
    if norm.mean == 0 and norm.variance == 1:
        st.caption(_("This network has not learned yet: mean 0, spread 1, nothing changes."))


def show_activation(one: Followed) -> None:
    """Show ReLU, sigmoid and tanh with the number on each, and their slopes."""
    chain = one.chain
    used = chain.activation
    names = CLASSICS if used in CLASSICS or used is None else (*CLASSICS, used)
    left, right = st.columns(2, gap="large")
    with left:
        show_figure(activation_curves(chain.normed, names, used=used), key="neuron-curves")
    with right:
        show_figure(slope_curves(chain.normed, names, used=used), key="neuron-slopes")
    if used is not None:
        st.markdown(
            _(
                "This network uses **{name}**: {before} becomes **{after}**.",
                name=_(ACTIVATIONS[used].title),
                before=f"{chain.normed:.3f}",
                after=f"{chain.activated:.3f}",
            )
        )
    st.markdown(
        _(
            "On the way back each layer multiplies the learning signal by the slope. That of a sigmoid is at"
            " most 0.25; {n} layers of it leave {rest} at best: the gradient vanishes. The slope of ReLU is 1"
            " above 0 ({n} layers leave 1), and 0 below: there nothing is learned from this image."
            " Here sigmoid would pass {sigmoid}, tanh {tanh}, ReLU {relu}.",
            n=_DEEP,
            rest=f"{0.25**_DEEP:.7f}",
            sigmoid=f"{slope('sigmoid', chain.normed):.3f}",
            tanh=f"{slope('tanh', chain.normed):.3f}",
            relu=f"{slope('relu', chain.normed):.0f}",
        )
    )


def show_pooling(one: Followed) -> None:
    """Show the window that is pooled, and what the largest and the mean of it are."""
    chain = one.chain
    if chain.pooling is None:
        return
    left, right = st.columns([1, 2], gap="large")
    with left:
        number_grid(
            _words(chain.window, digits=3),
            _signed(chain.window),
            caption=_("The numbers that become one"),
            marked=chain.window_place,
        )
    with right:
        used = _("the largest") if chain.pooling.kind == "max" else _("the mean")
        st.markdown(
            _(
                "Max pooling keeps the largest: **{largest}**. Mean pooling would keep **{mean}**. This"
                " network takes {used}.",
                largest=f"{chain.window.max():.3f}",
                mean=f"{chain.window.mean():.3f}",
                used=used,
            )
        )
        st.markdown(
            _(
                "The largest says whether something was found anywhere in the window, the mean how much of it"
                " there is. Learning goes back the same way: with the largest only the winner learns, with"
                " the mean each number gets its share."
            )
        )
        st.caption(_("What stays is one of the numbers that the next layer is given."))


def _sum_words(one: Followed, strongest: int) -> str:
    chain = one.chain
    n_inputs = len(chain.sums)
    if n_inputs == 1 and chain.bias == 0:
        return _("Their sum is **{total}**.", total=f"{chain.total:.3f}")
    own = chain.sums[strongest]
    if n_inputs == 1:
        return _(
            "Their sum is {own}; with the bias {bias} it is **{total}**.",
            own=f"{own:.3f}",
            bias=_signed_word(chain.bias),
            total=f"{chain.total:.3f}",
        )
    return _(
        "The kernel has a slice for each of the {n} maps that come in. This one (map {number}) counts most"
        " and gives {own}; the others give {rest}, the bias {bias}: together **{total}**.",
        n=n_inputs,
        number=one.layer.first_input(one.number) + strongest + 1,
        own=f"{own:.3f}",
        rest=f"{chain.sums.sum() - own:.3f}",
        bias=f"{chain.bias:.3f}",
        total=f"{chain.total:.3f}",
    )


def _pictures(one: Followed, came_in: int) -> None:
    layer = one.layer
    rows, columns = layer.activated.shape[1:]
    grid = Grid(rows, columns)
    under = Grid(rows, columns, layer.weights.shape[2], overhang=True)  # what the kernel lies on
    inputs = layer.inputs[came_in]
    left, right = st.columns(2, gap="large")
    with left:
        is_image = len(layer.inputs) <= 3
        shown = grey_picture(inputs) if is_image else _picture(inputs)
        words = _("What the layer gets, {rows} x {columns}", rows=inputs.shape[0], columns=inputs.shape[1])
        st.markdown(f"**{words}**")
        _place(shown, one, under if inputs.shape == (rows, columns) else grid, alt=words, name="in")
    with right:
        words = _("The map it makes, after its activation, {rows} x {columns}", rows=rows, columns=columns)
        st.markdown(f"**{words}**")
        _place(_picture(layer.activated[one.number]), one, grid, alt=words, name="out")


def _place(picture: NDArray[np.uint8], one: Followed, grid: Grid, *, alt: str, name: str) -> None:
    content = cache.png_bytes(resample(picture, _SIDE))
    place_picture(content, key=one.key, grid=grid, place=one.place, alt=alt, name=name)


def _picture(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return signed_picture(values, float(np.abs(values).max()))


def _signed(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return signed_picture(values.astype(np.float32), float(max(np.abs(values).max(initial=0), _TINY)))


def _words(values: NDArray[np.float64], *, digits: int = 2) -> list[list[str]]:
    fewer = digits if values.shape[1] < _MANY else 1
    return [[f"{value:.{fewer}f}" for value in line] for line in values]


def _signed_word(number: float) -> str:
    """Return a number as it stands in a sum: in brackets if it is negative."""
    return f"{number:.3f}" if number >= 0 else f"({number:.3f})"
