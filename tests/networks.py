"""What the tests of MODELS share: which networks are quick, images, and a loss with auxiliary heads."""

import functools

import pytest
import torch
from torch import Tensor, nn

from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.outputs import split

# Seconds to build, hundreds of megabytes to save, or slow to compute on one core.
_BIG = {"alexnet_paper", "alexnet", "vgg11", "vgg16", "resnet34", "resnet50", "inception_v3", "vit_b_16"}
_MIDDLING = {"densenet121", "googlenet", "efficientnet_b0", "mobilenet_v3_small", "resnet18"}  # a second each
EVERY_NETWORK = [pytest.param(name, marks=pytest.mark.slow) if name in _BIG else name for name in MODELS]
SMALL_ONES_FIRST = [
    pytest.param(name, marks=pytest.mark.slow) if name in _BIG | _MIDDLING else name for name in MODELS
]


def size_of(name: str) -> int:
    """The smallest side that a config can name: a multiple of 4, and 32 pixels to see something."""
    return max(32, -(-MODELS[name].smallest_size // 4) * 4)


def images(n: int, n_channels: int, size: int) -> Tensor:
    return torch.rand(n, n_channels, size, size, generator=torch.Generator().manual_seed(1))


@functools.lru_cache(maxsize=1)
def built(name: str) -> nn.Module:
    """A network for two classes and one channel at `size_of`, in eval mode; tests leave it as it is."""
    return build_model(name, n_classes=2, n_channels=1, image_size=size_of(name), seed=1).eval()


@functools.lru_cache(maxsize=64)
def outline(name: str, **more: object) -> nn.Module:
    """A network with shapes and without values, built at once whatever its size; leave no hook on it."""
    with torch.device("meta"):
        return build_model(name, **{"n_classes": 2, "n_channels": 1, **more})  # type: ignore[arg-type]


def training_loss(model: nn.Module, name: str, batch: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy, with that of the auxiliary heads at the weight of the catalog's entry."""
    logits, others = split(model(batch))
    loss = nn.functional.cross_entropy(logits, labels)
    for other in others:
        loss = loss + MODELS[name].auxiliary_weight * nn.functional.cross_entropy(other, labels)
    return loss
