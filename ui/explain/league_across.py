"""The league that ships, all networks side by side: methods by networks, one number."""

import streamlit as st

from core.explanation.league.across import ABOVE, across_of, networks_above, row_on
from core.explanation.league.page import TITLES
from core.explanation.league.records import Column, League, LeagueNetwork
from core.language import _
from core.models.catalog import MODELS
from ui.messages import escape


def show_across(league: League, column: Column) -> None:
    """Show a number of every method on every network, and what that says of the methods."""
    with st.expander(_("All networks side by side"), key="explain-league-across"):
        for said in across_of(league, TITLES, column):
            st.markdown(f"- {escape(said)}")
        above = networks_above(league, column)
        rows = [
            {_("Map"): _(TITLES[method])}
            | {
                _(MODELS[one.model].title): _cell(one, method, column, is_above=one.model in above[method])
                for one in league.networks
            }
            for method in above
        ]
        alt = _("Methods by networks")
        st.dataframe(rows, hide_index=True, width="stretch", height="content", alt=alt)
        st.caption(
            _(
                "{star}: its interval lies above those of all maps that know nothing of the network. –: not"
                " offered for this network. In brackets: 95 % intervals.",
                star=ABOVE,
            )
        )


def _cell(network: LeagueNetwork, method: str, column: Column, *, is_above: bool) -> str:
    row = row_on(network, method)
    share = None if row is None else row.number(column)
    if share is None or share.value is None:
        return "–"
    if share.low is None or share.high is None:
        return f"{share.value:.2f}"
    number = _(
        "{value} ({low} to {high})",
        value=f"{share.value:.2f}",
        low=f"{share.low:.2f}",
        high=f"{share.high:.2f}",
    )
    return f"{number} {ABOVE}" if is_above else number
