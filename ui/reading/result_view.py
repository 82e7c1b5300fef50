"""What came of a reading: the point on the ROC, the network beside it, and what its help did."""

from dataclasses import dataclass

import streamlit as st

from core.evaluation.decisions import Threshold, decide
from core.evaluation.paired_sentences import p_equals
from core.evaluation.records import Evaluation, MetricValue
from core.evaluation.report import evaluate
from core.evaluation.sentences import with_interval
from core.figures.reading import Point, confidence_chart, points_on_roc
from core.language import N_, _, joined, ngettext
from core.reading.cases import CALLED_FROM, Cases, reader_predictions
from core.reading.export import as_csv, as_json, rows
from core.reading.records import CONFIDENCES, Answer, PassNumber, Reader, ReadingPlan
from core.reading.result import Against, against, by_confidence, least_disagreements
from core.reading.store import list_readers
from core.runs.predictions import Predictions
from core.statistics.roc import RocCurve, roc_curve
from ui import answers, verdict
from ui.charts import show_figure
from ui.messages import escape, simulated_badge
from ui.operating import threshold_of
from ui.reading import material, state
from ui.reading.changes_view import show_changes
from ui.reading.disagreements_view import show_disagreements
from ui.reading.together_view import show_together

_PASSES: dict[PassNumber, str] = {1: N_("blind"), 2: N_("with help")}
_HEADLINES = ("sensitivity", "specificity", "auroc")


@dataclass(frozen=True, eq=False)
class _Judged:
    """One pass of a reader, judged as a network is."""

    name: str
    predictions: Predictions
    evaluation: Evaluation


def show_result(plan: ReadingPlan, reader: Reader) -> None:
    """Show what a reader's answers were worth."""
    _head(plan, reader)  # before anything can fail: it is the way out
    if (text := state.problem()) is not None:
        st.error(escape(text), icon=":material/warning:")
    if not material.is_open(plan):
        _offer_opening(plan)
        return
    cases = material.cases(plan)
    _facts(plan, reader, cases)
    threshold = _threshold(plan)
    passes = _judged_passes(reader, cases)
    model = _Judged(_("the network"), cases.model, evaluate(cases.model, threshold=threshold))
    _numbers(passes, model)
    if plan.positive_class is not None:
        _roc(plan, passes, model)
    _against(plan, against(passes[0].predictions, cases.model, threshold=threshold, called_from=CALLED_FROM))
    called = decide(cases.model, threshold)
    if reader.had_help:
        show_changes(reader, cases, called)
    show_disagreements(plan, reader, cases, called)
    _confidence(reader, cases)
    show_together(plan, cases, threshold)
    _export(plan, cases)


def _threshold(plan: ReadingPlan) -> Threshold:
    """Return from when on the network calls a class: as on Evaluate, and of two classes it can be moved."""
    threshold = threshold_of(material.run_of(plan))
    if plan.positive_class is not None:
        return verdict.threshold_slider(plan.positive_class)
    if isinstance(threshold, tuple):
        st.caption(_("The network calls by the thresholds of the classes that were set on Evaluate."))
    return threshold


def _head(plan: ReadingPlan, reader: Reader) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {escape(reader.name)}", width="content")
        if plan.simulated:
            simulated_badge()
        st.button(_("All readers of these cases"), key="reading-out", on_click=state.step_out)


