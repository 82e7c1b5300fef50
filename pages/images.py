"""Learn 1: what the network gets to see, and whose images these are."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.figures.grey_levels import grey_level_histogram
from core.images.drawing import centre_of, cut_patch
from core.images.levels import unit_of
from core.images.records import Window
from core.language import _
from ui import cache
from ui.charts import show_figure
from ui.controls import (
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
from ui.film_facts import facts_table, patch_grid, pick_window
from ui.films import film_alt, film_facts, film_levels, film_png, lesion_mask, pick_film
from ui.places import Grid, Place, chosen_place, place_picture, place_sliders
from ui.split_view import pick_split_config, show_split
from ui.tour import show_tour

_PATCH = 9


def main() -> None:
    shown = lesson_header("images")
    info = pick_dataset()
    if info is not None:
        with guard():
            _look(info)
        with guard():
            _who(info)
    show_tour()
    lesson_more(shown)
    self_check("images", shown)
    next_button("preprocess")


def _look(info: DatasetInfo) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        sample_id = pick_film(info)
        mask = lesion_mask(info, sample_id)
        told = mask is not None and st.toggle(_("Show me where the finding is"), key="images-told")
        if info.simulated:
            simulated_badge()
    image = cache.image(info.dataset_id, sample_id)
    rows, columns = image.values.shape[:2]
    grid, key = Grid(rows, columns, _PATCH), f"images-{info.dataset_id}-{sample_id}"
    place = chosen_place(key, grid, Place(*centre_of(mask if told else None, (rows, columns))))
    with right, st.expander(_("Window and place by numbers"), expanded=full()):
        window = pick_window(image, key="images-window")
        place_sliders(key, grid, place)
    with left:
        picture = film_png(info, sample_id, window=window, with_mask=told)
        place_picture(picture, key=key, grid=grid, place=place, alt=film_alt(info, sample_id))
        st.caption(
            _("Orange line: the finding. Blue frame: the pixels beside. Click to move it.")
            if told
            else _("Blue frame: the pixels beside. Click into the picture to move it.")
        )
    with right:
        unit = _(unit_of(image))
        patch_grid(cut_patch(image, place.row, place.column, side=_PATCH, window=window), unit=unit)
        facts_table(film_facts(info, sample_id, window))
        if st.button(_("Your own image? Open the viewer"), key="to-viewer", type="tertiary"):
            go_to("viewer")
    _histogram(info, sample_id, window)


def _histogram(info: DatasetInfo, sample_id: int, window: Window | None) -> None:
    image = cache.image(info.dataset_id, sample_id)
    levels = film_levels(info, sample_id, window)
    figure = grey_level_histogram(levels, unit=_(unit_of(image)))
    show_figure(figure, key="images-histogram", simulated=info.simulated)
    st.caption(
        _(
            "Outside this window, of {n} values: {black:.1%} lost in pure black, {white:.1%} in pure white.",
            black=levels.share_black,
            white=levels.share_white,
            n=f"{image.values.size:,}",
        )
    )


def _who(info: DatasetInfo) -> None:
    st.subheader(_("Who is in the split"), anchor=False)
    show_split(info, pick_split_config(key="images"))


main()
