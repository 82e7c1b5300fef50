"""Networks of the field from torchvision, made to take one or three channels and any number of classes."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn
from torchvision.models import get_model, inception
from torchvision.models.vision_transformer import interpolate_embeddings

from core.models.blueprint import Blueprint
from core.models.pretrained import StateDict, load_imagenet

_IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
_IMAGENET_STD: Final = (0.229, 0.224, 0.225)
_PATCH: Final = 16  # pixels a side of what ViT-B/16 cuts an image into


class AnySizeAuxiliary(inception.InceptionAux):  # type: ignore[misc]
    """The auxiliary head of Inception for maps of any size: (B, 768, H, W) -> (B, n_classes).

    The published head brings a map of 17 x 17, which an image of 299 pixels gives, to the 5 x 5 that its next
    convolution swallows whole. Every other map is brought to 5 x 5 here, as torchvision's GoogLeNet does.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Run the head."""
        if x.shape[-1] == 17:
            return super().forward(x)  # type: ignore[no-any-return]
        x = self.conv0(nn.functional.adaptive_avg_pool2d(x, 5))  # (B, 768, H, W) -> (B, 128, 5, 5)
        return self.fc(torch.flatten(self.conv1(x), 1))  # type: ignore[no-any-return]  # (B, 768, 1, 1)


def build(blueprint: Blueprint) -> nn.Module:
    """Build the network of torchvision that has the entry's name.

    The first convolution is adapted to the channels; the last linear layer is new, in auxiliary heads too.
    With `pretrained` the rest comes from ImageNet.

    Raises
    ------
    UserError
        The weights are not in the cache and cannot be downloaded.
    """
    spec = blueprint.spec
    network: nn.Module = get_model(spec.name, weights=None, **_options(blueprint))
    if blueprint.pretrained and spec.pretrained is not None:
        adapt = partial(_ADAPTED.get(spec.name, _as_it_is), blueprint)
        load_imagenet(network, spec.pretrained, blueprint.progress, adapt=adapt)
    if blueprint.n_channels != 3 and spec.first_convolution is not None:
        _change(network, spec.first_convolution, partial(_adapted, n_channels=blueprint.n_channels))
    _change(network, spec.head[-1], partial(_new, n_classes=blueprint.n_classes))
    for name in spec.auxiliary:
        last = _last_linear(name, network.get_submodule(name))
        _change(network, last, partial(_new, n_classes=blueprint.n_classes))
    if spec.auxiliary and not blueprint.auxiliary:  # drawn all the same: a seed means the same body
        _drop(network, spec.auxiliary)
    return network


def _options(blueprint: Blueprint) -> dict[str, Any]:
    """Return what torchvision's function is told besides.

    `init_weights=False`: GoogLeNet and Inception keep PyTorch's own first weights. Torchvision's draw from a
    cut-off normal distribution takes four times as long to build and changes nothing that lasts, for batch
    norm behind every convolution sets the scale anew.

    `transform_input` stays off: it would turn colours that were standardised as ImageNet's are into the
    range that these two were trained with, and fails on one channel. Our inputs are standardised by our own
    preprocessing; `_standardised` puts the difference into the pretrained weights instead.
    """
    name = blueprint.spec.name
    if name == "vit_b_16":
        return {"image_size": blueprint.image_size}
    if name == "googlenet":
        return {"init_weights": False, "aux_logits": True, "transform_input": False}
    if name == "inception_v3":
        blocks = [inception.BasicConv2d, inception.InceptionA, inception.InceptionB, inception.InceptionC]
        blocks += [inception.InceptionD, inception.InceptionE, AnySizeAuxiliary]
        options = {"init_weights": False, "aux_logits": True, "transform_input": False}
        return {**options, "inception_blocks": blocks}
    return {}


def _as_it_is(_blueprint: Blueprint, state: StateDict) -> StateDict:
    return state


def _standardised(blueprint: Blueprint, state: StateDict) -> StateDict:
    """Let weights that were trained on colours in [-1, 1] take standardised ones, (value - mean) / std.

    The factor goes into the first convolution, the shift into the running mean of the batch norm behind it:
    the answer is that of `transform_input`, but for the zeros around the image, which are its mean now.
    """
    convolution = blueprint.spec.first_convolution or ""
    norm = convolution.removesuffix("conv") + "bn.running_mean"
    weight: Tensor = state[f"{convolution}.weight"]  # (out, 3, k, k)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (_IMAGENET_MEAN, _IMAGENET_STD))
    shift = (weight * (mean - 0.5) / 0.5).sum(dim=(1, 2, 3))
    return {**state, f"{convolution}.weight": weight * std / 0.5, norm: state[norm] - shift}


def _resized(blueprint: Blueprint, state: StateDict) -> StateDict:
    """Stretch the position embedding of ViT from 14 x 14 squares to those of this size (bicubic)."""
    stretched: StateDict = interpolate_embeddings(blueprint.image_size, _PATCH, state)
    return stretched


_ADAPTED: Final[dict[str, Callable[[Blueprint, StateDict], StateDict]]] = {
    "googlenet": _standardised,
    "inception_v3": _standardised,
    "vit_b_16": _resized,
}


def _change(network: nn.Module, name: str, make: Callable[[Any], nn.Module]) -> None:
    network.set_submodule(name, make(network.get_submodule(name)))


def _new(linear: nn.Linear, *, n_classes: int) -> nn.Linear:
    return nn.Linear(linear.in_features, n_classes)


def _last_linear(name: str, head: nn.Module) -> str:
    """Return the dotted name of the last linear layer of the module `head` that is called `name`."""
    names = [inner for inner, module in head.named_modules() if isinstance(module, nn.Linear)]
    return f"{name}.{names[-1]}"


def _drop(network: nn.Module, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(network, name, None)
    network.aux_logits = False  # type: ignore[assignment]


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
        summed = convolution.weight.sum(dim=1, keepdim=True)
        adapted.weight.copy_(summed.expand_as(adapted.weight) / n_channels)
        if convolution.bias is not None and adapted.bias is not None:
            adapted.bias.copy_(convolution.bias)
    return adapted
