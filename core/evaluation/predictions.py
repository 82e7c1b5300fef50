"""What a run says about images: those of a split, stored and used again, or any images at hand."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from core.datasets.records import Part
from core.datasets.store import open_dataset
from core.errors import StateError
from core.evaluation.answering import CPU, answers_on
from core.evaluation.asked import asked_images
from core.evaluation.embeddings import Embeddings, write_embeddings
from core.evaluation.external import variant_of
from core.evaluation.looks import Who, can_write, count_look, n_looks
from core.evaluation.stored import NO_MAPPING, origin_of, stored_name, stored_path, stored_predictions
from core.images.records import MedicalImage
from core.language import N_
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.exclusive import exclusive
from core.runs.predictions import Predictions, write_predictions
from core.runs.store import Run
from core.transforms.preprocessing import to_input

__all__ = ["Predictions", "logits_of", "make_answers", "n_looks", "predict_images", "predictions_of"]

Progress = Callable[[float], None]
_BATCH: Final = 64


def predict_images(loaded: LoadedModel, images: Sequence[MedicalImage]) -> NDArray[np.float32]:
    """Return the probabilities of the classes, ndarray of shape (n, k), float32, for n images of any size."""
    return softmax(_logits(loaded, images), axis=1).astype(np.float32)  # type: ignore[no-any-return]


def predictions_of(
    run: Run,
    split: Part = "val",
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
    who: Who = "page",
    progress: Progress = lambda fraction: None,
) -> Predictions:
    """Return what the best weights of a run say about a split; made and stored when first asked for.

    Each call for the test split, or for another data set, is a look, and is written down: a page asks once
    when it is opened on purpose.

    Parameters
    ----------
    run
        A run that has a trained network.
    split
        "train", "val" or "test": the run's own split, or, of another data set, one made by the same rule.
        "all" is another data set as a whole, as an external validation takes it.
    dataset_id
        Another data set with the same classes; None means the one the run was trained on.
    mapping
        Which class there stands for which here, where they are called otherwise; "" leaves a class out. See
        core.evaluation.external.
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
    found = stored_predictions(run, split, chosen, mapping=mapping)
    if found is None:
        found = make_answers(run, split, chosen, mapping=mapping, progress=progress).predictions
    if split == "test" or chosen != run.config.dataset:
        count_look(run, chosen, split, who)
    return found


@dataclass(frozen=True, eq=False)
class Made:
    """Predictions that were just made and stored, and the features beside them where they were asked for."""

    predictions: Predictions
    features: NDArray[np.float32] | None


def make_answers(
    run: Run,
    split: Part,
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
    with_features: bool = False,
    device: torch.device = CPU,
    progress: Progress = lambda fraction: None,
) -> Made:
    """Make and store predictions, and features; nobody looks at them yet, so no look is counted.

    Parameters and errors are those of `predictions_of`. Where the home is read-only nothing is stored.
    """
    chosen = stored_name(run, dataset_id)
    if chosen == run.config.dataset and run.came_alone:
        raise StateError(
            N_("'{run}' came as a model, without its images: judge it on another data set."), run=run.run_id
        )
    dataset = open_dataset(chosen)
    origin = origin_of(run, chosen, mapping=mapping)  # before the weights are read: they may change meanwhile
    loaded, asked = load_model(run), asked_images(run, dataset, split, mapping)
    answers = answers_on(
        loaded, dataset, asked.sample_ids, device=device, with_features=with_features, progress=progress
    )
    predictions = Predictions.from_logits(
        answers.logits,
        y_true=asked.y_true,
        sample_ids=asked.sample_ids,
        patient_ids=asked.patient_ids,
        class_names=loaded.class_names,
        positive_class=loaded.card.positive_class,
    )
    folder = run.writable_folder
    if can_write(folder):
        variant = variant_of(mapping)
        if stored_path(run, split, chosen, mapping=mapping) is None:  # what was said already stays
            write_predictions(folder, chosen, split, predictions, origin=origin, variant=variant)
        if answers.features is not None:
            embeddings = Embeddings(asked.sample_ids, answers.features)
            write_embeddings(folder, chosen, split, embeddings, origin=origin, mapping=mapping)
    return Made(predictions, answers.features)


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
