"""The tensors of a PyTorch file, read in a process that may do nothing else: a task of core.images.sandbox.

torch.load is told to take tensors alone (`weights_only=True`; docs.pytorch.org, notes on serialization), so
that a program in the pickle is refused and not run; should that ever fail, this process writes no file, opens
no connection, starts no program, and gets no more memory than a few times the file.
"""

import io
import re
import sys
from collections.abc import Mapping
from pickle import UnpicklingError
from typing import Any, Final

import torch
from safetensors.torch import save
from torch import Tensor

from core.errors import ImportRefusedError
from core.language import N_

_MOST_TENSORS: Final = 20_000
_MOST_NAME: Final = 300
_NESTED: Final = ("state_dict", "model_state_dict", "model", "net", "network")
_PREFIXES: Final = ("module.", "_orig_mod.", "model.", "net.", "network.")
_TIMES_FILE: Final = 5  # the file, its tensors, what is sent back, and room to copy
_ROOM_BYTES: Final = 512 * 1024**2
_FOREIGN: Final = re.compile(r"GLOBAL ([\w.]{1,120})")


def read(content: bytes, *, name: str = "") -> tuple[dict[str, Any], list[bytes]]:
    """Return what was found, and the tensors as a safetensors file: floating ones as float32.

    Returns
    -------
    {"limit_mb": how much memory it could take, "under": the key of the checkpoint or "", "stripped": prefixes
    taken off the names, "left": how many entries were no tensors,
    "widened": how many tensors held other floating numbers}, and one buffer.

    Raises
    ------
    ImportRefusedError
        It is damaged, no file of torch.save, holds a program, or no tensors.
    """
    limit_mb = _hold_memory(len(content)) // 1024**2
    told, buffers = tensors_in(content)
    return {**told, "limit_mb": limit_mb}, buffers


def tensors_in(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Do what `read` does, in this process and with its memory: for files that this process made itself."""
    found = _loaded(content)
    under, entries = _state_dict(found)
    tensors = {
        key: value for key, value in entries.items() if isinstance(key, str) and isinstance(value, Tensor)
    }
    if not 1 <= len(tensors) <= _MOST_TENSORS:
        text = N_("No tensors were found in this file: save model.state_dict(), and convert that.")
        raise ImportRefusedError(text)
    _check(tensors, len(content))
    names, stripped = _stripped(list(tensors))
    plain = {new: _plain(tensors[old]) for old, new in zip(tensors, names, strict=True)}
    told = {
        "under": under,
        "stripped": stripped,
        "left": len(entries) - len(tensors),
        "widened": sum(one.is_floating_point() and one.dtype != torch.float32 for one in tensors.values()),
    }
    return told, [save(plain)]


def _hold_memory(n_bytes: int) -> int:
    """Lower the limit to what torch has now and a few times the file; return that part of it, in bytes."""
    own = _TIMES_FILE * n_bytes + _ROOM_BYTES
    if sys.platform != "linux":
        return own  # there the parent looks at the process
    import resource

    import psutil

    limit = psutil.Process().memory_info().vms + own
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))
    return own


def _loaded(content: bytes) -> Any:
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise _refusal(str(error)) from None
    except RuntimeError as error:
        said = str(error)
        if "TorchScript" in said:
            raise _script() from None
        if "alloc" in said:
            raise MemoryError from None
        raise _damaged() from None
    except (EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError):
        raise _damaged() from None


def _refusal(said: str) -> ImportRefusedError:
    """Return what is wrong with a pickle: it asks for more than tensors, or is none."""
    if "TorchScript" in said:
        return _script()
    asked = _FOREIGN.search(said)
    if asked is None:
        return _damaged()
    text = N_(
        "This pickle holds more than tensors: it asks for '{name}'. Nothing of it was run. Where you trust"
        " it, save model.state_dict(), and convert that."
    )
    return ImportRefusedError(text, name=asked[1])


def _script() -> ImportRefusedError:
    text = N_(
        "This is a TorchScript archive, which is a program. Where you trust it, load it and save its"
        " state_dict(), and convert that."
    )
    return ImportRefusedError(text)


def _damaged() -> ImportRefusedError:
    return ImportRefusedError(N_("This is no file of torch.save, or it is damaged or incomplete."))


def _state_dict(found: Any) -> tuple[str, Mapping[Any, Any]]:
    """Return the weights of a checkpoint and under which key they were: the largest of the usual ones."""
    if not isinstance(found, Mapping):
        raise ImportRefusedError(N_("This file holds no state_dict: a mapping from names to tensors."))
    for key in _NESTED:
        inner = found.get(key)
        if isinstance(inner, Mapping) and any(isinstance(value, Tensor) for value in inner.values()):
            return key, inner
    return "", found


def _check(tensors: Mapping[str, Tensor], n_bytes: int) -> None:
    """Refuse tensors that are not made of plain numbers, or of more numbers than the file can hold."""
    for name, tensor in tensors.items():
        is_plain = tensor.layout == torch.strided and not tensor.is_quantized and not tensor.is_complex()
        if not is_plain or tensor.device.type != "cpu" or len(name) > _MOST_NAME:
            text = N_("Tensor '{name}' is of a kind that no network here has.")
            raise ImportRefusedError(text, name=name[:80])
    if sum(tensor.numel() for tensor in tensors.values()) > n_bytes:  # a view can repeat one number for ever
        raise ImportRefusedError(N_("The tensors claim more numbers than the file has bytes: it is a trap."))


def _plain(tensor: Tensor) -> Tensor:
    """Return a tensor of its own, as float32 if it is of floating numbers."""
    detached = tensor.detach()
    wanted = detached.to(torch.float32) if detached.is_floating_point() else detached
    return wanted.clone(memory_format=torch.contiguous_format)  # tied weights share memory, and files cannot


def _stripped(names: list[str]) -> tuple[list[str], list[str]]:
    """Take off what DataParallel and others put before every name; return the names, and what was taken."""
    taken: list[str] = []
    while prefix := next((one for one in _PREFIXES if all(name.startswith(one) for name in names)), None):
        names = [name.removeprefix(prefix) for name in names]
        taken.append(prefix)
    return names, taken
