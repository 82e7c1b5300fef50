"""Logits and features of inputs, from one pass."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.models.build import model_spec
from core.models.last_features import LastFeatures
from core.runs.checkpoints import LoadedModel
from core.runs.exclusive import exclusive

_BATCH: Final = 16


def ask(
    loaded: LoadedModel, inputs: Sequence[NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return logits (n, k) and what enters the last linear layer (n, d), for n inputs (C, H, W)."""
    layer = loaded.model.get_submodule(model_spec(loaded.card.model).head[-1])
    kept = LastFeatures(layer)
    found = []
    with exclusive(loaded.model) as model, kept.of(np.arange(len(inputs))), torch.no_grad():
        device = next(model.parameters()).device
        for begin in range(0, len(inputs), _BATCH):
            batch = torch.from_numpy(np.stack(inputs[begin : begin + _BATCH])).to(device)
            found.append(model(batch).float().cpu())  # (B, C, H, W) -> (B, k)
    return torch.cat(found).numpy(), kept.taken()