def _facts(plan: ReadingPlan, reader: Reader, cases: Cases) -> None:
    truth = cases.model.y_true
    names = plan.class_names
    counts = joined(f"{escape(name)}: {int((truth == code).sum())}" for code, name in enumerate(names))
    seconds = sorted(answer.seconds for answer in reader.answers[1].values())
    middle = seconds[len(seconds) // 2] if seconds else 0
    text = _(
        "{n} cases. {counts}. Half of the answers took less than {s:.1f} s.",
        n=plan.n,
        counts=counts,
        s=middle,
    )
    patients = (
        _("The patient of {n} of them is not known: some may be the same.", n=cases.n_unknown)
        if cases.n_unknown
        else _("Each is of another patient.")
    )
    st.caption(_("{first} {second}", first=text, second=patients))
    if cases.corrected:
        n = len(cases.corrected)
        text = ngettext(
            "The label of one case was corrected since the network was trained; the new one counts here.",
            "The labels of {n} cases were corrected since the network was trained; the new ones count here.",
            n,
        )
        st.info(text)


def _judged_passes(reader: Reader, cases: Cases) -> list[_Judged]:
    found = []
    for number, name in _PASSES.items():
        if reader.answers[number] and number in reader.ended:
            own = reader_predictions(cases, reader.answers[number])
            title = _("you, {which}", which=_(name))
            found.append(_Judged(title, own, evaluate(own, threshold=CALLED_FROM)))
    return found


def _numbers(passes: list[_Judged], model: _Judged) -> None:
    names = _HEADLINES if model.evaluation.positive_class is not None else ("accuracy", "balanced_accuracy")
    titles = {
        "sensitivity": _("Sensitivity"),
        "specificity": _("Specificity"),
        "auroc": _("AUROC"),
        "accuracy": _("Accuracy"),
        "balanced_accuracy": _("Balanced accuracy"),
    }
    table = [
        {
            "": escape(one.name),
            **{titles[name]: _cell(one.evaluation.metrics[name]) for name in names},
        }
        for one in (*passes, model)
    ]
    st.table(table, hide_index=True, alt=_("Your numbers and the network's on the same cases"))
    st.caption(_("In brackets the 95 % interval; the cases are few, so it is wide."))


def _cell(metric: MetricValue) -> str:
    return escape(_("{value}, n = {n}", value=with_interval(metric), n=metric.n))


def _roc(plan: ReadingPlan, passes: list[_Judged], model: _Judged) -> None:
    positive = plan.positive_class or ""
    whole = material.whole_split(plan)
    curves = {
        _("the network, the same {n} cases", n=plan.n): _curve(model.predictions),
        _("the network, all {n} images", n=whole.n_samples): _curve(whole),
    }
    points = [
        Point(one.name, one.evaluation.metrics["sensitivity"], one.evaluation.metrics["specificity"])
        for one in (*passes, model)
    ]
    title = _("You and the network, at finding '{positive}'", positive=escape(positive))
    known = {name: curve for name, curve in curves.items() if curve is not None}
    own = _curve(passes[0].predictions)
    show_figure(
        points_on_roc(points, known, own=own, title=title), key="reading-roc", simulated=plan.simulated
    )


def _curve(predictions: Predictions) -> RocCurve | None:
    index = predictions.positive_index or 0
    is_positive = predictions.y_true == index
    if is_positive.all() or not is_positive.any():
        return None
    return roc_curve(is_positive, predictions.y_score[:, index])


def _against(plan: ReadingPlan, found: Against) -> None:
    st.markdown(f"##### {_('You or the network?')}", anchors=False)
    st.markdown(
        _(
            "Both were right on {both} of {n} cases, you alone on {reader}, the network alone on {model},"
            " neither on {neither}. McNemar's exact test: {p}.",
            both=found.n_both,
            n=found.n,
            reader=found.n_only_reader,
            model=found.n_only_model,
            neither=found.n_neither,
            p=p_equals(found.shares.p),
        )
    )
    interval = found.shares.interval
    if interval.is_defined:
        st.markdown(
            _(
                "Share called right, network less you: {points:+.0f} percentage points ({low:+.0f} to"
                " {high:+.0f}).",
                points=100 * found.shares.value,
                low=100 * interval.low,
                high=100 * interval.high,
            )
        )
    if found.areas is not None and found.areas.interval.is_defined:
        st.markdown(
            _(
                "AUROC, network less you: {value:+.2f} ({low:+.2f} to {high:+.2f}; DeLong's test: {p}).",
                value=found.areas.value,
                low=found.areas.interval.low,
                high=found.areas.interval.high,
                p=p_equals(found.areas.p),
            )
        )
    st.caption(_how_few(plan.n))


def _how_few(n: int) -> str:
    least = least_disagreements(n)
    if least is None:
        return _("{n} cases cannot tell you from the network, whatever you answer.", n=n)
    return _(
        "{n} cases can't tell you from the network unless you differ by about {points:.0f} percentage points:"
        " on {least} cases, and all of them in favour of the same one.",
        n=n,
        points=100 * least / n,
        least=least,
    )


def _confidence(reader: Reader, cases: Cases) -> None:
    found = {
        _(name): {
            _(CONFIDENCES[sure]): metric
            for sure, metric in by_confidence(_own(reader, number), cases.model.y_true).items()
        }
        for number, name in _PASSES.items()
        if _own(reader, number)
    }
    title = _("When you were sure, were you right?")
    show_figure(confidence_chart(found, title=title), key="reading-confidence")


def _own(reader: Reader, number: PassNumber) -> dict[int, Answer]:
    return reader.answers[number] if number in reader.ended else {}


def _export(plan: ReadingPlan, cases: Cases) -> None:
    told, _is_fitted = material.helpful_scores(plan)
    table = rows(plan, cases, list_readers(plan.reading), told=told)
    with st.container(horizontal=True, vertical_alignment="center"):
        for kind, content, mime in (
            ("csv", as_csv(table), "text/csv"),
            ("json", as_json(plan, table), "application/json"),
        ):
            st.download_button(
                _("Answers of all readers ({kind})", kind=kind.upper()),
                content,
                file_name=f"lightbox-reading-{plan.reading}.{kind}",
                mime=mime,
                key=f"reading-{kind}",
                on_click="ignore",
            )
    st.caption(_("A row an answer, beside the truth and the network. Not for diagnosis."))


def _offer_opening(plan: ReadingPlan) -> None:
    st.info(
        _(
            "These cases are of the test split. The result shows the truth about them, and so it is one more"
            " look at the test."
        )
    )
    run = material.run_of(plan)
    text = _("Show the result: this look is counted")
    st.button(text, key="reading-open-test", on_click=answers.open_test, args=(run,))
