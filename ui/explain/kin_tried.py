"""How often the check missed real images of other kinds, counted once with four small networks."""

import streamlit as st

from core.explanation.novelty.tried import NETWORKS, PICTURES, Tried, tried_table
from core.language import _
from ui.session import full


def show_tried() -> None:
    """Say what was missed and by which network; at Full all that was tried."""
    table = tried_table()
    if not table.counts:
        return
    worst = sorted((one for one in table.counts if one.missed), key=lambda one: -one.missed / one.n)
    st.markdown(
        _(
            "**Real images of other kinds** do not ship with Lightbox. They were tried once, with four small"
            " networks, none of them this one unless it is the demo: of {n} answers {missed} were missed.",
            n=table.n,
            missed=table.missed,
        )
    )
    for one in worst:
        st.markdown(f"- {_missed(one)}")
    if worst:
        st.caption(
            _(
                "The nearer a foreign image is to the training images, the likelier it is missed: a"
                " photograph is easy, another scanner's picture of the same organ is not."
            )
        )
    if full():
        st.table([_row(kind) for kind in PICTURES], hide_index=True, alt=_("Real images that were missed"))


def _missed(one: Tried) -> str:
    return _(
        "a network that learned {network} missed **{missed} of {n}**: {kind}",
        network=_(NETWORKS[one.network]),
        missed=one.missed,
        n=one.n,
        kind=_(PICTURES[one.kind]),
    )


def _row(kind: str) -> dict[str, str]:
    row = {_("Missed, by what the network was taught"): _(PICTURES[kind])}
    for network, title in NETWORKS.items():
        one = tried_table().of(network, kind)
        row[_(title)] = "–" if one is None else _("{missed} of {n}", missed=one.missed, n=one.n)
    return row
