"""Coarse and fine detail of the picture before and after a step, with what sampling means."""

from itertools import pairwise
from typing import Final

import streamlit as st

from core.figures.spectrum import radial_figure
from core.images.records import MedicalImage
from core.images.spectrum import (
    FEWEST,
    LARGEST,
    Spectrum,
    radial_profile,
    relative_to_coarse,
    share_beyond,
    spectrum_of,
)
from core.language import _, joined
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing.pipeline import StepTrace
from ui.charts import show_figure
from ui.messages import simulated_badge
from ui.preprocessing.sampling_view import sampling_demonstration, show_spectra
from ui.preprocessing.spacing import Scale, differ, distance_words, is_projection, scale_of
from ui.session import full, use_language
from ui.teaching import lesson, lesson_text

_WHOLE: Final = 0  # all steps together; a step has the number of its place in the trace
_COARSE: Final = 0.125  # of the lower Nyquist limit: detail that no resampling changes


def spectrum_section(
    steps: list[StepTrace], image: MedicalImage, *, key: str, simulated: bool = False
) -> None:
    """Show the spectrum before and after a step, and a demonstration of sampling.

    Parameters
    ----------
    steps
        What `trace` found.
    image
        The image that they began with.
    key
        Names the widgets.
    simulated
        Marks the pictures as drawn by a program.
    """
    shown = lesson("sampling")
    st.subheader(shown.title, anchor=False)
    lesson_text(shown.body)
    _spacing_words(steps, image)
    st.fragment(_compare)(steps, image, key=key, simulated=simulated)
    st.fragment(sampling_demonstration)(image, key=key, simulated=simulated)
    if full():
        with st.expander(_("More about sampling and spectrum")):
            lesson_text(shown.more)


def _spacing_words(steps: list[StepTrace], image: MedicalImage) -> None:
    """Say what the pixels of this image can hold, before and after the steps."""
    scale = scale_of(image)
    lines = [_finest_words(_("As stored"), scale.of(steps[0].frame), scale)]
    after = scale.of(steps[-1].frame)
    if differ(after, scale.spacing):
        lines.append(_finest_words(_("After all steps"), after, scale))
    st.markdown("\n".join(f"- {line}" for line in lines))
    if not scale.in_mm:
        st.caption(_("The image does not say how large its pixels are: all lengths are in its own pixels."))
    elif is_projection(image):
        st.caption(
            _(
                "This is a projection: the spacing usually holds at the detector. In the body it is smaller,"
                " by a magnification that depends on the depth."
            )
        )


def _finest_words(when: str, spacing: tuple[float, float], scale: Scale) -> str:
    """Say it for the direction in which the pixels are further apart."""
    widest = max(spacing)
    text = _(
        "{when}: {spacing} between pixel centres, so the finest line pair that these pixels can hold is"
        " {pair} wide ({limit:.3g} {unit}).",
        when=f"**{when}**",
        spacing=distance_words(widest, in_mm=scale.in_mm),
        pair=f"**{distance_words(2 * widest, in_mm=scale.in_mm)}**",
        limit=1 / (2 * widest),
        unit=scale.frequency_unit,
    )
    if differ(spacing[:1], spacing[1:]):
        text += " " + _(
            "The pixels are not square: {down} down, {across} across.",
            down=distance_words(spacing[0], in_mm=scale.in_mm),
            across=distance_words(spacing[1], in_mm=scale.in_mm),
        )
    return text


def _compare(steps: list[StepTrace], image: MedicalImage, *, key: str, simulated: bool) -> None:
    """Show both spectra and the radial profile of the chosen step."""
    use_language()
    number, hann = _shrinking(steps), True
    if full():
        with st.container(horizontal=True, vertical_alignment="bottom"):
            number = _choose_step(steps, number, key=key)
            hann = st.toggle(
                _("Hann window"), value=True, key=f"{key}-spectrum-hann", persist_state="session"
            )
    first, last = (steps[0], steps[-1]) if number == _WHOLE else (steps[number - 1], steps[number])
    if min(*first.values.shape[:2], *last.values.shape[:2]) < FEWEST:
        st.info(_("One row or one column of pixels has no spectrum: both directions need {n}.", n=FEWEST))
        return
    scale = scale_of(image)
    before = spectrum_of(first.values, spacing=scale.of(first.frame), hann=hann)
    after = spectrum_of(last.values, spacing=scale.of(last.frame), hann=hann)
    name = _("all steps") if number == _WHOLE else f"{number}. {_(last.title)}"
    st.markdown(f"##### {_('Before and after: {step}', step=name)}", anchors=False)
    if simulated:
        simulated_badge()
    show_spectra(before, after, unit=scale.frequency_unit, key=f"{key}-spectrum")
    _show_radial(before, after, scale, in_units=number != _WHOLE and _only_moves(last), key=key)
    _share_words(before, after, is_same=number != _WHOLE and _only_moves(last) and _same_field(first, last))
    _caption(first, hann=hann)


