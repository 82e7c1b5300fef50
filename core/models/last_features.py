"""What a network makes of images before its last layer answers: kept from a pass that is made anyway."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class LastFeatures:
    """Keeps what enters a layer for some of the images of a pass, in their order.

    Attributes
    ----------
    wanted
        ndarray of shape (m,), int64: places in the pass, rising.
    """

    def __init__(self, layer: nn.Module) -> None:
        self._layer = layer
        self.wanted: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._kept: list[Tensor] = []
        self._n_seen = 0

    @contextmanager
    def of(self, wanted: NDArray[np.int64]) -> Iterator[Callable[[], None]]:
        """Look on while a `with` block makes its pass; what is given must be called where the pass begins."""
        self.wanted = wanted
        hook = self._layer.register_forward_pre_hook(self._keep)
        try:
            yield self._begin
        finally:
            hook.remove()

    def taken(self) -> NDArray[np.float32]:
        """Return the features (m, n_features) and forget them."""
        kept, self._kept = self._kept, []
        if not kept:
            return np.zeros((len(self.wanted), 0), dtype=np.float32)
        return torch.cat(kept).float().cpu().numpy()

    def _begin(self) -> None:
        self._kept, self._n_seen = [], 0

    def _keep(self, _layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        features = inputs[0].detach().flatten(1)  # (B, n_features)
        here = range(self._n_seen, self._n_seen + len(features))
        first, last = np.searchsorted(self.wanted, [here.start, here.stop])
        self._n_seen = here.stop
        if last > first:
            places = torch.from_numpy(self.wanted[first:last] - here.start)
            self._kept.append(features[places.to(features.device)])
