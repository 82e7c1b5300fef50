"""From a pickle of PyTorch to safetensors: tensors alone, of one network, and every number looked at.

    converted = convert(Path("weights.pth"), "resnet18")
    converted.write(Path("weights.safetensors"))

Covers: a pickle with a program in it, a damaged or monstrous file, other shapes, other names, numbers that
are not finite. Does not cover: whether the weights are any good, and how the images were prepared for them.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from core.errors import ImportRefusedError, InvalidValueError
from core.exchange.models.files import MOST_BYTES, WEIGHTS_NAME, too_large
from core.exchange.models.fitting import Fit, fit
from core.images.sandbox import Sandbox
from core.language import N_
from core.training.uploaded_weights import check_weights
from core.workspace import write_bytes

_GIGABYTE: Final = 1024**3
_MOST_BYTES: Final = MOST_BYTES[WEIGHTS_NAME]
_SECONDS: Final = 180.0
# Of address space on Linux, where torch alone maps some GB; elsewhere of memory that is really held.
_TORCH_BYTES: Final = (24 if sys.platform == "linux" else 2) * _GIGABYTE
_TIMES_FILE: Final = 6
_NOTICE: Final = "For teaching and demonstration only, never for diagnosis."


@dataclass(frozen=True, eq=False)
class Converted:
    """Weights that fit a network, and what was done to them.

    Attributes
    ----------
    fit
        Network, classes, channels, and which tensors belong to it.
    under
        The key of the checkpoint under which they were; "" where the file is the state_dict itself.
    stripped
        What stood before every name.
    n_others
        How many entries of the file were no tensors.
    n_widened
        How many tensors were of other floating numbers than float32 before.
    memory_limit_mb
        How much memory reading the file could have taken, beside torch itself.
    """

    fit: Fit
    tensors: Mapping[str, NDArray[Any]] = field(repr=False)
    under: str
    stripped: tuple[str, ...]
    n_others: int
    n_widened: int
    memory_limit_mb: int

    def write(self, path: Path) -> None:
        """Write the safetensors file; one that is there is replaced when the new one is whole."""
        metadata = {"model": self.fit.model, "notice": _NOTICE}
        write_bytes(path, save(dict(self.tensors), metadata=metadata))


def convert(
    path: Path, model: str, *, n_channels: int | None = None, image_size: int | None = None
) -> Converted:
    """Read the tensors of a PyTorch file, in a process of its own, and see that they are a network's.

    Parameters
    ----------
    path
        What torch.save wrote: a state_dict, or a checkpoint that holds one.
    model
        A key of MODELS. Its last layer may be for any number of classes.
    n_channels
        1 or 3; None: as the weights say.
    image_size
        Of a network whose weights depend on it; None means the size that it was published with.

    Raises
    ------
    ImportRefusedError
        The file is damaged, too large, holds a program, or numbers that are not finite.
    InvalidValueError
        The weights are another network's.
    """
    content = _content(path)
    memory = _TORCH_BYTES + _TIMES_FILE * len(content)
    task = "core.exchange.models.tensors:read"
    with Sandbox(task=task, seconds=_SECONDS, memory_bytes=memory) as sandbox:
        told, buffers = sandbox.call(content, {"name": path.name[:80]})
    del content
    tensors = _tensors(buffers)
    fitted = fit({name: one.shape for name, one in tensors.items()}, model, n_channels, image_size)
    return Converted(
        fit=fitted,
        tensors={name: tensors.get(name, np.zeros((), np.int64)) for name in fitted.names},
        under=str(told.get("under", ""))[:80],
        stripped=tuple(str(one)[:80] for one in list(told.get("stripped", []))[:20]),
        n_others=int(told.get("left", 0)),
        n_widened=int(told.get("widened", 0)),
        memory_limit_mb=int(told.get("limit_mb", 0)),
    )


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise ImportRefusedError(N_("'{file}' is no file. Name the .pth file of weights."), file=str(path))
    if (size := path.stat().st_size) > _MOST_BYTES:
        raise too_large(path.name, size, _MOST_BYTES)
    if not size:
        raise ImportRefusedError(N_("'{file}' is empty."), file=path.name)
    return path.read_bytes()


def _tensors(buffers: list[bytes]) -> dict[str, NDArray[Any]]:
    """Return the arrays of what came back: looked at as if a stranger had sent it."""
    try:
        check_weights(buffers[0] if len(buffers) == 1 else b"")
    except InvalidValueError as error:
        raise ImportRefusedError(error.message.text, **error.message.values) from None
    return load(buffers[0])
