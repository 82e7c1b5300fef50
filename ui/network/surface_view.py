"""Gradient descent on two weights of the network: its real loss as a landscape, three optimizers on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.figures.surface import descent_map, loss_by_step
from core.figures.theme import label
from core.language import N_, _
from core.models.landscape.descent import METHODS, MOMENTUM, Method, descend
from core.models.landscape.slices import LastLayer, LastLayerSlice, WeightPlace, telling_places
from core.models.landscape.terrain import Terrain, arrived_at, ending, weight_terrain
from core.runs.store import Run
from ui.charts import show_figure
from ui.messages import escape
from ui.network.chosen import Network, batch_layer, n_weights, sums_maps
from ui.network.learning_rates import explain_rate, pick_rates
from ui.network.random_surface import random_terrain
from ui.session import full

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.models.landscape.descent import Path

_WEIGHTS: Final = N_("Two weights of the last layer")
_RANDOM: Final = N_("Two random directions")
_N_STEPS: Final = 80
_MOST_STEPS: Final = 300
_ACROSS: Final = 60  # steps in which Adam crosses the picture, where its rate begins by itself
_ENDS: Final = {
    "arrived": N_("{name} is at the bottom after {n} steps"),
    "left": N_("{name} leaves the picture at step {n}"),
    "bouncing": N_("{name} bounces to and fro and does not settle"),
    "under way": N_("{name} is still under way after {n} steps"),
}


@dataclass(frozen=True, eq=False)
class _Land:
    """A terrain, its axes in words, where the network stands on it, whether its images are simulated."""

    terrain: Terrain
    axes: tuple[str, str]
    learned: NDArray[np.float64]
    simulated: bool


def show(info: DatasetInfo, sample_id: int, run: Run | None = None) -> None:
    """Show the loss over two weights, and how SGD, momentum and Adam go down there.

    Parameters
    ----------
    info, sample_id
        The data set and the film that are looked at; the loss is over a batch of training images.
    run
        Whose network it is; None means one that has learned nothing yet.
    """
    network = Network(run, info)
    is_random = _pick_kind() == _RANDOM
    land = _random_land(network) if is_random else _weight_land(network, sample_id)
    if land is None:
        return
    if is_random:
        width = land.terrain.window.right - land.terrain.window.left
        rate, adam_rate = pick_rates(land.terrain, key="surface-random-rate", adam_start=width / _ACROSS)
    else:
        rate, adam_rate = pick_rates(land.terrain, key="surface-rate")
    n_steps = _N_STEPS
    if full():
        n_steps = st.slider(
            _("Steps"), 10, _MOST_STEPS, _N_STEPS, step=10, key="surface-steps", persist_state="session"
        )
    explain_rate(land.terrain, rate)
    _show_race(land, rate, adam_rate, n_steps)


def _pick_kind() -> str:
    if not full():
        return _WEIGHTS
    chosen = st.segmented_control(
        _("What is moved"),
        [_WEIGHTS, _RANDOM],
        format_func=_,
        default=None if "surface-kind" in st.session_state else _WEIGHTS,
        key="surface-kind",
        required=True,
        persist_state="session",
    )
    return chosen or _WEIGHTS


def _weight_land(network: Network, sample_id: int) -> _Land | None:
    with st.spinner(_("The network looks at its training images…")):
        layer = batch_layer(network)
    if layer is None or layer.features.shape[1] < 2:
        st.info(_("This network does not end in a weighted sum, so its last weights cannot be moved alone."))
        return None
    is_map = sums_maps(network, sample_id, layer.features.shape[1])
    places = _pick_places(network, layer)
    surface = LastLayerSlice(layer, places)
    st.markdown(
        _(
            "The real loss of {network}, on {n} of its training images. Two of its {total} weights move:"
            " {one}, and {other}. All others stand still, so this is a thin slice: real training moves all at"
            " once.",
            network=network.title,
            n=len(layer.labels),
            total=f"{n_weights(network):,}",
            one=_weight_name(network, places[0], is_map=is_map, plain=escape),
            other=_weight_name(network, places[1], is_map=is_map, plain=escape),
        )
    )
    axes = [_weight_name(network, place, is_map=is_map, plain=label) for place in places]
    return _Land(weight_terrain(surface), (axes[0], axes[1]), surface.learned, network.card.simulated)


def _weight_name(network: Network, place: WeightPlace, *, is_map: bool, plain: Callable[[str], str]) -> str:
    """Return what a weight is called; `plain` makes a class name harmless where it is to be shown."""
    text = (
        N_("the weight of map {number} for class '{name}'")
        if is_map
        else N_("the weight of number {number} for class '{name}'")
    )
    return _(text, number=place.feature + 1, name=plain(network.card.class_names[place.target]))


def _random_land(network: Network) -> _Land | None:
    terrain = random_terrain(network)
    if terrain is None:
        return None
    axes = _("Random direction 1 (1 = as long as the weights)"), _("Random direction 2")
    return _Land(terrain, axes, np.zeros(2), network.card.simulated)


def _pick_places(network: Network, layer: LastLayer) -> tuple[WeightPlace, WeightPlace]:
    """Return two weights: the most telling ones of the positive class, at Full those of one's choice."""
    names, positive = network.card.class_names, network.card.positive_class
    target = names.index(positive) if positive in names else len(names) - 1
    one, other = telling_places(layer, target)
    if not full():
        return one, other
    chosen = [
        _pick_place(column, names, place, number=number, n_features=layer.features.shape[1])
        for number, (column, place) in enumerate(zip(st.columns(2), (one, other), strict=True), start=1)
    ]
    if chosen[0] == chosen[1]:
        st.caption(_("Both are the same weight; the second is another one now."))
        chosen[1] = next(place for place in (one, other) if place != chosen[0])
    return chosen[0], chosen[1]


