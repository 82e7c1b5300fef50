"""Which method is right on which network: what was measured of every pair, and how."""

from typing import Final

import streamlit as st

from core.datasets.choosing import csv_text
from core.explanation.catalog import EXPLAINERS
from core.explanation.validity.records import Status, Validity, ValidityTable
from core.explanation.validity.table import all_validities, validity_table
from core.figures.validity import STATES, share_words, validity_figure
from core.language import _
from core.models.catalog import MODELS
from core.runs.store import INTENDED_USE
from ui.charts import show_figure
from ui.explain.case import Case
from ui.later import in_this_language
from ui.messages import escape

_KEY: Final = "explain-methods"
_SIGNS: Final[dict[Status, str]] = {"valid": "●", "repaired": "◆", "not offered": "✕"}


def show(case: Case) -> None:
    """Show the table: all networks as signs, one of them with its figures."""
    st.subheader(_("Which method is right on which network?"), anchor=False)
    pairs, here = all_validities(), case.network.card.model
    if not pairs:
        st.info(_("No table was measured yet: `make validity` makes it."))
        return
    st.markdown(
        _(
            "A method can be wrong on a network without a word: DeepLift where a part has no rule, guided"
            " backpropagation where there is no ReLU. So every method was tried on every network, and held"
            " against what it promises."
        )
    )
    order = dict.fromkeys((here, *MODELS))
    networks = {name: _(MODELS[name].title) for name in order if name in MODELS}
    methods = {name: _(spec.title) for name, spec in EXPLAINERS.items()}
    show_figure(validity_figure(pairs, methods, networks, title=_found(here)), key=f"{_KEY}-figure")
    _one_network(pairs, networks)
    _how_it_was_made(validity_table())


def _found(model: str) -> str:
    """Say how many methods are offered for the network at hand."""
    states = [pair.status for pair in all_validities().values() if pair.model == model]
    n_offered = sum(state != "not offered" for state in states)
    return _(
        "{n} of {all} methods may be asked of {network}",
        n=n_offered,
        all=len(states),
        network=_(MODELS[model].title),
    )


def _one_network(pairs: dict[tuple[str, str], Validity], networks: dict[str, str]) -> None:
    key = f"{_KEY}-network"
    name = st.selectbox(
        _("Figures of"), list(networks), format_func=lambda model: networks[model], key=key, width=320
    )
    chosen = [pair for pair in pairs.values() if pair.model == name]
    alt = _("What was measured of each method on {network}", network=networks[name])
    st.dataframe([_row(pair) for pair in chosen], hide_index=True, width="stretch", height="content", alt=alt)
    for pair in chosen:
        if pair.reason is not None:
            method = _(EXPLAINERS[pair.method].title)
            st.caption(f"{_SIGNS[pair.status]} **{method}**: {escape(pair.reason)}")
    st.download_button(
        _("The whole table (CSV)"),
        in_this_language(lambda: _csv(pairs)),
        file_name="validity.csv",
        mime="text/csv",
        key=f"{_KEY}-csv",
        on_click="ignore",
    )


def _row(pair: Validity) -> dict[str, str | float | None]:
    return {
        _("Method"): _(EXPLAINERS[pair.method].title),
        _("State"): f"{_SIGNS[pair.status]} {_(STATES[pair.status])}",
        _("Misses the sum by (%)"): _percent(pair.completeness_error),
        _("Without the repair (%)"): _percent(pair.unrepaired_error),
        _("Like random weights"): "–" if pair.randomisation is None else f"{pair.randomisation:.2f}",
        _("Seconds"): "–" if pair.seconds is None else f"{pair.seconds:.2g}",
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else share_words(share)


def _csv(pairs: dict[tuple[str, str], Validity]) -> bytes:
    numbers = ("completeness_error", "unrepaired_error", "unrepaired_likeness", "randomisation", "seconds")
    rows: list[list[object]] = []
    for pair in pairs.values():
        measured = ["" if (value := getattr(pair, name)) is None else value for name in numbers]
        rows.append([pair.method, pair.model, pair.status, *measured, str(pair.reason or "")])
    return csv_text(["method", "network", "status", *numbers, "reason"], [*rows, [_(INTENDED_USE)]])


def _how_it_was_made(table: ValidityTable) -> None:
    with st.expander(_("What this table is, and how it was made"), key=f"{_KEY}-words"):
        st.markdown(
            _(
                "- **Misses the sum by**: some methods promise that their values add up to the change of the"
                " score between an empty image and this one. From {percent} % on they are not offered; that"
                " is our threshold. Integrated gradients and GradientSHAP come nearer with more steps: they"
                " stay, and say on each map how near they came.\n"
                "- **Valid on a repaired copy**: the network is written down anew, so that each ReLU is a"
                " part of its own, nothing is changed in place, and windows of a pooling do not overlap. It"
                " gives the same answers; the network that is shown is not touched.\n"
                "- **Like random weights**: the rank correlation with the map of the same network with random"
                " weights (Adebayo and others 2018). Near 1 the map shows the image and not what was learned."
                " It decides nothing here: 'Can I trust this map?' asks it of your own map.\n"
                "- **Seconds**: of one processor core for one map, at the size that is named below.\n"
                "- Valid does not mean true: a method that does what it promises can still mislead.",
                percent=round(100 * table.tolerance),
            )
        )
        st.markdown(
            _(
                "Measured on {day} with Captum {captum} and PyTorch {torch}. Each network first learned for a"
                " moment on phantoms, small films that are simulated, so that trained weights are held"
                " against random ones. How far that went, by its AUROC on films of other patients (0.5 is"
                " guessing):",
                day=table.measured_on,
                captum=table.versions.get("captum", "?"),
                torch=table.versions.get("torch", "?"),
            )
        )
        _networks(table)


def _networks(table: ValidityTable) -> None:
    """Show how much each network had learned."""
    rows = [
        {
            _("Network"): _(MODELS[name].title),
            _("Side (pixels)"): facts.image_size,
            _("Steps of training"): facts.n_steps,
            "AUROC": facts.auroc,
            _("Films explained"): facts.n_images,
        }
        for name, facts in table.networks.items()
    ]
    alt = _("How much each network had learned")
    st.dataframe(rows, hide_index=True, width="stretch", height="content", alt=alt)
