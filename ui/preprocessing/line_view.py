"""The values along a line through the picture, before and after chosen steps."""

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.figures.line_profile import ProfileCurve, line_profile_figure
from core.images.drawing import BLUE, ORANGE, draw_image, stretch
from core.images.line_profile import Line, Width, measure_width, n_samples, sample_line
from core.images.records import MedicalImage
from core.language import N_, _
from core.transforms.preprocessing.pipeline import StepTrace
from ui import cache
from ui.charts import show_figure
from ui.messages import simulated_badge
from ui.places import Grid, Place, chosen_place, place_picture, place_sliders
from ui.preprocessing.spacing import distance_words
from ui.session import full, use_language

_SIDE: Final = 640  # pixels of the drawn picture
_MOST_STEPS: Final = 5
_LINE_WIDTH: Final = 3
_ENDS: Final = {"start": N_("start (blue)"), "end": N_("end (orange)")}
_KINDS: Final = {
    "peak": N_("one bright peak, {width} wide at half of its height"),
    "valley": N_("one dark dip, {width} wide at half of its depth"),
    "edge": N_("one edge, {width} wide from 10 to 90 % of its height"),
}


def line_section(steps: list[StepTrace], image: MedicalImage, *, key: str, simulated: bool = False) -> None:
    """Let the visitor lay a line through the picture and show the values along it.

    Parameters
    ----------
    steps
        What `trace` found.
    image
        The image that they began with.
    key
        Names the widgets.
    simulated
        Marks the picture as drawn by a program.
    """
    st.fragment(_line)(steps, image, key=key, simulated=simulated)


def _line(steps: list[StepTrace], image: MedicalImage, *, key: str, simulated: bool) -> None:
    use_language()
    st.subheader(_("The values along a line"), anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        line = _choose_line(image, key=key, simulated=simulated)
        chosen = _choose_steps(steps, key=key) if full() else [0, _last_picture(steps)]
    with right:
        _show(steps, chosen, line, image, key=key)


def _choose_line(image: MedicalImage, *, key: str, simulated: bool) -> Line:
    """Show the picture with the line on it; a click moves the end that is chosen."""
    end = st.segmented_control(
        _("A click moves the line's"),
        list(_ENDS),
        default="start",
        required=True,
        format_func=lambda name: _(_ENDS[name]),
        key=f"{key}-line-which",
        persist_state="session",
    )
    rows, columns = image.values.shape[:2]
    grid = Grid(rows, columns)
    begin = {"start": Place(rows // 2, columns // 8), "end": Place(rows // 2, columns - 1 - columns // 8)}
    places = {name: chosen_place(f"{key}-line-{name}", grid, begin[name]) for name in _ENDS}
    line = Line(places["start"].row, places["start"].column, places["end"].row, places["end"].column)
    if simulated:
        simulated_badge()
    name = end or "start"
    place_picture(
        cache.png_bytes(_drawn(image, line)),
        key=f"{key}-line-{name}",
        grid=grid,
        place=places[name],
        alt=_("The picture with the line on it, from its blue to its orange end."),
    )
    if full():
        with st.expander(_("Choose by numbers")):
            st.caption(_(_ENDS[name]))
            place_sliders(f"{key}-line-{name}", grid, places[name])
    return line


def _drawn(image: MedicalImage, line: Line) -> NDArray[np.uint8]:
    spacing = image.pixel_spacing_mm or (1.0, 1.0)
    pixels = stretch(draw_image(image, side=_SIDE), spacing[0] / spacing[1])
    picture = Image.fromarray(pixels)
    rows, columns = image.values.shape[:2]
    across, down = picture.width / columns, picture.height / rows
    start = ((line.column_from + 0.5) * across, (line.row_from + 0.5) * down)
    end = ((line.column_to + 0.5) * across, (line.row_to + 0.5) * down)
    draw = ImageDraw.Draw(picture)
    draw.line([start, end], fill=(0, 0, 0), width=_LINE_WIDTH + 4)
    draw.line([start, end], fill=(255, 255, 255), width=_LINE_WIDTH)
    for (x, y), colour in ((start, BLUE), (end, ORANGE)):
        draw.ellipse([x - 8, y - 8, x + 8, y + 8], fill=colour, outline=(255, 255, 255), width=2)
    return np.asarray(picture)


def _choose_steps(steps: list[StepTrace], *, key: str) -> list[int]:
    """Let the visitor choose after which steps to look; the first and the last at first."""
    names = "-".join(step.name for step in steps)  # another pipeline has other steps to choose from
    chosen = st.multiselect(
        _("Look after these steps"),
        range(len(steps)),
        default=sorted({0, _last_picture(steps), len(steps) - 1}),
        format_func=lambda number: f"{number}. {_(steps[number].title)}",
        max_selections=_MOST_STEPS,
        key=f"{key}-line-steps-{names}",
        persist_state="session",
    )
    return sorted(chosen) or [0]


def _last_picture(steps: list[StepTrace]) -> int:
    """Return the last step before the tensor steps."""
    return next(number for number, step in enumerate(steps) if step.name == "quantise")


def _show(steps: list[StepTrace], chosen: list[int], line: Line, image: MedicalImage, *, key: str) -> None:
    spacing = image.pixel_spacing_mm
    length = line.length(spacing or (1.0, 1.0))
    if length == 0:
        st.info(_("Both ends lie on one pixel: move one of them."))
        return
    distances = np.linspace(0, length, n_samples(line))
    curves = [_curve(steps[number], number, line, distances) for number in sorted(set(chosen))]
    show_figure(line_profile_figure(curves, distances, in_mm=spacing is not None), key=f"{key}-line-figure")
    st.markdown(_length_words(image, length))
    for curve in curves:
        st.markdown(f"- **{curve.name}**: {_width_words(curve.width, in_mm=spacing is not None)}")
    st.caption(
        _(
            "Each value is weighed from the four pixels around it (bilinear). A width is told only where the"
            " line crosses exactly one peak or one edge; noise and the distance of the pixels have a share in"
            " it, and a peak narrower than two pixels is as wide as the pixels make it."
        )
    )


def _curve(step: StepTrace, number: int, line: Line, distances: NDArray[np.float64]) -> ProfileCurve:
    frame = step.frame
    seen = line.seen_in(top=frame.top, left=frame.left, down=frame.down, across=frame.across)
    channels = [
        sample_line(step.values[:, :, channel], seen, n=len(distances))
        for channel in range(step.values.shape[2])
    ]
    values = np.mean(channels, axis=0)
    unit = _("stored value") if number == 0 else _("value")
    return ProfileCurve(
        name=f"{number}. {_(step.title)}",
        unit=unit,
        values=values,
        width=measure_width(distances, values),
    )


def _length_words(image: MedicalImage, length: float) -> str:
    if image.pixel_spacing_mm is None:
        return _("The line is {length:.4g} pixels long; how many millimetres is not known.", length=length)
    return _("The line is {length} long.", length=f"**{length:.4g} mm**")


def _width_words(width: Width | None, *, in_mm: bool) -> str:
    if width is None:
        return _("not exactly one peak or edge on this line, so no width is told")
    return _(_KINDS[width.kind], width=f"**{distance_words(width.length, in_mm=in_mm)}**")
