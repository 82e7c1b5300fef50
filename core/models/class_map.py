"""The maps of Grad-CAM on a layer's own grid, for feature maps and for the squares of a transformer.

Used by core.explanation for one image, and by the recording of a training for several at once.
"""

from math import isqrt

import torch
from torch import Tensor, nn

from core.errors import InvalidValueError
from core.language import N_

_NO_MAPS = N_("This layer gives no maps that could be laid over an image. Choose an earlier one.")


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
    return class_maps(model, layer, inputs, torch.tensor([target], device=inputs.device))[0]


def class_maps(model: nn.Module, layer: nn.Module, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Do what `class_map` does for several images in one pass; also return the logits.

    In eval mode no image has a say in another's answer, so the gradient of the sum of the scores is each
    one's own. Gradients are taken from the layer on: what lies before may be frozen, and keeps nothing.

    Parameters
    ----------
    model, layer
        As in `class_map`.
    inputs
        Tensor of shape (n, C, H, W).
    targets
        Tensor of shape (n,), int64: which logit of each image.

    Returns
    -------
    maps
        Tensor of shape (n, 1, h, w), not negative.
    logits
        Tensor of shape (n, n_classes).

    Raises
    ------
    InvalidValueError
        The layer gives nothing that could be laid out over an image.
    """
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        _check_maps(output)
        kept.append(output.detach().requires_grad_())
        torch.set_grad_enabled(True)
        return kept[-1].clone()  # a ReLU that works in place behind the layer must not change what is kept

    hook = layer.register_forward_hook(keep)
    try:
        with torch.no_grad():
            logits = model(inputs)
            score = logits.gather(1, targets[:, None]).sum()
    finally:
        hook.remove()
    if not kept:
        raise InvalidValueError(_NO_MAPS)
    [gradient] = torch.autograd.grad(score, kept[-1])
    maps, slopes = _as_maps(kept[-1].detach()), _as_maps(gradient)
    weights = slopes.mean(dim=(2, 3), keepdim=True)  # (n, K, h, w) -> (n, K, 1, 1)
    return (weights * maps).sum(dim=1, keepdim=True).relu(), logits.detach()


def _check_maps(output: object) -> None:
    """Refuse what is neither maps nor a class token and a square of others; a map may be of one place."""
    if isinstance(output, Tensor) and output.ndim in (3, 4):
        n_places = output.shape[1] - 1
        if output.ndim == 4 or (n_places > 0 and isqrt(n_places) ** 2 == n_places):
            return
    raise InvalidValueError(_NO_MAPS)


def _as_maps(output: Tensor) -> Tensor:
    """Lay the tokens of a transformer out as the squares that they stand for; leave maps as they are."""
    if output.ndim == 4:
        return output
    squares = output[:, 1:]  # the first token is the class token, which stands for no place
    side = isqrt(squares.shape[1])
    return squares.transpose(1, 2).reshape(len(squares), -1, side, side)  # (n, h x w, K) -> (n, K, h, w)
