"""What can be said of a film: its window, chosen among the usual ones, its facts, its pixels as numbers."""

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from core.images.drawing import Patch, as_rgb
from core.images.facts import ImageFacts
from core.images.levels import CT_WINDOWS
from core.images.records import MedicalImage, Window
from core.language import N_, _
from ui.messages import escape
from ui.numbers import number_grid

_OWN: Final = N_("as stored with the image")
_FULL: Final = N_("all values")
_MANUAL: Final = N_("chosen by hand")


def pick_window(image: MedicalImage, *, key: str) -> Window | None:
    """Let the visitor choose which values become black and white; None is the image's own choice."""
    presets = CT_WINDOWS if image.modality == "CT" else {}
    options = [_OWN, *([_FULL] if image.windows else []), *presets, _MANUAL]
    chosen = st.selectbox(
        _("Window"),
        options,
        format_func=_window_name,
        key=f"{key}-{len(options)}",
        persist_state="session",
        help=_("Which values are spread from black to white; what lies outside can no longer be told apart."),
    )
    if chosen == _FULL:
        return _between(*image.value_range)
    if chosen == _MANUAL:
        return _by_hand(image, key=f"{key}-ends")
    return presets.get(chosen)


def facts_table(facts: ImageFacts) -> None:
    """Show the facts of an image as a small table."""
    rows = {
        _("Size"): _("{width} x {height} pixels", width=facts.width, height=facts.height),
        _("Channels"): _("1 (grey)") if facts.n_channels == 1 else _("3 (red, green, blue)"),
        _("Bits a value"): _("{bits}: {steps} steps", bits=facts.bits, steps=f"{2**facts.bits:,}"),
        _("Values in this image"): _(
            "{low:.6g} to {high:.6g}, {n} different ones",
            low=facts.low,
            high=facts.high,
            n=f"{facts.n_levels:,}",
        ),
        _("Pixel spacing"): _spacing(facts),
        _("Modality"): escape(facts.modality) if facts.modality else _("not known"),
        _("Window"): _window_words(facts),
    }
    table = pd.DataFrame({"fact": list(rows), "value": list(rows.values())})
    st.table(table, border="horizontal", hide_index=True, hide_header=True)


def patch_grid(patch: Patch, *, unit: str) -> None:
    """Show a patch as numbers, each on its own shade."""
    values = patch.values if patch.values.ndim == 3 else patch.values[:, :, None]
    words = [
        ["\n".join(f"{value:.6g}" for value in pixel) for pixel in line] for line in values.astype(np.float64)
    ]
    height, width = values.shape[:2]
    number_grid(
        words,
        as_rgb(patch.shown),
        caption=_("The {n} pixels in the frame, as numbers ({unit})", n=height * width, unit=unit),
        top=patch.top,
        left=patch.left,
        cell_rem=3.1 if values.shape[2] == 3 else 2.35,
    )


def _by_hand(image: MedicalImage, *, key: str) -> Window:
    low, high = float(image.values.min()), float(image.values.max())
    high = max(high, low + 1)
    ends = st.slider(
        _("Black and white"),
        low,
        high,
        value=(low, high),
        key=f"{key}-{low:.0f}-{high:.0f}",
        persist_state="session",
    )
    return _between(*ends)


def _between(black: float, white: float) -> Window:
    return Window(center=(black + white) / 2, width=max(white - black, 1e-6), function="LINEAR_EXACT")


def _window_name(name: str) -> str:
    if name in CT_WINDOWS:
        window = CT_WINDOWS[name]
        return _(
            "{name}: centre {center:g}, width {width:g}",
            name=_(name),
            center=window.center,
            width=window.width,
        )
    return _(name)


def _window_words(facts: ImageFacts) -> str:
    ends = _("black at {black:.6g}, white at {white:.6g}", black=facts.black, white=facts.white)
    if facts.inverted:
        ends = _("white at {black:.6g}, black at {white:.6g}", black=facts.black, white=facts.white)
    if facts.window is None:
        return _("{ends} (all values)", ends=ends)
    return _(
        "{ends} (centre {center:.6g}, width {width:.6g})",
        ends=ends,
        center=facts.window.center,
        width=facts.window.width,
    )


def _spacing(facts: ImageFacts) -> str:
    if facts.spacing_mm is None or facts.size_mm is None:
        return _("not known: nobody can say how many millimetres a thing measures")
    return _(
        "{down:.3g} x {across:.3g} mm; the picture shows {height:.0f} x {width:.0f} mm",
        down=facts.spacing_mm[0],
        across=facts.spacing_mm[1],
        height=facts.size_mm[0],
        width=facts.size_mm[1],
    )
