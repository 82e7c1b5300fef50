"""A tour of six machines on Learn 1: what each measures, a simulated picture, a lesion in millimetres."""

from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from core.datasets.public_sets import PUBLIC_SETS
from core.datasets.tour import MACHINES, Exhibit, Machine, make_exhibit, show_mri
from core.datasets.tour_reading import read_pixel
from core.datasets.tour_ultrasound import USUAL_RANGE_DB, dynamic_range
from core.images.drawing import centre_of, draw_image
from core.images.records import Window
from core.images.scale_bar import draw_scale_bar
from core.images.shapes import count_regions, largest_region, measure_lesion
from core.language import N_, _, joined
from core.lessons import Section
from ui import cache
from ui.film_facts import pick_window
from ui.messages import escape, guard, simulated_badge
from ui.places import Grid, Place, chosen_place, place_picture
from ui.session import full
from ui.teaching import lesson, lesson_text

_SIDE: Final = 512  # pixels of the drawn picture
_FRAME: Final = 3
_FACTS: Final = (N_("What it measures"), N_("What a number means"), N_("What a lesion looks like"))


@dataclass(frozen=True)
class _Weighting:
    """Repetition and echo time of an MRI picture, ms, and what such a picture is called (a marked text)."""

    tr_ms: int
    te_ms: int
    title: str = ""


_T1, _PD, _T2 = (
    _Weighting(500, 15, N_("T1-weighted")),
    _Weighting(4000, 15, N_("PD-weighted")),
    _Weighting(4000, 95, N_("T2-weighted")),
)


def show_tour() -> None:
    """Show the fold of the tour; what is in it is computed only while it is open."""
    fold = st.expander(
        _("Where images come from: six machines"),
        key="tour-fold",
        on_change="rerun",
    )
    if fold.open:
        with fold, guard():
            _tour()


def _tour() -> None:
    shown = lesson("tour")
    lesson_text(shown.body)
    texts = dict(zip(MACHINES, shown.sections, strict=True))
    name = st.segmented_control(
        _("Machine"),
        list(MACHINES),
        default="xray",
        required=True,
        format_func=lambda name: texts[name].title,
        key="tour-machine",
        persist_state="session",
        label_visibility="collapsed",
    )
    machine = MACHINES[name or "xray"]
    left, right = st.columns(2, gap="large")
    with left:
        simulated_badge()
        _picture(machine, texts[machine.name].title)
    with right:
        _facts(machine, texts[machine.name])
    _sets(machine)


def _picture(machine: Machine, title: str) -> None:
    """Show the example, at Full with the controls of its machine, and what the chosen pixel says."""
    weightings: tuple[_Weighting | None, ...] = _weightings() if machine.name == "mri" else (None,)
    exhibit = _exhibit(machine.name, weightings[0])
    window = _pick_window(machine, exhibit) if full() else None
    rows, columns = exhibit.image.values.shape[:2]
    grid, key = Grid(rows, columns, _FRAME), f"tour-{machine.name}"
    start = Place(*centre_of(largest_region(exhibit.lesion_mask), (rows, columns)))
    place = chosen_place(key, grid, start)
    alt = _("Simulated picture: {machine}. {lesion} is outlined.", machine=title, lesion=_(machine.lesion))
    for weighting in weightings:
        if weighting is not None and weighting.title:
            st.markdown(f"**{_(weighting.title)}**")
        picture = _drawn(machine.name, weighting, window.model_dump_json() if window else "")
        name = weighting.title if weighting else "picture"
        place_picture(picture, key=key, grid=grid, place=place, alt=alt, name=f"picture-{name}")
        image = _exhibit(machine.name, weighting).image
        reading = read_pixel(machine.name, image, place.row, place.column)
        st.markdown(_("**In the frame:** {reading}", reading=escape(reading)))
    st.caption(_("Click into the picture to read another pixel."))


def _weightings() -> tuple[_Weighting, ...]:
    """Return the two usual pictures, or at Full the one that the visitor sets up."""
    if not full():
        return (_T1, _T2)
    usual = st.segmented_control(
        _("Start from"),
        range(3),
        default=2,
        required=True,
        format_func=lambda number: _((_T1, _PD, _T2)[number].title),
        key="tour-weighting",
    )
    begin = (_T1, _PD, _T2)[usual or 0]
    tr_ms = st.slider(
        _("Repetition time TR (ms)"),
        100,
        6000,
        begin.tr_ms,
        step=100,
        key=f"tour-tr-{usual}",
        help=_("Time from one excitation to the next: a short one brings out differences in T1."),
    )
    te_ms = st.slider(
        _("Echo time TE (ms)"),
        5,
        200,
        begin.te_ms,
        step=5,
        key=f"tour-te-{usual}",
        help=_("Time until the echo is read: a long one brings out differences in T2."),
    )
    return (_Weighting(tr_ms, te_ms),)


