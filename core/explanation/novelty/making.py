"""Make the reference of a run: ask its network about training and validation images, fit, and measure.

No look is counted: the training and the validation split are seen, never the test split.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.records import SplitName
from core.datasets.store import Dataset, open_dataset
from core.evaluation.answering import CPU, answers_on
from core.evaluation.asked import asked_images
from core.explanation.novelty.asking import ask
from core.explanation.novelty.fitting import check_enough, cross_fitted_alarms, fit_gaussian, thresholds
from core.explanation.novelty.judging import scores_of
from core.explanation.novelty.kinds import N_CHANGED, foreign_images, kinds_for
from core.explanation.novelty.pictures import describe
from core.explanation.novelty.records import SCORES, Misses, Reference
from core.explanation.novelty.store import keep, origin_of
from core.images.records import MedicalImage
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.store import Run
from core.training.picture_cache import kept_pictures
from core.transforms.preprocessing import image_part, to_input, unit

MOST_TRAINING: Final = 4000
MOST_VALIDATION: Final = 2000
_SEED: Final = 0
_SHARE_OF_FIT: Final = 0.6  # of the time
_AT_ONCE: Final = 64  # pictures
Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class _Asked:
    run: Run
    loaded: LoadedModel
    dataset: Dataset
    device: torch.device


@dataclass(frozen=True, eq=False)
class _Seen:
    """What the network makes of some images of a split; `patients` numbers whose each is."""

    sample_ids: NDArray[np.int64]
    y_true: NDArray[np.int64]
    patients: NDArray[np.intp]
    logits: NDArray[np.float32]
    features: NDArray[np.float32]
    pictures: NDArray[np.float32]


def make_reference(
    run: Run,
    *,
    with_misses: bool = True,
    device: torch.device = CPU,
    progress: Progress = lambda fraction: None,
) -> Reference:
    """Make the reference of a run's present weights; `keep` stores it.

    Of more than MOST_TRAINING and MOST_VALIDATION images that many are drawn.

    Parameters
    ----------
    with_misses
        Whether foreign images are tried too, which takes some seconds.
    progress
        Called with the fraction that is done; what it raises ends the work.

    Raises
    ------
    UserError
        The data set is gone or another one, or there are too few images.
    """
    origin = origin_of(run)  # before the weights are read: they may change meanwhile
    asked = _Asked(run, load_model(run), open_dataset(run.config.dataset), device)
    until = _SHARE_OF_FIT if with_misses else 1.0
    train = _see(asked, "train", lambda f: progress(0.7 * until * f))
    val = _see(asked, "val", lambda f: progress(until * (0.7 + 0.3 * f)))
    reference = _fit(origin, train, val)
    if not with_misses:
        return reference
    found = _misses(asked, reference, val, lambda f: progress(until + (1 - until) * f))
    return replace(reference, misses=found)


def make_and_keep(
    run: Run, *, device: torch.device = CPU, progress: Progress = lambda fraction: None
) -> Reference:
    """Make the reference of a run with its misses, and store it."""
    reference = make_reference(run, device=device, progress=progress)
    keep(run, reference)
    return reference


def _see(asked: _Asked, split: SplitName, progress: Progress) -> _Seen:
    found = asked_images(asked.run, asked.dataset, split, {})
    check_enough(len(found.sample_ids))
    patients = _patients(found.patient_ids, len(found.sample_ids))
    most = MOST_TRAINING if split == "train" else MOST_VALIDATION
    places = np.arange(len(found.sample_ids))
    if len(places) > most:
        places = np.sort(np.random.default_rng(_SEED).choice(places, most, replace=False))
    ids = found.sample_ids[places]
    answers = answers_on(
        asked.loaded, asked.dataset, ids, device=asked.device, with_features=True, progress=progress
    )
    if answers.features is None:
        raise ValueError("features were asked for")
    pictures = np.concatenate([describe(part) for part in _pictures(asked.dataset, asked.loaded, ids)])
    return _Seen(ids, found.y_true[places], patients[places], answers.logits, answers.features, pictures)


def _patients(patient_ids: NDArray[np.object_] | None, n: int) -> NDArray[np.intp]:
    """Number the patients, (n,); an unknown one has one image of its own."""
    known = [None] * n if patient_ids is None else patient_ids.tolist()
    names = [f"row {row}" if one is None else f"patient {one}" for row, one in enumerate(known)]
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.intp)


def _pictures(
    dataset: Dataset, loaded: LoadedModel, sample_ids: NDArray[np.int64]
) -> Iterator[NDArray[np.float32]]:
    """Yield what the image steps leave, (b, C, H, W), float32 in [0, 1], in order."""
    kept = kept_pictures(dataset, loaded.preprocessing)
    for begin in range(0, len(sample_ids), _AT_ONCE):
        part = sample_ids[begin : begin + _AT_ONCE]
        if kept is not None:
            yield unit(kept[part])
        else:
            yield np.stack([unit(image_part(dataset.image(int(one)), loaded.preprocessing)) for one in part])


def _fit(origin: str, train: _Seen, val: _Seen) -> Reference:
    features = fit_gaussian(train.features, train.y_true)
    picture = fit_gaussian(train.pictures)
    scores = scores_of(features, picture, val.logits, val.features, val.pictures)
    return Reference(
        origin=origin,
        features=features,
        picture=picture,
        val_scores=scores,
        thresholds=thresholds(scores),
        sample_ids=train.sample_ids,
        bank=train.features.astype(np.float16),
        false_alarms=cross_fitted_alarms(scores, val.patients),
    )


def _misses(asked: _Asked, reference: Reference, val: _Seen, progress: Progress) -> tuple[Misses, ...]:
    """Try each kind of foreign image."""
    dataset = asked.dataset
    ordinary = [dataset.image(int(one)) for one in _first_of_each_patient(val)]
    modalities = {str(one) for one in dataset.samples["modality"].dropna().unique()}
    kinds = kinds_for(modalities, is_simulated=dataset.info.simulated)
    found = []
    for place, (name, kind) in enumerate(kinds.items()):
        found.append(_try(reference, asked.loaded, name, list(foreign_images(kind, ordinary))))
        progress((place + 1) / len(kinds))
    return tuple(found)


def _first_of_each_patient(val: _Seen) -> NDArray[np.int64]:
    """Return up to N_CHANGED validation images, one of each patient."""
    first = np.unique(val.patients, return_index=True)[1]
    chosen = np.random.default_rng(_SEED).permutation(first)[:N_CHANGED]
    return np.asarray(val.sample_ids[np.sort(chosen)])


def _try(reference: Reference, loaded: LoadedModel, name: str, images: list[MedicalImage]) -> Misses:
    inputs = [to_input(one, loaded.preprocessing, loaded.statistics) for one in images]
    logits, features = ask(loaded, inputs)
    pictures = describe(np.stack([unit(image_part(one, loaded.preprocessing)) for one in images]))
    scores = scores_of(reference.features, reference.picture, logits, features, pictures)
    is_out = scores > reference.thresholds  # (n, 3)
    return Misses(
        kind=name,
        n=len(images),
        flagged=int(is_out.any(axis=1).sum()),
        by_score={score: int(column.sum()) for score, column in zip(SCORES, is_out.T, strict=True)},
    )
