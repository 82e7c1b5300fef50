"""One clean test film: the cue on it is swapped or painted out, and both networks say what they think."""

from typing import Final

import streamlit as st

from core.datasets.phantom_set import CLASS_NAMES
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.records import Film, FilmAnswer, ShortcutAnswer, ShortcutRequest, Side
from core.explanation.catalog import EXPLAINERS
from core.explanation.film import film as picture
from core.explanation.film import outlined
from core.explanation.picture import overlay
from core.language import _
from ui.charts import show_pixels
from ui.messages import guard, simulated_badge
from ui.session import full, use_language
from ui.shortcut.pictures import Version, cued_image, map_of, shown, version_of

_AT: Final = "shortcut-film"
_CALL: Final = 0.5
_METHODS: Final = ("saliency", "occlusion", "grad_cam", "integrated_gradients")
_OPACITY: Final = 0.75


def show_one_film(request: ShortcutRequest, answer: ShortcutAnswer) -> None:
    """Show a film in each version with both answers, and where both networks look."""
    st.fragment(_film)(request, answer)


def _film(request: ShortcutRequest, answer: ShortcutAnswer) -> None:
    use_language()
    with guard():
        film = _pick(answer)
        _versions(request, film)
        if CUES[request.cue].has_place:
            _maps(request, film)


def _pick(answer: ShortcutAnswer) -> Film:
    """Let the visitor step through the clean test films; begin with the first whose call flips."""
    films = answer.films
    if not 0 <= st.session_state.get(_AT, -1) < len(films):
        st.session_state[_AT] = next((place for place, one in enumerate(films) if _flips(one.shortcut)), 0)
    at: int = st.session_state[_AT]
    with st.container(horizontal=True, vertical_alignment="center", key="shortcut-step"):
        st.button(
            "←", key="shortcut-previous", help=_("Previous film"), on_click=_step, args=(-1, len(films))
        )
        st.button("→", key="shortcut-next", help=_("Next film"), on_click=_step, args=(1, len(films)))
        label = CLASS_NAMES[int(films[at].has_finding)]
        text = _("Clean test film {k} of {n}; truth: **{label}**", k=at + 1, n=len(films), label=label)
        st.markdown(text, width="content")
    return films[at]


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
    st.caption(_verdict(film))


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
    if _flips(film.shortcut) and not _flips(film.control):
        return _(
            "Only the cue was changed, and the network with the shortcut calls the film otherwise. Its"
            " control does not."
        )
    if _flips(film.shortcut):
        return _("Here the change flips the answer of both networks. Try another film.")
    return _("On this film the change flips no answer of the network with the shortcut. Try another film.")


def _flips(answer: FilmAnswer) -> bool:
    return (answer.against >= _CALL) != (answer.for_it >= _CALL)


def _maps(request: ShortcutRequest, film: Film) -> None:
    st.markdown(f"##### {_('Where both networks look on this film')}", anchors=False)
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
