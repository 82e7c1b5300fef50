"""What a network costs: weights, multiply-adds and memory, counted without computing anything."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Cost:
    """What a network costs for one image.

    Attributes
    ----------
    n_parameters
        Weights that training changes.
    multiply_adds
        In the forward pass of convolutions, linear layers, recurrent layers and attention.
    activation_bytes
        What the forward pass in training keeps for the backward pass, each tensor once and the weights not
        counted: the part of a training step's memory that grows with every image of a batch.
    """

    n_parameters: int
    multiply_adds: int
    activation_bytes: int


def cost(model: nn.Module, input_shape: tuple[int, int, int]) -> Cost:
    """Count what a network costs for one image of shape (C, H, W); the network is left as it was.

    The network must be on the "meta" device, where tensors have shapes and no values: build it under
    `torch.device("meta")`.
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        multiply_adds = _multiply_adds(model.eval(), input_shape)
        model.train()
        # Two against three images: what is kept once for a batch falls out, and batch norm takes no single.
        activation_bytes = _kept(model, (3, *input_shape)) - _kept(model, (2, *input_shape))
    finally:
        for module, was_training in modes:
            module.training = was_training
    weights = [parameter.numel() for parameter in model.parameters() if parameter.requires_grad]
    return Cost(sum(weights), multiply_adds, activation_bytes)


def _multiply_adds(model: nn.Module, input_shape: tuple[int, int, int]) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.empty(1, *input_shape, device="meta"))
    return int(counter.get_total_flops()) // 2


def _kept(model: nn.Module, shape: tuple[int, ...]) -> int:
    """Return the bytes of what autograd keeps of a forward pass, without weights and running statistics."""
    own = {*model.parameters(), *model.buffers()}
    known = {tensor.untyped_storage()._cdata for tensor in own}
    kept: dict[int, Tensor] = {}  # by storage: views share one, and a living tensor keeps its number

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()._cdata
        if storage not in known:
            kept.setdefault(storage, tensor)
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = model(torch.empty(shape, device="meta"))
    total = sum(int(tensor.untyped_storage().nbytes()) for tensor in kept.values())
    del outputs  # what it keeps lives until here
    return total
