"""How maps are laid over the image: opacity, what is too weak to show, the image's window, the outline."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.explanation.film import LONGEST_SIDE, film, outlined
from core.explanation.picture import overlay
from core.explanation.records import Attribution
from core.images.levels import CT_WINDOWS
from core.images.records import MedicalImage, Window
from core.language import _
from ui import answers
from ui.answers import Subject
from ui.explain.case import Network
from ui.session import full

_OPACITY: Final = 60
_OWN: Final = "own"
_RANGE: Final = "range"


@dataclass(frozen=True)
class Look:
    """The choices of the page.

    Attributes
    ----------
    opacity
        Of the map, 0 to 1.
    weakest
        Values smaller than this share of the full colour are not shown.
    window
        Of the image; None is its own.
    with_outline
        Whether the true finding is outlined, where it is known.
    """

    opacity: float = _OPACITY / 100
    weakest: float = 0.0
    window: Window | None = None
    with_outline: bool = True


def pick_look(image: MedicalImage, *, has_outline: bool) -> Look:
    """Let the visitor choose; at Basic the opacity alone."""
    opacity = st.slider(_("Opacity of the map (per cent)"), 0, 100, _OPACITY, 5, key="explain-opacity")
    if not full():
        return Look(opacity=opacity / 100)
    weakest = st.slider(
        _("Hide what is weaker than (per cent of the strongest)"),
        0,
        95,
        0,
        5,
        key="explain-weakest",
        help=_("It hides weak values in the picture; the map itself stays as it is."),
    )
    window = _pick_window(image)
    with_outline = has_outline and st.toggle(_("Outline the true finding"), True, key="explain-outline")
    return Look(opacity / 100, weakest / 100, window, with_outline)


def drawn(image: MedicalImage, look: Look, answer: Attribution | None = None) -> NDArray[np.uint8]:
    """Return the image in its window at its own resolution, as far as a screen goes, with a map over it."""
    pixels = film(image, longest_side=LONGEST_SIDE, window=look.window)
    return pixels if answer is None else overlay(pixels, answer, look.opacity, weakest=look.weakest)


def with_outline(pixels: NDArray[np.uint8], mask: NDArray[np.bool_] | None, look: Look) -> NDArray[np.uint8]:
    """Draw the outline of the true finding, where it is known and wanted."""
    return pixels if mask is None or not look.with_outline else outlined(pixels, mask)


def true_mask(network: Network, subject: Subject) -> NDArray[np.bool_] | None:
    """Return where the finding really is, (H, W); None where nobody knows."""
    return None if network.run is None else answers.lesion_mask(network.run, subject)


def _pick_window(image: MedicalImage) -> Window | None:
    options = _windows(image)
    if len(options) < 2:
        return None
    chosen = st.selectbox(
        _("Window"),
        list(options),
        format_func=lambda name: options[name][0],
        key="explain-window",
        help=_("How the image is shown here. The network always gets its own preprocessing."),
    )
    return options[chosen][1]


def _windows(image: MedicalImage) -> dict[str, tuple[str, Window | None]]:
    """Return what the image can be shown in: its own windows, CT's usual ones, its whole range."""
    if image.is_colour:
        return {}
    low, high = image.value_range
    found: dict[str, tuple[str, Window | None]] = {_OWN: (_("As it is shown first"), None)}
    for number, window in enumerate(image.windows[1:], 2):
        words = _("Window {n} of the file · {what}", n=number, what=f"{window.center:g} / {window.width:g}")
        found[f"window-{number}"] = (words, window)
    if image.modality == "CT":
        for name, window in CT_WINDOWS.items():
            found[name] = (f"{_(name)} · {window.center:g} / {window.width:g}", window)
    if image.windows and high > low:
        whole = Window(center=(low + high) / 2, width=high - low, function="LINEAR_EXACT")
        found[_RANGE] = (_("Full range here · {low:.6g} to {high:.6g}", low=low, high=high), whole)
    return found
