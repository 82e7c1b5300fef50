"""Two networks side by side, and where they lie among all of the catalog."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from core.datasets.records import DatasetInfo
from core.figures.networks import Cost, costs_chart
from core.language import _
from core.models.catalog import MODELS
from core.models.records import ModelSpec
from ui.charts import show_figure
from ui.network.picking import layers_of, network_name

if TYPE_CHECKING:
    from core.models.describe import LayerInfo
    from core.models.timing import Timing

_FIRST: Final = ("small_cnn", "resnet18")
_timing = threading.Lock()  # two at once would time each other


def show(info: DatasetInfo) -> None:
    """Compare two networks of the catalog, each at the size that it was published with."""
    names = [_pick(place, column) for place, column in enumerate(st.columns(2, gap="large"))]
    first, second = (MODELS[name] for name in names)
    with st.spinner(_("The network is being laid out; the first one takes some seconds…")):
        columns = {spec.name: _column(spec, info) for spec in (first, second)}
    table = pd.DataFrame(
        {"fact": _facts(), **{f"{place}": columns[name] for place, name in enumerate(names)}}
    )
    titles = {"fact": "", "0": _(first.title), "1": _(second.title)}
    alt = _("{first} and {second} side by side.", first=_(first.title), second=_(second.title))
    st.dataframe(table, hide_index=True, column_config=titles, alt=alt, key="network-compared")
    if st.button(_("Time both on this machine"), key="network-time"):
        for spec in (first, second):
            st.session_state[f"network-time-{spec.name}"] = _measure(spec, info)
        st.rerun()
    st.caption(_caption(info))
    title = _finding(first, second)
    costs = [Cost(_(spec.title), spec.n_parameters, spec.multiply_adds) for spec in MODELS.values()]
    show_figure(costs_chart(costs, (_(first.title), _(second.title)), title=title), key="network-costs")
    st.caption(
        _(
            "Each at the size of image that it was published with, for two classes. Right: more to learn and"
            " to keep. Up: more to compute. Neither says which one is better on your films."
        )
    )


def _pick(place: int, column: st.delta_generator.DeltaGenerator) -> str:
    names = list(MODELS)
    key = f"network-compare-{place}"
    if st.session_state.get(key) not in names:
        st.session_state[key] = _FIRST[place] if _FIRST[place] in names else names[0]
    label = _("First network") if place == 0 else _("Second network")
    with column:
        return str(st.selectbox(label, names, format_func=network_name, key=key, persist_state="session"))


def _facts() -> list[str]:
    return [
        _("Year"),
        _("Image side (pixels)"),
        _("Weights"),
        _("Multiply-adds (millions)"),
        _("Layers with weights on the longest way"),
        _("Widest view before all is summed up (pixels)"),
        _("Kept in training for one image (MB)"),
        _("A forward pass of one image (ms)"),
    ]


def _column(spec: ModelSpec, info: DatasetInfo) -> list[str]:
    layers = layers_of(spec.name, len(info.class_names), info.n_channels, spec.usual_size)
    timing: Timing | None = st.session_state.get(f"network-time-{spec.name}")
    return [
        str(spec.year),
        str(spec.usual_size),
        f"{sum(layer.n_parameters for layer in layers):,}",
        f"{sum(layer.multiply_adds for layer in layers) / 1e6:,.1f}",
        str(layers[-1].depth),
        _widest(layers, spec),
        f"{sum(layer.kept_bytes for layer in layers) / 1e6:,.1f}",
        _("not timed yet") if timing is None else _short(timing.milliseconds),
    ]


def _widest(layers: list[LayerInfo], spec: ModelSpec) -> str:
    known = [max(layer.receptive_field) for layer in layers if layer.receptive_field is not None]
    if not known:
        return _("All")
    return _("{sides} (all)", sides=known[-1]) if known[-1] >= spec.usual_size else str(known[-1])


def _measure(spec: ModelSpec, info: DatasetInfo) -> Timing:
    """Build a network, time it, and let it go again."""
    with _timing, st.spinner(_("{network} is built and timed…", network=_(spec.title))):
        from core.models.build import build_model
        from core.models.timing import time_forward

        model = build_model(spec.name, n_classes=len(info.class_names), n_channels=info.n_channels)
        return time_forward(model, (info.n_channels, spec.usual_size, spec.usual_size))


def _caption(info: DatasetInfo) -> str:
    timings = [
        timing for name in MODELS if (timing := st.session_state.get(f"network-time-{name}")) is not None
    ]
    if not timings:
        return _("Timing builds both networks and sends one empty image through: seconds for a large one.")
    return _(
        "Median of {n} passes on {threads} threads of this machine's processor; whatever else runs here makes"
        " it longer.",
        n=timings[-1].n_passes,
        threads=timings[-1].n_threads,
    )


def _finding(first: ModelSpec, second: ModelSpec) -> str:
    if first.name == second.name:
        return _("What do {n} networks cost?", n=len(MODELS))
    first, second = sorted((first, second), key=lambda spec: spec.n_parameters)
    return _(
        "{second} has {weights} times the weights and {operations} times the multiply-adds of {first}",
        first=_(first.title),
        second=_(second.title),
        weights=_times(second.n_parameters / first.n_parameters),
        operations=_times(second.multiply_adds / first.multiply_adds),
    )


def _short(milliseconds: float) -> str:
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.2f}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
