"""What the viewer says beside a frame: its facts in a table, and which values its window tells apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.figures.grey_levels import grey_level_histogram
from core.images.levels import count_levels
from core.language import _
from ui.charts import show_figure
from ui.messages import escape
from ui.viewer_window import limits_of

if TYPE_CHECKING:
    from core.images.study import FrameView
    from ui.viewer_files import Stack
    from ui.viewer_window import Chosen


def frame_facts(view: FrameView, stack: Stack) -> None:
    """Show what is known of a frame and of the stack it stands in."""
    image = view.image
    height, width = image.values.shape[:2]
    rows = {
        _("Modality"): escape(image.modality) if image.modality else _("not known"),
        _("Size"): _("{width} x {height} pixels", width=width, height=height),
        _("Pixel spacing"): _spacing(view),
        _("Value"): escape(str(view.transform)),
        _("Values here"): _values(view),
    }
    if image.bits_stored:
        rows[_("Bits a value")] = str(image.bits_stored)
    if image.inverted:
        rows[_("Grey scale")] = _("MONOCHROME1: low values are white")
    if len(stack.series.indices) > 1:
        rows[_("Series")] = _("{n} slices, {order}", n=len(stack.slices), order=stack.order)
    table = pd.DataFrame({"fact": list(rows), "value": list(rows.values())})
    st.table(table, border="horizontal", hide_index=True, hide_header=True)
    if not stack.series.is_even:
        st.caption(_("The slices are not equally far apart: some are missing, or stand twice."))


def scale_words(view: FrameView) -> str:
    """Return where the millimetres of the scale bar hold, or that there are none."""
    if view.image.pixel_spacing_mm is None:
        return _("The file gives no pixel spacing: nobody can say how many millimetres a thing measures.")
    if view.spacing_place is None:
        return _("The scale bar goes by the pixel spacing in the file.")
    return _("The scale bar holds {place}.", place=_(view.spacing_place))


def histogram(view: FrameView, chosen: Chosen, *, simulated: bool) -> None:
    """Show how often each value occurs, with the ends of the window; padding is left out."""
    image, limits = view.image, limits_of(view, chosen)
    if view.padding is not None and not view.padding.all():
        image = replace(image, values=image.values[~view.padding][None])
    unit = _(view.unit)
    figure = grey_level_histogram(count_levels(image, limits), unit=unit[:1].upper() + unit[1:])
    show_figure(figure, key="viewer-histogram", simulated=simulated)


def _spacing(view: FrameView) -> str:
    spacing = view.image.pixel_spacing_mm
    if spacing is None:
        return _("not known")
    height, width = view.image.values.shape[:2]
    size = _(
        "{down:.3g} x {across:.3g} mm; the picture shows {height:.0f} x {width:.0f} mm",
        down=spacing[0],
        across=spacing[1],
        height=height * spacing[0],
        width=width * spacing[1],
    )
    return f"{size} ({_(view.spacing_place)})" if view.spacing_place else size


def _values(view: FrameView) -> str:
    values = view.image.values
    if view.padding is not None and not view.padding.all():
        values = values[~view.padding]
    low, high = float(values.min()), float(values.max())
    if view.image.is_colour:
        return _("{low:.6g} to {high:.6g} in each of red, green and blue", low=low, high=high)
    return _("{low:.6g} to {high:.6g} ({unit})", low=low, high=high, unit=_(view.unit))