def _pick_place(
    column: st.delta_generator.DeltaGenerator,
    names: tuple[str, ...],
    first: WeightPlace,
    *,
    number: int,
    n_features: int,
) -> WeightPlace:
    key = f"surface-{number}-of-{n_features}-{len(names)}"
    with column, st.container(horizontal=True):
        feature = st.number_input(
            _("Weight {number}: of map", number=number),
            1,
            n_features,
            first.feature + 1,
            key=f"{key}-feature",
            persist_state="session",
        )
        target = st.selectbox(
            _("for class"),
            range(len(names)),
            index=first.target,
            format_func=lambda code: names[code],
            key=f"{key}-target",
            persist_state="session",
        )
    return WeightPlace(int(target), int(feature) - 1)


def _show_race(land: _Land, rate: float, adam_rate: float, n_steps: int) -> None:
    terrain = land.terrain
    given: dict[Method, float] = {"sgd": rate, "momentum": rate, "adam": adam_rate}
    paths = [
        descend(
            terrain.surface, terrain.start, method, rate=given[method], n_steps=n_steps, window=terrain.window
        )
        for method in METHODS
    ]
    bottom = float(terrain.surface.loss(terrain.lowest[None])[0])
    left, right = st.columns([3, 2], gap="medium")
    with left:
        figure = descent_map(
            terrain, paths, title=_title(paths, terrain, rate), axes=land.axes, learned=land.learned
        )
        show_figure(figure, key="surface-map", simulated=land.simulated)
        st.caption(
            _(
                "The race is begun at a bad place on purpose, high on the slope: the start is made up, no"
                " training was there. The diamond is where the network really stands."
            )
        )
    with right:
        show_figure(loss_by_step(paths, bottom=bottom), key="surface-losses")
        for path in paths:
            st.markdown(f"- {_words(path, terrain, bottom)}")
        st.caption(
            _(
                "SGD goes down the slope: step = rate x slope. Momentum keeps {momentum} of the step before."
                " Adam divides by the usual size of the slope: its first step is the rate itself in each"
                " weight, however steep it is. So one number means different things to the three.",
                momentum=MOMENTUM,
            )
        )


def _title(paths: Sequence[Path], terrain: Terrain, rate: float) -> str:
    """Return who gets to the bottom first, or that nobody does."""
    steps = [(arrived_at(path, terrain), _(METHODS[path.method])) for path in paths]
    arrived = [(step, name) for step, name in steps if step is not None]
    if arrived:
        step, name = min(arrived)
        text = N_("Learning rate {rate}: {name} is first at the bottom, after {n} steps")
        return _(text, rate=f"{rate:g}", name=name, n=step)
    if all(path.left_at is not None for path in paths):
        return _("Learning rate {rate}: all three leave the picture", rate=f"{rate:g}")
    return _("Learning rate {rate}: nobody is at the bottom yet", rate=f"{rate:g}")


def _end(path: Path, terrain: Terrain) -> str:
    step = path.left_at or arrived_at(path, terrain) or path.n_steps
    return _(_ENDS[ending(path, terrain)], name=_(METHODS[path.method]), n=step)


def _words(path: Path, terrain: Terrain, bottom: float) -> str:
    return _(
        "**{end}.** Loss {first} at the start, {last} at the end; the bottom is {bottom}.",
        end=_end(path, terrain),
        first=f"{path.losses[0]:.3f}",
        last=f"{path.losses[-1]:.3f}",
        bottom=f"{bottom:.3f}",
    )
