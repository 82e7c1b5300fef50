"""Build a network of the catalog."""

from collections.abc import Callable, Mapping
from importlib import import_module

import torch
from torch import Tensor, nn

from core.errors import InvalidValueError, UnknownNameError
from core.language import N_
from core.models.blueprint import Blueprint
from core.models.catalog import MODELS
from core.models.dropout import set_dropout
from core.models.records import ModelSpec
from core.models.sizes import size_problem


def model_spec(name: str) -> ModelSpec:
    """Return the entry of MODELS; UnknownNameError if there is none."""
    if name not in MODELS:
        raise UnknownNameError(N_("network"), name, MODELS)
    return MODELS[name]


def build_model(
    name: str,
    *,
    n_classes: int,
    n_channels: int,
    image_size: int | None = None,
    dropout: float | None = None,
    auxiliary: bool = False,
    pretrained: bool = False,
    progress: Callable[[float], None] | None = None,
    seed: int = 0,
) -> nn.Module:
    """Build a network with weights drawn from `seed`; the global random state is put back.

    Parameters
    ----------
    name
        A key of MODELS.
    n_classes, n_channels
        How many logits it gives, and whether it takes 1 (grey) or 3 (colour) channels.
    image_size
        Side of its images in pixels; None means the size that the network was published with. Only where
        the entry has `needs_size` does the network depend on it.
    dropout
        Share in [0, 1) for every dropout layer, and before the last linear layer of a network that has none;
        None leaves it as published. The names of the weights stay the same.
    auxiliary
        Keep the auxiliary heads of a network that has some. In training mode it then answers what
        `core.models.outputs.split` takes apart; in eval mode logits alone, like every network.
    pretrained
        Start from torchvision's ImageNet weights; the last layer is new all the same.
    progress
        Called with the share of a download that is done, in [0, 1]; what it raises ends the work.
    seed
        Same seed, same weights; those of the body do not depend on `auxiliary`.

    Raises
    ------
    UnknownNameError, InvalidValueError, UserError
        No such network; no pretrained weights for it, or images of a size that it cannot take; the weights
        cannot be downloaded.
    """
    spec = model_spec(name)
    _check(spec, image_size, pretrained=pretrained)
    blueprint = Blueprint(
        spec=spec,
        n_classes=n_classes,
        n_channels=n_channels,
        image_size=image_size or spec.usual_size,
        auxiliary=auxiliary,
        pretrained=pretrained,
        progress=progress or (lambda share: None),
    )
    module, _, function = spec.builder.partition(":")
    with torch.random.fork_rng(devices=[]):
        # The CPU's alone: torch.manual_seed would seed the GPUs' too.
        torch.default_generator.manual_seed(seed)
        built: nn.Module = getattr(import_module(module), function)(blueprint)
    if dropout is not None:
        set_dropout(built, dropout, last=spec.head[-1])
    return built


def without_auxiliary(name: str, state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a network without those of its auxiliary heads, which serve training alone."""
    heads = tuple(f"{head}." for head in model_spec(name).auxiliary)
    return {key: value for key, value in state_dict.items() if not key.startswith(heads)}


def _check(spec: ModelSpec, image_size: int | None, *, pretrained: bool) -> None:
    if pretrained and spec.pretrained is None:
        text = N_("'{model}' has no pretrained weights. Choose another network, or train from scratch.")
        raise InvalidValueError(text, model=spec.name)
    if image_size is not None and (problem := size_problem(spec, image_size)) is not None:
        raise InvalidValueError(problem.text, **problem.values)
