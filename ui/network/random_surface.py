"""The loss along two random directions: measured in the background, then kept."""

import numpy as np
import streamlit as st

from core.experiments.surface_records import MeasuredSurface, SurfaceRequest
from core.language import _
from core.models.catalog import MODELS
from core.models.landscape.slices import GridSlice
from core.models.landscape.terrain import Terrain, grid_terrain
from ui import cache
from ui.experiment_panel import experiment
from ui.network.chosen import Network

_MANY, _FEW = 64, 16  # images: for the small networks, and for the others


def random_terrain(network: Network) -> Terrain | None:
    """Return the land along two random directions; until it is measured, offer to do so and return None."""
    n_images = _MANY if MODELS[network.card.model].family == "small" else _FEW
    request = SurfaceRequest(
        run=network.run.run_id if network.run else None,
        origin=network.origin,
        dataset=network.dataset_id,
        dataset_revision=cache.dataset(network.dataset_id).info.revision,
        n_images=n_images,
    )
    found = experiment(
        "surface",
        request,
        MeasuredSurface,
        key="surface-random",
        label=_("Measure the landscape"),
        hint=_(
            "All kernels are moved at once, along two random directions; the loss of {n} training images is"
            " measured at {places} points. A small network takes a minute or a few, a deep one much longer.",
            n=n_images,
            places=request.n_places**2,
        ),
    )
    if found is None:
        return None
    st.markdown(
        _(
            "{moved} of the {total} weights of {network} move together, along two random directions in which"
            " each filter is as long as its own (arXiv:1712.09913). The loss of {n} training images was"
            " measured at {places} points; the paths run on a smooth surface through them.",
            moved=f"{found.n_moved:,}",
            total=f"{found.n_weights:,}",
            network=network.title,
            n=found.n_images,
            places=len(found.places) ** 2,
        )
    )
    places = np.array(found.places)
    return grid_terrain(GridSlice(places, places, np.array(found.losses)))
