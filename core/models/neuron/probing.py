"""Look into a network while it works on one image (torch): a convolution with all its numbers."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from core.models.neuron.layer import ConvolutionLayer, Norm, Pooling

_ACTIVATIONS: Final = {
    "ReLU": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "SiLU": "silu",
    "Hardswish": "hardswish",
    "GELU": "gelu",
}
_FOLLOWING: Final = 4  # modules after a convolution that may belong to it, and one that tells what was done


@dataclass(frozen=True, eq=False)
class Probe:
    """A network's convolutions in the order of their work, and one of them with all its numbers."""

    names: tuple[str, ...]
    layer: ConvolutionLayer | None


@dataclass(eq=False)
class _Call:
    """A module at work: what it was given and what it gave, copied (the next may work in place)."""

    module: nn.Module
    inputs: Tensor
    outputs: Tensor


@dataclass(eq=False)
class _Watch:
    """What the hooks write down: the names of all convolutions, and the calls from the wanted one on."""

    wanted: str | None
    names: list[str] = field(default_factory=list)
    calls: list[_Call] = field(default_factory=list)

    def see(self, name: str, module: nn.Module, inputs: Tensor, outputs: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            self.names.append(name)
        begins = not self.calls and isinstance(module, nn.Conv2d) and self.wanted in (None, name)
        if begins or 0 < len(self.calls) <= _FOLLOWING:
            self.calls.append(_Call(module, inputs.detach().clone(), outputs.detach().clone()))


def probe(model: nn.Module, inputs: Tensor, *, name: str | None = None) -> Probe:
    """Send an image through a network and keep the numbers of one convolution.

    Parameters
    ----------
    model
        In eval mode, and nobody else's at the moment; no hook stays.
    inputs
        Tensor of shape (1, C, H, W).
    name
        Of the convolution; None means the first.
    """
    watch, given = _Watch(name), {}

    def before(module: nn.Module, arguments: tuple[object, ...]) -> None:
        if arguments and isinstance(arguments[0], Tensor):
            given[module] = arguments[0].detach().clone()  # an in-place activation changes it

    def after(module: nn.Module, arguments: tuple[object, ...], outputs: object) -> None:
        if module in given and isinstance(outputs, Tensor):
            watch.see(names[module], module, given.pop(module), outputs)

    names = {part: name for name, part in model.named_modules() if not list(part.children())}
    watched = [part for part in names if not isinstance(part, (nn.RNNBase, nn.MultiheadAttention))]
    hooks = [part.register_forward_pre_hook(before) for part in watched]
    hooks += [part.register_forward_hook(after) for part in watched]
    try:
        with torch.no_grad():
            model(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return Probe(tuple(dict.fromkeys(watch.names)), _layer(watch) if watch.calls else None)


def _layer(watch: _Watch) -> ConvolutionLayer:
    first, rest = watch.calls[0], watch.calls[1:]
    convolution = first.module
    if not isinstance(convolution, nn.Conv2d):
        raise TypeError("the first call is that of a convolution")
    name = next(name for name in watch.names if watch.wanted in (None, name))
    now = first
    norm = _next(rest, now, nn.BatchNorm2d)
    now = norm or now
    activation, activated = _activated(rest, now)
    pooling = _pooling(rest, activated)
    n_maps = convolution.out_channels
    bias = torch.zeros(n_maps) if convolution.bias is None else convolution.bias
    return ConvolutionLayer(
        name=name,
        inputs=_array(first.inputs[0]),
        weights=_array(convolution.weight),
        bias=_array(bias),
        stride=_pair(convolution.stride),
        padding=_padding(convolution),
        dilation=_pair(convolution.dilation),
        groups=convolution.groups,
        norms=_norms(norm.module) if norm is not None else (),
        activation=activation,
        pooling=pooling,
        summed=_array(first.outputs[0]),
        activated=_array(activated[0]),
    )


def _next(rest: list[_Call], now: _Call, kind: type[nn.Module] | tuple[type[nn.Module], ...]) -> _Call | None:
    """Take the next call off the list if it is of a kind and was given exactly what came out now."""
    if rest and isinstance(rest[0].module, kind) and torch.equal(rest[0].inputs, now.outputs):
        return rest.pop(0)
    return None


def _activated(rest: list[_Call], now: _Call) -> tuple[str | None, Tensor]:
    """Return the activation after a call and what it made; one without a module is told by its result."""
    if rest and type(rest[0].module).__name__ in _ACTIVATIONS and torch.equal(rest[0].inputs, now.outputs):
        call = rest.pop(0)
        return _ACTIVATIONS[type(call.module).__name__], call.outputs
    rectified = now.outputs.relu()
    if rest and rest[0].inputs.shape == rectified.shape and torch.equal(rest[0].inputs, rectified):
        return "relu", rectified
    return None, now.outputs


def _pooling(rest: list[_Call], activated: Tensor) -> Pooling | None:
    if not rest or not torch.equal(rest[0].inputs, activated):
        return None
    pool = rest[0].module
    if isinstance(pool, nn.MaxPool2d) and _pair(pool.dilation) == (1, 1):
        return Pooling(
            "max", _pair(pool.kernel_size), _pair(pool.stride or pool.kernel_size), _pair(pool.padding)
        )
    if isinstance(pool, nn.AvgPool2d) and _pair(pool.padding) == (0, 0):
        return Pooling("mean", _pair(pool.kernel_size), _pair(pool.stride or pool.kernel_size), (0, 0))
    return None


def _norms(norm: nn.Module) -> tuple[Norm, ...]:
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None or norm.running_var is None:
        return ()
    columns = (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    return tuple(
        Norm(mean=mean, variance=variance, epsilon=norm.eps, scale=scale, shift=shift)
        for mean, variance, scale, shift in zip(*(column.tolist() for column in columns), strict=True)
    )


def _padding(convolution: nn.Conv2d) -> tuple[int, int]:
    if convolution.padding == "valid":
        return 0, 0
    if convolution.padding == "same":
        sides = zip(_pair(convolution.dilation), _pair(convolution.kernel_size), strict=True)
        above, left = (dilation * (size - 1) // 2 for dilation, size in sides)
        return above, left
    return _pair(convolution.padding)


def _pair(size: object) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    if not isinstance(size, tuple):
        raise TypeError("a size is one number or two")
    return int(size[0]), int(size[1])


def _array(tensor: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    found: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = tensor.detach().cpu().float().numpy()
    return found
