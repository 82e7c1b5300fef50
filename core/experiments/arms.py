"""Train arms: the same short training under several conditions, with several seeds each.

First it is settled who trains and who answers: the images outside the test split, which stays sealed, are
divided by patient. Nothing is chosen by those who answer, so what they say has had no choice to flatter it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.records import SplitConfig
from core.datasets.splits import divide, make_split
from core.datasets.store import Dataset
from core.errors import StateError
from core.experiments.comparison import patient_groups
from core.experiments.trial import Trial, run_trial
from core.jobs.worker import Job
from core.language import N_, Message
from core.training.config import TrainingConfig
from core.training.pipeline import PreparedData

_LEAST_PATIENTS: Final = 5  # of each class among those who answer: with fewer an interval means nothing
_SEED: Final = 0
_FIRST: Final = N_("Training {number} of {n}")
_LATER: Final = N_("Training {number} of {n}; about {seconds} s left")
_MUCH_LATER: Final = N_("Training {number} of {n}; about {minutes} min left")


@dataclass(frozen=True, eq=False)
class Sides:
    """Who trains and who answers.

    Attributes
    ----------
    table
        sample_id, label and split ("train" for who trains, "val" for who answers); nobody else stands in it.
    groups
        ndarray of shape (n_val,), int64: whose each image that answers is, in the table's order.
    n_train_patients
        How many patients train.
    n_left_out
        How many images outside the test split are not used, for there were more than allowed.
    """

    table: pd.DataFrame
    groups: NDArray[np.int64]
    n_train_patients: int
    n_left_out: int


def choose_sides(dataset: Dataset, split: SplitConfig, *, share: float, most: int) -> Sides:
    """Divide the images outside the test split by patient, each class in its share.

    Parameters
    ----------
    dataset, split
        The data set, and the split whose training and validation parts are used.
    share
        The part of the patients that trains, in (0, 1).
    most
        How many images are used, at the most; whole patients are left out by lot.

    Raises
    ------
    StateError
        Fewer than two classes, or a class with too few patients to answer.
    """
    table = make_split(dataset.samples, split).query("split != 'test'").reset_index(drop=True)
    patients = dataset.samples.set_index("sample_id").loc[table["sample_id"], "patient_id"]
    groups = patient_groups(patients.to_numpy(dtype=object), len(table))
    is_used = np.ones(len(table), dtype=bool)
    if len(table) > most:
        kept = most / len(table)
        is_used = divide(table["label"].to_numpy(), groups, (kept, 1 - kept), seed=_SEED) == 0
    table, groups = table[is_used].reset_index(drop=True), np.unique(groups[is_used], return_inverse=True)[1]
    answers = divide(table["label"].to_numpy(), groups, (share, 1 - share), seed=_SEED) == 1
    _check_enough(dataset, table["label"].to_numpy(str)[answers], groups[answers])
    return Sides(
        table=table.assign(split=np.where(answers, "val", "train")),
        groups=groups[answers].astype(np.int64),
        n_train_patients=len(np.unique(groups[~answers])),
        n_left_out=int((~is_used).sum()),
    )


def train_arms(
    job: Job, data: PreparedData, arms: Sequence[Sequence[TrainingConfig]], *, n_classes: int
) -> list[list[Trial]]:
    """Train every config of every arm; the arms take turns, so that a slow minute meets both.

    Parameters
    ----------
    job
        Is told which training it is and how long is left, and asked whether to stop.
    data
        What all of them read.
    arms
        A sequence of configs for each arm, as many in each.
    n_classes
        Of the data set.
    """
    n, began = sum(len(arm) for arm in arms), time.monotonic()
    trials: list[list[Trial]] = [[] for _arm in arms]
    rounds = zip(*arms, strict=True)
    turns = [turn for configs in rounds for turn in zip(trials, configs, strict=True)]
    for done, (found, config) in enumerate(turns):

        def progress(fraction: float, done: int = done) -> None:
            _report(job, done, n, fraction=fraction, began=began)

        trial = run_trial(data, config, n_classes=n_classes, check_stop=job.check_stop, progress=progress)
        found.append(trial)
    return trials


def _report(job: Job, done: int, n: int, *, fraction: float, began: float) -> None:
    whole = (done + fraction) / n
    left = (time.monotonic() - began) / whole * (1 - whole)
    text = _FIRST
    if whole > 0.02:  # before that it is a guess
        text = _LATER if left < 100 else _MUCH_LATER
    values = {"number": done + 1, "n": n, "seconds": max(1, round(left)), "minutes": round(left / 60)}
    job.report(whole, Message(text=text, values=dict(values)), seconds_left=left)


def _check_enough(dataset: Dataset, labels: NDArray[np.str_], groups: NDArray[np.int64]) -> None:
    names = dataset.info.class_names
    if len(names) < 2:
        text = N_("'{name}' has one class only, so there is nothing to tell apart.")
        raise StateError(text, name=dataset.info.dataset_id)
    counts = {name: len(np.unique(groups[labels == name])) for name in names}
    rarest = min(names, key=lambda name: counts[name])
    if counts[rarest] < _LEAST_PATIENTS:
        text = N_(
            "'{label}' has {n} patients to ask about, and {least} are the least: the answer would be chance."
            " Choose a data set with more patients of each class."
        )
        raise StateError(text, label=rarest, n=counts[rarest], least=_LEAST_PATIENTS)
