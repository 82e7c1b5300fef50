"""What a built network looks like layer by layer: shapes, weights, multiply-adds, receptive field and memory.

Two empty images go through a copy of the network on torch's "meta" device, which knows shapes and holds no
numbers: VGG-16 takes a tenth of a second and no memory. Every operation under the layers is watched
(`core.models.watching`), so that sums, concatenations and attention count as well, though no module is called
for them.
"""

from __future__ import annotations

import copy
from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from core.models.watching import BATCH, Row, Watch

BYTES: int = 4  # of a float32


@dataclass(frozen=True)
class LayerInfo:
    """One layer without parts, or one sum or concatenation between layers.

    Attributes
    ----------
    name, kind
        Where it is in the network; the class name of its module, or of `core.models.watching.FUNCTIONS`.
    output_shape
        Without the batch.
    n_parameters
        Weights that are used here first: a network's rows add up to all its weights.
    multiply_adds
        For one image: of convolutions, linear layers and the products inside attention.
    receptive_field
        (height, width) in pixels that one number of the output can depend on, beyond the image's border too;
        None where it is the whole image by construction: behind a linear layer, attention, a recurrent
        network or a mean over the map.
    kept_bytes
        Of one image in float32: what is made here and kept in training until the gradient has come back.
        Without weights, gradients and the optimizer's numbers, which do not grow with the batch. Attention
        keeps its table of weights here; the fused kernels of some devices keep less.
    depth
        Layers with weights (convolutions, linear layers, attention, recurrent layers) on the longest way from
        the image up to here, this one counted.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    n_parameters: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None = None
    kept_bytes: int = 0
    depth: int = 0

    @property
    def output_bytes(self) -> int:
        """Bytes of one image's output, in float32."""
        return prod(self.output_shape) * BYTES


def describe(model: nn.Module, input_shape: tuple[int, int, int]) -> list[LayerInfo]:
    """Return the layers of a network in the order in which an image meets them.

    Parameters
    ----------
    model
        Any network, on any device; it is not touched.
    input_shape
        (C, H, W).

    Raises
    ------
    RuntimeError
        The network cannot take images of this shape.
    """
    twin = _on_meta(model).train()  # what is kept for the way back is kept in training
    watch = Watch(twin)
    with ExitStack() as stack:
        stack.callback(watch.remove_hooks)
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autograd.graph.saved_tensors_hooks(watch.keep, _never))
        image = torch.empty(BATCH, *input_shape, device="meta")
        watch.begin(image)
        stack.enter_context(watch)
        twin(image)
    return [_layer(row) for row in watch.rows]


def n_parameters(model: nn.Module) -> int:
    """Return the number of weights that training changes."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def _layer(row: Row) -> LayerInfo:
    return LayerInfo(
        row.name,
        row.kind,
        row.output_shape,
        row.n_parameters,
        row.multiply_adds // BATCH,
        None if row.field is None else row.field.sides,
        row.kept_bytes // BATCH,
        row.depth,
    )


def _on_meta(model: nn.Module) -> nn.Module:
    """Return a copy of a network whose weights are shapes only, without copying one number."""
    known: dict[int, Any] = {}
    for parameter in model.parameters():
        empty = torch.empty_like(parameter, device="meta")
        known[id(parameter)] = nn.Parameter(empty, requires_grad=parameter.requires_grad)
    for buffer in model.buffers():
        known[id(buffer)] = torch.empty_like(buffer, device="meta")
    return copy.deepcopy(model, known)  # deepcopy takes what it finds under an object's id


def _never(_: Any) -> Tensor:
    raise RuntimeError("nothing goes backward through a network on the meta device")
