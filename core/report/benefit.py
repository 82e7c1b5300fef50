"""Would it do more good than treating everybody, or nobody? The decision curve of a report, and its words.

Covers: each class against the rest, at the prevalence of the judged images, on calibrated probabilities. Does
not cover: another prevalence, which the page "A ward of 1,000" carries it over to.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.evaluation.calibration import calibrated
from core.evaluation.decision_curve import DecisionCurve, decision_curve
from core.evaluation.one_class import against_rest
from core.evaluation.rates import FEWEST_PATIENTS
from core.evaluation.sentences import rounded
from core.figures.net_benefit import finding
from core.language import _
from core.report.blocks import Drawings, Points, Section, Table, Words
from core.report.drawing_benefit import net_benefit
from core.report.study import Study

MOST_CLASSES: Final = 6
_THRESHOLDS: Final = (0.05, 0.1, 0.2, 0.3, 0.5)


def benefit(study: Study) -> tuple[Section, ...]:
    """Return the decision curve of the positive class, or of each class, with what it needs to be read."""
    title, curves = _("Would it do more good than treating all, or none?"), _curves(study)
    if not curves:
        return (
            Section(title, (Words(_("A decision curve needs images of a class and others without it.")),)),
        )
    pictures = Drawings(tuple(net_benefit(curve, name=name) for name, curve in curves.items()))
    words = _words(study, curves)
    if study.predictions.positive_class is not None:
        (curve,) = curves.values()
        numbers = Section(_("The same in numbers"), (_table(curve), words), is_half=True)
        return (
            Section(title, (Words(_("{finding}.", finding=finding(curve))), pictures), is_half=True),
            numbers,
        )
    said = [_("{name}: {finding}.", name=name, finding=finding(curve)) for name, curve in curves.items()]
    n_more = len(study.predictions.class_names) - MOST_CLASSES
    if n_more > 0:
        said.append(_("{n} more classes are on the page 'Ward of 1,000'.", n=n_more))
    return (Section(title, (Points(tuple(said)), pictures, words)),)


def _curves(study: Study) -> dict[str, DecisionCurve]:
    """Return the curve of the positive class of two, or of the first few of several; those that there are."""
    found, temperature = study.predictions, study.background.temperature
    if temperature is not None:
        found = calibrated(found, temperature)
    names = found.class_names[:MOST_CLASSES]
    if found.positive_class is not None:
        names = (found.positive_class,)
    curves = {name: decision_curve(against_rest(found, name)) for name in names}
    return {name: curve for name, curve in curves.items() if curve is not None}


def _table(curve: DecisionCurve) -> Table:
    """Return the curve in numbers, for each 1,000 people."""
    header = (
        _("Treat from a risk of"),
        _("False alarms taken for one find"),
        _("The network (95 % interval)"),
        _("Treat all"),
        _("Treat none"),
    )
    caption = _(
        "Net benefit: finds for each 1,000 people, less false alarms at the rate of that row. n = {n}"
        " images.",
        n=curve.n_images,
    )
    return Table(header, tuple(_row(curve, threshold) for threshold in _THRESHOLDS), caption)


def _row(curve: DecisionCurve, threshold: float) -> tuple[str, ...]:
    place = int(np.argmin(np.abs(curve.thresholds - threshold)))
    network = _of_thousand(curve.network[place])
    if curve.has_band:
        low, high = _of_thousand(curve.low[place]), _of_thousand(curve.high[place])
        network = _("{value} ({low} to {high})", value=network, low=low, high=high)
    odds = f"{(1 - threshold) / threshold:.3g}"
    return f"{threshold:.2f}", odds, network, _of_thousand(curve.treat_all[place]), "0"


def _of_thousand(value: float) -> str:
    return f"{round(1000 * float(value)) + 0:,}"


def _words(study: Study, curves: Mapping[str, DecisionCurve]) -> Words:
    temperature = study.background.temperature
    said = [
        _(
            "Net benefit counts finds less false alarms for each person; whoever treats from a risk of t on"
            " takes (1 - t) / t false alarms for one find (Vickers and Elkin 2006,"
            " doi:10.1177/0272989X06295361)."
        ),
        _("It holds for the share of the class in these images, and only if the probabilities are risks."),
    ]
    if temperature is None:
        said.append(_("They were not calibrated, so read it with care."))
    else:
        value = rounded(temperature.value)
        said.append(_("So here their logits were divided by the temperature {value} first.", value=value))
        if study.asked.split == "val" and not study.is_external:
            said.append(_("It was fitted on these same images, which flatters the curve a little."))
    if not all(curve.has_band for curve in curves.values()):
        text = _(
            "No band where fewer than {n} patients have it or do not: drawing them again says nothing.",
            n=FEWEST_PATIENTS,
        )
        said.append(text)
    return Words(" ".join(said), is_small=True)
