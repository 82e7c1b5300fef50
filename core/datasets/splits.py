"""Divide samples into training, validation and test: stratified by label, grouped by patient.

Covers: the source's own split, hold-out, and k folds of which each is the test once; in all but the first no
patient stands on two sides, and each class has its share on each side as nearly as whole patients allow. Does
not cover: patients that the source does not
name; there each image counts as a patient of its own, and two films of one person may stand on two sides.
"""

import hashlib
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.overlap import count_overlap
from core.datasets.records import SPLIT_NAMES, SplitConfig
from core.errors import StateError
from core.language import N_

__all__ = ["count_overlap", "make_split"]

_SHARES: Final[dict[str, tuple[float, float, float]]] = {
    "source": (0.7, 0.2, 0.1),
    "70/20/10": (0.7, 0.2, 0.1),
    "80/10/10": (0.8, 0.1, 0.1),
}
_CARVED: Final = (0.85, 0.15, 0.0)  # of a source's training part, where it came without val
_FILLED_FIRST: Final = (0, 2, 1)  # a class of one patient goes to train, of two to train and test


def make_split(samples: pd.DataFrame, config: SplitConfig) -> pd.DataFrame:
    """Return which sample is on which side.

    Parameters
    ----------
    samples
        The sample table: sample_id, label, patient_id and split are used.
    config
        The scheme, whether patients stay together, the seed: the same config gives the same split.

    Returns
    -------
    DataFrame
        sample_id, label, split ("train", "val" or "test"), one row for each sample in the order of `samples`.
        The labels are those of the table, or drawn by lot for each patient if the config says so.
        Where the source's own split is kept, samples that it puts nowhere are left out, and there is no test
        part if it has none.

    Raises
    ------
    StateError
        The source's split is to be kept and has no training part.
    """
    result = samples[["sample_id", "label", "split"]].reset_index(drop=True)
    if config.labels == "random":
        result["label"] = _drawn_labels(samples, config.seed)
    groups = _groups(samples, by_patient=config.by_patient)
    if config.scheme == "source" and samples["split"].notna().any():
        return _keep_source(result, groups, config.seed)
    labels = result["label"].to_numpy()
    if config.scheme == "k-fold":
        return result.assign(split=_fold_sides(labels, groups, config))
    sides = divide(labels, groups, _SHARES[config.scheme], seed=config.seed)
    return result.assign(split=np.array(SPLIT_NAMES)[sides])


def hash_of(split: pd.DataFrame) -> str:
    """Return the first 16 hex digits of the sha256 over who stands where: the same split, the same hash."""
    text = split[["sample_id", "split"]].sort_values("sample_id").to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def divide(
    labels: NDArray[np.generic], groups: NDArray[np.int64], shares: tuple[float, ...], *, seed: int
) -> NDArray[np.int64]:
    """Divide samples so that a group is never cut, and each class is shared out as `shares` says.

    Groups with the same labels are dealt out in bulk; what the whole numbers leave over goes, largest group
    first, where it is missed most.

    Parameters
    ----------
    labels, groups
        ndarrays of shape (n,); `groups` counts from 0.
    shares
        What part of all each side gets; they add up to 1.
    seed
        Which of equal groups go where.

    Returns
    -------
    ndarray of shape (n,), int64
        The side of each sample: an index into `shares`.
    """
    counts = _count_labels(labels, groups)  # (n_groups, n_classes)
    order = np.random.default_rng(seed).permutation(len(counts))
    sides = np.full(len(counts), -1)
    wanted = np.outer(shares, counts.sum(axis=0))  # (n_sides, n_classes)
    _seed_classes(sides, counts, order, shares)
    _deal_in_bulk(sides, counts, order, shares)
    _deal_the_rest(sides, counts, order, wanted)
    return sides[groups]


def _drawn_labels(samples: pd.DataFrame, seed: int) -> NDArray[np.str_]:
    """Return a class for each sample, the same for all of a patient, each class equally often."""
    groups = _groups(samples, by_patient=True)
    class_names = np.unique(samples["label"].to_numpy(str))
    drawn = np.random.default_rng((seed, 1)).permutation(np.arange(groups.max() + 1) % len(class_names))
    labels: NDArray[np.str_] = class_names[drawn[groups]]
    return labels


