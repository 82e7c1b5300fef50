"""The paired answers as tables: several runs against one, and all metrics of two."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.evaluation.paired_records import PAIRED_METHODS, PairedAnswer, PairedMetric, paired_title
from core.evaluation.paired_sentences import difference_words, p_words, patients_words
from core.language import N_, _, joined
from ui.messages import escape

_VERDICTS: Final = {"better": N_("better"), "worse": N_("worse"), "cannot tell": N_("cannot tell")}


def table_of_many(answers: Sequence[tuple[str, PairedAnswer]], name: str = "auroc") -> None:
    """Show what each run differs by from the reference in one metric."""
    rows = []
    for run, answer in answers:
        metric = answer.metrics[name]
        rows.append(
            {
                _("Run"): run,
                str(paired_title(name, answer.positive_class)): _number(metric.other),
                _("Difference (95 %)"): str(difference_words(metric)),
                "p": p_words(metric.p),
                _("p, corrected (Holm)"): p_words(metric.p_corrected),
                _("Verdict"): _(_VERDICTS[metric.verdict]),
                _("Patients needed"): str(patients_words(metric.patients_needed)),
                _("Images"): answer.n_samples,
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch")


def table_of_metrics(answer: PairedAnswer, *, one: str, other: str) -> None:
    """Show every metric of two runs, its difference and how it was found."""
    rows = [
        {
            _("Metric"): str(paired_title(name, answer.positive_class)),
            one: _number(metric.one),
            other: _number(metric.other),
            _("Difference (95 %)"): str(difference_words(metric)),
            "p": p_words(metric.p if metric.p_corrected is None else metric.p_corrected),
            _("Verdict"): _verdict(metric),
            _("Patients needed"): str(patients_words(metric.patients_needed)),
            _("How"): _(PAIRED_METHODS[metric.method]) if metric.reason is None else str(metric.reason),
        }
        for name, metric in answer.metrics.items()
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    parts = [
        _(
            "The difference is {other} minus {one}.",
            other=escape(other),
            one=escape(one),
        ),
        _("'Better' and 'worse' need an interval without 0 and p below 0.05."),
        _(
            "Patients needed: about how many would tell a difference of this size four times in five, if more"
            " patients are like these; an order of magnitude, no plan."
        ),
    ]
    if answer.threshold is not None:
        parts.append(_("Called positive from a probability of {value} on.", value=f"{answer.threshold:g}"))
    st.caption(joined(parts, " "))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _verdict(metric: PairedMetric) -> str:
    return _(_VERDICTS[metric.verdict]) if metric.difference is not None else "–"
