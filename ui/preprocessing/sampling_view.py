"""Leave pixels out, and see what becomes of the detail that is too fine for those that stay."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures.spectrum import radial_figure, spectrum_picture
from core.images.display import to_unit
from core.images.drawing import as_rgb, resample
from core.images.records import MedicalImage
from core.images.spectrum import (
    FEWEST,
    LARGEST,
    Spectrum,
    downsample,
    folded_frequency,
    measure_folding,
    plane_of,
    radial_profile,
    spectrum_of,
)
from core.images.test_patterns import line_pattern, zone_plate
from core.language import N_, _
from ui.charts import show_figure, show_pixels
from ui.messages import simulated_badge
from ui.preprocessing.spacing import Scale, differ, scale_of
from ui.session import full, use_language

_SIDE: Final = 256  # pixels of a pattern, and of what is shown of an image
_LINES_SIDE: Final = 200  # holds whole numbers of line pairs, so that no border disturbs the sums
_SCREEN: Final = 512
_LARGEST_FACTOR: Final = 8
_SMALLEST_RANGE: Final = 3  # the slider goes from 2 to this at least
_PATTERNS: Final = {"rings": N_("Rings"), "lines": N_("Lines"), "image": N_("This image")}
_FREQUENCY: Final = 0.3  # line pairs a pixel, where no slider asks


@dataclass(frozen=True, eq=False)
class _Pattern:
    """A picture to take apart.

    Attributes
    ----------
    pixels
        ndarray of shape (H, W), float32 in [0, 1].
    scale
        Of its pixels.
    lines
        Line pairs a pixel (down, across), where it is one pattern of lines.
    """

    pixels: NDArray[np.float32]
    scale: Scale
    lines: tuple[float, float] | None = None


def sampling_demonstration(image: MedicalImage, *, key: str, simulated: bool) -> None:
    """Show a picture and what is left of it when of every few pixels only one is kept."""
    use_language()
    st.markdown(f"##### {_('Try it: keep only every few pixels')}", anchors=False)
    name = st.segmented_control(
        _("Picture"),
        list(_PATTERNS),
        default="rings",
        required=True,
        format_func=lambda name: _(_PATTERNS[name]),
        key=f"{key}-sampling-pattern",
        persist_state="session",
    )
    pattern = _pattern(name or "rings", image, key=key)
    fewest = FEWEST * _SMALLEST_RANGE
    if min(pattern.pixels.shape) < fewest:
        text = _(
            "This image is too small to leave pixels out of it: {n} down and across are needed.", n=fewest
        )
        st.info(text)
        return
    factor, antialias = _choose(pattern, key=key)
    small = downsample(pattern.pixels, factor, antialias=antialias)
    if simulated and name == "image":
        simulated_badge()
    _show_pictures(pattern, small, factor)
    _say(pattern, factor, antialias=antialias)
    unit = pattern.scale.frequency_unit
    down, across = pattern.scale.spacing
    hann = name != "rings"  # they end in grey: there is no jump at the border
    before = spectrum_of(pattern.pixels, spacing=(down, across), hann=hann)
    after = spectrum_of(small, spacing=(down * factor, across * factor), hann=hann)
    show_spectra(before, after, unit=unit, key=f"{key}-sampling")
    if full():
        both = (radial_profile(before), before), (radial_profile(after), after)
        title = _("Does fine detail come back as coarser detail?")
        power = (
            _("Power density (grey² × mm²)") if pattern.scale.in_mm else _("Power density (grey² × pixel²)")
        )
        show_figure(radial_figure(*both, title=title, unit=unit, power=power), key=f"{key}-sampling-radial")


def _choose(pattern: _Pattern, *, key: str) -> tuple[int, bool]:
    """Let the visitor choose how many times fewer pixels, and whether with antialias."""
    most = int(np.clip(min(pattern.pixels.shape) // 16, _SMALLEST_RANGE, _LARGEST_FACTOR))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        factor = st.slider(
            _("Times fewer pixels a side"),
            2,
            most,
            min(4, most),
            key=f"{key}-sampling-factor-{most}",
            persist_state="session",
        )
        antialias = st.toggle(
            _("Antialias"), value=False, key=f"{key}-sampling-antialias", persist_state="session"
        )
    return factor, antialias


def show_spectra(before: Spectrum, after: Spectrum, *, unit: str, key: str) -> None:
    """Show two spectra side by side on the same axes, with the Nyquist limits of both."""
    reach = (max(before.limits[0], after.limits[0]), max(before.limits[1], after.limits[1]))
    inner = after.limits if differ(after.limits, before.limits) else None
    left, right = st.columns(2, gap="large")
    with left:
        figure = spectrum_picture(before, title=_("Spectrum before"), unit=unit, reach=reach, inner=inner)
        show_figure(figure, key=f"{key}-before")
    with right:
        figure = spectrum_picture(after, title=_("Spectrum after"), unit=unit, reach=reach, is_after=True)
        show_figure(figure, key=f"{key}-after")


def _pattern(name: str, image: MedicalImage, *, key: str) -> _Pattern:
    in_pixels = Scale(in_mm=False, spacing=(1.0, 1.0))
    if name == "image":
        return _Pattern(_shown(image), scale_of(image))
    if name == "rings":
        return _Pattern(zone_plate(_SIDE), in_pixels)
    frequency, angle = _FREQUENCY, 0
    if full():
        with st.container(horizontal=True):
            frequency = st.slider(
                _("Fineness (line pairs/pixel)"), 0.02, 0.5, _FREQUENCY, 0.01, key=f"{key}-sampling-frequency"
            )
            angle = st.slider(_("Direction (degrees)"), 0, 90, 0, 5, key=f"{key}-sampling-angle")
    turned = np.deg2rad(angle)
    parts = (round(frequency * float(np.sin(turned)), 9), round(frequency * float(np.cos(turned)), 9))
    return _Pattern(line_pattern(_LINES_SIDE, frequency=frequency, angle_degrees=angle), in_pixels, parts)


def _shown(image: MedicalImage) -> NDArray[np.float32]:
    """Return an image as a viewer would show it, in [0, 1], of a large one the middle."""
    height, width = image.values.shape[:2]
    top, left = max(0, (height - LARGEST) // 2), max(0, (width - LARGEST) // 2)
    middle = replace(image, values=image.values[top : top + LARGEST, left : left + LARGEST])
    return plane_of(to_unit(middle)).astype(np.float32)


def _show_pictures(pattern: _Pattern, small: NDArray[np.float32], factor: int) -> None:
    left, right = st.columns(2, gap="large")
    height, width = pattern.pixels.shape
    with left:
        caption = _("Before: {width} x {height} pixels", width=width, height=height)
        show_pixels(_middle(pattern.pixels, _SIDE), alt=caption, caption=_enlarged(caption, width, height))
    with right:
        caption = _("After: {width} x {height} pixels", width=small.shape[1], height=small.shape[0])
        text = _enlarged(caption, width, height)
        show_pixels(_middle(small, _SIDE // factor), alt=caption, caption=text)


def _enlarged(caption: str, width: int, height: int) -> str:
    if max(width, height) <= _SIDE:
        return caption
    return f"{caption} · " + _("its middle is shown")


def _middle(pixels: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    part = pixels[top : top + side, left : left + side]
    return resample(as_rgb(np.round(np.clip(part, 0, 1) * 255).astype(np.uint8)), _SCREEN)


def _say(pattern: _Pattern, factor: int, *, antialias: bool) -> None:
    """Say in numbers what folds, and as what."""
    folding = measure_folding(pattern.pixels, factor, antialias=antialias)
    if pattern.lines is not None:
        st.markdown(_lines_words(pattern.lines, factor))
    st.markdown(
        _(
            "{beyond} of the picture's variance (all its differences of light and dark, squared and averaged)"
            " is finer than the new Nyquist limit. As false, coarser patterns come back: {folded}.",
            beyond=f"**{folding.beyond:.2%}**",
            folded=f"**{folding.folded:.2%}**",
        )
    )
    if antialias and folding.beyond > 0:
        st.caption(
            _(
                "Antialias averages before it leaves pixels out. A simple average is no perfect filter: what"
                " is just beyond the limit is only weakened."
            )
        )


def _lines_words(lines: tuple[float, float], factor: int) -> str:
    """Fill in |f - k fs| for the direction, or for both, in which the brightness changes."""
    sampling = 1 / factor
    if all(frequency <= sampling / 2 + 1e-9 for frequency in lines):
        return _(
            "The new pixels hold up to {limit:.3g} line pairs/pixel: these lines are coarse enough and stay"
            " what they are.",
            limit=sampling / 2,
        )
    down, across = (f"**{_sum(frequency, sampling)}**" for frequency in lines)
    if min(lines) == 0:
        return _(
            "There are {sampling:.3g} new samples a pixel, too few for these lines. They fold: {sum} line"
            " pairs/pixel.",
            sampling=sampling,
            sum=across if lines[0] == 0 else down,
        )
    return _(
        "There are {sampling:.3g} new samples a pixel, too few for these lines. They fold: across {across},"
        " down {down} line pairs/pixel.",
        sampling=sampling,
        across=across,
        down=down,
    )


def _sum(frequency: float, sampling: float) -> str:
    k = round(frequency / sampling)
    return f"|{frequency:.3g} − {k} × {sampling:.3g}| = {folded_frequency(frequency, sampling):.3g}"
