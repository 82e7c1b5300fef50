"""Maps beside each other: several methods, several classes, or several runs, on the same image."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from core.explanation.catalog import EXPLAINERS
from core.explanation.settings import ExplainSettings
from core.language import _
from core.runs.store import Run, list_runs, open_run
from ui.charts import show_pixels
from ui.explain import computed
from ui.explain.case import Case, network_of
from ui.explain.look import Look, drawn, true_mask, with_outline
from ui.explain.method_picker import refused
from ui.messages import escape

_MOST: Final = 6
_KEY: Final = "explain-beside"
_Shown = tuple[str, Case, str]  # its title, who is asked what, and by which method


def show_beside(case: Case, method: str, settings: ExplainSettings, look: Look) -> None:
    """Let the visitor choose what to set beside the map, and show it."""
    st.markdown(f"**{_('Side by side')}**")
    what = st.segmented_control(
        _("Compare"),
        ["methods", "classes", "runs"],
        format_func=lambda name: {"methods": _("Methods"), "classes": _("Classes"), "runs": _("Runs")}[name],
        key=f"{_KEY}-what",
        label_visibility="collapsed",
        persist_state="session",
    )
    if what is None:
        return
    shown = {"methods": _methods, "classes": _classes, "runs": _runs}[what](case, method)
    if not shown:
        return
    st.caption(_("In each map the strongest value has the full colour: compare places, not strengths."))
    for row in range(0, len(shown), 3):
        columns = st.columns(3)
        for column, (title, asked, by) in zip(columns, shown[row : row + 3], strict=False):
            with column:
                _one(title, asked, by, settings if by == method else ExplainSettings(), look)


def _one(title: str, case: Case, method: str, settings: ExplainSettings, look: Look) -> None:
    st.markdown(f"**{title}**")
    answer = computed.attribution(case.network, case.subject, method, case.target, settings)
    pixels = drawn(case.subject.image, look, answer)
    alt = _(
        "{method} over the image, for the class '{name}'",
        method=_(EXPLAINERS[method].title),
        name=case.class_name,
    )
    show_pixels(with_outline(pixels, true_mask(case.network, case.subject), look), alt=alt)
    if answer.convergence is not None and not answer.convergence.is_reached:
        st.caption(_("Its values do not add up well: do not read fine detail."))


def _methods(case: Case, method: str) -> list[_Shown]:
    reasons = refused(case.network)
    offered = [name for name in EXPLAINERS if name not in reasons]
    usual = [name for name in offered if EXPLAINERS[name].shown_first]
    chosen = _several(offered, usual, "methods", lambda name: _(EXPLAINERS[name].title))
    return [(_(EXPLAINERS[name].title), case, name) for name in chosen]


def _classes(case: Case, method: str) -> list[_Shown]:
    names = case.network.card.class_names
    chosen = _several(names, names[:3], f"classes-{case.network.key}", str)
    return [
        (f"{escape(name)} · {case.probabilities[name]:.2f}", replace(case, target=names.index(name)), method)
        for name in chosen
    ]


def _runs(case: Case, method: str) -> list[_Shown]:
    own = case.network.run
    others = [run for run in list_runs() if run.has_model and (own is None or run.run_id != own.run_id)]
    alike = [run for run in others if set(run.card.class_names) == set(case.network.card.class_names)]
    if not alike:
        st.caption(_("There is no other run with the same classes to hold this one against."))
        return []
    ids = [run.run_id for run in alike]
    chosen = _several(ids, ids[:1], "runs", str)
    here = (f"{escape(case.network.title)} · {case.probabilities[case.class_name]:.2f}", case, method)
    return [here, *(_of_run(case, open_run(run_id), method) for run_id in chosen)]


def _of_run(case: Case, run: Run, method: str) -> _Shown:
    network = network_of(run)
    by_class = computed.probabilities(network, case.subject)
    target = run.card.class_names.index(case.class_name)
    other = Case(network, case.subject, by_class, target)
    return f"{escape(run.run_id)} · {by_class[case.class_name]:.2f}", other, method


def _several(
    options: Sequence[str], usual: Sequence[str], key: str, title: Callable[[str], str]
) -> list[str]:
    return st.multiselect(
        _("Show"),
        list(options),
        default=list(usual),
        format_func=title,
        max_selections=_MOST,
        key=f"{_KEY}-{key}",
    )
