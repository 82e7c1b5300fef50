"""What the blocks of a network make of a film, computed once and kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import UnknownNameError
from core.evaluation.stored import origin_of
from core.language import N_
from core.models.catalog import MODELS
from core.models.records import ModelSpec
from core.runs.filters import first_weights
from core.runs.store import Run
from core.transforms.preprocessing import (
    channel_statistics,
    default_preprocessing,
    image_part,
    to_input,
    unit,
)
from ui import cache

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from core.transforms.records import Preprocessing

_SECONDS: Final = 600  # that an untrained network stays in memory: VGG-16 has half a gigabyte
_SEED: Final = 0


@dataclass(frozen=True)
class Viewer:
    """Whose blocks look at a film: the network of a run, or an untrained one of the catalog (`run` None)."""

    spec: ModelSpec
    n_classes: int
    n_channels: int
    size: int
    run: Run | None = None

    @property
    def key(self) -> str:
        """Tells networks and their weights apart."""
        if self.run is not None:
            return f"{self.run.run_id} {origin_of(self.run, self.run.config.dataset)}"
        return f"{self.spec.name} {self.n_classes} {self.n_channels} {self.size}"


@dataclass(frozen=True, eq=False)
class Seen:
    """A film as a network gets it, (H, W) in [0, 1], and what each block makes of it, (n_maps, h, w)."""

    picture: NDArray[np.float32]
    maps: list[NDArray[np.float32]]


def viewer_of(run: Run) -> Viewer:
    """Return the network of a run."""
    card = run.card
    if card.model not in MODELS:
        raise UnknownNameError(N_("network"), card.model, MODELS)
    size = card.image_size or run.config.image_size
    return Viewer(MODELS[card.model], len(card.class_names), card.n_channels, size, run)


def untrained_viewer(spec: ModelSpec, info: DatasetInfo) -> Viewer:
    """Return a network with random weights, as large as it was published."""
    return Viewer(spec, len(info.class_names), info.n_channels, spec.usual_size)


def look(viewer: Viewer, info: DatasetInfo, sample_id: int) -> Seen:
    """Return what the blocks make of a film; shared by all visitors: do not change it."""
    return _look(f"{viewer.key} {info.dataset_id} {info.revision} {sample_id}", viewer, info, sample_id)


def trained_weights(viewer: Viewer) -> NDArray[np.float32] | None:
    """Return the first filters (n, C, h, w) that a run has learned; None where there are none."""
    return None if viewer.run is None else first_weights(viewer.run)


def random_weights(viewer: Viewer) -> NDArray[np.float32] | None:
    """Return the first filters before training, made again from the seed; None where they were not random."""
    if viewer.spec.first_convolution is None:
        return None
    if viewer.run is not None and (viewer.run.config.pretrained or viewer.run.config.weights_from):
        return None
    seed = _SEED if viewer.run is None else viewer.run.config.seed
    return _random_weights(f"{viewer.key} {seed}", viewer, seed)


@dataclass(eq=False)
class _Untrained:
    model: nn.Module
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(max_entries=1, ttl=_SECONDS, show_spinner=False)
def _untrained(key: str, _viewer: Viewer) -> _Untrained:
    return _Untrained(_built(_viewer, seed=_SEED))


@st.cache_resource(max_entries=6, show_spinner=False)
def _look(key: str, _viewer: Viewer, _info: DatasetInfo, _sample_id: int) -> Seen:
    import torch

    from core.models.feature_maps import block_maps

    image = cache.image(_info.dataset_id, _sample_id)
    preprocessing, values = _input(_viewer, _info, _sample_id)
    inputs = torch.from_numpy(values)[None]  # (C, H, W) -> (1, C, H, W)
    spec = _viewer.spec
    if _viewer.run is not None:
        from core.runs.exclusive import exclusive

        shared = cache.model(_viewer.run.run_id)
        with shared.lock, exclusive(shared.loaded.model) as model:
            maps = block_maps(model, inputs, spec.blocks, spec.head[0])
    else:
        new = _untrained(_viewer.key, _viewer)
        with new.lock:
            maps = block_maps(new.model, inputs, spec.blocks, spec.head[0])
    return Seen(unit(image_part(image, preprocessing)).mean(axis=0), maps)


def _input(viewer: Viewer, info: DatasetInfo, sample_id: int) -> tuple[Preprocessing, NDArray[np.float32]]:
    """Return the preprocessing, and what the network gets; an untrained one the film's own statistics."""
    image = cache.image(info.dataset_id, sample_id)
    if viewer.run is not None:
        card = viewer.run.card
        return card.preprocessing, to_input(image, card.preprocessing, card.statistics)
    preprocessing = default_preprocessing(viewer.size, viewer.n_channels)
    statistics = channel_statistics(unit(image_part(image, preprocessing)))
    return preprocessing, to_input(image, preprocessing, statistics)


@st.cache_resource(max_entries=8, show_spinner=False)
def _random_weights(key: str, _viewer: Viewer, _seed: int) -> NDArray[np.float32]:
    name = _viewer.spec.first_convolution
    # the untrained network is there already; that of a run is built for the moment
    if _viewer.run is None:
        model = _untrained(_viewer.key, _viewer).model
    else:
        model = _built(_viewer, seed=_seed)
    weights: NDArray[np.float32] = model.get_parameter(f"{name}.weight").detach().numpy().copy()
    return weights


def _built(viewer: Viewer, *, seed: int) -> nn.Module:
    from core.models.build import build_model

    return build_model(
        viewer.spec.name,
        n_classes=viewer.n_classes,
        n_channels=viewer.n_channels,
        image_size=viewer.size,
        seed=seed,
    )
