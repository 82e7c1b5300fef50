"""What is known of a network's rivals: the question of a case, its answer, the warning it may call for."""

import streamlit as st

from core.errors import UserError
from core.experiments.rivals.asking import rivals_answer, rivals_request
from core.experiments.rivals.records import RivalsAnswer, RivalsRequest
from core.experiments.rivals.sentences import by_accuracy, verdict_of
from core.language import _, joined
from ui.evaluate.judged import Judged
from ui.messages import escape


def request_of(case: Judged) -> RivalsRequest:
    """Return the question about the rivals of a case."""
    return rivals_request(case.run, case.split, case.dataset_id, mapping=case.mapping)


def rivals_warning(case: Judged) -> None:
    """Say so where simple rivals were asked and the network does not beat them; else nothing."""
    is_learned = case.split == "train" and case.dataset_id is None  # there, who learns by heart does best
    found = None if is_learned else _found(case)
    if found is None:
        return
    told, accuracy = verdict_of(found), by_accuracy(found)
    said = [told.sentence] if told.kind in ("beaten", "not shown") else []
    said += [] if accuracy is None else [accuracy]
    if said:
        words = joined((escape(one) for one in (*said, _("See 'Simple rivals' at the Full level."))), " ")
        st.warning(words, icon=":material/balance:")


def _found(case: Judged) -> RivalsAnswer | None:
    try:
        return rivals_answer(case.run, case.split, case.dataset_id, mapping=case.mapping)
    except UserError:  # its data set is gone: there is nobody to be asked any more
        return None
