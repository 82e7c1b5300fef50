"""Networks of the field from torchvision, made to take one or three channels and any number of classes."""

from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import nn
from torchvision.models import ResNet, ResNet18_Weights, WeightsEnum
from torchvision.models import resnet18 as torchvision_resnet18

from core.errors import UserError
from core.language import N_


def resnet18(n_classes: int, n_channels: int, *, pretrained: bool) -> ResNet:
    """Build ResNet-18; with `pretrained`, from torchvision's ImageNet weights (downloaded once, then cached).

    Raises
    ------
    UserError
        The weights are not in the cache and cannot be downloaded.
    """
    network: ResNet = torchvision_resnet18(weights=None)
    if pretrained:
        _load_imagenet(network, ResNet18_Weights.IMAGENET1K_V1)
    if n_channels != 3:
        network.conv1 = _adapted(network.conv1, n_channels)
    network.fc = nn.Linear(network.fc.in_features, n_classes)
    return network


def _load_imagenet(network: nn.Module, weights: WeightsEnum) -> None:
    """Put ImageNet weights into a network of torchvision, from torch's cache or else from the network."""
    file, folder = weights.url.rsplit("/", 1)[-1], Path(torch.hub.get_dir()) / "checkpoints"
    try:
        network.load_state_dict(weights.get_state_dict(progress=False, check_hash=True, weights_only=True))
    except (OSError, HTTPException) as error:  # URLError, timeouts and broken connections are OSErrors
        text = N_(
            "The pretrained weights cannot be downloaded ({reason}). Connect to the network, put"
            " {file} into {folder}, or train from scratch."
        )
        reason = str(getattr(error, "reason", error))
        raise UserError(text, reason=reason, file=file, folder=str(folder)) from error
    except (RuntimeError, UnpicklingError, EOFError) as error:
        text = N_(
            "The pretrained weights are damaged. Delete {file} in {folder} if it is there, and try again."
        )
        raise UserError(text, file=file, folder=str(folder)) from error


def _adapted(convolution: nn.Conv2d, n_channels: int) -> nn.Conv2d:
    """Return a first convolution for another number of channels.

    Its weights are the colours' weights summed: a grey picture shown as three equal colours gives the same
    result.
    """
    adapted = nn.Conv2d(
        n_channels,
        convolution.out_channels,
        kernel_size=convolution.kernel_size,  # type: ignore[arg-type]
        stride=convolution.stride,  # type: ignore[arg-type]
        padding=convolution.padding,  # type: ignore[arg-type]
        bias=convolution.bias is not None,
    )
    with torch.no_grad():
        adapted.weight.copy_(
            convolution.weight.sum(dim=1, keepdim=True).expand_as(adapted.weight) / n_channels
        )
    return adapted
