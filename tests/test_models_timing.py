"""A forward pass is timed on one image, and the network is left as it was."""

import torch
from torch import Tensor, nn

from core.models.timing import time_forward


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[tuple[int, ...], bool, bool]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append((tuple(x.shape), self.training, torch.is_inference_mode_enabled()))
        return x


def test_it_runs_once_more_than_it_counts_in_eval_mode_on_one_image():
    network = Counting().train()
    timing = time_forward(network, (3, 8, 8), n_passes=5)
    assert network.seen == [((1, 3, 8, 8), False, True)] * 6
    assert network.training
    assert (timing.n_passes, timing.n_threads) == (5, torch.get_num_threads())
    assert timing.milliseconds > 0
