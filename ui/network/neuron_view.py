"""Follow one number through the network, step by step, with the real weights and the real image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import N_, _
from core.runs.store import Run
from ui.messages import simulated_badge
from ui.network import answer_steps, neuron_steps
from ui.network.chosen import Network, last_sum, look_into, sums_maps, true_class
from ui.network.neuron_steps import Followed
from ui.numbers import number_grid
from ui.places import Grid, Place, chosen_place
from ui.session import full

if TYPE_CHECKING:
    from core.models.neuron.layer import ConvolutionLayer

_STEPS: Final = {
    "sum": N_("Sum"),
    "norm": N_("Batch norm"),
    "activation": N_("Activation"),
    "pooling": N_("Pooling"),
    "logit": N_("Logit"),
    "softmax": N_("Softmax"),
    "loss": N_("Loss"),
}
_KEY: Final = "neuron-step"


@dataclass(frozen=True)
class _Stop:
    """A step that this network has: the number it ends with, and what draws it."""

    name: str
    number: float
    draw: Callable[[], None]


def show(info: DatasetInfo, sample_id: int, run: Run | None = None) -> None:
    """Show one number on its way from the pixels to the loss.

    Parameters
    ----------
    info, sample_id
        The film.
    run
        Whose network it is; None means one that has learned nothing yet.
    """
    network = Network(run, info)
    with st.spinner(_("The network looks at the image…")):
        stops = [*_of_one_number(network, sample_id), *_of_the_answer(network, sample_id)]
    st.caption(_("The numbers are real: this image, {network}.", network=network.title))
    if info.simulated:
        simulated_badge()
    if not stops:
        st.info(_("This network ends in a way that cannot be followed by hand."))
        return
    chosen = _pick_step([stop.name for stop in stops])
    words = [_(_STEPS[stop.name]) for stop in stops], [f"{stop.number:.3f}" for stop in stops]
    place = next(number for number, stop in enumerate(stops) if stop.name == chosen)
    number_grid(words, caption=_("The way of the numbers, and where you are"), marked=(1, place))
    stops[place].draw()


def _pick_step(names: list[str]) -> str:
    if st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = names[0]
    chosen = st.segmented_control(
        _("Steps on the way"),
        names,
        format_func=lambda name: f"{names.index(name) + 1}. {_(_STEPS[name])}",
        key=_KEY,
        required=True,
        persist_state="session",
    )
    return chosen or names[0]


def _of_one_number(network: Network, sample_id: int) -> list[_Stop]:
    """Return the steps from a kernel's sum to the pooled number; none where there is no convolution."""
    found = look_into(network, sample_id)
    layer = found.layer
    if layer is None:
        st.info(
            _(
                "This network has no convolution, so there is no kernel to follow: the way begins at its last"
                " sum."
            )
        )
        return []
    name, number = layer.name, None
    if full():
        name, number = _pick_map(network, sample_id, found.names)
        layer = look_into(network, sample_id, name).layer or layer
    followed = _followed(layer, number, key=f"neuron-{network.run_id}-{name}-{layer.activated.shape[1]}")
    chain = followed.chain
    stops = [_Stop("sum", chain.total, lambda: neuron_steps.show_sum(followed))]
    if chain.norm is not None:
        stops.append(_Stop("norm", chain.normed, lambda: neuron_steps.show_norm(followed)))
    if chain.activation is not None:
        stops.append(_Stop("activation", chain.activated, lambda: neuron_steps.show_activation(followed)))
    if chain.pooled is not None:
        stops.append(_Stop("pooling", chain.pooled, lambda: neuron_steps.show_pooling(followed)))
    return stops


def _of_the_answer(network: Network, sample_id: int) -> list[_Stop]:
    """Return the steps from the last sum to the loss."""
    layer = last_sum(network, sample_id)
    if layer is None:
        return []
    is_map = sums_maps(network, sample_id, layer.features.shape[1])
    end = answer_steps.answer_of(layer, network.card, true_class(network, sample_id), is_map=is_map)
    return [
        _Stop("logit", end.sums[end.predicted].logit, lambda: answer_steps.show_logit(end)),
        _Stop("softmax", end.softmax.probabilities[end.predicted], lambda: answer_steps.show_softmax(end)),
        _Stop("loss", end.softmax.cross_entropy(end.target), lambda: answer_steps.show_loss(end)),
    ]


def _pick_map(network: Network, sample_id: int, names: tuple[str, ...]) -> tuple[str, int]:
    """Let the visitor choose a convolution and one of its maps; at first the map that answers most."""
    left, right = st.columns(2)
    if st.session_state.get("neuron-layer") not in names:
        st.session_state["neuron-layer"] = names[0]
    with left:
        name = st.selectbox(_("Convolution"), names, key="neuron-layer", persist_state="session")
    layer = look_into(network, sample_id, name).layer
    if layer is None or layer.n_maps == 1:
        return name, 0
    key = f"neuron-map-{network.run_id}-{name}"
    if st.session_state.get(key) not in range(1, layer.n_maps + 1):
        st.session_state[key] = layer.strongest()[0] + 1
    with right:
        number = st.slider(_("Map"), 1, layer.n_maps, key=key, persist_state="session")
    return name, number - 1


def _followed(layer: ConvolutionLayer, number: int | None, *, key: str) -> Followed:
    """Return the chosen number of a map; at first that which answers most."""
    strongest, row, column = layer.strongest()
    chosen = strongest if number is None else number
    if chosen != strongest:
        alone = replace(layer, activated=layer.activated[chosen : chosen + 1])
        _number, row, column = alone.strongest()
    grid = Grid(*layer.activated.shape[1:])
    place = chosen_place(f"{key}-{chosen}", grid, Place(row, column))
    return Followed(layer, chosen, place, layer.chain(chosen, place.row, place.column), f"{key}-{chosen}")
