"""The network that the instruments look into: a run's, or one that has learned nothing yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.evaluation.stored import origin_of
from core.language import _
from core.runs.store import DEMO_RUN, Run, list_runs
from ui import cache
from ui.cache import SharedModel
from ui.messages import escape
from ui.session import full

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.models.landscape.slices import LastLayer
    from core.models.neuron.probing import Probe
    from core.runs.records import ModelCard

UNTRAINED: Final = ""  # stands for no run, where a key of text is needed
N_IMAGES: Final = 128  # of the fixed batch of training images


@dataclass(frozen=True)
class Network:
    """Whose network is looked into, and which state of it; `run` is None for an untrained one."""

    run: Run | None
    info: DatasetInfo

    @property
    def run_id(self) -> str:
        """The run's name, or UNTRAINED."""
        return self.run.run_id if self.run else UNTRAINED

    @property
    def origin(self) -> str:
        """Which weights these are: those of a run change while it trains."""
        return origin_of(self.run, self.run.config.dataset) if self.run else ""

    @property
    def key(self) -> str:
        """Tells apart what is kept of two networks, or of one with other weights, or of other images."""
        return f"{self.run_id} {self.origin} {self.info.dataset_id} {self.info.revision}"

    @property
    def card(self) -> ModelCard:
        """Classes, preprocessing and statistics."""
        return self.run.card if self.run else _model(self).loaded.card

    @property
    def title(self) -> str:
        """What a visitor calls it, translated and escaped."""
        if self.run is None:
            return _("a network that has learned nothing yet")
        return _("the network of the run '{run}'", run=escape(self.run.run_id))

    @property
    def dataset_id(self) -> str:
        """The data set whose images it trains on."""
        return self.run.config.dataset if self.run else self.info.dataset_id


def default_run(info: DatasetInfo) -> Run | None:
    """Return the demo run for its films, else the newest trained run of a data set; None if there is none."""
    runs = [run for run in list_runs() if run.has_model and info.is_called(run.config.dataset)]
    return next((run for run in runs if run.run_id == DEMO_RUN), runs[0] if runs else None)


def pick_network(info: DatasetInfo) -> Run | None:
    """Let the visitor choose whose network the instruments look into; at Basic it is `default_run`."""
    default = default_run(info)
    if not full():
        return default
    runs = {run.run_id: run for run in list_runs() if run.has_model}
    options = [*runs, UNTRAINED]
    if st.session_state.get("network-run") not in options:
        st.session_state["network-run"] = default.run_id if default else UNTRAINED
    chosen = st.selectbox(
        _("Whose network"),
        options,
        format_func=lambda name: name or _("Untrained"),
        key="network-run",
        persist_state="session",
    )
    return runs.get(chosen)


def network_input(network: Network, sample_id: int) -> NDArray[np.float32]:
    """Return a film as the network gets it, (C, H, W) float32."""
    from core.transforms.preprocessing import to_input

    image = cache.image(network.info.dataset_id, sample_id)
    return to_input(image, network.card.preprocessing, network.card.statistics)


def true_class(network: Network, sample_id: int) -> int | None:
    """Return the number of the film's label among the network's classes; None if it is none of them."""
    label = str(cache.samples(network.info.dataset_id)["label"].iloc[sample_id])
    names = network.card.class_names
    return names.index(label) if label in names else None


def look_into(network: Network, sample_id: int, name: str | None = None) -> Probe:
    """Return the network's convolutions for a film, one of them with its numbers; shared: do not change."""
    return _probe(f"{network.key} {sample_id}", name, _network=network, _sample_id=sample_id)


def last_sum(network: Network, sample_id: int) -> LastLayer | None:
    """Return what the last layer is given for a film, or None where a network has no such layer."""
    return _last_sum(f"{network.key} {sample_id}", _network=network, _sample_id=sample_id)


def batch_layer(network: Network) -> LastLayer | None:
    """Return what the last layer is given for a fixed batch of training images."""
    revision = cache.dataset(network.dataset_id).info.revision
    return _batch_layer(f"{network.key} {revision}", _network=network)


@st.cache_resource(max_entries=24, show_spinner=False)
def _probe(key: str, name: str | None, *, _network: Network, _sample_id: int) -> Probe:
    import torch

    from core.models.neuron.probing import probe
    from core.runs.exclusive import exclusive

    inputs = torch.from_numpy(network_input(_network, _sample_id))[None]  # (C, H, W) -> (1, C, H, W)
    shared = _model(_network)
    with shared.lock, exclusive(shared.loaded.model) as model:
        return probe(model, inputs, name=name)


@st.cache_resource(max_entries=24, show_spinner=False)
def _last_sum(key: str, *, _network: Network, _sample_id: int) -> LastLayer | None:
    import torch

    from core.models.landscape.directions import last_layer
    from core.runs.exclusive import exclusive

    inputs = torch.from_numpy(network_input(_network, _sample_id))[None]
    label = torch.tensor([true_class(_network, _sample_id) or 0])
    shared = _model(_network)
    with shared.lock, exclusive(shared.loaded.model) as model:
        return last_layer(model, (inputs, label))


@st.cache_resource(max_entries=6, show_spinner=False)
def _batch_layer(key: str, *, _network: Network) -> LastLayer | None:
    from core.experiments.surface import training_batch
    from core.models.landscape.directions import last_layer
    from core.runs.exclusive import exclusive

    shared = _model(_network)
    dataset = cache.dataset(_network.dataset_id)
    batch = training_batch(shared.loaded, _network.run, dataset, n_images=N_IMAGES)
    with shared.lock, exclusive(shared.loaded.model) as model:
        return last_layer(model, batch)


def _model(network: Network) -> SharedModel:
    if network.run is not None:
        return cache.model(network.run.run_id)
    return _untrained(network.info.dataset_id, network.info.revision)


@st.cache_resource(max_entries=3, show_spinner=False)
def _untrained(dataset_id: str, revision: str) -> SharedModel:
    from core.experiments.surface import untrained

    return SharedModel(untrained(cache.dataset(dataset_id)))


def n_weights(network: Network) -> int:
    """Return how many numbers the network learns."""
    return sum(weights.numel() for weights in _model(network).loaded.model.parameters())


def sums_maps(network: Network, sample_id: int, n_features: int) -> bool:
    """Tell whether the last layer is given one number for each map of the last convolution.

    Where another linear layer or attention stands between, its numbers are no maps' any more.
    """
    from torch import nn

    if sum(isinstance(part, nn.Linear) for part in _model(network).loaded.model.modules()) > 1:
        return False
    names = look_into(network, sample_id).names
    last = look_into(network, sample_id, names[-1]).layer if names else None
    return last is not None and last.n_maps == n_features
