"""Networks that have learned a little, to measure methods on: random ones would only be held against random.

Each network of the catalog is trained for a moment on the phantoms that ship, at a small size, always alike.
What it knows then is told with its AUROC on other patients' films. It is a stand-in, not a good network.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.datasets.records import SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.explanation.validity.records import TrainedNetwork
from core.models.build import build_model, model_spec
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.statistics.roc import auroc
from core.transforms.preprocessing import default_preprocessing, to_input
from core.transforms.preprocessing.pipeline import fit_statistics, image_part, unit

_STEPS: Final = {"small": 200}  # of training, by family
_STEPS_OF_LIGHT, _STEPS_OF_HEAVY = 100, 20  # each of the latter takes up to two seconds
_HEAVY: Final = 1e9  # multiply-adds for an image of the usual size
_RATES: Final = {"small": 1e-3}  # AdamW's; the large ones without batch norm do not bear so much
_USUAL_RATE: Final = 3e-4
_N_TRAIN, _N_OTHERS = 240, 60  # films
_BATCH: Final = 16
_SIDE, _SIDE_OF_VERY_LARGE = 64, 32  # pixels: the last feature maps are 2 x 2 or more
_VERY_LARGE: Final = 7e9  # multiply-adds for an image of the usual size
_SIDES: Final = {"inception_v3": 107}  # below this its last maps are 1 x 1
_DATASET: Final = "phantoms"


@dataclass(frozen=True, eq=False)
class Films:
    """Phantoms as a network gets them.

    Attributes
    ----------
    train, others
        Tensors of shape (n, 1, H, W): films to learn from, and films of other patients.
    train_labels, other_labels
        ndarrays of shape (n,), int64; 1 is the finding.
    card
        Of a network trained on them, to be given its name.
    """

    train: Tensor
    train_labels: NDArray[np.int64]
    others: Tensor
    other_labels: NDArray[np.int64]
    card: ModelCard


@dataclass(frozen=True, eq=False)
class Stand:
    """A network that has learned something, the same with random weights, and films that it does not know.

    `images` are those of the films, (C, H, W) each, on which methods are measured.
    """

    trained: LoadedModel
    random: LoadedModel
    images: tuple[NDArray[np.float32], ...]
    facts: TrainedNetwork


def size_for(name: str) -> int:
    """Return the side of the images on which a network is measured, in pixels."""
    spec = model_spec(name)
    if name in _SIDES:
        return _SIDES[name]
    side = _SIDE_OF_VERY_LARGE if spec.multiply_adds > _VERY_LARGE else _SIDE
    return max(min(side, spec.usual_size), spec.smallest_size)


def stand_of(name: str, *, n_steps: int | None = None, image_size: int | None = None) -> Stand:
    """Train a network for a moment.

    Parameters
    ----------
    name
        A key of MODELS.
    n_steps
        Of training, with 16 films each; None means those of its family.
    image_size
        Side of the films in pixels; None means `size_for`.
    """
    family, size = model_spec(name).family, image_size or size_for(name)
    films = films_of(size)
    n_steps = _steps_for(name) if n_steps is None else n_steps
    trained, random = (_built(name, size, seed) for seed in (1, 2))
    _train(trained, films, n_steps, rate=_RATES.get(family, _USUAL_RATE))
    for model in (trained, random):
        _settle_norms(model, films.train)
    with torch.no_grad():
        scores = trained(films.others).softmax(dim=1)[:, 1].double().numpy()
    area = auroc(films.other_labels == 1, scores)
    card = films.card.model_copy(update={"model": name})
    images = _telling(trained, films.others, 2 if family == "small" else 1)
    facts = TrainedNetwork(
        image_size=size, n_steps=n_steps, auroc=round(float(area), 3), n_images=len(images)
    )
    return Stand(LoadedModel(trained, card), LoadedModel(random, card), images, facts)


def _steps_for(name: str) -> int:
    spec = model_spec(name)
    return _STEPS.get(spec.family, _STEPS_OF_LIGHT if spec.multiply_adds < _HEAVY else _STEPS_OF_HEAVY)


def _telling(model: nn.Module, films: Tensor, n: int) -> tuple[NDArray[np.float32], ...]:
    """Return the `n` films whose answer differs most from that for zeros.

    An error is told as a share of this change, and would be a share of nothing elsewhere.
    """
    with torch.no_grad():
        change = model(films) - model(torch.zeros_like(films[:1]))
    order = change.abs().amax(dim=1).argsort(descending=True, stable=True)
    return tuple(films[int(row)].numpy() for row in order[:n])


@lru_cache(maxsize=2)
def films_of(size: int) -> Films:
    """Return the first films of the phantoms that ship, at `size` x `size` pixels."""
    dataset = open_dataset(_DATASET)
    preprocessing = default_preprocessing(size, 1)
    split = make_split(dataset.samples, SplitConfig(seed=0))
    rows = {
        name: split[split["split"] == name].head(n) for name, n in (("train", _N_TRAIN), ("val", _N_OTHERS))
    }
    images = {name: [dataset.image(int(i)) for i in part["sample_id"]] for name, part in rows.items()}
    pictures = (unit(image_part(image, preprocessing)) for image in images["train"])
    statistics = fit_statistics(pictures, preprocessing)
    labels = {name: (part["label"] == dataset.info.positive_class).to_numpy() for name, part in rows.items()}
    inputs = {
        name: torch.from_numpy(np.stack([to_input(image, preprocessing, statistics) for image in part]))
        for name, part in images.items()
    }
    card = ModelCard(
        run="validity",
        model="small_cnn",
        class_names=dataset.info.class_names,
        positive_class=dataset.info.positive_class,
        n_channels=1,
        preprocessing=preprocessing,
        statistics=statistics,
        intended_use="",
        simulated=True,
        dataset=_DATASET,
        n_train_images=_N_TRAIN,
        n_train_patients=None,
        best_epoch=0,
        image_size=size,
    )
    as_int = {name: part.astype(np.int64) for name, part in labels.items()}
    return Films(inputs["train"], as_int["train"], inputs["val"], as_int["val"], card)


def _built(name: str, size: int, seed: int) -> nn.Module:
    return build_model(name, n_classes=2, n_channels=1, image_size=size, seed=seed).eval()


def _train(model: nn.Module, films: Films, n_steps: int, *, rate: float) -> None:
    """Train without any finesse; the random stream that dropout draws from is put back."""
    labels = torch.from_numpy(films.train_labels)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        model.train()
        for _ in range(n_steps):
            rows = torch.randperm(len(labels))[:_BATCH]
            loss = nn.functional.cross_entropy(model(films.train[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    model.eval()


@torch.no_grad()
def _settle_norms(model: nn.Module, films: Tensor) -> None:
    """Take the statistics of batch norm anew over all films: some follow only in hundreds of steps.

    Random weights get them too: with those of a new network a deep one answers the same to everything.
    """
    model.train()
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
    with torch.random.fork_rng(devices=[]):  # of dropout
        for batch in torch.split(films, _BATCH) if norms else ():
            model(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()
