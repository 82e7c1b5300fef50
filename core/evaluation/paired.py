"""Is one network better than another? Both asked about the same images, each metric with its paired interval.

Where each patient has one image the AUROC gets DeLong's test and shares of images McNemar's. Where patients
have several, the AUROC gets DeLong's in Obuchowski's form and everything else the bootstrap by patient, for
McNemar's test takes each image for a witness of its own. Measured coverage: docs/decisions/.

Does not cover: the luck of another training seed; an epoch or a threshold chosen on the same images.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.evaluation.aligned import align
from core.evaluation.decisions import Threshold, decide
from core.evaluation.paired_records import ALPHA, PAIRED_METRICS, Disagreement, PairedAnswer, PairedMetric
from core.evaluation.pairing import Pairing
from core.runs.predictions import Predictions
from core.statistics.paired import holm


def paired_answer(
    one: Predictions,
    other: Predictions,
    *,
    threshold: Threshold = 0.5,
    level: float = 0.95,
    newer: Literal["one", "other"] = "other",
) -> PairedAnswer:
    """Say by how much `other` differs from `one` in each metric, and whether that is more than chance.

    Parameters
    ----------
    one, other
        Predictions of the same images.
    threshold
        As in `decide`, the same for both.
    level
        Of the intervals.
    newer
        Whose labels are the truth where some were corrected between the two.

    Raises
    ------
    StateError
        They were not asked about the same images, or know other classes.
    """
    return Pairing(one, other, level=level, newer=newer).at(threshold)


def corrected(answers: Sequence[PairedAnswer]) -> list[PairedAnswer]:
    """Return the answers of several runs against one, each metric's p corrected for their number (Holm)."""
    if len(answers) < 2:
        return list(answers)
    changed: list[dict[str, PairedMetric]] = [dict(answer.metrics) for answer in answers]
    for name in PAIRED_METRICS:
        places = [place for place, answer in enumerate(answers) if name in answer.metrics]
        plain = [answers[place].metrics[name].p for place in places]
        values = holm(np.array([np.nan if p is None else p for p in plain], dtype=np.float64))
        for place, value in zip(places, values.tolist(), strict=True):
            metric = answers[place].metrics[name]
            p = None if np.isnan(value) else value
            update = {
                "p_corrected": p,
                "verdict": metric.verdict if p is not None and p < ALPHA else "cannot tell",
            }
            changed[place][name] = metric.model_copy(update=update)
    return [
        answer.model_copy(update={"metrics": metric}) for answer, metric in zip(answers, changed, strict=True)
    ]


def disagreements(
    one: Predictions,
    other: Predictions,
    *,
    threshold: Threshold = 0.5,
    newer: Literal["one", "other"] = "other",
) -> list[Disagreement]:
    """Return the images that the two call differently, first where their probabilities lie furthest apart.

    The parameters are those of `paired_answer`.
    """
    both = align(one, other, newer=newer)
    called, second = decide(both.one, threshold), decide(both.other, threshold)
    places = np.flatnonzero(called != second)
    positive = both.one.positive_index
    columns = (called[places], second[places]) if positive is None else [np.full(len(places), positive)] * 2
    first_p, second_p = (
        each.y_score[places, column] for each, column in zip((both.one, both.other), columns, strict=True)
    )
    # With several classes: how far apart they are about what the other one calls.
    apart = np.abs(both.one.y_score[places, columns[1]] - second_p)
    names = both.one.class_names
    return [
        Disagreement(
            sample_id=int(both.one.sample_ids[places[index]]),
            true_class=names[both.one.y_true[places[index]]],
            called_by_one=names[called[places[index]]],
            called_by_other=names[second[places[index]]],
            named_class=both.one.positive_class,
            one_probability=float(first_p[index]),
            other_probability=float(second_p[index]),
        )
        for index in np.argsort(-apart, kind="stable")
    ]
