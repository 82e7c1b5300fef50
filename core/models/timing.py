"""How long a network takes for one image on this machine."""

import time
from dataclasses import dataclass
from statistics import median

import torch
from torch import nn


@dataclass(frozen=True)
class Timing:
    """Milliseconds of a forward pass on one image: the median of `n_passes`, and on how many CPU threads."""

    milliseconds: float
    n_passes: int
    n_threads: int


def time_forward(model: nn.Module, input_shape: tuple[int, int, int], *, n_passes: int = 7) -> Timing:
    """Time forward passes of one image of shape (C, H, W) in eval mode, after one that does not count.

    Parameters
    ----------
    model
        On the CPU; its mode is put back.
    input_shape
        (C, H, W).
    n_passes
        How many passes are timed; an odd number has a middle.
    """
    modes = [(module, module.training) for module in model.modules()]
    image = torch.zeros(1, *input_shape)
    try:
        model.eval()
        with torch.inference_mode():
            model(image)
            seconds = [_seconds(model, image) for _pass in range(n_passes)]
    finally:
        for module, was_training in modes:
            module.training = was_training
    return Timing(1000 * median(seconds), n_passes, torch.get_num_threads())


def _seconds(model: nn.Module, image: torch.Tensor) -> float:
    began = time.perf_counter()
    model(image)
    return time.perf_counter() - began
