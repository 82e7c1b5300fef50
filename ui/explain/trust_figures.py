"""What the checks found, drawn: the maps of a network that forgets, and the curves of removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.explanation.checks.records import Cascade, RemovalCurves
from core.explanation.palette import blend, paint
from core.figures.checks import cascade, removal
from core.language import _
from ui.cache import png_bytes
from ui.charts import show_figure
from ui.messages import escape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.explanation.checks.records import CheckCard, CheckLine
    from core.explanation.records import Attribution

_SIDE: Final = 112  # pixels of a small map
_MOST: Final = 8  # small maps
_GROUND: Final = 40  # a dark grey under the colours


def show_figures(card: CheckCard, answer: Attribution, *, simulated: bool) -> None:
    """Draw what there is to draw of a card."""
    by_name = {line.name: line for line in card.lines}
    line = by_name.get("randomisation")
    if line is not None and isinstance(line.evidence, Cascade):
        _show_cascade(line, line.evidence, answer, simulated=simulated)
    curves = [by_name[name] for name in ("deletion", "insertion") if name in by_name]
    for column, one in zip(st.columns(2, gap="large"), curves, strict=False):
        with column:
            _show_removal(one, simulated=simulated)


def _show_cascade(line: CheckLine, found: Cascade, answer: Attribution, *, simulated: bool) -> None:
    st.markdown(f"##### {_('What is left of the map when the network forgets')}", anchors=False)
    with st.container(horizontal=True, gap="small", key="trust-cascade"):
        _small_map(answer.values, _("this map"), signed=answer.signed)
        n = min(_MOST, len(found.maps))
        for place in np.unique(np.linspace(0, len(found.maps) - 1, n).round().astype(int)):
            name = _("forgotten up to {part}", part=found.stages[place])
            _small_map(found.maps[place], name, signed=answer.signed)
    if line.value is not None and line.threshold is not None:
        figure = cascade(found, threshold=line.threshold, value=line.value)
        show_figure(figure, key="trust-cascade-curve", simulated=simulated)


def _small_map(values: NDArray[np.float32], name: str, *, signed: bool) -> None:
    ground = np.full((*values.shape, 3), _GROUND, dtype=np.uint8)
    pixels = blend(ground, paint(values, signed=signed), 1.0)
    factor = max(1, round(2 * _SIDE / max(values.shape)))
    pixels = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    with st.container(width=_SIDE, gap=None):
        st.image(png_bytes(pixels), width=_SIDE, alt=name)
        st.caption(escape(name))


def _show_removal(line: CheckLine, *, simulated: bool) -> None:
    if isinstance(line.evidence, RemovalCurves) and line.value is not None and line.threshold is not None:
        figure = removal(
            line.evidence, inserts=line.name == "insertion", value=line.value, threshold=line.threshold
        )
        show_figure(figure, key=f"trust-{line.name}-curve", simulated=simulated)
