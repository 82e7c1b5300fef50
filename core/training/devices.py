"""What a run is computed on and how: the device, the precision, the memory format, and what must be exact.

A run writes down what was chosen, and goes on with it when it is resumed: another choice rounds otherwise.
"""

import os
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

from core.errors import InvalidValueError
from core.language import N_

Precision = Literal["float32", "bfloat16", "float16"]
MemoryFormat = Literal["contiguous", "channels_last"]

_FORMATS: Final[dict[MemoryFormat, torch.memory_format]] = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}
_FUSED: Final = (torch.optim.SGD, torch.optim.Adagrad, torch.optim.Adam, torch.optim.AdamW)
_FIRST_WITH_TENSOR_CORES: Final = (7, 0)  # compute capability; older ones count 16 bits more slowly than 32


def choose_device(asked: str) -> torch.device:
    """Return the device for a run; "auto" is a GPU if there is one.

    Raises
    ------
    InvalidValueError
        The device that was asked for is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return torch.device(next(name for name, is_there in there.items() if is_there))
    if not there[asked]:
        raise InvalidValueError(
            N_("There is no {device} device here. Use device=auto or device=cpu."), device=asked
        )
    return torch.device(asked)


def choose_precision(asked: str, device: torch.device) -> Precision:
    """Return the number format in which the network is computed.

    "auto" is 16 bits where the device counts faster with them: bfloat16 on GPUs that have it, for it needs no
    scaling of the loss, float16 on those with tensor cores. On a CPU and with MPS it is 32 bits: 16 bits are
    taken only when asked for.
    """
    if asked != "auto":
        return asked  # type: ignore[return-value]
    if device.type != "cuda":
        return "float32"
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return "bfloat16"
    fast = torch.cuda.get_device_capability(device) >= _FIRST_WITH_TENSOR_CORES
    return "float16" if fast else "float32"


def choose_memory_format(asked: str, device: torch.device, precision: Precision) -> MemoryFormat:
    """Return in which order images and weights of four dimensions lie in memory.

    "auto" is channels last on a CPU, where it was measured (docs/decisions/2026-11-21-channels-last.md), and
    on CUDA with 16 bits: tensor cores read the channels of a pixel together, and would copy each input first.
    """
    if asked != "auto":
        return asked  # type: ignore[return-value]
    is_faster = device.type == "cpu" or (device.type == "cuda" and precision != "float32")
    return "channels_last" if is_faster else "contiguous"


def put_on(model: nn.Module, device: torch.device, memory_format: MemoryFormat) -> None:
    """Move the weights of a network to a device, those of four dimensions in a memory format."""
    model.to(device)
    model.to(memory_format=_FORMATS[memory_format])


def arranged(inputs: Tensor, memory_format: MemoryFormat) -> Tensor:
    """Return the same numbers in a memory format; rows of numbers, (B, n), have but one."""
    return inputs.contiguous(memory_format=_FORMATS[memory_format]) if inputs.dim() == 4 else inputs


def optimizer_options(optimizer: type[torch.optim.Optimizer], device: torch.device) -> dict[str, Any]:
    """Return what makes an optimizer move all weights in one kernel, where torch has one.

    Without it each step passes over the weights some ten times: two thirds of the time of a VGG on a CPU, and
    on CUDA more launches than a small network's own work. With MPS it was not measured.
    """
    return {"fused": True} if device.type in ("cpu", "cuda") and optimizer in _FUSED else {}


def be_exact(device: torch.device) -> None:
    """Let a process compute the same bits each time; it is for a worker. Nothing changes but on CUDA.

    A resumed run gives the bits of an unbroken one only so: see docs/decisions/2026-11-21-exact-on-a-gpu.md.
    Must be called before the first use of the GPU. Float32 is float32: TF32 rounds to ten bits.

    Does not cover operations that CUDA has no exact version of (among them the gradient of an adaptive
    average pooling that does not divide evenly, in AlexNet and VGG): they warn, and run.
    """
    if device.type != "cuda":
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    # No number depends on it, and it costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
