"""Two random directions through all weights of a network, and its loss along them (torch).

A filter weighs in each direction as much as it does in the network itself: else a network with small weights
would look steep and one with large weights flat (Li and others 2018, arXiv:1712.09913). Weights that are one
number a map (biases, batch norm) stand still, and batch norm uses the statistics that it has learned.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.models.landscape.slices import LastLayer

Direction = Mapping[str, Tensor]
_SMALLEST: Final = 1e-10


def filter_normalised(model: nn.Module, *, seed: int) -> Direction:
    """Return a random direction in which each filter is as long as the network's own.

    Returns
    -------
    A Tensor for each weight with two dimensions or more, by name; the rest of the weights stand still.
    """
    draws = torch.Generator().manual_seed(seed)
    direction = {}
    for name, weights in model.named_parameters():
        if weights.dim() < 2:
            continue
        drawn = torch.randn(weights.shape, generator=draws).flatten(1)  # (n_filters, rest)
        sizes = weights.detach().cpu().flatten(1).norm(dim=1, keepdim=True)
        scaled = drawn * sizes / (drawn.norm(dim=1, keepdim=True) + _SMALLEST)
        direction[name] = scaled.reshape(weights.shape).to(weights)
    return direction


@contextmanager
def moved(
    model: nn.Module, directions: tuple[Direction, Direction], point: tuple[float, float]
) -> Iterator[None]:
    """Have the weights moved along two directions inside a `with` block; they are put back to the bit."""
    weights = dict(model.named_parameters())
    before = {name: weights[name].detach().clone() for direction in directions for name in direction}
    try:
        with torch.no_grad():
            for size, direction in zip(point, directions, strict=True):
                for name, way in direction.items():
                    weights[name].add_(way, alpha=size)
        yield
    finally:
        with torch.no_grad():
            for name, kept in before.items():
                weights[name].copy_(kept)


def losses_on_grid(
    model: nn.Module,
    batch: tuple[Tensor, Tensor],
    directions: tuple[Direction, Direction],
    *,
    places: NDArray[np.float64],
    progress: Callable[[float], None] = lambda fraction: None,
) -> NDArray[np.float64]:
    """Measure the loss at each point of a square grid around the weights as they are.

    Parameters
    ----------
    model
        In eval mode; its weights are put back.
    batch
        Inputs (B, C, H, W) and labels (B,).
    directions
        Two of `filter_normalised`.
    places
        ndarray of shape (n,): how far along each direction, in sizes of the network's own filters.
    progress
        Called with the fraction that is done; what it raises ends the work.

    Returns
    -------
    ndarray of shape (n, n), float64: rows go along the second direction.
    """
    inputs, labels = batch
    found = np.empty((len(places), len(places)))
    for number, (row, column) in enumerate(np.ndindex(found.shape)):
        with moved(model, directions, (float(places[column]), float(places[row]))), torch.no_grad():
            found[row, column] = float(nn.functional.cross_entropy(model(inputs), labels))
        progress((number + 1) / found.size)
    return found


def last_layer(model: nn.Module, batch: tuple[Tensor, Tensor]) -> LastLayer | None:
    """Return what the last linear layer of a network is given for a batch; None where it ends otherwise.

    Parameters
    ----------
    model
        In eval mode; no hook stays.
    batch
        Inputs (B, C, H, W) and labels (B,).
    """
    seen: list[tuple[nn.Linear, Tensor, Tensor]] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(module, nn.Linear):
            seen[:] = [(module, inputs[0].detach(), output)]

    hooks = [module.register_forward_hook(keep) for module in model.modules()]
    try:
        with torch.no_grad():
            logits = model(batch[0])
    finally:
        for hook in hooks:
            hook.remove()
    if not seen or seen[0][2] is not logits:
        return None
    layer, features, _output = seen[0]
    bias = torch.zeros(layer.out_features) if layer.bias is None else layer.bias.detach().cpu()
    features, weights, bias = (part.detach().cpu().double() for part in (features, layer.weight, bias))
    return LastLayer(features.numpy(), weights.numpy(), bias.numpy(), batch[1].cpu().numpy())
