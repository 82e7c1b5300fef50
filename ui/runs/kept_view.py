"""The kept epochs of a run: what they take on the disk, by which rule they are kept, how to have fewer."""

import streamlit as st

from core.jobs.status import ALIVE
from core.language import N_, _, ngettext
from core.runs.kept import best_and_last, is_geometric, kept_bytes, thin
from core.runs.store import Run
from ui.messages import guard
from ui.runs.words import size
from ui.session import full
from ui.training.keeping import rule_in_words


def kept_view(run: Run) -> None:
    """Say what the kept epochs of a run take, and offer to keep fewer of them."""
    sizes = kept_bytes(run)
    with st.container(key="branch-kept", gap="small"):
        st.caption(
            _(
                "On the disk: {epochs}, {size}. {rule}",
                epochs=ngettext("{n} kept epoch", "{n} kept epochs", len(sizes)),
                size=size(sum(sizes.values())),
                rule=rule_in_words(run.config.keep_epochs),
            )
        )
        if not full() or run.is_shipped or run.state in ALIVE:
            return
        spared = best_and_last(run)
        to_series = [epoch for epoch in sizes if epoch not in spared and not is_geometric(epoch)]
        to_two = [epoch for epoch in sizes if epoch not in spared]
        with st.container(horizontal=True):
            if to_series:
                _offer(run, N_("Keep 1, 2, 4, 8…, the best and the last"), to_series, sizes, to_series=True)
            if to_two:
                _offer(run, N_("Keep the best and the last alone"), to_two, sizes, to_series=False)


def _offer(run: Run, label: str, doomed: list[int], sizes: dict[int, int], *, to_series: bool) -> None:
    won = size(sum(sizes[epoch] for epoch in doomed))
    hint = ngettext(
        "Deletes {n} kept epoch ({size}); it cannot be branched from any more.",
        "Deletes {n} kept epochs ({size}); they cannot be branched from any more.",
        len(doomed),
        size=won,
    )
    key = f"branch-thin-{'series' if to_series else 'two'}"
    if st.button(_("{what} (frees {size})", what=_(label), size=won), key=key, help=hint):
        with guard():
            thin(run, to_series=to_series)
            st.rerun()
