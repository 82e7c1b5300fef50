"""How often a reader changed their mind when the network spoke, and whether that was right."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.evaluation.paired_sentences import p_equals
from core.evaluation.sentences import with_interval
from core.language import _
from core.reading.cases import Cases
from core.reading.records import Reader
from core.reading.result import Changes, changes


def show_changes(reader: Reader, cases: Cases, called: NDArray[np.int64]) -> None:
    """Say what the second pass changed; `called` is the network's, of shape (n,)."""
    found = changes(reader.answers[1], reader.answers[2], cases.model.y_true, called)
    st.markdown(f"##### {_('How often did you change your mind?')}", anchors=False)
    with st.container(key="reading-changes"):
        columns = st.columns(4)
        for column, (title, number) in zip(columns, _counts(found).items(), strict=True):
            column.metric(title, number)
    for sentence in (*_of_changes(found), *_of_bias(found)):
        st.markdown(sentence)


def _counts(found: Changes) -> dict[str, str]:
    of_all = _("{n} of {total}", n=found.n_changed, total=found.n)
    return {
        _("Changed"): of_all,
        _("Wrong, then right"): str(found.to_right),
        _("Right, then wrong"): str(found.to_wrong),
        _("Only surer or less sure"): str(found.n_only_confidence),
    }


def _of_changes(found: Changes) -> list[str]:
    if found.n_changed == 0:
        return [_("You kept every call. The help changed nothing but perhaps how sure you are.")]
    said = [
        _(
            "Of {n} changes {right} were right: {share}. Had a coin dealt out those for better and for worse:"
            " {p}.",
            n=found.n_changed,
            right=found.to_right,
            share=with_interval(found.share_right),
            p=p_equals(found.p),
        )
    ]
    if found.to_other_wrong:
        said.append(_("{n} went from one wrong class to another.", n=found.to_other_wrong))
    return said


def _of_bias(found: Changes) -> list[str]:
    said = []
    if found.could_be_misled:
        said.append(
            _(
                "Where you were right and the network wrong, you followed it into the mistake {n} of {total}"
                " times. That is automation bias: it is the price of help that sounds sure.",
                n=found.n_misled,
                total=found.could_be_misled,
            )
        )
    else:
        said.append(
            _("The network was never wrong where you were right: here automation bias had no chance.")
        )
    if found.could_be_saved:
        said.append(
            _(
                "Where you were wrong and the network right, you took its help {n} of {total} times.",
                n=found.n_saved,
                total=found.could_be_saved,
            )
        )
    return said
