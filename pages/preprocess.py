"""Learn 2: follow one pixel through the preprocessing."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.records import DatasetInfo
from core.images.drawing import grey_picture, mark_pixel, resample
from core.language import _
from core.transforms.preprocessing.following import PixelStep, shown_number
from core.transforms.records import Preprocessing
from ui import cache
from ui.charts import show_pixels
from ui.controls import (
    escape,
    full,
    go_to,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    self_check,
    simulated_badge,
)
from ui.films import film_alt, film_png, pick_film
from ui.handover import send_preprocessing
from ui.pipeline import followed, n_fitted, pick_pipeline
from ui.places import Grid, Place, chosen_place, place_picture, place_sliders

_SIDE = 360  # pixels of the screen


def main() -> None:
    shown = lesson_header("preprocess")
    info = pick_dataset()
    if info is not None:
        with guard():
            _page(info)
    lesson_more(shown)
    self_check("preprocess", shown)
    next_button("augment")


def _page(info: DatasetInfo) -> None:
    preprocessing = pick_pipeline(info) if full() else None
    left, right = st.columns(2, gap="large")
    with left:
        sample_id = pick_film(info)
    with right:
        preprocessing = preprocessing or pick_pipeline(info)
    rows, columns = cache.image(info.dataset_id, sample_id).values.shape[:2]
    grid, key = Grid(rows, columns), f"preprocess-{info.dataset_id}-{sample_id}"
    place = chosen_place(key, grid, Place(rows // 2, columns // 3))
    with st.spinner(_("The steps are being done…")):
        steps = followed(info, sample_id, preprocessing, row=place.row, column=place.column)
    with left:
        if info.simulated:
            simulated_badge()
        place_picture(
            film_png(info, sample_id), key=key, grid=grid, place=place, alt=film_alt(info, sample_id)
        )
        st.caption(_("Blue frame: the pixel you follow. Click into the picture to choose another."))
        with st.expander(_("Choose by numbers"), expanded=full()):
            place_sliders(key, grid, place)
    with right:
        _story(steps)
    _steps(info, steps)
    if full():
        _send(info, preprocessing)


def _story(steps: list[PixelStep]) -> None:
    """Tell the value of the pixel after each step, with the sum that led to it."""
    st.subheader(_("The story of one pixel"), anchor=False)
    for number, step in enumerate(steps):
        with st.container(border=True, key=f"card-step-{number}", gap="small"):
            where = _("row {row}, column {column}", row=step.row, column=step.column) if step.after else ""
            st.markdown(f"**{number}. {_(step.title)}** :gray[{where}]")
            numbers = escape(" · ".join(shown_number(value) for value in step.after))
            st.markdown(f"{escape(step.sum)} → **{numbers}**" if step.after else escape(step.sum))


def _steps(info: DatasetInfo, steps: list[PixelStep]) -> None:
    """Show the whole picture after each step, with shape, type and range."""
    st.subheader(_("The whole picture after each step"), anchor=False)
    for number, step in enumerate(steps):
        if number % 3 == 0:  # a new row, so that a phone shows the steps in their order
            columns = st.columns(3, gap="medium")
        with columns[number % 3]:
            alt = _("The picture after the step {title}.", title=_(step.title))
            show_pixels(_picture(step), alt=alt)
            shape = " x ".join(str(length) for length in step.values.shape)
            st.markdown(f"**{number}. {_(step.title)}**  \n{shape}, {step.dtype}")
            st.caption(_("from {low} to {high}", low=shown_number(step.low), high=shown_number(step.high)))
    st.caption(
        _(
            "Each picture is shown from its own darkest to its brightest value, the pixel in orange. Mean and"
            " standard deviation come from {n} training images only.",
            n=n_fitted(info),
        )
    )


def _picture(step: PixelStep) -> NDArray[np.uint8]:
    picture = resample(grey_picture(step.values), _SIDE)
    if step.row is not None and step.column is not None:
        mark_pixel(picture, step.values.shape[:2], step.row, step.column)
    return picture


def _send(info: DatasetInfo, preprocessing: Preprocessing) -> None:
    text = _("Train with this preprocessing")
    if st.button(text, key="preprocess-send"):
        send_preprocessing(info.dataset_id, preprocessing)
        go_to("train")


main()
