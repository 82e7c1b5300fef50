"""Max pooling whose windows overlap, as one whose windows do not: the same values, and a rule that holds.

Captum shares the change of a maximum out with `max_unpool`, which writes the share of one window over that of
another where both have their maximum in one place. Laid side by side, every window has its own copy of the
place, and the shares are added.
"""

import torch
from torch import Tensor, nn


class SpreadWindows(nn.Module):
    """The windows of a max pooling side by side: (B, C, H, W) -> (B, C, h x kernel, w x kernel).

    A place of a window outside of the image shows the window's nearest one inside: its maximum stays.
    """

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.kernel, self.stride = pair(pool.kernel_size), pair(pool.stride)
        self.padding, self.dilation = pair(pool.padding), pair(pool.dilation)
        self.ceil_mode = pool.ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """Copy each window."""
        rows, columns = (self._places(x.shape[side], side - 2, x.device) for side in (2, 3))
        return x.index_select(2, rows).index_select(3, columns)

    def _places(self, length: int, axis: int, device: torch.device) -> Tensor:
        """Return which of `length` places each place of each window shows."""
        kernel, stride, dilation = self.kernel[axis], self.stride[axis], self.dilation[axis]
        padding = self.padding[axis]
        room = length + 2 * padding - dilation * (kernel - 1) - 1
        n_windows = (room + (stride - 1 if self.ceil_mode else 0)) // stride + 1
        if self.ceil_mode and (n_windows - 1) * stride >= length + padding:
            n_windows -= 1  # as PyTorch: the last window begins inside
        starts = torch.arange(n_windows, device=device) * stride - padding
        offsets = torch.arange(kernel, device=device) * dilation
        places = starts[:, None] + offsets  # (n_windows, kernel)
        inside = (places >= 0) & (places < length)
        first = places.where(inside, length).amin(dim=1, keepdim=True)
        return places.where(inside, first).flatten()


def apart(pool: nn.MaxPool2d) -> tuple[SpreadWindows, nn.MaxPool2d] | None:
    """Return what does in two steps what `pool` does; None where no windows overlap and none reaches out."""
    kernel, stride = pair(pool.kernel_size), pair(pool.stride)
    overlap = any(length > step for length, step in zip(kernel, stride, strict=True))
    is_plain = pair(pool.padding) == (0, 0) and pair(pool.dilation) == (1, 1) and not pool.ceil_mode
    if pool.return_indices or (is_plain and not overlap):
        return None
    return SpreadWindows(pool), nn.MaxPool2d(kernel, stride=kernel)


def pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    """Return height and width of what may be one number for both."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])
