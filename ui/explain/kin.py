"""Is this image like those that the network was trained on? Said before anything else is."""

import streamlit as st

from core.evaluation.digits import rounded
from core.explanation.novelty.records import FALSE_ALARMS, SCORES, Misses, Novelty, Score
from core.language import _
from ui.explain import familiar
from ui.explain.case import Case
from ui.explain.flags import flags
from ui.explain.ink import MARKDOWN, TEXT, Ink
from ui.explain.kin_misses import offer_to_learn, show_misses
from ui.explain.kin_nearest import show_nearest
from ui.messages import escape


def show_kin(case: Case) -> None:
    """Say what sets the image apart, and how far it lies from the training images."""
    for note in flags(case.network, case.subject.image):
        st.warning(escape(note), icon=":material/search:")
    run = case.network.run
    if run is None:
        st.caption(
            _(
                "Whether this image is like the training images cannot be told: a model that was brought"
                " comes without them."
            )
        )
        return
    known = familiar.known(run)
    if known.reason is not None:
        st.caption(
            _("Whether this image is like the training images cannot be told.") + " " + escape(known.reason)
        )
        return
    found = familiar.novelty(case.network, case.subject)
    if known.reference is None or found is None:
        offer_to_learn(run)
    elif found.is_flagged:
        _warn(found, known.reference.misses)
        show_nearest(run, found)
        with st.expander(_("How it was measured, and how often this check misses")):
            _list_scores(found)
            show_misses(run, known.reference)
    else:
        with st.expander(_quiet(known.reference.misses), key="kin-quiet"):
            _list_scores(found)
            show_nearest(run, found)
            show_misses(run, known.reference)


def likeness(case: Case) -> tuple[str, ...]:
    """Return what is known of how far the image lies from the training images, as plain sentences."""
    run = case.network.run
    known = None if run is None else familiar.known(run)
    found = familiar.novelty(case.network, case.subject)
    if known is None or known.reference is None or found is None:
        reason = None if known is None else known.reason
        cannot = _("Whether this image is like the training images cannot be told.")
        return (cannot if reason is None else f"{cannot} {reason}",)
    misses = known.reference.misses
    first = (_unlike(), _worth_little(), _missed(misses)) if found.is_flagged else (_quiet(misses),)
    return (*first, *(_how_far(score, TEXT) for score in found.scores))


def _quiet(misses: tuple[Misses, ...]) -> str:
    """Say that nothing was found, and how often that was wrong when it was measured."""
    if not misses:
        return _("Nothing unusual was found in this image; how often this check misses was not measured yet")
    return _(
        "Nothing unusual was found in this image; of {n} foreign images that were tried, this check missed"
        " {missed}",
        n=sum(one.n for one in misses),
        missed=sum(one.missed for one in misses),
    )


def _missed(misses: tuple[Misses, ...]) -> str:
    """Say how often the check missed when it was measured."""
    if not misses:
        return _("How often this check misses was not measured yet for this network.")
    return _(
        "This check can miss: of {n} foreign images that were tried it missed {missed}.",
        n=sum(one.n for one in misses),
        missed=sum(one.missed for one in misses),
    )


def _unlike() -> str:
    return _("This image looks unlike the training images.")


def _worth_little() -> str:
    return _(
        "The network answers every image; what it says of this one may mean nothing. About {percent} % of"
        " ordinary images are flagged too.",
        percent=round(100 * FALSE_ALARMS),
    )


def _warn(found: Novelty, misses: tuple[Misses, ...]) -> None:
    words = "  \n".join(_how_far(score) for score in found.scores if score.is_out)
    st.warning(
        f"**{_unlike()}** {_worth_little()} {_missed(misses)}  \n{words}",
        icon=":material/warning:",
    )


def _list_scores(found: Novelty) -> None:
    for score in found.scores:
        spec = SCORES[score.name]
        with st.container(key=f"kin-{score.name}", gap=None):
            st.markdown(_how_far(score))
            st.caption(f"{_(spec.summary)} ({escape(spec.source)})")


def _how_far(score: Score, ink: Ink = MARKDOWN) -> str:
    """Say how far out an image lies by one score."""
    title = ink.strong(_(SCORES[score.name].title))
    value, threshold = rounded(score.value), rounded(score.threshold)
    if score.beyond >= 1:
        where = _("further out than each of the {n} validation images", n=score.n_val)
    elif score.beyond <= 0:
        where = _("less far out than each of the {n} validation images", n=score.n_val)
    else:
        percent = f"{100 * score.beyond:.1f}"
        where = _("further out than {percent} % of {n} validation images", percent=percent, n=score.n_val)
    if score.is_out:
        return _(
            "{title} {value}: {where}; flagged above {threshold}.",
            title=title,
            value=ink.plain(value),
            where=where,
            threshold=ink.plain(threshold),
        )
    return _(
        "{title} {value}: {where}; it would be flagged above {threshold}.",
        title=title,
        value=ink.plain(value),
        where=where,
        threshold=ink.plain(threshold),
    )
