"""Where the truth is known: which method's map points at the finding, on phantoms and on the run at hand."""

from typing import Final

import streamlit as st

from core.datasets.choosing import csv_text
from core.errors import UserError
from core.experiments.league_records import NAME, LeaguePlayed, LeagueRequest, league_request
from core.explanation.league.page import TITLES
from core.explanation.league.records import COLUMNS, Column, League, LeagueNetwork, LeagueRow
from core.explanation.league.rivals import RIVALS
from core.explanation.league.table import finding_of, shipped_league
from core.figures.league import league_figure
from core.figures.theme import label
from core.language import _
from core.models.catalog import MODELS
from core.runs.store import INTENDED_USE, open_run
from core.statistics.shares import Share
from ui import cache
from ui.charts import show_figure
from ui.experiment_panel import experiment, once_more
from ui.explain.case import Case, Network
from ui.explain.league_across import show_across
from ui.later import in_this_language
from ui.messages import escape

_KEY: Final = "explain-league"
_HOW_MANY: Final = (20, 60, 200)


def show(case: Case) -> None:
    """Show the table that ships, and offer to measure this run."""
    st.subheader(_("Does the map point at what is there?"), anchor=False)
    st.markdown(
        _(
            "On simulated films it is known, pixel by pixel, where the finding lies: there a map can be right"
            " or wrong. The same can be measured on every data set whose findings were outlined."
        )
    )
    shipped, own = _("On phantoms, several networks"), _("On this run's own images")
    chosen = st.segmented_control(
        _("Measured"),
        ["shipped", "own"],
        format_func=lambda name: shipped if name == "shipped" else own,
        default=None if f"{_KEY}-where" in st.session_state else "shipped",
        key=f"{_KEY}-where",
        required=True,
        persist_state="session",
    )
    if chosen == "own":
        _own(case)
    else:
        _shipped(case.network)


def _shipped(network: Network) -> None:
    league = shipped_league()
    if league is None or not league.networks:
        st.info(_("No table was measured yet: `make league` makes it."))
        return
    models = [one.model for one in league.networks]
    key = f"{_KEY}-network"
    if st.session_state.get(key) not in models:
        st.session_state[key] = network.card.model if network.card.model in models else models[0]
    name = st.selectbox(
        _("Network"), models, format_func=lambda model: _(MODELS[model].title), key=key, width=320
    )
    shown = league.networks[models.index(name)]
    column = _network(league, shown, of=_(MODELS[shown.model].title), simulated=True)
    show_across(league, column)
    st.caption(
        _(
            "Measured on {day}: {n} simulated films with a finding, one of each simulated patient, at {side}"
            " x {side} pixels; the network learned from {n_train} others. Phantoms are not patients: what"
            " finds a simulated lesion may miss a real one.",
            day=league.made_on,
            n=league.n_images,
            side=league.image_size,
            n_train=shown.n_train,
        )
    )


def _own(case: Case) -> None:
    try:
        request = _request(case)
    except UserError as error:
        st.info(escape(error))
        return
    if request is None:
        return
    played = experiment(
        NAME,
        request,
        LeaguePlayed,
        key=_KEY,
        label=_("Measure all methods on this run"),
        hint=_(
            "Every method explains validation images with a known finding: about a minute for a small"
            " network, much longer for a large one. The test split is not touched."
        ),
        highlighted=True,
    )
    if played is None:
        return
    league = played.league
    simulated = cache.dataset(open_run(request.run).config.dataset).info.simulated
    _network(league, league.networks[0], of=request.run, simulated=simulated)
    st.caption(
        _(
            "Validation images with a finding: {n}, of {patients} patients. The epoch was chosen on this"
            " split.",
            n=league.n_images,
            patients=league.n_patients,
        )
    )
    once_more(NAME, request, key=_KEY)


def _request(case: Case) -> LeagueRequest | None:
    """Return what can be asked of this run; None, and a sentence on the page, where nothing can be.

    Raises
    ------
    UserError
        Its data set is no longer there.
    """
    run = case.network.run
    if run is None:
        st.info(
            _("A model that was brought has no images of its own here: there is nothing to measure it on.")
        )
        return None
    if not cache.dataset(run.config.dataset).info.has_masks:
        st.info(
            _(
                "The findings of this data set are not outlined, so nobody knows where the truth lies."
                " You can draw a box on one image in 'Can I trust this map?'."
            )
        )
        return None
    most = st.segmented_control(
        _("Images with a finding, at most"), _HOW_MANY, default=20, key=f"{_KEY}-most", required=True
    )
    return league_request(run, most=most or _HOW_MANY[0])


