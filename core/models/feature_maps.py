"""What each block of a network makes of one image, taken while the image passes through.

Covers
------
Convolutional networks (maps), transformers (a square of tokens for each number), recurrent ones (rows of the
image by what is remembered) and plain ones (lists of numbers).
"""

from collections.abc import Sequence
from math import isqrt
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

_LINE = 32  # numbers in a row, where a list is laid out as a picture


def block_maps(
    model: nn.Module, inputs: Tensor, blocks: Sequence[Sequence[str]], head: str
) -> list[NDArray[Any]]:
    """Return what each block hands on to the next, in eval mode.

    Parameters
    ----------
    model
        A network; modes and hooks are put back.
    inputs
        One image, (1, C, H, W).
    blocks
        The module names of each block in order, as in `ModelSpec.blocks`.
    head
        The module that gives the answer: what it is given is what the last block hands on where no maps do.

    Returns
    -------
    For each block an ndarray of shape (n_maps, h, w), float32.
    """
    recorder = _Recorder(model, blocks, head)
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with torch.no_grad():
            model(inputs)
    finally:
        for module, was_training in modes:
            module.training = was_training
        recorder.remove()
    return [as_maps(tensor[0]).float().cpu().numpy() for tensor in recorder.handed_on()]


def as_maps(values: Tensor) -> Tensor:
    """Lay out what a block makes of one image as pictures.

    Maps (C, h, w) stay. Tokens (n, D), with or without a first token that is no square of the image, become
    D squares. Rows (T, D) that make no square are one picture. A list (n,) is one picture too.
    """
    if values.dim() == 3:
        return values
    if values.dim() == 1:
        width = _LINE if len(values) % _LINE == 0 else len(values)
        return values.reshape(1, -1, width)
    n = len(values)
    for skipped in (0, 1):
        side = isqrt(n - skipped)
        if side > 1 and side**2 == n - skipped:
            return values[skipped:].T.reshape(-1, side, side)  # (n, D) -> (D, side, side)
    return values[None]


class _Recorder:
    """Keeps what enters the first module of each block and of the head, and the last maps of each block."""

    def __init__(self, model: nn.Module, blocks: Sequence[Sequence[str]], head: str) -> None:
        self._entered: list[Tensor] = []  # by block, then by the head
        self._maps: dict[int, Tensor] = {}  # block -> the last maps, tokens or rows that it made
        modules = dict(model.named_modules())
        firsts = [*(modules[block[0]] for block in blocks), modules[head]]
        self._hooks = [
            module.register_forward_pre_hook(self._entrance(number)) for number, module in enumerate(firsts)
        ]
        self._hooks += [
            module.register_forward_hook(self._made) for module in model.modules() if module is not model
        ]

    def remove(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def handed_on(self) -> list[Tensor]:
        """Return what each block gives to the next; where that is a list, the maps it was made of."""
        return [
            given if _is_picture(given) else self._maps.get(number, given)
            for number, given in enumerate(self._entered[1:])
        ]

    def _entrance(self, number: int) -> Any:
        def enter(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
            if len(self._entered) == number:  # and not a second time
                # a copy: what comes next may change it in place
                self._entered.append(inputs[0].detach().clone())

        return enter

    def _made(self, module: nn.Module, _inputs: Any, output: Any) -> None:
        made = output[0] if isinstance(output, tuple) else output
        if isinstance(module, nn.RNNBase):
            made = made[:, None]  # (B, T, D) -> (B, 1, T, D): rows are no square of tokens
        if self._entered and _is_picture(made):
            self._maps[len(self._entered) - 1] = made.detach().clone()


def _is_picture(values: Tensor) -> bool:
    """Tell maps (B, C, h, w) of more than a pixel, and tokens (B, n, D), from lists of numbers."""
    return values.dim() == 3 or (values.dim() == 4 and values.shape[2] * values.shape[3] > 1)
