"""What comes of a reading: how good a person was, against the network, and what its help did.

Each case is of another patient, so Wilson's, DeLong's and McNemar's methods hold as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide
from core.evaluation.records import MetricValue
from core.reading.records import CONFIDENCES, Answer, Confidence
from core.runs.predictions import Predictions
from core.statistics.intervals import wilson
from core.statistics.paired import Difference, delong_difference
from core.statistics.paired_shares import mcnemar, share_difference

LEVEL: Final = 0.95
ALPHA: Final = 0.05


@dataclass(frozen=True)
class Against:
    """A reader (one) and the network (other) on the same cases.

    Attributes
    ----------
    n, n_both, n_only_reader, n_only_model, n_neither
        How many cases there were, and how many were called right by whom.
    shares
        Network - reader of the shares called right; p is McNemar's exact one.
    areas
        Network - reader of the AUROCs (DeLong); None with more than two classes.
    """

    n: int
    n_both: int
    n_only_reader: int
    n_only_model: int
    n_neither: int
    shares: Difference
    areas: Difference | None


@dataclass(frozen=True)
class Changes:
    """What the second look with the network's answer did to a reader's calls.

    Attributes
    ----------
    n, n_changed, n_only_confidence
        Cases; those called otherwise than before; those called the same, more or less surely.
    to_right, to_wrong, to_other_wrong
        Of the changed ones: wrong before and right now, right before and wrong now, wrong both times.
    share_right
        `to_right` of `n_changed`, with Wilson's interval.
    p
        Whether a coin may have dealt out the changes to right and to wrong (exact).
    n_misled, could_be_misled
        Right at first where the network is wrong; of these, how many became wrong as the network is.
    n_saved, could_be_saved
        Wrong at first where the network is right; of these, how many became right.
    """

    n: int
    n_changed: int
    n_only_confidence: int
    to_right: int
    to_wrong: int
    to_other_wrong: int
    share_right: MetricValue
    p: float
    n_misled: int
    could_be_misled: int
    n_saved: int
    could_be_saved: int


def share(hits: int, n: int) -> MetricValue:
    """Return a share of cases with Wilson's interval."""
    if n == 0:
        return MetricValue(value=None, n=0)
    interval = wilson(hits, n, LEVEL)
    return MetricValue(value=hits / n, low=interval.low, high=interval.high, n=n, method="wilson")


def against(
    reader: Predictions, model: Predictions, *, threshold: Threshold, called_from: Threshold
) -> Against:
    """Hold a reader against the network.

    Parameters
    ----------
    reader, model
        Of the same cases, in the same order.
    threshold
        The network's.
    called_from
        The reader's.
    """
    truth = model.y_true
    by_reader, by_model = decide(reader, called_from) == truth, decide(model, threshold) == truth
    n, only_reader, only_model = (
        len(truth),
        int((by_reader & ~by_model).sum()),
        int((by_model & ~by_reader).sum()),
    )
    positive = model.positive_index
    areas = None
    if positive is not None:
        scores = reader.y_score[:, positive], model.y_score[:, positive]
        areas = delong_difference(truth == positive, *scores, level=LEVEL)
    return Against(
        n=n,
        n_both=int((by_reader & by_model).sum()),
        n_only_reader=only_reader,
        n_only_model=only_model,
        n_neither=int((~by_reader & ~by_model).sum()),
        shares=share_difference(only_reader, only_model, n, level=LEVEL),
        areas=areas,
    )


def least_disagreements(n: int) -> int | None:
    """Return how many cases must be called right by one alone, and none by the other, to be told from chance.

    2 x 0.5^k < 0.05 is McNemar's exact test where all k disagreements go one way: 6. None where n is less.
    """
    return next((k for k in range(1, n + 1) if mcnemar(k, 0) < ALPHA), None)


def changes(
    first: Mapping[int, Answer],
    second: Mapping[int, Answer],
    truth: NDArray[np.int64],
    model: NDArray[np.int64],
) -> Changes:
    """Count what changed between two passes.

    Parameters
    ----------
    first, second
        Place in the plan to answer; cases that are in both are counted.
    truth, model
        ndarrays of shape (n,): the class of each case, and what the network calls it.
    """
    places = sorted(first.keys() & second.keys())
    before = np.array([first[place].called for place in places], dtype=np.int64)
    after = np.array([second[place].called for place in places], dtype=np.int64)
    surer = [first[place].confidence != second[place].confidence for place in places]
    truth, model = truth[places], model[places]
    was, now, helps = before == truth, after == truth, model == truth
    changed = before != after
    to_right, to_wrong = int((~was & now).sum()), int((was & ~now).sum())
    return Changes(
        n=len(places),
        n_changed=int(changed.sum()),
        n_only_confidence=int((~changed & np.array(surer, dtype=bool)).sum()),
        to_right=to_right,
        to_wrong=to_wrong,
        to_other_wrong=int((changed & ~was & ~now).sum()),
        share_right=share(to_right, int(changed.sum())),
        p=mcnemar(to_wrong, to_right),
        n_misled=int((was & ~helps & (after == model)).sum()),
        could_be_misled=int((was & ~helps).sum()),
        n_saved=int((~was & helps & now).sum()),
        could_be_saved=int((~was & helps).sum()),
    )


def by_confidence(answers: Mapping[int, Answer], truth: NDArray[np.int64]) -> dict[Confidence, MetricValue]:
    """Return how many answers of each confidence were right, with Wilson's interval."""
    found = {}
    for confidence in CONFIDENCES:
        own = [answer for answer in answers.values() if answer.confidence == confidence]
        found[confidence] = share(sum(answer.called == truth[answer.case] for answer in own), len(own))
    return found
