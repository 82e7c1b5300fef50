"""Do the probabilities say how often it is so? One temperature, fitted on the validation split.

The logits are divided by one number before the softmax (Guo 2017, arXiv:1706.04599). With two classes the
order of the images stays, and so does the AUROC; with more, the class that is called stays.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.optimize import brentq
from scipy.special import softmax

from core.evaluation.looks import can_write
from core.runs.predictions import Predictions
from core.runs.store import Run
from core.statistics.metrics import log_losses
from core.workspace import write_json

LOWEST: Final = 0.05
HIGHEST: Final = 20.0
_NAME: Final = "calibration.json"


class Temperature(BaseModel):
    """A temperature and what it did to the images that it was fitted on.

    Attributes
    ----------
    value
        Above 1 the network was too sure of itself, below 1 not sure enough.
    is_bounded
        Whether no best value was found between LOWEST and HIGHEST: the images are separated wholly, or the
        scores say nothing.
    log_loss_before, log_loss_after
        On the validation split, in nats.
    n, n_patients
        On how many images and patients it was fitted.
    origin
        Of which weights: the epoch that was kept.
    """

    model_config = ConfigDict(frozen=True)

    value: float
    is_bounded: bool
    log_loss_before: float
    log_loss_after: float
    n: int
    n_patients: int | None
    origin: str = ""


def fit_temperature(val: Predictions) -> Temperature:
    """Return the temperature with the least log loss on the validation split.

    In 1 / temperature the log loss is convex: its slope is 0 at the one best place. Images whose scores are
    no numbers are left out.
    """
    usable = val.take(val.is_usable)
    value, is_bounded = best_temperature(usable.logits, usable.y_true)
    after = calibrated(usable, value)
    patients = usable.patient_ids
    return Temperature(
        value=value,
        is_bounded=is_bounded,
        log_loss_before=_mean(log_losses(usable.y_true, usable.y_score)),
        log_loss_after=_mean(log_losses(after.y_true, after.y_score)),
        n=usable.n_samples,
        n_patients=None if patients is None else len({one for one in patients.tolist() if one is not None}),
    )


def best_temperature(logits: NDArray[np.floating], y_true: NDArray[np.integer]) -> tuple[float, bool]:
    """Return the temperature with the least log loss, and whether it is one of the bounds.

    Parameters
    ----------
    logits
        ndarray of shape (n, k).
    y_true
        ndarray of shape (n,).
    """
    z = logits.astype(np.float64)
    of_truth = z[np.arange(len(y_true)), y_true]

    def slope(sharpness: float) -> float:
        """Of the log loss in 1 / temperature: how much too large the expected logit is."""
        return float(((softmax(sharpness * z, axis=1) * z).sum(axis=1) - of_truth).sum())

    if len(z) == 0 or np.ptp(z, axis=1).max() == 0:
        return 1.0, False
    if slope(1 / LOWEST) <= 0:
        return LOWEST, True
    if slope(1 / HIGHEST) >= 0:
        return HIGHEST, True
    return float(1 / brentq(slope, 1 / HIGHEST, 1 / LOWEST)), False


def calibrated(predictions: Predictions, temperature: Temperature | float) -> Predictions:
    """Return the same predictions with their logits divided by a temperature."""
    value = temperature.value if isinstance(temperature, Temperature) else temperature
    logits = (predictions.logits.astype(np.float64) / value).astype(np.float32)
    return replace(
        predictions,
        logits=logits,
        y_score=softmax(logits.astype(np.float64), axis=1).astype(np.float32),
    )


def stored_temperature(run: Run) -> Temperature | None:
    """Return the temperature that is kept for a run's present weights, None without one. Needs no torch."""
    for folder in dict.fromkeys((run.writable_folder, run.folder)):
        found = _read(folder / _NAME)
        if found is not None and found.origin == _origin(run):
            return found
    return None


def keep(run: Run, temperature: Temperature) -> None:
    """Write a temperature to calibration.json in the run's folder; not where the home is read-only."""
    if can_write(run.writable_folder):
        kept = temperature.model_copy(update={"origin": _origin(run)})
        write_json(run.writable_folder / _NAME, kept.model_dump())


def _origin(run: Run) -> str:
    return f"epoch {run.card.best_epoch}"


def _read(path: Path) -> Temperature | None:
    try:
        return Temperature.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
