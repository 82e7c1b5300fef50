"""What the rivals are trained on and asked about: the network's own images, in the network's own pictures.

They learn from the run's training images with the labels that the run had, and are asked about the very
images that the network was asked about. Every picture has gone through all image steps of the run's
preprocessing, which also gives them one size; it is not rescaled as the network's input is, nor augmented.

Covers: at most 5,000 images to train on (drawn by lot, each class in its share) and 5,000 to judge (whole
patients, drawn by lot), so that the work ends within minutes. Does not cover: rivals that see more images.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.store import Dataset, open_dataset
from core.errors import LightboxError, StateError
from core.evaluation.asked import check_samples
from core.evaluation.stored import origin_of, stored_predictions
from core.experiments.comparison import patient_groups
from core.experiments.rivals.features import features_for, measure
from core.experiments.rivals.records import RivalsRequest, Sees
from core.experiments.rivals.reduced import shrunk
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.runs.store import Run
from core.training.picture_cache import cached_pictures
from core.transforms.preprocessing import unit

MOST_TRAIN: Final = 5000
MOST_JUDGED: Final = 5000
PIXEL_SIDE: Final = 32
_BATCH: Final = 32
_Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Side:
    """The images of one side.

    Attributes
    ----------
    sample_ids, labels, groups
        ndarrays of shape (n,), int64: which, the class (in the run's order), and the number of the patient.
    pixels
        ndarray of shape (n, C * 32 * 32), float32 in [0, 1].
    features
        ndarray of shape (n, f), float64.
    embedding
        ndarray of shape (n, d), float32; None where there is none.
    n_patients
        How many patients they are of, an unknown one counted as one of its own; None if none is known.
    """

    sample_ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    pixels: NDArray[np.float32]
    features: NDArray[np.float64]
    embedding: NDArray[np.float32] | None = None
    n_patients: int | None = None

    def seen(self, sees: Sees) -> NDArray[np.floating]:
        """Return what a rival gets of the images, (n, d)."""
        if sees == "embedding":
            return self.embedding if self.embedding is not None else np.zeros((len(self.labels), 0))
        if sees in ("features", "pixels"):
            return self.features if sees == "features" else self.pixels
        return self.features[:, :1] if sees == "brightness" else np.zeros((len(self.labels), 1))


@dataclass(frozen=True, eq=False)
class Materials:
    """All that the rivals are trained on and asked about.

    Attributes
    ----------
    train, judged
        The images of either side, without embeddings.
    network
        What the network says of the judged ones, in their order.
    n_channels, pixel_sides
        Of the pictures, and of those that are looked at as pixels.
    n_train_left_out, n_judged_left_out
        Images left out by lot.
    measure_seconds
        How long it took to measure the features of all images.
    """

    train: Side
    judged: Side
    network: Predictions
    n_channels: int
    pixel_sides: tuple[int, int]
    n_train_left_out: int
    n_judged_left_out: int
    measure_seconds: float
    notes: tuple[Message, ...] = field(default=())


def gather(request: RivalsRequest, run: Run, progress: _Progress) -> Materials:
    """Collect the images of both sides and measure them.

    Parameters
    ----------
    request, run
        The question, and its run.
    progress
        Called with the fraction that is done; what it raises ends the work.

    Raises
    ------
    StateError
        The weights or the data set have changed since it was asked, the run was trained on another data set
        of this name, or the test split was not opened.
    """
    if origin_of(run, run.config.dataset) != request.origin:
        raise StateError(N_("The weights of '{run}' have changed; ask again."), run=run.run_id)
    dataset = open_dataset(run.config.dataset)
    check_samples(run, dataset.info.dataset_id)  # what the network said of them may be stored all the same
    _check_unchanged(dataset, request.revision)
    other = dataset if request.dataset is None else open_dataset(request.dataset)
    _check_unchanged(other, request.judged_revision or request.revision)
    said = network_answers(request, run, lambda done: progress(0.1 * done))
    usable = said.take(said.is_usable)
    network = usable.take(draw_patients(usable, MOST_JUDGED, seed=request.seed))
    ids, labels, n_left_out = _training_images(run, seed=request.seed)
    own = cached_pictures(dataset, run.card.preprocessing, lambda done: progress(0.1 + 0.3 * done))
    theirs = own
    if other is not dataset:
        theirs = cached_pictures(other, run.card.preprocessing, lambda done: progress(0.4 + 0.1 * done))
    began = time.perf_counter()
    total = len(ids) + network.n_samples
    train = _side(dataset, own, (ids, labels), lambda n: progress(0.5 + 0.5 * n / total))
    wanted = (network.sample_ids, network.y_true)
    judged = _side(other, theirs, wanted, lambda n: progress(0.5 + 0.5 * (len(ids) + n) / total))
    height, width = own.shape[2:]
    return Materials(
        train=train,
        judged=judged,
        network=network,
        n_channels=own.shape[1],
        pixel_sides=(min(PIXEL_SIDE, height), min(PIXEL_SIDE, width)),
        n_train_left_out=n_left_out,
        n_judged_left_out=usable.n_samples - network.n_samples,
        measure_seconds=time.perf_counter() - began,
        notes=_notes(request, said, usable),
    )


def network_answers(request: RivalsRequest, run: Run, progress: _Progress) -> Predictions:
    """Return what the network says of the judged images; the test split only if somebody opened it before.

    It is no look of its own: whoever opened the split was counted then.
    """
    mapping = dict(request.mapping)
    found = stored_predictions(run, request.split, request.dataset, mapping=mapping)
    if found is not None:
        return found
    if request.split == "test":
        text = N_("The test split of '{run}' is sealed: open it on the Evaluate page first.")
        raise StateError(text, run=run.run_id)
    from core.evaluation.predictions import predictions_of

    return predictions_of(run, request.split, request.dataset, mapping=mapping, progress=progress)


def add_embeddings(
    request: RivalsRequest, run: Run, materials: Materials, progress: _Progress
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the network's embeddings of both sides, (n_train, d) and (n_judged, d).

    Raises
    ------
    LightboxError
        This network has none, or they are not numbers.
    """
    from core.evaluation.embeddings import embeddings_of

    mapping = dict(request.mapping)
    train = embeddings_of(run, "train", progress=lambda done: progress(0.7 * done))
    judged = embeddings_of(
        run, request.split, request.dataset, mapping=mapping, progress=lambda done: progress(0.7 + 0.3 * done)
    )
    found = []
    for embeddings, side in ((train, materials.train), (judged, materials.judged)):
        order = np.argsort(embeddings.sample_ids, kind="stable")
        places = order[np.searchsorted(embeddings.sample_ids[order], side.sample_ids)]
        found.append(embeddings.features[places].astype(np.float32))
    if not all(np.isfinite(one).all() for one in found):
        raise LightboxError(N_("The network's embedding holds values that are no numbers."))
    return found[0], found[1]


def draw_patients(predictions: Predictions, most: int, *, seed: int) -> NDArray[np.int64]:
    """Return the places of at most `most` images, in order: whole patients drawn by lot, or part of one."""
    groups = patient_groups(predictions.patient_ids, predictions.n_samples)
    if len(groups) <= most:
        return np.arange(len(groups))
    draws = np.random.default_rng(seed)
    order = draws.permutation(int(groups.max()) + 1)
    counts = np.bincount(groups)[order]
    kept = order[np.cumsum(counts) <= most]
    if not len(kept):  # the first patient alone has more
        return np.sort(draws.permutation(np.flatnonzero(groups == order[0]))[:most])
    return np.flatnonzero(np.isin(groups, kept))


def _training_images(run: Run, *, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return sample_ids and labels, (n,), of the images to train on, and how many were left out by lot."""
    split = run.split()
    rows = split[split["split"] == "train"]
    codes = {name: code for code, name in enumerate(run.card.class_names)}
    ids = rows["sample_id"].to_numpy(dtype=np.int64)
    labels = np.array([codes[label] for label in rows["label"]], dtype=np.int64)
    kept = _by_lot(labels, MOST_TRAIN, seed=seed)
    return ids[kept], labels[kept], len(ids) - len(kept)


def _by_lot(labels: NDArray[np.int64], most: int, *, seed: int) -> NDArray[np.int64]:
    """Return the places of at most `most` images, each class in its share and with one image at the least."""
    if len(labels) <= most:
        return np.arange(len(labels))
    draws = np.random.default_rng(seed)
    kept = []
    for one in np.unique(labels):
        places = np.flatnonzero(labels == one)
        kept.append(draws.permutation(places)[: max(1, int(len(places) * most / len(labels)))])
    return np.sort(np.concatenate(kept))


def _side(
    dataset: Dataset,
    pictures: NDArray[np.uint16],
    wanted: tuple[NDArray[np.int64], NDArray[np.int64]],
    progress: Callable[[int], None],
) -> Side:
    """Measure the pictures of some samples; `progress` is told how many are done."""
    ids, labels = wanted
    table = dataset.samples
    rows = np.searchsorted(table["sample_id"].to_numpy(), ids)
    n_channels = pictures.shape[1]
    pixels, features = [], []
    for start in range(0, len(rows), _BATCH):
        progress(start)
        batch = pictures[rows[start : start + _BATCH]]  # (B, C, H, W)
        pixels.append(shrunk(unit(batch), PIXEL_SIDE).astype(np.float32).reshape(len(batch), -1))
        features += [measure(picture) for picture in batch]
    n_features = len(features_for(n_channels))
    patients = table["patient_id"].to_numpy(dtype=object)[rows]
    groups = patient_groups(patients, len(ids))
    return Side(
        sample_ids=ids,
        labels=labels,
        groups=groups,
        n_patients=len(np.unique(groups)) if any(isinstance(one, str) for one in patients) else None,
        pixels=np.concatenate(pixels) if pixels else np.zeros((0, n_channels), dtype=np.float32),
        features=np.array(features).reshape(len(ids), n_features),
    )


def _check_unchanged(dataset: Dataset, revision: str) -> None:
    if dataset.info.revision != revision:
        text = N_("The data set '{dataset}' has changed; ask again.")
        raise StateError(text, dataset=dataset.info.dataset_id)


def _notes(request: RivalsRequest, said: Predictions, usable: Predictions) -> tuple[Message, ...]:
    notes = []
    if request.split == "train" and request.dataset is None:
        text = N_(
            "These are the training images: the network and its rivals have learned from them, so that"
            " whoever learns by heart does best. Choose the validation split for a comparison."
        )
        notes.append(Message(text=text))
    n = said.n_samples - usable.n_samples
    if n:
        text = N_("The network gave no number for {n} images; they are left out for its rivals too.")
        notes.append(Message(text=text, values={"n": n}))
    return tuple(notes)
