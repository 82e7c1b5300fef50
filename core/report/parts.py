"""The parts that reports are put together from: metrics, curves, groups, rivals, what went wrong."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from core.evaluation.curves import (
    Bands,
    areas,
    bands,
    called,
    precision_recall_curves,
    reliability_of,
    roc_curves,
)
from core.evaluation.decisions import threshold_text
from core.evaluation.patients import number_patients
from core.evaluation.records import METHODS, METRICS, Evaluation, MetricValue, metric_title
from core.evaluation.sentences import definition, with_interval, worked_out
from core.evaluation.subgroup_records import Subgroup, SubgroupTable
from core.language import N_, _
from core.report import drawing, drawing_tables
from core.report.blocks import Table
from core.report.drawing import Mark
from core.report.drawing_tables import Row
from core.report.facts import in_brackets
from core.report.study import Study
from core.statistics.reliability import reliability

HEADLINES: Final = ("auroc", "sensitivity", "specificity", "ppv", "npv", "accuracy", "brier")
HEADLINES_OF_MANY: Final = ("auroc", "accuracy", "balanced_accuracy", "f1", "log_loss", "brier")
MOST_GROUP_ROWS: Final = 40
_MOST_CLASSES: Final = 40
_MOST_COLUMNS: Final = 5
_SHORT: Final = {
    "auroc": "AUROC",
    "auroc_micro": N_("AUROC, in one heap"),
    "average_precision": N_("Average precision"),
    "sensitivity": N_("Sensitivity"),
    "specificity": N_("Specificity"),
    "ppv": N_("Positive predictive value"),
    "npv": N_("Negative predictive value"),
    "accuracy": N_("Accuracy"),
    "balanced_accuracy": N_("Balanced accuracy"),
    "f1": N_("F1"),
    "mcc": N_("Matthews correlation"),
    "kappa": N_("Cohen's kappa"),
    "log_loss": N_("Log loss"),
    "brier": N_("Brier score"),
    "calibration_error": N_("Calibration error"),
}

_Curve = TypeVar("_Curve")


def metric_rows(evaluation: Evaluation, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return name, value with interval, and n of metrics; why not, where one cannot be had."""
    rows = []
    for name in names:
        metric = evaluation.metrics.get(name)
        if metric is not None:
            title = str(metric_title(name, evaluation.positive_class))
            rows.append((title, _value_or_reason(metric), f"{metric.n:,}"))
    return tuple(rows)


def _value_or_reason(metric: MetricValue) -> str:
    if metric.value is None:
        return _("cannot be had: {reason}", reason=metric.reason or "–")
    return in_brackets(metric)


def metric_table(study: Study, *, names: Sequence[str]) -> Table:
    """Return metrics as a table."""
    percent = round(100 * study.evaluation.level)
    header = (_("Metric"), _("Value ({percent} % interval)", percent=percent), _("n"))
    return Table(header, metric_rows(study.evaluation, names))


def worked_table(study: Study) -> Table:
    """Return every metric worked out with this run's numbers, and how its interval was found."""
    evaluation = study.evaluation
    how = {name: _how(metric) for name, metric in evaluation.metrics.items()}
    usual, n_usual = Counter(how.values()).most_common(1)[0]
    is_usual = n_usual > 1  # said once, below the table
    rows = []
    for name, metric in evaluation.metrics.items():
        said = str(definition(name, evaluation))
        if not is_usual or how[name] != usual:
            said += f" {how[name]}"
        title = str(metric_title(name, evaluation.positive_class))
        rows.append((title, str(worked_out(name, evaluation)), f"{metric.n:,}", said))
    header = (_("Metric"), _("Worked out"), _("n"), _("What it asks, and how its interval was found"))
    caption = _("Intervals, where nothing else is said: {how}", how=usual) if is_usual else ""
    return Table(header, tuple(rows), caption)


def _how(metric: MetricValue) -> str:
    return str(metric.reason) if metric.reason is not None else _(METHODS[metric.method])


def class_tables(study: Study) -> tuple[Table, ...]:
    """Return each of several classes against the rest, in tables that fit on paper; none with two."""
    found = study.evaluation.per_class
    shown = [name for name in METRICS if any(name in metrics for metrics in found.values())]
    parts = [shown[start : start + _MOST_COLUMNS] for start in range(0, len(shown), _MOST_COLUMNS)]
    n_more = len(found) - _MOST_CLASSES
    last = _("{n} more classes are in the table of predictions.", n=n_more) if n_more > 0 else ""
    caption = " ".join([_("Each class against the rest."), last]).strip()
    return tuple(
        Table((_("Class"), *(_(_SHORT[name]) for name in part)), _class_rows(found, part), caption)
        for part in parts
    )


def _class_rows(
    found: Mapping[str, Mapping[str, MetricValue]], names: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (class_name, *(in_brackets(metrics[name]) if name in metrics else "–" for name in names))
        for class_name, metrics in list(found.items())[:_MOST_CLASSES]
    )


