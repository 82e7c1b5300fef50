"""What a built network looks like layer by layer, measured by sending one empty image through it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class LayerInfo:
    """One layer without parts; `output_shape` leaves the batch out, `n_parameters` counts its weights."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    n_parameters: int
    multiply_adds: int


def describe(model: nn.Module, input_shape: tuple[int, int, int]) -> list[LayerInfo]:
    """Return the layers of a network in the order in which an image meets them.

    Parameters
    ----------
    model
        Any network; its mode is put back and no hook stays.
    input_shape
        (C, H, W).
    """
    found: list[LayerInfo] = []
    hooks = [
        module.register_forward_hook(_recorder(name, found))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with torch.no_grad():
            model(torch.zeros(1, *input_shape))
    finally:
        for module, was_training in modes:
            module.training = was_training
        for hook in hooks:
            hook.remove()
    return found


def n_parameters(model: nn.Module) -> int:
    """Return the number of weights that training changes."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def _recorder(name: str, found: list[LayerInfo]) -> Any:
    def record(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        found.append(
            LayerInfo(
                name=name,
                kind=type(module).__name__,
                output_shape=tuple(output.shape[1:]),
                n_parameters=sum(parameter.numel() for parameter in module.parameters()),
                multiply_adds=_multiply_adds(module, output),
            )
        )

    return record


def _multiply_adds(module: nn.Module, output: Tensor) -> int:
    """Return multiply-adds for one image: each output of a convolution or linear layer sums its inputs."""
    if isinstance(module, nn.Conv2d):
        per_value = module.weight[0].numel()  # (in / groups) x kernel height x kernel width
        return int(output[0].numel() * per_value)
    if isinstance(module, nn.Linear):
        return int(module.weight.numel())
    return 0
