"""The pixels of a data set in a GPU's own memory: in few bytes, and in types that every GPU can index.

Films have up to 16 bits, and so has the cache. Where all pixels are 8-bit ones (pictures that nothing has
resized), one byte holds each, to the bit; else the 16 bits are kept as they are, under the name of int16, for
CUDA and MPS can do little with uint16.
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor

from core.transforms.preprocessing import QUANTISED_MAX

_OF_8_BITS: Final = 257  # 65535 / 255: an 8-bit grey level k is kept as 257 k
_IMAGES_AT_ONCE: Final = 1024
_SHARE: Final = 0.5  # of the free memory; the network, its gradients and activations get the rest


def packed(pixels: Tensor) -> Tensor:
    """Return pixels, uint16 on the CPU, as uint8 if that loses nothing, else the same bits as int16."""
    values = pixels.numpy()
    parts = (values[first : first + _IMAGES_AT_ONCE] for first in range(0, len(values), _IMAGES_AT_ONCE))
    if all(not np.any(part % _OF_8_BITS) for part in parts):
        return torch.from_numpy((values // _OF_8_BITS).astype(np.uint8))
    return pixels.view(torch.int16)


def unpacked(pixels: Tensor) -> Tensor:
    """Return pixels, uint16 or `packed`, as grey levels in [0, 1], float32; the type changes no bit."""
    if pixels.dtype == torch.int16:
        values = pixels.to(torch.int32).bitwise_and_(QUANTISED_MAX).to(torch.float32)
    else:
        values = pixels.to(torch.float32)
        if pixels.dtype == torch.uint8:
            values.mul_(_OF_8_BITS)  # exact
    return values.div_(QUANTISED_MAX)


def fits(n_bytes: int, device: torch.device) -> bool:
    """Tell whether so many bytes leave enough of a GPU's memory to train in."""
    return n_bytes <= _SHARE * _free_bytes(device)


def brought(values: Tensor, device: torch.device) -> Tensor:
    """Return a batch's values on a device; the CPU does not wait until a CUDA device has them."""
    if device.type == "cuda" and values.device.type == "cpu":
        values = values.pin_memory()
    return values.to(device, non_blocking=True)


def _free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
