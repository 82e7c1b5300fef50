"""Weights on disk: what is shared goes into safetensors, what a run needs to go on into last.pt.

last.pt is read with `weights_only=True` and only from our own run folders. Weights from outside are
safetensors only; their shapes are checked against the network and their values must be finite.
"""

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.errors import StateError
from core.jobs.reserve import is_full
from core.language import N_
from core.models.build import build_model, without_auxiliary
from core.runs.records import ModelCard
from core.runs.store import Run
from core.transforms.preprocessing.order import channels_after, size_after
from core.transforms.records import ChannelStatistics, Preprocessing
from core.workspace import replacing, write_text

_UNFINISHED: Final = re.compile(
    r"\.(last\.pt|best\.safetensors|model\.json|metrics\.jsonl|env\.json|about\.json|\d+\.pt|\d+\.npz)\.[a-z0-9_]{8}"
)


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network ready to predict, in eval mode on the CPU, with its card."""

    model: nn.Module
    card: ModelCard

    @property
    def preprocessing(self) -> Preprocessing:
        """The pipeline that it was trained with."""
        return self.card.preprocessing

    @property
    def statistics(self) -> ChannelStatistics:
        """The statistics of its training split."""
        return self.card.statistics

    @property
    def class_names(self) -> tuple[str, ...]:
        """The class of each logit."""
        return self.card.class_names


def save_best(folder: Path, model: nn.Module, card: ModelCard) -> None:
    """Write best.safetensors and model.json."""
    save_weights(folder, model.state_dict(), card)


def save_weights(folder: Path, state_dict: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write best.safetensors and model.json; auxiliary heads have served their time.

    Raises
    ------
    OSError
        The system refuses the file; a full disk is told by its number.
    """
    kept = without_auxiliary(card.model, state_dict)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in kept.items()}
    try:
        with replacing(folder / "best.safetensors") as temporary:
            save_file(weights, temporary)
    except SafetensorError as error:
        code = errno.ENOSPC if is_full(error) else errno.EIO
        raise OSError(code, os.strerror(code), str(folder / "best.safetensors")) from error
    write_text(folder / "model.json", card.model_dump_json(indent=1) + "\n")


def load_model(run: Run) -> LoadedModel:
    """Load the best weights of a run.

    Raises
    ------
    StateError
        No epoch has ended yet, or the weights do not fit the network or are not finite, or the card's
        preprocessing gives what the network cannot take.
    """
    card = run.card
    check_preprocessing(card)
    model = build_model(
        card.model, n_classes=len(card.class_names), n_channels=card.n_channels, image_size=card.image_size
    )
    try:
        weights = load_file(run.folder / "best.safetensors")
        model.load_state_dict(weights, strict=True)
    except (SafetensorError, RuntimeError, OSError) as error:
        text = N_("The weights of '{run}' cannot be read: they do not fit {model}.")
        raise StateError(text, run=run.run_id, model=card.model) from error
    if not all(
        bool(torch.isfinite(tensor).all()) for tensor in weights.values() if tensor.is_floating_point()
    ):
        raise StateError(N_("The weights of '{run}' are not finite; train it again."), run=run.run_id)
    return LoadedModel(model.eval(), card)


def check_preprocessing(card: ModelCard) -> None:
    """Refuse a card whose pipeline gives what its network cannot take: StateError, or InvalidValueError."""
    steps = card.preprocessing.active("image")
    given = channels_after(steps) or card.n_channels  # without the step the image itself decides
    if (given, len(card.statistics.mean)) != (card.n_channels, card.n_channels):
        text = N_(
            "The card of '{run}' contradicts itself: its step 'channels' gives {given}, its statistics have"
            " {fitted}, and the network takes {expected}."
        )
        fitted = len(card.statistics.mean)
        raise StateError(text, run=card.run, given=given, fitted=fitted, expected=card.n_channels)
    if (reason := size_after(steps)) is not None:
        text = N_("The preprocessing of '{run}' cannot be used: {reason}.")
        raise StateError(text, run=card.run, reason=reason)


def save_last(folder: Path, state: dict[str, Any]) -> None:
    """Write everything that is needed to go on."""
    with replacing(folder / "last.pt") as temporary:
        torch.save(state, temporary)


def link_last(folder: Path, same: Path) -> bool:
    """Let last.pt be a second name of a file with the same content; False where the disk has no such names.

    It costs no bytes and no time. Neither file is ever changed in place, only replaced.
    """
    try:
        with replacing(folder / "last.pt") as temporary:
            temporary.unlink()
            temporary.hardlink_to(same)
    except OSError:
        return False
    return True


def load_last(folder: Path) -> dict[str, Any] | None:
    """Read what `save_last` wrote; None before the first time."""
    path = folder / "last.pt"
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def load_start(run: Run) -> dict[str, Any]:
    """Read the state that a branch begins with; StateError where it cannot be read."""
    try:
        state: dict[str, Any] = torch.load(run.folder / "start.pt", map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, UnpicklingError) as error:
        text = N_("The state that '{run}' should begin with cannot be read: branch again.")
        raise StateError(text, run=run.run_id) from error
    return state


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed worker has left of files it was writing; the caller holds the run's lock.

    Nothing else is touched: only hidden files that `replacing` names so, beside files that a worker alone
    writes.
    """
    for path in (*folder.glob(".*"), *(folder / "epochs").glob(".*"), *(folder / "replay").glob(".*")):
        if _UNFINISHED.fullmatch(path.name):
            path.unlink(missing_ok=True)


def keep_epoch(folder: Path, epoch: int, state: dict[str, Any]) -> None:
    """Keep the state after an epoch as epochs/<n>.pt."""
    with replacing(folder / "epochs" / f"{epoch}.pt") as temporary:
        torch.save(state, temporary)