def _fold_sides(
    labels: NDArray[np.generic], groups: NDArray[np.int64], config: SplitConfig
) -> NDArray[np.str_]:
    """Return the side of each sample: one fold is the test, the next one the validation, the rest trains."""
    folds = divide(labels, groups, (1 / config.n_folds,) * config.n_folds, seed=config.seed)
    distance = (folds - (config.fold - 1)) % config.n_folds
    return np.array(["test", "val", "train"])[np.minimum(distance, 2)]


def _keep_source(result: pd.DataFrame, groups: NDArray[np.int64], seed: int) -> pd.DataFrame:
    in_train = (result["split"] == "train").to_numpy()
    if not in_train.any():
        raise StateError(
            N_("The split that the data came with has no training part; choose 70/20/10 or 80/10/10.")
        )
    if not (result["split"] == "val").any():
        labels = result["label"].to_numpy()[in_train]
        renumbered = np.unique(groups[in_train], return_inverse=True)[1]
        sides = divide(labels, renumbered, _CARVED, seed=seed)
        result.loc[in_train, "split"] = np.array(SPLIT_NAMES)[sides]
    return result[result["split"].notna()].reset_index(drop=True)


def _groups(samples: pd.DataFrame, *, by_patient: bool) -> NDArray[np.int64]:
    """Number the patients in the order in which they first appear.

    What they are called must not matter: each home makes pseudonyms of its own, and the same seed shall give
    the same split of the same images in all of them.
    """
    if not by_patient:
        return np.arange(len(samples))
    numbers = pd.factorize(samples["patient_id"])[0]  # -1: not known
    alone = np.arange(len(samples)) + len(samples)
    return np.asarray(pd.factorize(np.where(numbers < 0, alone, numbers))[0], dtype=np.int64)


def _count_labels(labels: NDArray[np.generic], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    codes = np.unique(labels.astype(str), return_inverse=True)[1]
    counts = np.zeros((groups.max() + 1, codes.max() + 1), dtype=np.int64)
    np.add.at(counts, (groups, codes), 1)
    return counts


def _seed_classes(
    sides: NDArray[np.int64], counts: NDArray[np.int64], order: NDArray[np.int64], shares: tuple[float, ...]
) -> None:
    """Give each side a small group of each class, the rarest class first, as long as there are enough."""
    sides_in_order = _FILLED_FIRST if len(shares) == len(_FILLED_FIRST) else range(len(shares))
    for label in np.argsort((counts > 0).sum(axis=0), kind="stable"):
        for side in (side for side in sides_in_order if shares[side] > 0):
            holds = counts[:, label] > 0
            if (holds & (sides == side)).any():
                continue
            free = [group for group in order if holds[group] and sides[group] < 0]
            if free:
                sides[min(free, key=lambda group: counts[group].sum())] = side


def _deal_in_bulk(
    sides: NDArray[np.int64], counts: NDArray[np.int64], order: NDArray[np.int64], shares: tuple[float, ...]
) -> None:
    kinds = np.unique(counts, axis=0, return_inverse=True)[1].ravel()
    for kind in range(kinds.max() + 1):
        members = order[kinds[order] == kind]
        free = members[sides[members] < 0]
        start = 0
        for side, share in enumerate(shares):
            n = max(0, int(share * len(members)) - int((sides[members] == side).sum()))
            sides[free[start : start + n]] = side
            start += n


def _deal_the_rest(
    sides: NDArray[np.int64], counts: NDArray[np.int64], order: NDArray[np.int64], wanted: NDArray[np.float64]
) -> None:
    weight = 1 / np.maximum(counts.sum(axis=0), 1)
    missing = wanted - np.stack([counts[sides == side].sum(axis=0) for side in range(len(wanted))])
    rest = order[sides[order] < 0]
    for group in rest[np.argsort(-counts[rest].sum(axis=1), kind="stable")]:
        # The squared error shrinks most on the side that misses these labels most.
        gain = ((2 * missing - counts[group]) * counts[group] * weight).sum(axis=1)
        gain[wanted.sum(axis=1) == 0] = -np.inf
        side = int(gain.argmax())
        sides[group] = side
        missing[side] -= counts[group]