def _pick_window(machine: Machine, exhibit: Exhibit) -> Window | None:
    if machine.name in ("xray", "ct"):
        return pick_window(exhibit.image, key=f"tour-window-{machine.name}")
    if machine.name == "ultrasound":
        range_db = st.slider(
            _("Dynamic range (dB)"),
            20,
            90,
            int(USUAL_RANGE_DB),
            step=5,
            key="tour-range",
            help=_("How many decibels lie between black and white."),
        )
        return dynamic_range(range_db)
    return None


def _facts(machine: Machine, text: Section) -> None:
    """Show three facts, the lesion's measured size, and the objection."""
    *facts, objection = text.text.split("\n\n")
    for title, fact in zip(_FACTS, facts, strict=True):
        lesson_text(f"**{_(title)}**  \n{fact}")
    _measures(machine)
    with st.container(border=True, key="card-tour-objection"):
        lesson_text(f"**{_(machine.objection)}**  \n{objection}")


def _measures(machine: Machine) -> None:
    exhibit = _exhibit(machine.name, _T2 if machine.name == "mri" else None)
    spacing_mm = exhibit.image.pixel_spacing_mm
    if spacing_mm is None:
        return
    region = largest_region(exhibit.lesion_mask)
    measures = measure_lesion(region, spacing_mm)
    area = f"{measures.area_mm2:.2g}" if measures.area_mm2 < 100 else f"{measures.area_mm2:.0f}"
    numbers = {
        _("Longest diameter"): f"{measures.longest_diameter_mm:.2g}\N{NO-BREAK SPACE}mm",
        _("Area"): f"{area}\N{NO-BREAK SPACE}mm²",
        _("Roundness (4π × area / perimeter²; a circle has 1)"): f"{measures.roundness:.2f}",
    }
    table = pd.DataFrame({"measure": list(numbers), "value": list(numbers.values())})
    st.table(table, border="horizontal", hide_index=True, hide_header=True)
    n_regions = count_regions(exhibit.lesion_mask)
    said = [
        _("Orange line: {lesion}.", lesion=_(machine.lesion))
        if n_regions == 1
        else _(
            "Orange line: {lesion}, the largest of {n} marked places.", lesion=_(machine.lesion), n=n_regions
        ),
        _(
            "Measured on its known mask: {n} pixels of {mm:.3g} mm.",
            n=f"{measures.n_pixels:,}",
            mm=spacing_mm[0],
        ),
    ]
    if exhibit.thickness_mm is not None:
        said.append(_("The slice is {mm:g} mm thick.", mm=exhibit.thickness_mm))
    st.caption(joined(said, " "))


def _sets(machine: Machine) -> None:
    """Show where real pictures are found: at Basic those of this machine, at Full all."""
    st.markdown(f"**{_('Public sets of real images')}**")
    chosen = [each for each in PUBLIC_SETS if full() or each.machine in (machine.name, "")]
    table = pd.DataFrame(
        {
            _("Set"): [f"[{escape(each.name)}]({each.address})" for each in chosen],
            _("What it shows"): [_(each.shows) for each in chosen],
            _("Licence"): [_(each.terms) for each in chosen],
        }
    )
    st.table(table, border="horizontal", hide_index=True)
    st.caption(_("Terms can change: read them on the set's own page before you use it."))


@st.cache_resource(max_entries=24, show_spinner=False)
def _exhibit(name: str, weighting: _Weighting | None) -> Exhibit:
    if weighting is not None:
        return show_mri(tr_ms=weighting.tr_ms, te_ms=weighting.te_ms)
    return make_exhibit(name)


@st.cache_data(max_entries=48, max_size="64mb", show_spinner=False)
def _drawn(name: str, weighting: _Weighting | None, window_json: str) -> bytes:
    exhibit = _exhibit(name, weighting)
    window = Window.model_validate_json(window_json) if window_json else None
    picture = draw_image(exhibit.image, window, mask=largest_region(exhibit.lesion_mask), side=_SIDE)
    spacing_mm = exhibit.image.pixel_spacing_mm or (1.0, 1.0)
    return cache.png_bytes(draw_scale_bar(picture, spacing_mm[1] * exhibit.image.values.shape[1]))