def pictures(study: Study) -> tuple[str, ...]:
    """Return the pictures of an evaluation: those of its curves that can be drawn, and the matrix."""
    found, evaluation = study.predictions, study.evaluation
    matrix = drawing_tables.confusion_matrix(np.array(evaluation.confusion_matrix), found.class_names)
    curves = _first(roc_curves(found))
    if not curves:
        return (matrix,)
    single = next(iter(curves)) if evaluation.positive_class is not None else None
    around = Bands(None, None) if single is None else bands(found, single)
    roc_mark, precision_mark = _marks(study)
    return (
        drawing.roc(curves, areas(evaluation), band=around.roc, mark=roc_mark),
        drawing.precision_recall(
            _first(precision_recall_curves(found)),
            areas(evaluation, "average_precision"),
            band=around.precision_recall,
            mark=precision_mark,
        ),
        *((_of_many(study),) if single is None else _of_two(study, single)),
        matrix,
    )


def _first(curves: dict[str, _Curve]) -> dict[str, _Curve]:
    return dict(list(curves.items())[: drawing.MOST_CURVES])


def _of_two(study: Study, name: str) -> tuple[str, str]:
    found, positive = study.predictions, study.predictions.class_names.index(name)
    is_positive, score = found.y_true == positive, found.y_score[:, positive]
    names = (found.class_names[1 - positive], name)
    return (
        drawing.scores(is_positive, score, names=names, threshold=study.evaluation.threshold),
        drawing.reliability(reliability_of(found, name), name=name, level=study.evaluation.level),
    )


def _of_many(study: Study) -> str:
    """Return whether the most probable class is right as often as its probability says."""
    found = study.predictions
    called_right = found.y_score.argmax(axis=1) == found.y_true
    level = study.evaluation.level
    bins = reliability(called_right, found.y_score.max(axis=1), number_patients(found), level=level)
    return drawing.reliability(bins, name=None, level=level)


def _marks(study: Study) -> tuple[Mark | None, Mark | None]:
    """Return the operating point of two classes on the ROC curve and on that of precision and recall."""
    threshold, positive = study.evaluation.threshold, study.evaluation.positive_class
    if threshold is None or positive is None:
        return None, None
    at, words = called(study.evaluation)[positive], _("at threshold {value}", value=threshold_text(threshold))
    return (
        _mark(at.false_positive_rate, at.sensitivity, words),
        _mark(at.sensitivity, at.precision, words),
    )


def _mark(x: float, y: float, words: str) -> Mark | None:
    return None if math.isnan(x) or math.isnan(y) else Mark(x, y, words)


def interval_picture(study: Study) -> str:
    """Return every metric between 0 and 1 with its interval, one under the other."""
    evaluation = study.evaluation
    rows = [
        Row(
            _(_SHORT[name]),
            _("{value}, n = {n}", value=with_interval(metric), n=metric.n),
            metric.value,
            metric.low,
            metric.high,
        )
        for name, metric in evaluation.metrics.items()
        if metric.value is not None and not METRICS[name].lower_is_better
    ]
    percent = round(100 * evaluation.level)
    return drawing_tables.forest(
        rows,
        title=_("How sure is each number? {percent} % intervals", percent=percent),
        x=_("Value (0 to 1)"),
    )


def group_picture(table: SubgroupTable) -> str:
    """Return the AUROC of each subgroup as a forest plot; groups that are too small are drawn faint."""
    rows: list[Row] = []
    attribute = ""
    for group in table.groups[:MOST_GROUP_ROWS]:
        if group.attribute != attribute:
            attribute = group.attribute
            rows.append(Row(str(group.title), "", None, is_heading=True))
        metric = group.metric
        words = _("{value}, n = {n}", value=with_interval(metric), n=group.n_samples)
        rows.append(
            Row(str(group.value), words, metric.value, metric.low, metric.high, group.too_small is not None)
        )
    title = _("AUROC in each group; the dashed line is that of all images")
    return drawing_tables.forest(rows, title=title, x=_("AUROC"), whole=table.whole.value)


def group_table(table: SubgroupTable) -> Table:
    """Return each subgroup with its n, and how it stands to the rest."""
    rows = []
    for group in table.groups[:MOST_GROUP_ROWS]:
        patients = "–" if group.n_patients is None else f"{group.n_patients:,}"
        rows.append(
            (
                f"{group.title}: {group.value}",
                f"{group.n_samples:,}",
                patients,
                in_brackets(group.metric),
                _group_said(group),
            )
        )
    header = (_("Group"), _("Images"), _("Patients"), _("AUROC"), _("Against the rest"))
    return Table(header, tuple(rows), _group_caption(table))


def _group_said(group: Subgroup) -> str:
    p = group.p_corrected
    if group.metric.value is None:
        return _("cannot be had: {reason}", reason=group.metric.reason or "–")
    if group.too_small is not None:
        return _("too small: read nothing from it")
    if p is None:
        return "–"
    shown = f"{p:.3f}" if p >= 0.001 else "< 0.001"
    return _("differs (p = {p})", p=shown) if group.differs else _("no difference shown (p = {p})", p=shown)


def _group_caption(table: SubgroupTable) -> str:
    text = _(
        "p is corrected for the number of comparisons ({n}; Holm). That no difference is shown does not say"
        " that there is none: small groups hide large ones.",
        n=table.n_compared,
    )
    if any(group.has_all_negatives for group in table.groups):
        text += " " + _(
            "A group that has the finding only is judged together with all images without it: alone it has"
            " nothing to be told from."
        )
    n_more = len(table.groups) - MOST_GROUP_ROWS
    return text + (" " + _("{n} more groups are on the Evaluate page.", n=n_more) if n_more > 0 else "")
