"""What both networks look at, and one clean test film whose cue is swapped or painted out."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.datasets.phantom_set import CLASS_NAMES
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.records import Film, FilmAnswer, ShortcutAnswer, ShortcutRequest, Side
from core.explanation.catalog import EXPLAINERS
from core.explanation.film import film as picture
from core.explanation.film import outlined
from core.explanation.picture import overlay
from core.language import _, joined
from ui.charts import show_pixels
from ui.messages import guard, simulated_badge
from ui.session import full, use_language
from ui.shortcut.pictures import Version, cued_image, map_of, shown, version_of
from ui.shortcut.scores import show_brightness, show_flips, show_gauge, show_peaks

_AT: Final = "shortcut-film"
_CALL: Final = 0.5
_METHODS: Final = ("saliency", "occlusion", "grad_cam", "integrated_gradients")
_OPACITY: Final = 0.75


def show_evidence(request: ShortcutRequest, answer: ShortcutAnswer) -> None:
    """Show where both networks look, on one film and on all, and then what changing the cue alone does."""
    st.fragment(_evidence)(request, answer)


def _evidence(request: ShortcutRequest, answer: ShortcutAnswer) -> None:
    use_language()
    with guard():
        st.subheader(_("What did it look at?"), anchor=False)
        if CUES[request.cue].has_place:
            _maps(request, _pick(answer, "shortcut-maps"))
            show_peaks(answer)
            show_gauge(answer)
        else:
            show_brightness(answer)
        st.subheader(_("Change the cue, and nothing else"), anchor=False)
        _versions(request, _pick(answer, "shortcut"))
        show_flips(request, answer)


def _pick(answer: ShortcutAnswer, key: str) -> Film:
    """Let the visitor step through the clean test films; each place on the page shows the same one."""
    films = answer.films
    if not 0 <= st.session_state.get(_AT, -1) < len(films):
        st.session_state[_AT] = _first(films)
    at: int = st.session_state[_AT]
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-step"):
        st.button("←", key=f"{key}-previous", help=_("Previous film"), on_click=_step, args=(-1, len(films)))
        st.button("→", key=f"{key}-next", help=_("Next film"), on_click=_step, args=(1, len(films)))
        label = CLASS_NAMES[int(films[at].has_finding)]
        text = _("Clean test film {k} of {n}; truth: **{label}**", k=at + 1, n=len(films), label=label)
        st.markdown(text, width="content")
    return films[at]


def _first(films: Sequence[Film]) -> int:
    """Return a film whose call flips with the shortcut and not with the control, if there is one."""
    told = [
        place
        for place, one in enumerate(films)
        if _flips(one.shortcut)
        and _yields(one.shortcut)
        and not (_flips(one.control) or _yields(one.control))
    ]
    return next(iter([*told, *(place for place, one in enumerate(films) if _flips(one.shortcut))]), 0)


def _versions(request: ShortcutRequest, film: Film) -> None:
    spec = CUES[request.cue]
    versions: list[tuple[Version, str]] = [
        ("against", _("Cue of 'no finding': {side}", side=_(spec.against_it))),
        ("for_it", _("Cue of 'finding': {side}", side=_(spec.for_it))),
    ]
    if spec.has_place:
        versions.append(("painted", _("Cue of 'finding' painted out")))
    simulated_badge()
    for column, (version, title) in zip(st.columns(len(versions)), versions, strict=True):
        with column:
            place = cued_image(request.cue, film.sample_id, is_for=version != "against").place
            image = version_of(request.cue, film.sample_id, version)
            show_pixels(shown(image, place), alt=title, caption=title)
            _says(film, version)
    st.markdown(_verdict(film))
    st.caption(
        _(
            "The film that you see first was chosen because the network with the shortcut flips on it, if"
            " there is such a film. The chart counts all of them."
        )
    )


def _says(film: Film, version: Version) -> None:
    """Show what both networks say of one version: a bar and a number each."""
    for side, name in _names().items():
        value = getattr(getattr(film, side), version)
        if value is None:
            continue
        called = CLASS_NAMES[int(value >= _CALL)]
        st.progress(
            min(max(value, 0.0), 1.0),
            text=_(
                "{name}: {percent} % → **{called}**", name=name, percent=round(100 * value), called=called
            ),
        )


def _names() -> dict[Side, str]:
    return {"shortcut": _("Shortcut"), "control": _("Control")}


def _verdict(film: Film) -> str:
    swapped = _swapped(film)
    return swapped if film.shortcut.painted is None else joined((swapped, _painted_out(film)), " ")


def _swapped(film: Film) -> str:
    if _flips(film.shortcut) and not _flips(film.control):
        return _(
            "Only the cue was changed, and the network with the shortcut calls the film otherwise. Its"
            " control does not."
        )
    if _flips(film.shortcut):
        return _("Here the change flips the answer of both networks. Try another film.")
    return _("On this film the change flips no answer of the network with the shortcut. Try another film.")


def _painted_out(film: Film) -> str:
    shortcut, control = _yields(film.shortcut), _yields(film.control)
    if shortcut and control:
        return _("Painting the cue of 'finding' out flips the answer of both.")
    if shortcut:
        return _("Painting the cue of 'finding' out flips its answer, and not the control's.")
    return _("Painting the cue of 'finding' out does not flip its answer.")


def _flips(answer: FilmAnswer) -> bool:
    """Tell whether the call changes when the cue is swapped."""
    return (answer.against >= _CALL) != (answer.for_it >= _CALL)


def _yields(answer: FilmAnswer) -> bool:
    """Tell whether the call changes when the cue of "finding" is painted out; never where it has no place."""
    return answer.painted is not None and (answer.for_it >= _CALL) != (answer.painted >= _CALL)


def _maps(request: ShortcutRequest, film: Film) -> None:
    simulated_badge()
    method = _method()
    image = cued_image(request.cue, film.sample_id, is_for=True)
    names: dict[Side, str] = {
        "shortcut": _("Trained with the shortcut"),
        "control": _("Control"),
    }
    for column, (side, name) in zip(st.columns(2), names.items(), strict=True):
        with column, guard():
            with st.spinner(_("Computing the map…")):
                answer = map_of(request, side, film.sample_id, method)
            pixels = overlay(picture(image.image), answer, _OPACITY)
            alt = _("{name}: {method} over the film", name=name, method=_(EXPLAINERS[method].title))
            show_pixels(
                pixels if image.place is None else outlined(pixels, image.place), alt=alt, caption=name
            )
    st.caption(
        _(
            "{method}, for the class 'finding', on the film with the cue of 'finding'. The mint line is the"
            " cue's box; each map has its own full colour.",
            method=_(EXPLAINERS[method].title),
        )
    )


def _method() -> str:
    if not full():
        return _METHODS[0]
    key = "shortcut-method"
    st.session_state.setdefault(key, _METHODS[0])
    chosen = st.segmented_control(
        _("Method"),
        [name for name in _METHODS if name in EXPLAINERS],
        format_func=lambda name: _(EXPLAINERS[name].title),
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or _METHODS[0]


def _step(by: int, n: int) -> None:
    st.session_state[_AT] = (int(st.session_state.get(_AT, 0)) + by) % n
