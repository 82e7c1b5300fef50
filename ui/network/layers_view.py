"""A network layer by layer: its diagram, and a table of what each layer costs, sees and keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import InvalidValueError
from core.figures.networks import network_diagram
from core.figures.theme import alt_of
from core.language import _
from core.models.records import ModelSpec
from core.models.sizes import size_problem
from core.models.stages import gathered, kind_title, stages
from ui.network.picking import layers_of, pick_spec, show_spec
from ui.session import full

if TYPE_CHECKING:
    from core.models.describe import LayerInfo

_LARGEST_SIZE: Final = 512
_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_USUAL_BATCH: Final = 16
_MB: Final = 1e6


def show(info: DatasetInfo) -> None:
    """Show a network of the catalog as it would be for a data set."""
    st.caption(
        _(
            "A network is a row of layers. Each turns a stack of maps into another; at the end stand as many"
            " numbers as there are classes."
        )
    )
    spec = pick_spec()
    size, batch_size = _sizes(spec) if full() else (spec.usual_size, _USUAL_BATCH)
    show_spec(spec, details=full())
    problem = size_problem(spec, size)
    if problem is not None:
        raise InvalidValueError(problem.text, **problem.values)
    with st.spinner(_("The network is being laid out; the first one takes some seconds…")):
        layers = layers_of(spec.name, len(info.class_names), info.n_channels, size)
    left, right = st.columns([3, 2], gap="large")
    with left:
        block = _diagram(spec, layers, (info.n_channels, size, size))
    with right:
        _sums(layers, size=size, batch_size=batch_size)
    _table(spec, layers, block, size=size, batch_size=batch_size)


def _sizes(spec: ModelSpec) -> tuple[int, int]:
    """Let the visitor choose the side of the images and the size of a batch."""
    left, right = st.columns(2, gap="large")
    step = max(spec.size_step, 4)
    first, last = min(step, spec.usual_size), _LARGEST_SIZE
    options = sorted({*range(step, last + 1, step), spec.usual_size, spec.smallest_size} - set(range(first)))
    key = f"network-size-{spec.name}"
    with left:
        size = st.select_slider(
            _("Image side (pixels)"),
            options,
            value=None if key in st.session_state else spec.usual_size,
            key=key,
            persist_state="session",
        )
    with right:
        batch_size = st.select_slider(
            _("Batch size"),
            _BATCHES,
            value=None if "network-batch" in st.session_state else _USUAL_BATCH,
            key="network-batch",
            persist_state="session",
        )
    return int(size), int(batch_size)


def _diagram(spec: ModelSpec, layers: Sequence[LayerInfo], shape: tuple[int, int, int]) -> int | None:
    """Draw the blocks; return the number of the one that was clicked, or None."""
    figure = network_diagram(stages(layers, spec.blocks), shape)
    state: Any = st.plotly_chart(
        figure,
        key=f"network-diagram-{spec.name}-{shape[1]}",
        alt=alt_of(figure),
        config={"displayModeBar": False},
        on_select="rerun",
        selection_mode="points",
    )
    st.caption(
        _(
            "A box is as high as the side of its maps, and one step wider for each doubling of their number."
            " Green: the most multiply-adds. A bracket is a shortcut around layers; gaps are branches side by"
            " side. Click a block to see its layers."
        )
    )
    chosen = [int(number) for number in state.selection.point_indices if number > 0]  # 0 is the image
    return chosen[0] - 1 if chosen else None


def _sums(layers: Sequence[LayerInfo], *, size: int, batch_size: int) -> None:
    """Say what all layers come to."""
    n_weights = sum(layer.n_parameters for layer in layers)
    kept = sum(layer.kept_bytes for layer in layers) * batch_size
    st.markdown(
        _(
            "{weights} weights, and {operations} million multiply-adds for one image"
            " of {size} x {size} pixels.",
            weights=f"**{n_weights:,}**",
            operations=f"**{sum(layer.multiply_adds for layer in layers) / 1e6:,.1f}**",
            size=size,
        )
    )
    st.markdown(_("The longest way has {n} layers with weights.", n=f"**{layers[-1].depth}**"))
    st.markdown(_field_sentence(layers, size))
    st.markdown(
        _(
            "In training a batch of {batch_size} keeps {kept} MB of numbers for the way back; weights,"
            " gradients and the optimizer's two numbers a weight (AdamW) need {fixed} MB more.",
            batch_size=batch_size,
            kept=f"**{kept / _MB:,.1f}**",
            fixed=f"**{4 * 4 * n_weights / _MB:,.1f}**",
        )
    )


def _field_sentence(layers: Sequence[LayerInfo], size: int) -> str:
    known = [layer.receptive_field for layer in layers if layer.receptive_field is not None]
    if not known:
        return _("Every number depends on the whole image from the first layer on.")
    side = max(known[-1])
    if side >= size:
        return _(
            "Before the layers that see everything, one number can depend on {side} pixels a side: more than"
            " the image has.",
            side=f"**{side}**",
        )
    return _(
        "Before the layers that see everything, one number can depend on {side} of {size} pixels a side.",
        side=f"**{side}**",
        size=size,
    )


def _table(
    spec: ModelSpec, layers: list[LayerInfo], block: int | None, *, size: int, batch_size: int
) -> None:
    """List the layers, or those of one block."""
    members = layers
    if block is not None:
        parts = [part for _modules, part in gathered(layers, spec.blocks) if part]
        members = parts[block] if block < len(parts) else layers
    title = (
        _("Layer by layer: {n} layers", n=len(members))
        if members is layers
        else _("The layers of one block: {n} of {total}", n=len(members), total=len(layers))
    )
    with st.expander(title, expanded=full() or members is not layers):
        st.dataframe(
            pd.DataFrame([_row(layer, size, batch_size) for layer in members]),
            hide_index=True,
            alt=_("The layers of {name}.", name=_(spec.title)),
            column_config=_columns(batch_size),
            key=f"network-table-{spec.name}",
        )
        st.caption(
            _(
                "Sees: the pixels that one number of the output can depend on, computed from kernels, strides"
                " and paddings; where branches meet, the stretch that covers all. “All” stands behind a"
                " linear layer, attention, a recurrent layer, or a scaling by the mean of a map. Kept: what a"
                " batch leaves in memory until the gradient has come back, as float32, each number once,"
                " where it was made; 0 where it is a view of, or written over, an earlier one."
            )
        )
        if any(layer.kind == "MultiheadAttention" for layer in members):
            st.caption(
                _(
                    "Self-attention is counted with its whole table, every token against every token, which"
                    " the plain way keeps; the fused ways of a GPU make it anew and keep less."
                )
            )


def _row(layer: LayerInfo, size: int, batch_size: int) -> dict[str, Any]:
    return {
        "name": layer.name,
        "kind": kind_title(layer.kind),
        "shape": " x ".join(map(str, layer.output_shape)),
        "weights": layer.n_parameters,
        "multiply_adds": layer.multiply_adds,
        "field": _field(layer.receptive_field, size),
        "kept": layer.kept_bytes * batch_size / _MB,
    }


def _field(field: tuple[int, int] | None, size: int) -> str:
    if field is None:
        return _("All")
    sides = f"{field[0]}" if field[0] == field[1] else f"{field[0]} x {field[1]}"
    return _("{sides} (all)", sides=sides) if min(field) >= size else sides


def _columns(batch_size: int) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "name": st.column_config.TextColumn(_("Layer"), pinned=True, width="medium"),
        "kind": _("Kind"),
        "shape": _("Output shape"),
        "weights": number(_("Weights"), format="localized"),
        "multiply_adds": number(_("Multiply-adds"), format="localized"),
        "field": _("Sees (pixels)"),
        "kept": number(_("Kept for a batch of {n} (MB)", n=batch_size), format="%.3f"),
    }
