"""Small readings for the tests: predictions of a few patients, and a plan over all of them."""

import numpy as np

from core.reading.records import Answer, Confidence, PassNumber, ReadingPlan
from core.runs.predictions import Predictions

NAMES = ("no finding", "finding")


def predictions(y_true, p_positive, *, patients=None, names=NAMES):
    """Predictions of two classes: the truth as 0 and 1, and the network's probability of 1."""
    p = np.clip(np.asarray(p_positive, dtype=np.float64), 1e-6, 1 - 1e-6)
    logits = np.log(np.column_stack([1 - p, p]))
    ids = np.arange(len(y_true)) + 100
    people = [f"p{n}" for n in range(len(y_true))] if patients is None else patients
    return Predictions.from_logits(
        logits,
        y_true=np.asarray(y_true),
        sample_ids=ids,
        patient_ids=np.array(people, dtype=object),
        class_names=names,
        positive_class=names[1],
    )


def plan_over(found: Predictions, code: str = "0123abcd", **changes) -> ReadingPlan:
    """A plan whose cases are all images, in their order."""
    facts = {
        "reading": code,
        "at": "2026-01-01T00:00:00+00:00",
        "run": "demo-phantoms",
        "dataset": "films",
        "split": "val",
        "mix": "even",
        "seed": 1,
        "simulated": True,
        "class_names": found.class_names,
        "positive_class": found.positive_class,
        "cases": found.sample_ids.tolist(),
        "labels": [found.class_names[code] for code in found.y_true.tolist()],
    }
    return ReadingPlan.model_validate(facts | changes)


def answer(case: int, called: int, confidence: Confidence = 2, pass_number: PassNumber = 1) -> Answer:
    return Answer(
        at="2026-01-01T00:00:00+00:00",
        pass_number=pass_number,
        case=case,
        called=called,
        confidence=confidence,
        seconds=1.5,
    )


def answers(called, confidences=None, pass_number: PassNumber = 1) -> dict[int, Answer]:
    sure = confidences or [2] * len(called)
    return {n: answer(n, one, sure[n], pass_number) for n, one in enumerate(called)}