def _network(league: League, network: LeagueNetwork, *, of: str, simulated: bool) -> Column:
    """Show one network's table; return which number was chosen."""
    key = f"{_KEY}-column"
    column: Column = (
        st.segmented_control(
            _("What is counted"),
            list(COLUMNS),
            format_func=lambda name: _(COLUMNS[name]),
            default=None if key in st.session_state else "pointing",
            key=key,
            required=True,
            persist_state="session",
        )
        or "pointing"
    )
    for place, said in enumerate(finding_of(network.rows, league.rivals, TITLES, column)):
        st.markdown(f"##### {escape(said)}" if place == 0 else escape(said), anchors=False)
    _say_skill(league, network, of)
    figure = league_figure(
        network.rows,
        league.rivals,
        column,
        titles={name: _(title) for name, title in TITLES.items()},
        title=_("{number}: {network}", number=_(COLUMNS[column]), network=label(of)),
        x=_("Value, with its 95 % interval"),
        area=None if column == "iou" else league.area,
    )
    show_figure(figure, key=f"{_KEY}-figure", simulated=simulated)
    _table(league, network)
    _explained()
    return column


def _say_skill(league: League, network: LeagueNetwork, of: str) -> None:
    skill = network.skill
    said = _(
        "{network} has an AUROC of {auroc} on {n} images and finds {found} of the {marked} findings. Maps of"
        " a network that knows little mean little.",
        network=escape(of),
        auroc=_words(Share(skill.auroc, skill.low, skill.high, n=skill.n_images, n_groups=0)),
        n=skill.n_images,
        found=skill.n_found,
        marked=league.n_images,
    )
    st.markdown(said)


def _table(league: League, network: LeagueNetwork) -> None:
    with st.expander(_("All numbers"), key=f"{_KEY}-table"):
        rows = [*network.rows, *league.rivals]
        bars = {
            _(title): st.column_config.NumberColumn(format="%.2f", width="small")
            for title in COLUMNS.values()
        }
        st.dataframe([_row(row) for row in rows], column_config=bars, hide_index=True, width="stretch")
        st.download_button(
            _("As a table (CSV)"),
            in_this_language(lambda: _csv(league, network)),
            file_name=f"maps-{network.model}.csv",
            mime="text/csv",
            key=f"{_KEY}-csv",
            on_click="ignore",
        )


def _row(row: LeagueRow) -> dict[str, str | float | int | None]:
    shown: dict[str, str | float | int | None] = {
        _("Method"): _(TITLES[row.method]),
        _("Kind"): _("knows nothing of the network") if row.method in RIVALS else _("asks the network"),
    }
    for column, title in COLUMNS.items():
        share = row.number(column)
        shown[_(title)] = share.value
        shown[f"{_(title)}, 95 %"] = "–" if share.low is None else f"{share.low:.2f} – {share.high:.2f}"
    found = row.pointing_found
    shown[_("Inside the mask, where it was found")] = "–" if found is None else _words(found)
    shown[_("Images")] = row.pointing.n
    shown[_("Empty maps")] = row.n_empty + row.n_failed
    shown[_("Cells")] = "–" if row.grid is None else f"{row.grid[0]} x {row.grid[1]}"
    shown[_("Remark")] = "" if row.reason is None else str(row.reason)
    return shown


def _explained() -> None:
    with st.expander(_("What the numbers count"), key=f"{_KEY}-words"):
        st.markdown(
            _(
                "- **Largest value inside the mask**: the pointing game (Zhang and others 2016), without"
                " tolerance. Of equally large values the part inside counts.\n"
                "- **Share of the map inside the mask**: of all that speaks for the class.\n"
                "- **Overlap with the mask (IoU)**: as many of the largest values as the mask has pixels are"
                " laid over it, so that nobody chooses a threshold.\n"
                "- An empty map counts as a miss.\n"
                "- **Cells**: how many a map has before it is enlarged. The peak of a map of 2 x 2 cells lies"
                " in a corner of the image.\n"
                "- A map may point beside the mask because the network looks elsewhere: then it is right, and"
                " scores badly."
            )
        )
        for spec in RIVALS.values():
            st.caption(f"**{_(spec.title)}**: {_(spec.summary)}")


def _words(share: Share) -> str:
    if share.value is None:
        return "–"
    if share.low is None or share.high is None:
        return f"{share.value:.2f}"
    return _(
        "{value} ({low} to {high})",
        value=f"{share.value:.2f}",
        low=f"{share.low:.2f}",
        high=f"{share.high:.2f}",
    )


def _csv(league: League, network: LeagueNetwork) -> bytes:
    header = ["network", "method", "kind"]
    header += [f"{column}{end}" for column in COLUMNS for end in ("", "_low", "_high")]
    header += [
        "pointing_found",
        "n_found",
        "n_images",
        "n_patients",
        "n_empty",
        "n_failed",
        "rows",
        "columns",
    ]
    rows: list[list[object]] = []
    for row in (*network.rows, *league.rivals):
        is_rival, found = row.method in RIVALS, row.pointing_found
        values: list[object] = ["" if is_rival else network.title, row.method, "rival" if is_rival else "map"]
        for column in COLUMNS:
            share = row.number(column)
            values += [share.value, share.low, share.high]
        values += [None, None] if found is None else [found.value, found.n]
        values += [
            row.pointing.n,
            row.pointing.n_groups,
            row.n_empty,
            row.n_failed,
            *(row.grid or (None, None)),
        ]
        rows.append(["" if value is None else value for value in values])
    return csv_text(header, [*rows, [_(INTENDED_USE)]])
