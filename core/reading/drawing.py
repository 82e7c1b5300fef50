"""Which cases are read, and in which order: drawn by lot from a seed, one image a patient."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from core.reading.records import Mix, PassNumber, ReadingPlan
from core.runs.predictions import Predictions


def draw_cases(predictions: Predictions, n: int, *, mix: Mix, seed: int) -> NDArray[np.int64]:
    """Draw the cases of a reading.

    Parameters
    ----------
    predictions
        Of a split that the network did not learn from.
    n
        How many; where there are fewer patients, all of them.
    mix
        "even": as many of each class, as far as there are enough; "as it is": any patients.
    seed
        The same seed, the same cases.

    Returns
    -------
    ndarray of shape (m,), int64: places in `predictions`, in an order drawn by lot. No patient comes twice;
    an image whose patient is not known counts as a patient of its own.
    """
    rng = np.random.default_rng(seed)
    patients = _patients(predictions)
    waiting = rng.permutation(np.flatnonzero(predictions.is_usable))
    of = predictions.y_true[waiting] if mix == "even" else np.zeros(len(waiting), dtype=np.int64)
    queues = [waiting[of == code].tolist()[::-1] for code in rng.permutation(np.unique(of))]
    seen: set[object] = set()
    chosen: list[int] = []
    while len(chosen) < n and any(queues):
        for queue in queues:
            _take_one(queue, patients, seen, chosen)
    return rng.permutation(np.array(chosen[:n], dtype=np.int64))


def n_available(predictions: Predictions) -> int:
    """Return how many cases there are to draw: patients, and images whose patient is not known."""
    patients = _patients(predictions)
    return len({patients[place] for place in np.flatnonzero(predictions.is_usable).tolist()})


def order_of(plan: ReadingPlan, reader: str, pass_number: PassNumber) -> list[int]:
    """Return in which order a reader meets the cases in a pass: places in the plan, drawn by lot."""
    words = f"{plan.reading}/{plan.seed}/{reader}/{pass_number}"
    seed = int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big")
    return [int(place) for place in np.random.default_rng(seed).permutation(plan.n)]


def _patients(predictions: Predictions) -> list[object]:
    names = [None] * predictions.n_samples
    if predictions.patient_ids is not None:
        names = predictions.patient_ids.tolist()
    return [place if name is None else str(name) for place, name in enumerate(names)]


def _take_one(queue: list[int], patients: list[object], seen: set[object], chosen: list[int]) -> None:
    """Move the next image of a patient who was not taken yet from a queue to the chosen ones."""
    while queue:
        place = queue.pop()
        if patients[place] not in seen:
            seen.add(patients[place])
            chosen.append(place)
            return
