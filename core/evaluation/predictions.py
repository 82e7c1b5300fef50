"""What a run says about images: those of a split, stored and used again, or any images at hand."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from core.datasets.editing import edits_since
from core.datasets.records import SplitName
from core.datasets.splits import make_split
from core.datasets.store import Dataset, open_dataset
from core.errors import StateError, UserError
from core.evaluation.looks import Who, can_write, count_look, n_looks
from core.evaluation.stored import origin_of, stored_name, stored_predictions
from core.images.records import MedicalImage
from core.language import N_
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.exclusive import exclusive
from core.runs.predictions import Predictions, write_predictions
from core.runs.store import Run
from core.transforms.preprocessing import to_input

__all__ = ["Predictions", "logits_of", "n_looks", "predict_images", "predictions_of"]

_BATCH: Final = 64


def predict_images(loaded: LoadedModel, images: Sequence[MedicalImage]) -> NDArray[np.float32]:
    """Return the probabilities of the classes, ndarray of shape (n, k), float32, for n images of any size."""
    return softmax(_logits(loaded, images), axis=1).astype(np.float32)  # type: ignore[no-any-return]


def predictions_of(
    run: Run,
    split: SplitName = "val",
    dataset_id: str | None = None,
    *,
    who: Who = "page",
    progress: Callable[[float], None] = lambda fraction: None,
) -> Predictions:
    """Return what the best weights of a run say about a split; made and stored when first asked for.

    Each call for the test split is a look, and is written down: a page asks once when it is opened on
    purpose.

    Parameters
    ----------
    run
        A run that has a trained network.
    split
        "train", "val" or "test": the run's own split, or, of another data set, one made by the same rule.
    dataset_id
        Another data set with the same classes; None means the one the run was trained on.
    who
        Who looks.
    progress
        Called with the fraction that is done while predictions are made; what it raises ends the work.

    Raises
    ------
    StateError
        No epoch has ended yet.
    UnknownNameError
        There is no such data set.
    UserError
        The other data set has classes that the run has not learned.
    """
    chosen = stored_name(run, dataset_id)
    predictions = _find_or_make(run, chosen, split, progress)
    if split == "test":
        count_look(run, chosen, split, who)
    return predictions


def _find_or_make(
    run: Run, dataset_id: str, split: SplitName, progress: Callable[[float], None]
) -> Predictions:
    """Return the stored predictions if they are of these weights and this data, else make and store them."""
    stored = stored_predictions(run, split, dataset_id)
    if stored is not None:
        return stored
    predictions = _predict(run, open_dataset(dataset_id), split, progress)
    if can_write(run.writable_folder):
        origin = origin_of(run, dataset_id)
        write_predictions(run.writable_folder, dataset_id, split, predictions, origin=origin)
    return predictions


def _predict(run: Run, dataset: Dataset, split: SplitName, progress: Callable[[float], None]) -> Predictions:
    _check_revision(run, dataset)
    loaded = load_model(run)
    rows = _rows(run, dataset, split)
    y_true = _class_indices(rows["label"], dataset, loaded)
    sample_ids = rows["sample_id"].to_numpy(dtype=np.int64)
    images = (dataset.image(int(sample_id)) for sample_id in sample_ids)
    logits = _logits(loaded, _counted(images, len(sample_ids), progress))
    patients = np.array([None if pd.isna(name) else name for name in rows["patient_id"]], dtype=object)
    return Predictions.from_logits(
        logits,
        y_true=y_true,
        sample_ids=sample_ids,
        patient_ids=None if rows["patient_id"].isna().all() else patients,
        class_names=loaded.class_names,
        positive_class=loaded.card.positive_class,
    )


def _check_revision(run: Run, dataset: Dataset) -> None:
    """Refuse a data set of the run's own name with other samples: their numbers mean other images now.

    Corrected labels are no hindrance: the pictures are the same, and the run's split holds the labels that
    it was trained on.
    """
    if _is_own(run, dataset) and edits_since(dataset.info.dataset_id, run.request.dataset_revision) is None:
        text = N_(
            "The data set '{dataset}' is no longer the one that '{run}' was trained on; train a new run on"
            " it."
        )
        raise StateError(text, dataset=dataset.info.dataset_id, run=run.run_id)


def _is_own(run: Run, dataset: Dataset) -> bool:
    return dataset.info.is_called(run.config.dataset)


def _rows(run: Run, dataset: Dataset, split: SplitName) -> pd.DataFrame:
    """Return sample_id, label as used, and patient_id of one split."""
    divided = run.split() if _is_own(run, dataset) else make_split(dataset.samples, run.config.split)
    chosen = divided.loc[divided["split"] == split, ["sample_id", "label"]]
    patients = dataset.samples[["sample_id", "patient_id"]].reset_index(drop=True)
    return chosen.merge(patients, on="sample_id", how="left")


def _class_indices(labels: "pd.Series[str]", dataset: Dataset, loaded: LoadedModel) -> NDArray[np.int64]:
    unknown = sorted(set(labels) - set(loaded.class_names))
    if unknown:
        text = N_(
            "'{dataset}' has images of '{name}', which this run has not learned; it knows {known}."
            " Choose a data set with the same classes."
        )
        known = ", ".join(loaded.class_names)
        raise UserError(text, dataset=dataset.info.dataset_id, name=unknown[0], known=known)
    codes = {name: code for code, name in enumerate(loaded.class_names)}
    return np.array([codes[label] for label in labels], dtype=np.int64)


def _logits(loaded: LoadedModel, images: Iterable[MedicalImage]) -> NDArray[np.float32]:
    return logits_of(loaded, (to_input(one, loaded.preprocessing, loaded.statistics) for one in images))


def logits_of(loaded: LoadedModel, inputs: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Run the network on inputs (C, H, W) that are ready for it, in batches; (n, k) float32, n may be 0."""
    found = [np.zeros((0, len(loaded.class_names)), dtype=np.float32)]
    for batch in _batches(inputs):
        with exclusive(loaded.model) as model, torch.no_grad():
            found.append(model(torch.from_numpy(batch)).numpy())  # (B, C, H, W) -> (B, k)
    return np.concatenate(found)


def _batches(inputs: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    waiting: list[NDArray[np.float32]] = []
    for array in inputs:
        waiting.append(array)
        if len(waiting) == _BATCH:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)


def _counted(
    images: Iterable[MedicalImage], n: int, progress: Callable[[float], None]
) -> Iterator[MedicalImage]:
    for number, image in enumerate(images, start=1):
        yield image
        progress(number / n)
