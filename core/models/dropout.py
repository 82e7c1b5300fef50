"""Dropout at another rate than the network was published with."""

import torch
from torch import Tensor, nn


class DropoutLinear(nn.Linear):
    """A linear layer that switches off a share of its inputs in training; its weights keep their names."""

    dropout: float = 0.0

    def forward(self, input: Tensor) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        return super().forward(nn.functional.dropout(input, self.dropout, training=self.training))

    def extra_repr(self) -> str:
        """Say the share beside the shape."""
        return f"{super().extra_repr()}, dropout={self.dropout}"


def set_dropout(network: nn.Module, share: float, *, last: str) -> None:
    """Let every dropout of a network switch off `share`; without any, the inputs of its last linear layer.

    Parameters
    ----------
    network
        Changed in place; the names of its weights stay.
    share
        In [0, 1).
    last
        Dotted name of the last linear layer.
    """
    found = [module for module in network.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.p = share
    if not found:
        network.set_submodule(last, _with_dropout(network.get_submodule(last), share))


def _with_dropout(linear: nn.Module, share: float) -> DropoutLinear:
    if not isinstance(linear, nn.Linear):
        raise TypeError(f"the head is a {type(linear).__name__}, not a linear layer")
    with torch.device("meta"):  # draws no weights: those of `linear` are taken over
        wrapped = DropoutLinear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    wrapped.weight, wrapped.bias = linear.weight, linear.bias
    wrapped.dropout = share
    return wrapped
