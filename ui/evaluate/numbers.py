"""Every number: by question, with its interval drawn and written, its n, and how it comes about."""

from typing import Final

import streamlit as st

from core.datasets.choosing import csv_text
from core.evaluation.formulas import details
from core.evaluation.metric_table import HEADER, rows, titles_of
from core.evaluation.records import GROUPS, METHODS, METRICS, Evaluation, Group
from core.evaluation.sentences import definition, value_of, with_interval, worked_out
from core.figures.judgement import intervals, is_drawn
from core.language import N_, _, joined
from ui import verdict
from ui.charts import show_figure
from ui.evaluate.judged import Judged, Threshold, evaluation
from ui.evaluate.numbers_bar import bar
from ui.messages import escape
from ui.shell import ASSETS

_CLASS_KEY: Final = "numbers-class"


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    judged = evaluation(case, threshold)
    st.html(ASSETS / "evaluate_numbers.css")
    verdict.of_whom(judged, case.split, simulated=case.is_simulated)
    chosen = _pick_class(judged)
    st.caption(_("Press a name for how its number comes about, with the counts of this run."))
    for group, question in GROUPS.items():
        _group(group, question, judged, chosen)
    if judged.per_class:
        _matrix(judged)
    _all_intervals(judged, chosen)
    _download(case, judged)


def _pick_class(judged: Evaluation) -> str | None:
    """With several classes let the visitor choose one, against the rest; None for all together."""
    if not judged.per_class:
        return None
    if st.session_state.get(_CLASS_KEY) not in (None, *judged.per_class):
        del st.session_state[_CLASS_KEY]  # chosen where another run was judged
    return st.selectbox(
        _("Numbers of"),
        [None, *judged.per_class],
        format_func=lambda name: _("all classes together") if name is None else _against_rest(name),
        key=_CLASS_KEY,
        persist_state="session",
    )


def _against_rest(class_name: str) -> str:
    return _("'{name}' against the rest", name=class_name)


def _group(group: Group, question: str, judged: Evaluation, chosen: str | None) -> None:
    titles = titles_of(judged, chosen)
    names = [name for name in titles if METRICS[name].group == group]
    st.markdown(f"##### {_(question)}", anchors=False)
    with st.container(border=True, key=f"numbers-group-{group}", gap=None):
        for name in names:
            with st.container(
                horizontal=True, key=f"number-{name}", vertical_alignment="center", gap="small"
            ):
                with st.popover(escape(titles[name]), type="tertiary", wrap=True, key=f"numbers-how-{name}"):
                    _how(name, str(titles[name]), judged, chosen)
                st.html(bar(name, value_of(name, judged, chosen)))


def _how(name: str, title: str, judged: Evaluation, chosen: str | None) -> None:
    """Say what a number is, how it comes about here, and where its interval is from."""
    metric, percent = value_of(name, judged, chosen), round(100 * judged.level)
    st.markdown(f"{escape(title)} = **{escape(worked_out(name, judged, chosen))}**")
    st.markdown(escape(definition(name, judged, chosen)))
    more = details(name, is_of_many=bool(judged.per_class) and chosen is None)
    if more is not None:
        st.markdown(escape(more))
    if metric.reason is not None:
        st.caption(_("n = {n}. {reason}", n=metric.n, reason=escape(metric.reason)))
        return
    st.caption(
        _("n = {n}; in brackets the {percent} % interval.", n=metric.n, percent=percent)
        + " "
        + escape(_(METHODS[metric.method]))
    )


def _all_intervals(judged: Evaluation, chosen: str | None) -> None:
    show_figure(intervals(judged, chosen), key="numbers-intervals", height=520)
    titles = titles_of(judged, chosen)
    left_out = [name for name in titles if not is_drawn(name, value_of(name, judged, chosen))]
    if left_out:
        names = joined(str(titles[name]) for name in left_out)
        st.caption(
            escape(_("Not drawn here, for they lie on another scale or can't be had: {names}.", names=names))
        )


def _matrix(judged: Evaluation) -> None:
    with st.expander(_("Each class against the rest, in one table"), key="numbers-matrix"):
        names = list(next(iter(judged.per_class.values())))
        short = {name: _(_SHORT.get(name, METRICS[name].title_of_many)) for name in names}
        table = [
            {_("Class"): class_name} | {short[name]: str(with_interval(metrics[name])) for name in names}
            for class_name, metrics in judged.per_class.items()
        ]
        st.dataframe(table, hide_index=True, width="stretch")
        percent = round(100 * judged.level)
        st.caption(_("In brackets the {percent} % interval. n stands in the file.", percent=percent))


_SHORT: Final = {
    "auroc": "AUROC",
    "average_precision": N_("Average precision"),
    **{name: METRICS[name].title for name in ("sensitivity", "specificity", "ppv", "npv", "f1")},
    "calibration_error": METRICS["calibration_error"].title,
}


def _download(case: Judged, judged: Evaluation) -> None:
    st.download_button(
        _("All numbers as a table (CSV)"),
        csv_text(HEADER, rows(judged)),
        file_name=f"{case.run_id}-{case.split}-numbers.csv",
        mime="text/csv",
        key="numbers-csv",
        icon=":material/download:",
        on_click="ignore",
        help=_("Each line says that it is not for diagnosis."),
    )