def _shrinking(steps: list[StepTrace]) -> int:
    """Return the step that leaves the fewest pixels for a length, or all steps if none leaves fewer."""
    growth = [
        later.frame.down * later.frame.across / (earlier.frame.down * earlier.frame.across)
        for earlier, later in pairwise(steps)
    ]
    most = max(growth, default=1.0)
    return growth.index(most) + 1 if most > 1 + 1e-6 else _WHOLE


def _choose_step(steps: list[StepTrace], first: int, *, key: str) -> int:
    names = "-".join(step.name for step in steps)  # another pipeline has other steps to choose from
    options = [_WHOLE, *range(1, len(steps))]
    return int(
        st.selectbox(
            _("Before and after which step"),
            options,
            index=options.index(first),
            format_func=lambda number: f"{number}. {_(steps[number].title)}" if number else _("all steps"),
            key=f"{key}-spectrum-step-{names}",
            persist_state="session",
        )
    )


def _only_moves(step: StepTrace) -> bool:
    """Tell whether a step moves pixels and leaves the unit of their values alone."""
    spec = PREPROCESSING_STEPS.get(step.name)
    return spec is not None and not spec.keeps_geometry


def _same_field(first: StepTrace, last: StepTrace) -> bool:
    """Tell whether both pictures show the same part of the image, so that their variances can be compared."""
    fields = []
    for step in (first, last):
        height, width = step.values.shape[:2]
        frame = step.frame
        fields.append((frame.top + 1, frame.left + 1, height * frame.down, width * frame.across))
    is_whole = max(*first.values.shape[:2], *last.values.shape[:2]) <= LARGEST
    return is_whole and not differ(fields[0], fields[1])


def _show_radial(before: Spectrum, after: Spectrum, scale: Scale, *, in_units: bool, key: str) -> None:
    profiles = [radial_profile(before), radial_profile(after)]
    unit = scale.frequency_unit
    if in_units:
        power = _("Power density (value² × mm²)") if scale.in_mm else _("Power density (value² × pixel²)")
    else:
        below = _COARSE * min(before.limit, after.limit)
        profiles = [relative_to_coarse(profile, below=below) for profile in profiles]
        power = _("Power density (coarsest detail = 1)")
    beyond = share_beyond(before, after.limits)
    title = _("What became of coarse and of fine detail?")
    if after.limit < before.limit * (1 - 1e-6):
        title = _("{share:.2%} of the variance before was finer than the pixels after can hold", share=beyond)
    both = (profiles[0], before), (profiles[1], after)
    show_figure(radial_figure(*both, title=title, unit=unit, power=power), key=f"{key}-spectrum-radial")


def _share_words(before: Spectrum, after: Spectrum, *, is_same: bool) -> None:
    """Say how much of the variance is left, and how much would be if only the too fine had gone."""
    if not is_same or after.limit >= before.limit or before.variance == 0:
        return
    st.markdown(
        _(
            "After the step, {left} of the variance is left. If exactly what is too fine had been taken away,"
            " it would be {ideal}. **More** means that fine detail was folded back to false, coarser"
            " patterns; **less** means that some true detail was smoothed away with it.",
            left=f"**{after.variance / before.variance:.2%}**",
            ideal=f"**{1 - share_beyond(before, after.limits):.2%}**",
        )
    )


def _caption(first: StepTrace, *, hann: bool) -> None:
    parts = [
        _(
            "White is the strongest frequency, black is 80 decibels (a hundred million times) weaker. The"
            " frames are the Nyquist limits: blue before, orange after. The mean is taken away first."
        )
    ]
    if hann:
        parts.append(_("The borders are faded out by a Hann window."))
    if first.values.shape[2] > 1:
        parts.append(_("The channels are averaged."))
    if max(first.values.shape[:2]) > LARGEST:
        parts.append(_("Of a large picture, the middle {n} pixels are looked at.", n=LARGEST))
    st.caption(joined(parts, " "))
