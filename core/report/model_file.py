"""What a trained network says of itself when it leaves: a card to read, and its metrics where it was judged.

    check = export_model(run, Path("m.zip"), with_onnx=True)

Covers: what was judged already. Nothing is asked for this: a test split that nobody has looked at stays
sealed, and numbers that somebody has seen are no further look.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.datasets.records import Part
from core.errors import LightboxError
from core.evaluation.calibration import stored_temperature, temperature_of
from core.evaluation.decisions import threshold_text
from core.evaluation.looks import n_looks
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.evaluation.sentences import rounded
from core.evaluation.stored import stored_predictions
from core.exchange.models.leaving import Progress, write_model
from core.language import Message, _
from core.report.blocks import Facts, Points, Section, Table
from core.report.facts import in_brackets
from core.report.gathering import background_of, judge, with_groups
from core.report.markdown import to_markdown
from core.report.model_card import model_card_md
from core.report.study import NOT_FOR_DIAGNOSIS, USUAL_THRESHOLD, Asked
from core.runs.predictions import Predictions
from core.runs.records import CardCalibration, CardMetric, CardOperatingPoint, ModelCard
from core.runs.store import Run

if TYPE_CHECKING:
    from core.exchange.models.onnx_graph import OnnxCheck

_SPLITS: Final[tuple[Part, ...]] = ("val", "test")


def _silent(share: float, message: Message) -> None:
    pass


def export_model(
    run: Run,
    out: Path,
    *,
    threshold: float | None = None,
    with_onnx: bool = False,
    most_checked: int | None = None,
    progress: Progress = _silent,
) -> "OnnxCheck | None":
    """Write weights, model.json, MODEL-CARD.md, a notice, and model.onnx if it is wanted, as one zip.

    Parameters
    ----------
    threshold
        The operating point of the positive class of two, for model.json; None: the one that the model came
        with, if any.

    The other parameters, result and errors are those of `core.exchange.models.leaving.write_model`.
    """
    judged = _judged(run)
    return write_model(
        run,
        out,
        metrics={split: metrics_of(predictions) for split, predictions in judged.items()},
        text=_text(run, judged, threshold),
        calibration=_calibration(run, judged.get("val")),
        operating_point=_operating_point(run, judged.get("val"), threshold),
        with_onnx=with_onnx,
        most_checked=most_checked,
        progress=progress,
    )


def metrics_of(predictions: Predictions) -> dict[str, CardMetric]:
    """Return each metric with its interval, its n and how it was found, at the usual threshold."""
    return {name: _as_said(one) for name, one in evaluate(predictions).metrics.items()}


def _as_said(one: MetricValue) -> CardMetric:
    return CardMetric(value=one.value, low=one.low, high=one.high, n=one.n, method=one.method)


def _calibration(run: Run, val: Predictions | None) -> CardCalibration | None:
    """Return the temperature that is kept, or fitted now; None where there is no best one."""
    found = stored_temperature(run) if val is None else temperature_of(run, val)
    if found is None or found.is_bounded:
        return None
    return CardCalibration(temperature=found.value, n=found.n)


def _operating_point(run: Run, val: Predictions | None, threshold: float | None) -> CardOperatingPoint | None:
    if threshold is None or run.card.positive_class is None:
        return None
    found = {} if val is None else evaluate(val, threshold=threshold).metrics
    told = {name: _as_said(found[name]) for name in ("sensitivity", "specificity") if name in found}
    return CardOperatingPoint(threshold=threshold, **told)


def _judged(run: Run) -> dict[Part, Predictions]:
    """Return what the present weights said of the splits that somebody has looked at."""
    found: dict[Part, Predictions] = {}
    for split in _SPLITS:
        stored = stored_predictions(run, split) if split == "val" or n_looks(run) else None
        if stored is not None and stored.n_samples:
            found[split] = stored
    return found


def _text(run: Run, judged: dict[Part, Predictions], threshold: float | None) -> str:
    """Return the card to read: of the test split if it was judged, else of validation, else the bare one."""
    for split in reversed(_SPLITS):
        if split in judged:
            asked = Asked(run.run_id, split, threshold=_of_card(run, threshold))
            try:
                return model_card_md(
                    with_groups(judge(asked, background_of(asked, judged[split]), judged[split]))
                )
            except LightboxError:  # its data set is gone, or another one
                continue
    return bare_card(run.card)


def _of_card(run: Run, threshold: float | None) -> float:
    """Return the threshold at which the card to read gives its numbers: that of model.json, if it has one."""
    point = run.card.operating_point
    if run.card.positive_class is None:
        return USUAL_THRESHOLD
    if threshold is not None:
        return threshold
    return USUAL_THRESHOLD if point is None else point.threshold


def bare_card(card: ModelCard) -> str:
    """Return what a model.json says, as Markdown: of a network of which nothing else is known here."""
    facts = [
        (_("Network"), card.model),
        (_("Classes"), ", ".join(card.class_names)),
        (_("Positive class"), card.positive_class or "–"),
        (_("Data set"), card.dataset),
        (_("Training images"), f"{card.n_train_images:,}"),
        (_("Image size"), "–" if card.image_size is None else f"{card.image_size} px"),
    ]
    if card.calibration is not None:
        facts.append((_("Temperature"), rounded(card.calibration.temperature)))
    if card.operating_point is not None:
        facts.append((_("Threshold"), threshold_text(card.operating_point.threshold)))
    rows = tuple(
        (split, name, in_brackets(one), f"{one.n:,}")
        for split, metrics in card.metrics.items()
        for name, one in metrics.items()
    )
    header = (_("Split"), _("Metric"), _("Value"), _("n"))
    sections = [
        Section(_("Model details"), (Facts(tuple(facts)),)),
        Section(_("Intended use"), (Points((card.intended_use,)),)),
    ]
    if rows:
        sections.append(Section(_("Metrics"), (Table(header, rows),)))
    return to_markdown(_("Model card: {run}", run=card.run), _(NOT_FOR_DIAGNOSIS), sections)
