"""Build a network of the catalog."""

from importlib import import_module

import torch
from torch import nn

from core.errors import InvalidValueError, UnknownNameError
from core.language import N_
from core.models.catalog import MODELS
from core.models.records import ModelSpec


def model_spec(name: str) -> ModelSpec:
    """Return the entry of MODELS; UnknownNameError if there is none."""
    if name not in MODELS:
        raise UnknownNameError(N_("network"), name, MODELS)
    return MODELS[name]


def build_model(
    name: str, *, n_classes: int, n_channels: int, pretrained: bool = False, seed: int = 0
) -> nn.Module:
    """Build a network with weights drawn from `seed`; the global random state is put back.

    Parameters
    ----------
    name
        A key of MODELS.
    n_classes, n_channels
        How many logits it gives, and whether it takes 1 (grey) or 3 (colour) channels.
    pretrained
        Start from torchvision's ImageNet weights; the last layer is new all the same.
    seed
        Same seed, same weights.

    Raises
    ------
    UnknownNameError, InvalidValueError, UserError
        No such network; no pretrained weights for it; the weights cannot be downloaded.
    """
    spec = model_spec(name)
    if pretrained and spec.pretrained is None:
        text = N_("'{model}' has no pretrained weights. Choose another network, or train from scratch.")
        raise InvalidValueError(text, model=name)
    module, _, function = spec.builder.partition(":")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(
            seed
        )  # the CPU's alone: torch.manual_seed would seed the GPUs' too
        built: nn.Module = getattr(import_module(module), function)(
            n_classes, n_channels, pretrained=pretrained
        )
    return built
