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
from scipy.special import logsumexp, softmax

from core.evaluation.calibration_effect import error_of, log_loss
from core.evaluation.looks import can_write
from core.evaluation.patients import number_patients
from core.runs.predictions import Predictions, weights_origin
from core.runs.records import ModelCard
from core.runs.store import Run
from core.statistics.intervals import NO_INTERVAL, Interval, percentile_interval, resamples
from core.workspace import write_json

LOWEST: Final = 0.05
HIGHEST: Final = 20.0
N_FOLDS: Final = 5
N_RESAMPLES: Final = 200
_N_GRID: Final = 120
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
    low, high
        Its 95 % interval: fitted again to 200 resamples of the patients. None with fewer than two patients.
    log_loss_before, log_loss_after, error_before, error_after
        Log loss, in nats, and calibration error (see `core.statistics.calibration_error`), on the very
        images that it was fitted on: `effect_on` says what it does to others.
    n, n_patients
        On how many images and patients it was fitted.
    origin
        Of which weights.
    """

    model_config = ConfigDict(frozen=True)

    value: float
    is_bounded: bool
    low: float | None = None
    high: float | None = None
    log_loss_before: float
    log_loss_after: float
    error_before: float
    error_after: float
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
    patients, interval = usable.patient_ids, temperature_interval(usable)
    return Temperature(
        value=value,
        is_bounded=is_bounded,
        low=interval.low if interval.is_defined else None,
        high=interval.high if interval.is_defined else None,
        log_loss_before=log_loss(usable),
        log_loss_after=log_loss(after),
        error_before=error_of(usable),
        error_after=error_of(after),
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


def temperature_interval(predictions: Predictions, *, level: float = 0.95, seed: int = 0) -> Interval:
    """Return the interval of the best temperature: fitted again to N_RESAMPLES resamples of the patients.

    Each resample's best is found on _N_GRID temperatures between the bounds, 5 % apart, and between three of
    them by the parabola through their losses.
    """
    patients = number_patients(predictions)
    n_groups = int(patients.max(initial=-1)) + 1
    if n_groups < 2:
        return NO_INTERVAL
    grid = np.geomspace(LOWEST, HIGHEST, _N_GRID)
    losses = _losses_at(predictions, patients, grid)  # (n_groups, _N_GRID)
    draws = resamples(n_groups, N_RESAMPLES, np.random.default_rng(seed), width=_N_GRID)
    drawn = np.concatenate([_lowest(counts @ losses, np.log(grid)) for counts in draws])
    return percentile_interval(np.exp(drawn), level)


def calibrated(predictions: Predictions, temperature: Temperature | float) -> Predictions:
    """Return the same predictions with their logits divided by a temperature."""
    value = temperature.value if isinstance(temperature, Temperature) else temperature
    return _divided(predictions, np.array(value))


def cross_calibrated(predictions: Predictions, *, seed: int = 0) -> Predictions | None:
    """Return the predictions, each patient's calibrated by the temperature that the other patients ask for.

    This is for judging the split that temperatures are fitted on: fitted and judged on the same images they
    would look better than they are. Patients are dealt into N_FOLDS parts; None with fewer than two.
    """
    patients = number_patients(predictions)
    n_patients = int(patients.max(initial=-1)) + 1
    if n_patients < 2:
        return None
    part = np.random.default_rng(seed).permutation(n_patients)[patients] % N_FOLDS  # (n,)
    values = np.ones(predictions.n_samples)
    for fold in np.unique(part):
        others = part != fold
        values[~others] = best_temperature(predictions.logits[others], predictions.y_true[others])[0]
    return _divided(predictions, values[:, np.newaxis])


def stored_temperature(run: Run) -> Temperature | None:
    """Return the temperature that is kept for a run's present weights, None without one. Needs no torch."""
    for folder in dict.fromkeys((run.writable_folder, run.folder)):
        found = _read(folder / _NAME)
        if found is not None and found.origin == _origin(run):
            return found
    return None


def known_temperature(run: Run | None, card: ModelCard) -> float | None:
    """Return what a network's logits are to be divided by: as its run keeps it, else as its card says.

    None where neither knows, and where no best value was found.
    """
    stored = None if run is None else stored_temperature(run)
    if stored is not None:
        return None if stored.is_bounded else stored.value
    return None if card.calibration is None else card.calibration.temperature


def keep(run: Run, temperature: Temperature) -> None:
    """Write a temperature to calibration.json in the run's folder; not where the home is read-only."""
    if can_write(run.writable_folder):
        kept = temperature.model_copy(update={"origin": _origin(run)})
        write_json(run.writable_folder / _NAME, kept.model_dump())


def temperature_of(run: Run, val: Predictions) -> Temperature | None:
    """Return a run's temperature: as it is kept, or fitted now to its validation split and kept.

    None where no validation image has a usable score. Needs no torch.
    """
    usable = val.take(val.is_usable)
    if usable.n_samples == 0:
        return None
    stored = stored_temperature(run)
    if stored is not None and stored.n == usable.n_samples:
        return stored
    fitted = fit_temperature(usable)
    keep(run, fitted)
    return fitted


def _losses_at(
    predictions: Predictions, patients: NDArray[np.intp], grid: NDArray[np.float64]
) -> NDArray[np.float64]:
    z = predictions.logits.astype(np.float64)
    of_truth = z[np.arange(len(z)), predictions.y_true]
    each = (logsumexp(z / value, axis=1) - of_truth / value for value in grid)
    return np.stack([np.bincount(patients, weights=losses) for losses in each], axis=1)


def _lowest(losses: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where each row of losses (b, g) over evenly spaced x (g,) is lowest, between the points too."""
    place = np.clip(losses.argmin(axis=1), 1, len(x) - 2)[:, np.newaxis]
    left, middle, right = (np.take_along_axis(losses, place + by, axis=1)[:, 0] for by in (-1, 0, 1))
    bend = left - 2 * middle + right
    aside = np.divide(left - right, 2 * bend, out=np.zeros(len(losses)), where=bend > 0)
    found: NDArray[np.float64] = x[place[:, 0]] + np.clip(aside, -1, 1) * (x[1] - x[0])
    return found


def _divided(predictions: Predictions, by: NDArray[np.float64]) -> Predictions:
    logits = predictions.logits / by
    return replace(
        predictions,
        logits=logits.astype(np.float32),
        y_score=softmax(logits, axis=1).astype(np.float32),
    )


def _origin(run: Run) -> str:
    return weights_origin(run.folder, run.card.best_epoch)


def _read(path: Path) -> Temperature | None:
    try:
        return Temperature.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
