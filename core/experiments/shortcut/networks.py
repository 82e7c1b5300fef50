"""Train the network with the shortcut and its control, and keep the weights of both beside the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from scipy.special import softmax
from torch import Tensor, nn

from core.datasets.phantom_set import CLASS_NAMES, NAME
from core.errors import StateError
from core.experiments.shortcut.films import PREPROCESSING, SIZE, Deal
from core.experiments.shortcut.records import ShortcutRequest, Side
from core.experiments.trial import put_back
from core.language import N_
from core.models.build import build_model
from core.runs.checkpoints import LoadedModel, save_best
from core.runs.records import ModelCard
from core.runs.store import INTENDED_USE
from core.statistics.roc import auroc
from core.training.config import TrainingConfig, parse_config
from core.training.pipeline import Inputs, PreparedData
from core.training.steps import engine_for, logits_of, training_steps
from core.transforms.preprocessing import fit_statistics, rescales, unit

POSITIVE: Final = 1  # of CLASS_NAMES
_AT_ONCE: Final = 64


@dataclass(frozen=True, eq=False)
class Asked:
    """A trained network, and the logits (n, 2) it gives for validation and for either side of clean films."""

    loaded: LoadedModel
    val: NDArray[np.float32]
    clean_against: NDArray[np.float32]
    clean_for: NDArray[np.float32]


def train(
    request: ShortcutRequest,
    side: Side,
    dealt: Deal,
    pixels: NDArray[np.uint16],
    *,
    check_stop: Callable[[], None],
    progress: Callable[[float], None],
    seen: Callable[[float | None], None] = lambda area: None,
) -> Asked:
    """Train one of the two networks; its last epoch answers, for nothing chooses an epoch.

    Parameters
    ----------
    pixels
        As `lay_out` gives them.
    seen
        Called after each epoch with the AUROC on validation, None where a class has no film; it is shown and
        chooses nothing.
    """
    data, config = _prepared(dealt, pixels, side), _config(request)
    is_finding = dealt.has_finding[dealt.parts["val"]]
    with put_back(config.threads):
        engine = engine_for(data, config, n_classes=len(CLASS_NAMES), positive_index=POSITIVE)
        source = Inputs(data, config.augmentations, engine.device)
        for epoch in range(1, config.epochs + 1):
            for step in training_steps(engine, source, data, config, epoch=epoch):
                progress((epoch - 1 + step.done) / config.epochs)
                check_stop()
            val = logits_of(engine, source, data.rows["val"])[0].numpy()
            area = float(auroc(is_finding, finding_score(val)))
            seen(area if np.isfinite(area) else None)
        clean = logits_of(engine, source, data.rows["test"])[0].numpy()
    loaded = LoadedModel(engine.model.cpu().eval(), _card(request, side, data, dealt))
    n_clean = len(dealt.parts["clean"])
    return Asked(loaded, val, clean_against=clean[:n_clean], clean_for=clean[n_clean:])


def scores_of(loaded: LoadedModel, pixels: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Return the probability of a finding, (n,), of films (n, 1, SIZE, SIZE) as `lay_out` gives them."""
    return finding_score(_logits(loaded.model, torch.from_numpy(inputs_of(loaded, pixels))))


def inputs_of(loaded: LoadedModel, pixels: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return what a network gets of films as `lay_out` gives them: (n, 1, SIZE, SIZE), float32."""
    inputs = unit(pixels)
    for rescale in rescales(loaded.preprocessing, loaded.statistics, loaded.statistics):
        inputs = inputs * rescale.scale[:, None, None] + rescale.offset[:, None, None]
    return inputs.astype(np.float32)


@torch.no_grad()
def _logits(model: nn.Module, inputs: Tensor) -> NDArray[np.float32]:
    found = [model(some) for some in torch.split(inputs, _AT_ONCE)]
    logits: NDArray[np.float32] = torch.cat(found).numpy()
    return logits


def keep(folder: Path, loaded: LoadedModel) -> None:
    """Keep a network: best.safetensors and model.json."""
    folder.mkdir(exist_ok=True)
    save_best(folder, loaded.model, loaded.card)


def open_network(folder: Path) -> LoadedModel:
    """Open a network that `keep` kept.

    Raises
    ------
    StateError
        It is gone, or damaged.
    """
    try:
        card = ModelCard.model_validate_json((folder / "model.json").read_bytes())
        model = build_model(
            card.model,
            n_classes=len(card.class_names),
            n_channels=card.n_channels,
            image_size=card.image_size,
        )
        model.load_state_dict(load_file(folder / "best.safetensors"), strict=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        text = N_("The networks of this answer cannot be read any more; train them again.")
        raise StateError(text) from error
    return LoadedModel(model.eval(), card)


def finding_score(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probability of a finding, (n,), from logits (n, 2)."""
    found: NDArray[np.float64] = softmax(logits.astype(np.float64), axis=1)[:, POSITIVE]
    return found


def _config(request: ShortcutRequest) -> TrainingConfig:
    """Return the training: no augmentation, so that nothing hides the cue or makes up for it."""
    return parse_config(
        {
            "dataset": NAME,
            "model": request.model,
            "image_size": SIZE,
            "epochs": request.epochs,
            "augmentations": [],
            "seed": request.seed,
            "patience": 0,
            "device": "cpu",
            "threads": 1,
        }
    )


def _prepared(dealt: Deal, pixels: NDArray[np.uint16], side: Side) -> PreparedData:
    n = len(dealt.sample_ids)
    drawn = dealt.follows if side == "shortcut" else dealt.coin
    parts = {name: rows + n * drawn[rows] for name, rows in dealt.parts.items()}
    clean = dealt.parts["clean"]
    rows = {"train": parts["train"], "val": parts["val"], "test": np.concatenate([clean, clean + n])}
    statistics = fit_statistics((unit(pixels[row]) for row in np.sort(rows["train"])), PREPROCESSING)
    return PreparedData(
        pixels=torch.from_numpy(pixels),
        labels=torch.from_numpy(np.tile(dealt.has_finding, 2).astype(np.int64)),
        rows={name: torch.from_numpy(index) for name, index in rows.items()},
        statistics=statistics,
        preprocessing=PREPROCESSING,
    )


def _card(request: ShortcutRequest, side: Side, data: PreparedData, dealt: Deal) -> ModelCard:
    train_rows = dealt.parts["train"]
    return ModelCard(
        run=f"shortcut-booth-{request.cue}-{side}",
        model=request.model,
        class_names=CLASS_NAMES,
        positive_class=CLASS_NAMES[POSITIVE],
        n_channels=1,
        preprocessing=PREPROCESSING,
        statistics=data.statistics,
        intended_use=INTENDED_USE,
        simulated=True,
        dataset=NAME,
        n_train_images=len(train_rows),
        n_train_patients=len(np.unique(dealt.patients[train_rows])),
        best_epoch=request.epochs,
        image_size=SIZE,
    )
