"""Pictures of a mistake: right, broken, and the difference; and what the network gets of them."""

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.records import DatasetInfo
from core.experiments.breaks import BREAKS
from core.figures.distributions import histogram
from core.images.drawing import as_rgb, resample, signed_picture
from core.language import _
from ui.charts import show_figure, show_pixels
from ui.messages import simulated_badge
from ui.preprocessing import break_answers
from ui.preprocessing.break_answers import Compared

_COUNTED: Final = "early_8_bits"  # whose example is told by the number of its shades
_SIDE: Final = 400  # pixels of the screen


def show_example(name: str) -> None:
    """Show the harm on a simulated picture of another machine, where this image cannot show it."""
    title = _("Where it does harm: a simulated picture of another machine")
    fold = st.expander(title, key=f"preprocess-break-example-{name}", on_change="rerun")
    if not fold.open:
        return
    with fold:
        simulated_badge()
        pictures = break_answers.example(BREAKS[name].example, name)
        for column, side, picture in zip(st.columns(2, gap="small"), _sides(), pictures, strict=True):
            with column:
                caption = f"{side}: {_shades(picture)}" if name == _COUNTED else side
                show_pixels(_shown(picture), alt=side, caption=caption)
        if name == _COUNTED:
            st.caption(
                _(
                    "A CT slice in a narrow window, from 0 to 80 Hounsfield units. Its noise hides the steps"
                    " from the eye, not from the count."
                )
            )


def _shades(picture: NDArray[np.float32]) -> str:
    return _("{n} different shades", n=len(np.unique(picture.reshape(-1, picture.shape[2]), axis=0)))


def _sides() -> tuple[str, str]:
    return _("As it should be"), _("Broken")


def show_pictures(info: DatasetInfo, found: Compared) -> None:
    """Show the picture right, broken, and the difference."""
    if info.simulated:
        simulated_badge()
    right, broken = found.right.picture, found.broken.picture
    pictures = (_shown(right), _shown(broken))
    _triple(pictures, broken - right, _("in grey levels from 0 to 1"))


def _triple(
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]], change: NDArray[np.float32], unit: str
) -> None:
    """Show right, broken and their difference, (H, W, C), side by side.

    Of a colour picture the difference is that of the channel that has changed most.
    """
    columns = st.columns(3, gap="small")
    for column, caption, picture in zip(columns, _sides(), pictures, strict=False):
        with column:
            show_pixels(picture, alt=caption, caption=caption)
    most = np.abs(change).argmax(axis=2)[:, :, None]
    difference = np.take_along_axis(change, most, axis=2)[:, :, 0]  # (H, W, C) -> (H, W)
    strongest = float(np.abs(difference).max())
    text = _("No difference here: the mistake comes later, in the numbers.")
    if strongest > 0:
        text = _(
            "Difference: orange is brighter than it should be, blue darker; at most {n:.2f}, {unit}",
            n=strongest,
            unit=unit,
        )
    with columns[2]:
        picture = resample(signed_picture(difference, strongest), _SIDE)
        show_pixels(picture, alt=_("Difference between broken and right"), caption=text)


def show_values(info: DatasetInfo, found: Compared) -> None:
    """Show what the network gets on the scale of the right values, and how they are spread."""
    right, broken = found.right.values, found.broken.values
    low, high = float(right.min()), float(right.max())
    scaled = [np.clip((values - low) / ((high - low) or 1.0), 0, 1) for values in (right, broken)]
    pictures = [_shown(values.transpose(1, 2, 0)) for values in scaled]  # (C, H, W) -> (H, W, C)
    change = (broken - right).transpose(1, 2, 0)
    _triple((pictures[0], pictures[1]), change, _("in the network's numbers"))
    st.caption(
        _(
            "{width} x {height} pixels, shown on the scale of the right values ({low:.2f} is black,"
            " {high:.2f} white).",
            width=right.shape[2],
            height=right.shape[1],
            low=low,
            high=high,
        )
    )
    series = {_("as it should be"): right, _("broken"): broken}
    title = _("How are the numbers spread that the network gets?")
    figure = histogram(series, title=title, x_title=_("Value that the network gets"))
    show_figure(figure, key="preprocess-break-histogram", simulated=info.simulated, height=320)
    st.caption("  \n".join(_spread(name, values) for name, values in series.items()))


def _spread(name: str, values: NDArray[np.float32]) -> str:
    return _(
        "{name}: mean {mean:.2f}, standard deviation {std:.2f}",
        name=name,
        mean=float(values.mean()),
        std=float(values.std()),
    )


def _shown(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return (H, W, C) in [0, 1] as a picture for the screen."""
    return resample(as_rgb(np.round(picture * 255).astype(np.uint8)), _SIDE)
