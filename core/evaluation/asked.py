"""Which images a run is asked about, and what they truly are. No torch here."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.editing import edits_since
from core.datasets.records import Part
from core.datasets.splits import make_split
from core.datasets.store import Dataset
from core.errors import InvalidValueError, StateError
from core.evaluation.external import LEFT_OUT, whole_mapping
from core.language import N_
from core.runs.store import Run


@dataclass(frozen=True, eq=False)
class Asked:
    """The images of a split.

    Attributes
    ----------
    sample_ids, y_true
        ndarrays of shape (n,), int64; the truth is an index into the classes of the run.
    patient_ids
        ndarray of shape (n,), object: None for an image whose patient is not known. None instead of the array
        where no patient is known.
    left_out
        How many images of which class there stand for no class of the run: they are not asked about.
    """

    sample_ids: NDArray[np.int64]
    y_true: NDArray[np.int64]
    patient_ids: NDArray[np.object_] | None
    left_out: dict[str, int]


def asked_images(run: Run, dataset: Dataset, split: Part, mapping: Mapping[str, str]) -> Asked:
    """Return the images of a split of the run's own data set, or of another one.

    Parameters
    ----------
    run
        A run that has a trained network.
    dataset, split
        Of its own data set the sides that it was trained with, with the labels that it was trained with. Of
        another one "all" of it, or a side that the same rule makes.
    mapping
        Which class there stands for which here: see core.evaluation.external.

    Raises
    ------
    StateError
        The data set has the name of the run's own, and other samples.
    UserError
        Classes do not match, or what is asked for does not go together.
    """
    is_own = dataset.info.is_called(run.config.dataset)
    _check(run, dataset, split, mapping, is_own=is_own)
    rows = _rows(run, dataset, split, is_own=is_own)
    ours, theirs = run.card.class_names, tuple(rows["label"].unique()) if is_own else dataset.info.class_names
    meant = whole_mapping(theirs, ours, mapping, dataset_id=dataset.info.dataset_id) if theirs else {}
    classes = rows["label"].map(meant)
    is_left_out = classes == LEFT_OUT
    left_out = rows.loc[is_left_out, "label"].value_counts()
    kept, codes = rows[~is_left_out], {name: code for code, name in enumerate(ours)}
    patients = kept["patient_id"]
    return Asked(
        sample_ids=kept["sample_id"].to_numpy(dtype=np.int64),
        y_true=np.array([codes[name] for name in classes[~is_left_out]], dtype=np.int64),
        patient_ids=None
        if patients.isna().all()
        else np.array([None if pd.isna(name) else name for name in patients], dtype=object),
        left_out={str(name): int(n) for name, n in left_out.items()},
    )


def check_samples(run: Run, dataset_id: str) -> None:
    """Refuse what has the name of a run's own data set but holds other samples; corrected labels may be.

    Raises
    ------
    StateError
        The data set never was as it was when the run began.
    """
    if edits_since(dataset_id, run.request.dataset_revision) is None:
        text = N_(
            "The data set '{dataset}' is no longer the one that '{run}' was trained on; train a new run on"
            " it."
        )
        raise StateError(text, dataset=dataset_id, run=run.run_id)


def _check(run: Run, dataset: Dataset, split: Part, mapping: Mapping[str, str], *, is_own: bool) -> None:
    """Refuse what cannot be asked, and a data set of the run's own name with other samples.

    Corrected labels are no hindrance: the pictures are the same, and the run's split holds the labels that
    it was trained on.
    """
    if not is_own:
        return
    name = dataset.info.dataset_id
    check_samples(run, name)
    if split == "all" or mapping:
        text = N_(
            "'{dataset}' is what '{run}' was trained with: choose train, val or test, and map no classes. To"
            " judge all images, choose another data set."
        )
        raise InvalidValueError(text, dataset=name, run=run.run_id)


def _rows(run: Run, dataset: Dataset, split: Part, *, is_own: bool) -> pd.DataFrame:
    """Return sample_id, label as used, and patient_id of one split."""
    if is_own:
        divided = run.split()
    elif split == "all":
        divided = dataset.samples[["sample_id", "label"]].reset_index(drop=True).assign(split="all")
    else:  # a control's labels are drawn by lot; those of another data set are not
        divided = make_split(dataset.samples, run.config.split.model_copy(update={"labels": "given"}))
    chosen = divided.loc[divided["split"] == split, ["sample_id", "label"]]
    patients = dataset.samples[["sample_id", "patient_id"]].reset_index(drop=True)
    return chosen.merge(patients, on="sample_id", how="left")
