"""The map of Grad-CAM on a layer's own grid, for feature maps and for the squares of a transformer."""

from math import isqrt

import torch
from torch import Tensor, nn


def class_map(model: nn.Module, layer: nn.Module, inputs: Tensor, target: int) -> Tensor:
    """Weigh a layer's maps by their mean gradient and keep what raises the score (arXiv:1610.02391).

    Parameters
    ----------
    model
        In eval mode.
    layer
        One of its modules, which gives maps (1, K, h, w) or, in a transformer, tokens (1, 1 + h x w, K).
    inputs
        One image, (1, C, H, W).
    target
        Index of the logit.

    Returns
    -------
    Tensor
        (1, 1, h, w), float32, not negative.
    """
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        kept.append(output)
        return output.clone()  # a ReLU that works in place behind the layer must not change what is kept

    hook = layer.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            score = model(inputs)[0, target]
    finally:
        hook.remove()
    [gradient] = torch.autograd.grad(score, kept[-1])
    maps, slopes = _as_maps(kept[-1].detach()), _as_maps(gradient)
    weights = slopes.mean(dim=(2, 3), keepdim=True)  # (1, K, h, w) -> (1, K, 1, 1)
    return (weights * maps).sum(dim=1, keepdim=True).relu()


def _as_maps(output: Tensor) -> Tensor:
    """Lay the tokens of a transformer out as the squares that they stand for; leave maps as they are."""
    if output.ndim == 4:
        return output
    squares = output[:, 1:]  # the first token is the class token, which stands for no place
    side = isqrt(squares.shape[1])
    return squares.transpose(1, 2).reshape(1, -1, side, side)  # (1, h x w, K) -> (1, K, h, w)
