"""Against another run: asked about the same images, which of them is better, and where they disagree."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from core.errors import UserError
from core.evaluation.aligned import refuse_other_data, refuse_other_split
from core.evaluation.paired_records import PAIRED_METHODS, PairedAnswer
from core.evaluation.paired_sentences import headline
from core.language import _, joined
from core.runs.store import Run, list_runs
from ui import answers, cache
from ui.charts import show_figure
from ui.evaluate.against_curves import both_curves
from ui.evaluate.against_pair import Pair, learned_from, pair_of
from ui.evaluate.images_source import source_of
from ui.evaluate.judged import Judged, Threshold
from ui.evaluate.source_asking import Asking, ask_button, is_at_work, start
from ui.evaluate.source_other import at_hand
from ui.messages import escape, guard
from ui.runs.compare_disagreements import show_disagreements
from ui.runs.compare_tables import table_of_metrics

_HEADLINE: Final = "auroc"
_KEY: Final = "against-run"
_OPENING: Final = "against-opening"  # the run whose test split is being asked about, to be opened then


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    names = _comparable(case)
    if not names:
        st.info(
            _(
                "No other run was judged on the same images. Train a second one on this data set, with one"
                " setting changed, and come back."
            ),
            icon=":material/compare_arrows:",
        )
        return
    other = replace(case, run_id=_choose(names))
    if not _is_at_hand(other, answers.n_usable(case.run, case.split, case.dataset_id, case.mapping)):
        return
    with st.spinner(_("Drawing the patients again, for both of them…")):
        pair = pair_of(case, other)
    _warn(other, pair)
    answer = pair.pairing.at(threshold)
    _say(case, other, answer)
    if figure := both_curves(case, other, pair, threshold):
        show_figure(figure, key="against-roc", simulated=case.is_simulated)
    with st.expander(_("All metrics of both"), key="against-table"):
        table_of_metrics(answer, one=case.run_id, other=other.run_id)
    st.subheader(_("Where they disagree"), anchor=False)
    one, second = ((each.run, said) for each, said in zip((case, other), pair.asked, strict=True))
    shown, is_simulated = case.shown_dataset, case.is_simulated
    show_disagreements(
        one,
        second,
        shown,
        key="against",
        threshold=threshold,
        simulated=is_simulated,
        no_pictures=source_of(case).reason,
    )


@st.cache_data(ttl=10, max_entries=16, show_spinner=False)  # looked for once in ten seconds, not at each move
def _comparable(case: Judged) -> list[str]:
    """Return the ids of the other runs that can be asked about the very images."""
    found = sorted(list_runs(), key=lambda run: run.is_fold)
    return [run.run_id for run in found if run.run_id != case.run_id and _fits(case.run, run, case)]


def _fits(run: Run, other: Run, case: Judged) -> bool:
    if not other.has_model or other.card.class_names != run.card.class_names:
        return False
    if (
        case.dataset_id is not None
    ):  # both are asked about the same images, but not about those they grew up with
        return not cache.dataset(case.dataset_id).info.is_called(other.config.dataset)
    try:
        refuse_other_data(run, other)
        if case.split != "all":
            refuse_other_split(run, other, case.split)
    except (UserError, OSError):
        return False
    return True


def _choose(names: Sequence[str]) -> str:
    if st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = names[0]
    return st.selectbox(_("Against"), names, key=_KEY, width=420)


def _is_at_hand(other: Judged, n_images: tuple[int, int]) -> bool:
    """Have the answers of the other run to these images, or show how to get them."""
    if other.dataset_id is not None:
        return at_hand(other, sum(n_images), key="against-other", is_listed=False)
    asking = Asking(other.run, other.split, sum(n_images))
    if other.split == "test" and not (answers.is_open(other.run) and asking.is_stored):
        _offer_test(asking)
        return False
    return ask_button(
        asking,
        key="against-ask",
        label=_("Ask now"),
        hint=_("'{run}' has not been asked about these images yet.", run=escape(other.run_id)),
    )


def _offer_test(asking: Asking) -> None:
    """Offer to open the test split of the other run: on purpose, for a look at it is counted."""
    name = asking.run.run_id
    if st.session_state.get(_OPENING) == name:
        if asking.is_stored:
            _open(asking)
        if is_at_work(asking, key="against-test"):
            return
        del st.session_state[_OPENING]
    st.caption(_("The test split of '{run}' is still sealed.", run=escape(name)))
    if st.button(_("Open the test split: this look is counted"), key="against-open"):
        with guard():
            if asking.is_stored or asking.is_quick:
                _open(asking)
            start(asking)
            st.session_state[_OPENING] = name
            st.rerun()


def _open(asking: Asking) -> None:
    with st.spinner(_("Asking the network about each image of the test split…")):
        answers.open_test(asking.run)
    st.session_state.pop(_OPENING, None)
    st.rerun()


def _warn(other: Judged, pair: Pair) -> None:
    """Say what flatters the other run, and what is left out."""
    if pair.n_left_out:
        text = _(
            "{n} images are left out here: of these one of the two runs has no usable answer (NaN or"
            " infinite).",
            n=pair.n_left_out,
        )
        st.warning(text, icon=":material/warning:")
    if other.dataset_id is None:
        return
    revision = cache.dataset(other.shown_dataset).info.revision
    for note in learned_from(other, answers.changed_ns(other.run), revision):
        text = _("Of '{run}': {note}", run=other.run_id, note=note)
        st.warning(escape(text), icon=":material/warning:")


def _say(case: Judged, other: Judged, answer: PairedAnswer) -> None:
    said = headline(answer, _HEADLINE, one=case.run_id, other=other.run_id)
    st.markdown(f"##### {escape(said)}", anchors=False)
    method = _(PAIRED_METHODS[answer.metrics[_HEADLINE].method])
    caption = _(
        "Both were asked about the same images. One training of each: another seed may say otherwise."
    )
    st.caption(joined((escape(method), caption), " "))
    for note in answer.notes:
        st.caption(escape(note))
