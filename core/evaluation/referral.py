"""Refer, don't guess: what the network is least sure of goes to a person.

Also called the risk-coverage curve (El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017, arXiv:1705.08500).
How sure an answer is, is how far it stands from the threshold: the difference of log odds between the class
that is called and the next one. Images that are equally sure share their errors, so that no order of theirs
flatters.

Does not cover: what is confidently wrong. It is never referred.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from core.evaluation.decisions import Threshold, decide
from core.evaluation.patients import number_patients
from core.runs.predictions import Predictions
from core.statistics.design_effect import running_shares, share_by_patient
from core.statistics.shares import Share

_MOST_POINTS: Final = 100
_SMALLEST: Final = 1e-30  # a threshold of 0 or 1 has no log odds


@dataclass(frozen=True, eq=False)
class ReferralCurve:
    """The error on the rest against the share that is referred; arrays of shape (p,).

    Attributes
    ----------
    referred
        Share of the images that are referred, rising from 0 to below 1.
    error
        Share of the rest that is called wrong.
    low, high
        Its 95 % interval by patient (Wilson's, on counts divided by the design effect). It has a width where
        no error is left too, and costs no resampling, so it can follow a threshold.
    oracle
        The error of one who knows which are wrong and refers those first.
    area, area_random, area_oracle
        Area under the error over all shares kept: of this network, of referring by lot, and of the oracle.
    n_images, n_patients, n_errors
        What it was measured on.
    """

    referred: NDArray[np.float64]
    error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    oracle: NDArray[np.float64]
    area: float
    area_random: float
    area_oracle: float
    n_images: int
    n_patients: int
    n_errors: int


@dataclass(frozen=True, eq=False)
class Referral:
    """What happens when a share is referred.

    Attributes
    ----------
    referred
        ndarray of shape (r,): places of the referred images in the predictions, the least sure first.
    errors_avoided
        How many of them were called wrong.
    expected_by_lot
        How many it would be if as many were referred by lot.
    rest
        Error on the others, with its interval by patient; without a number where nobody is left.
    n_errors
        Errors if nobody is referred.
    n_sure_errors
        Errors among the surest half of all images: no referral of less reaches them.
    """

    referred: NDArray[np.intp]
    errors_avoided: int
    expected_by_lot: float
    rest: Share
    n_errors: int
    n_sure_errors: int


def sureness(predictions: Predictions, threshold: Threshold = 0.5) -> NDArray[np.float64]:
    """Return how far the called class stands from the next one, in log odds, ndarray of shape (n,), >= 0.

    With two classes that is the distance of the log odds from those of the threshold.
    """
    positive, k = predictions.positive_index, len(predictions.class_names)
    each = np.broadcast_to(np.asarray(threshold, dtype=np.float64), k).copy()
    if positive is not None:
        each[1 - positive] = 1 - each[positive]
    logs = log_softmax(predictions.logits.astype(np.float64), axis=1) - np.log(np.maximum(each, _SMALLEST))
    if k < 2:
        return np.full(len(logs), np.inf)
    best = np.sort(logs, axis=1)[:, -2:]
    return np.asarray(best[:, 1] - best[:, 0])


def refer(predictions: Predictions, share: float, *, threshold: Threshold = 0.5) -> Referral:
    """Refer the `share` (in [0, 1]) of images that the network is least sure of; of equal ones the first."""
    predictions = predictions.take(predictions.is_usable)
    n, wrong = predictions.n_samples, decide(predictions, threshold) != predictions.y_true
    order = np.argsort(sureness(predictions, threshold), kind="stable")
    n_referred = round(share * n)
    referred, rest = order[:n_referred], order[n_referred:]
    return Referral(
        referred=referred,
        errors_avoided=int(wrong[referred].sum()),
        expected_by_lot=float(wrong.mean() * n_referred) if n else 0.0,
        rest=share_by_patient(wrong[rest], number_patients(predictions)[rest]),
        n_errors=int(wrong.sum()),
        n_sure_errors=int(wrong[order[n // 2 :]].sum()),
    )


def referral_curve(predictions: Predictions, *, threshold: Threshold = 0.5) -> ReferralCurve | None:
    """Return the error on the rest for each share referred; None without an image.

    The band is that of `refer` at each share: for new patients, referred below the same sureness.
    """
    predictions = predictions.take(predictions.is_usable)
    n = predictions.n_samples
    if n == 0:
        return None
    wrong = decide(predictions, threshold) != predictions.y_true
    order = np.argsort(-sureness(predictions, threshold), kind="stable")  # the surest first
    errors = _share_ties(wrong[order].astype(np.float64), sureness(predictions, threshold)[order])
    cuts = np.unique(np.round(np.linspace(n, max(1, n // 100), min(n, _MOST_POINTS))).astype(np.int64))[::-1]
    kept = np.cumsum(errors)[cuts - 1]
    best = np.maximum(cuts - (n - wrong.sum()), 0)  # errors left after the wrong ones were referred first
    low, high = (end[cuts - 1] for end in running_shares(errors, number_patients(predictions)[order]))
    steps = np.arange(1, n + 1)
    return ReferralCurve(
        referred=1 - cuts / n,
        error=kept / cuts,
        low=low,
        high=high,
        oracle=best / cuts,
        area=float((np.cumsum(errors) / steps).mean()),
        area_random=float(wrong.mean()),
        area_oracle=float((np.maximum(steps - (n - wrong.sum()), 0) / steps).mean()),
        n_images=n,
        n_patients=len(np.unique(number_patients(predictions))),
        n_errors=int(wrong.sum()),
    )


def _share_ties(errors: NDArray[np.float64], sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give images that are equally sure the mean of their errors."""
    groups = np.unique(sure, return_inverse=True)[1]
    mean: NDArray[np.float64] = np.bincount(groups, weights=errors) / np.bincount(groups)
    return mean[groups]
