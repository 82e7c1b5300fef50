"""Several readers of the same cases: who agrees with whom, and what they would say together."""

import numpy as np
import streamlit as st

from core.evaluation.decisions import Threshold, decide
from core.evaluation.paired_sentences import p_equals
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.evaluation.sentences import with_interval
from core.figures.reading import kappa_table
from core.language import _
from core.reading.cases import CALLED_FROM, Cases, reader_predictions
from core.reading.readers import Together, agreement, mean_reader
from core.reading.records import Reader, ReadingPlan
from core.reading.result import against
from core.reading.store import list_readers
from core.runs.predictions import Predictions
from ui.charts import show_figure
from ui.messages import escape


def show_together(plan: ReadingPlan, cases: Cases, threshold: Threshold) -> None:
    """Compare all who have ended the blind pass, on their blind answers."""
    readers = [reader for reader in list_readers(plan.reading) if 1 in reader.ended]
    st.markdown(f"##### {_('Several readers')}", anchors=False)
    if len(readers) < 2:
        st.caption(
            _("One reader so far. Let others read the same cases by this address: {code}",
              code=escape(f"?reading={plan.reading}"))
        )  # fmt: skip
        return
    read = [reader_predictions(cases, reader.answers[1]) for reader in readers]
    _kappas(readers, read, cases, threshold)
    _mean(read, cases.model, threshold)


def _kappas(readers: list[Reader], read: list[Predictions], cases: Cases, threshold: Threshold) -> None:
    called = np.array([decide(one, CALLED_FROM) for one in read])
    k = len(cases.model.class_names)
    names = [reader.name for reader in readers]
    found = agreement(names, called, k)
    for sentence in agreement_sentences(found):
        st.markdown(sentence)
    everyone = np.vstack([called, decide(cases.model, threshold)])
    with_model = agreement([*names, _("the network")], everyone, k)
    show_figure(kappa_table(with_model.names, with_model.pairs), key="reading-kappa")
    with st.expander(_("Each pair, with its interval")):
        table = [
            {
                _("Pair"): escape(f"{with_model.names[i]} · {with_model.names[j]}"),
                _("Cohen's kappa"): escape(_told(metric)),
            }
            for (i, j), metric in with_model.pairs.items()
        ]
        st.table(table, hide_index=True, alt=_("Cohen's kappa of each pair"))


def agreement_sentences(found: Together) -> list[str]:
    """Say in words how far readers agree."""
    n = len(found.names)
    said = [
        _("{n} readers: Cohen's kappa is {value} on the average of the pairs.", n=n, value=_told(found.mean))
        if found.mean.value is not None
        else _(
            "{n} readers: no average of the pairs, for two of them gave every case the same one class, and of"
            " these Cohen's kappa is not defined.",
            n=n,
        )
    ]
    if found.group is not None:
        said.append(_("Fleiss' kappa of all together: {value}.", value=_told(found.group)))
    said.append(
        _(
            "0 is what chance alone would do, 1 is agreement on every case. The interval is a bootstrap of"
            " the cases: with so few it is wide, and itself only rough."
        )
    )
    return said


def _told(metric: MetricValue) -> str:
    return str(metric.reason) if metric.value is None and metric.reason else str(with_interval(metric))


def _mean(read: list[Predictions], model: Predictions, threshold: Threshold) -> None:
    together = mean_reader(read)
    name = "auroc" if model.positive_index is not None else "accuracy"
    theirs = evaluate(together, threshold=CALLED_FROM).metrics[name]
    networks = evaluate(model, threshold=threshold).metrics[name]
    title = _("AUROC") if name == "auroc" else _("Accuracy")
    st.markdown(
        _(
            "**The mean of {n} readers against the network.** {metric}: {theirs} against {networks}.",
            n=len(read),
            metric=title,
            theirs=with_interval(theirs),
            networks=with_interval(networks),
        )
    )
    found = against(together, model, threshold=threshold, called_from=CALLED_FROM)
    st.caption(
        _(
            "Right on {both} of {n} cases both, on {readers} the readers' mean alone, on {model} the network"
            " alone: {p}.",
            both=found.n_both,
            n=found.n,
            readers=found.n_only_reader,
            model=found.n_only_model,
            p=p_equals(found.shares.p),
        )
    )
