"""Two networks on one image: their maps side by side, and where their evidence differs."""

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.explanation.catalog import EXPLAINERS
from core.explanation.differing import Differing, compare_maps
from core.explanation.film import film
from core.explanation.palette import blend, colour_bar, paint
from core.explanation.picture import overlay
from core.explanation.records import Attribution
from core.language import _, joined
from core.runs.store import Run, list_runs, open_run
from ui.charts import show_pixels
from ui.explain import computed
from ui.explain.case import Case, Network, network_of
from ui.explain.method_picker import pick_method, refused
from ui.messages import escape, simulated_badge

_KEY: Final = "explain-differ"
_OPACITY: Final = 0.6
_BAR: Final = (320, 14)  # pixels


def show_differing(case: Case) -> None:
    """Let the visitor choose another network, and hold the two against each other."""
    others = _others(case.network)
    if not others:
        st.info(
            _(
                "There is no other run with the same classes to hold this one against. Train another network"
                " on the same data first."
            )
        )
        return
    ids = [run.run_id for run in others]
    key = f"{_KEY}-run"
    if st.session_state.get(key) not in ids:
        st.session_state[key] = ids[0]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key=f"{_KEY}-controls"):
        run_id = st.selectbox(_("The other network"), ids, key=key, width=320)
        method = pick_method(case.network, key=f"{_KEY}-method")
    other = network_of(open_run(run_id))
    reason = refused(other).get(method)
    if reason is not None:
        st.info(
            _("This method is not offered for '{name}': {reason}", name=escape(run_id), reason=escape(reason))
        )
        return
    _compare(case, other, method)


def _others(network: Network) -> list[Run]:
    """Return the runs with the same classes, those of the same data set first."""
    own, names = network.run, set(network.card.class_names)
    found = [
        run
        for run in list_runs()
        if run.has_model and set(run.card.class_names) == names and (own is None or run.run_id != own.run_id)
    ]
    return sorted(found, key=lambda run: own is None or run.config.dataset != own.config.dataset)


def _compare(case: Case, other: Network, method: str) -> None:
    target = other.card.class_names.index(case.class_name)
    by_class = computed.probabilities(other, case.subject)
    one = computed.attribution(case.network, case.subject, method, case.target)
    two = computed.attribution(other, case.subject, method, target)
    pixels = film(case.subject.image)
    found = compare_maps(one, two, (pixels.shape[0], pixels.shape[1]))
    st.markdown(f"##### {_in_a_sentence(case.network, other, found)}", anchors=False)
    if case.network.card.simulated and not case.subject.is_upload:
        simulated_badge()
    left, middle, right = st.columns(3)
    with left:
        _one(pixels, one, case.network.title, case.probabilities[case.class_name])
    with middle:
        _one(pixels, two, other.title, by_class[case.class_name])
    with right:
        st.markdown(f"**{_('Difference')}**")
        picture = pixels if pixels.ndim == one.values.ndim + 1 else np.repeat(pixels[..., None], 3, axis=2)
        drawn = blend(picture, paint(found.difference, signed=True), _OPACITY)
        show_pixels(drawn, alt=_("Where the two maps differ"))
        _bar(case.network.title, other.title)
    _numbers(found, method)


def _one(pixels: NDArray[np.uint8], answer: Attribution, title: str, p: float) -> None:
    st.markdown(f"**{escape(title)} · {p:.2f}**")
    alt = _(
        "{method} over the image, for the class '{name}'",
        method=_(EXPLAINERS[answer.method].title),
        name=answer.class_name,
    )
    show_pixels(overlay(pixels, answer, _OPACITY), alt=alt)


def _bar(one: str, two: str) -> None:
    show_pixels(
        colour_bar(*_BAR, signed=True),
        alt=_("Colours of the difference: blue where the second leans more, orange where the first does"),
    )
    st.caption(
        _(
            "Blue: '{two}' leans more on it. Orange: '{one}' does. No colour: alike.",
            one=escape(one),
            two=escape(two),
        )
    )


def _in_a_sentence(network: Network, other: Network, found: Differing) -> str:
    if found.first_more is None or found.second_more is None:
        return _("The two maps do not differ, or one of them is empty.")
    values = {"one": escape(network.title), "two": escape(other.title)}
    if found.first_more == found.second_more:
        return _("'{one}' and '{two}' differ in details of the same part of the image.", **values)
    return _(
        "'{one}' leans more on the {first} of the image, '{two}' more on the {second}.",
        first=_(found.first_more),
        second=_(found.second_more),
        **values,
    )


def _numbers(found: Differing, method: str) -> None:
    said = []
    if found.common is not None:
        said.append(
            _(
                "Of what speaks for the class the two maps have {percent:.0f} % in common.",
                percent=100 * found.common,
            )
        )
    if found.correlation is not None:
        said.append(
            _("The ranks of their values correlate with {value:.2f} (Spearman).", value=found.correlation)
        )
    st.markdown(joined(said, " "))
    st.caption(
        _(
            "Both maps are of {method}. Each is divided by the sum of the sizes of its values first, so that"
            " both have one vote; then the second is taken from the first. That maps differ does not tell"
            " which network is right, and two maps of one network with another seed differ too.",
            method=_(EXPLAINERS[method].title),
        )
    )
