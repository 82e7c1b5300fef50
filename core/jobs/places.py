"""Where a job computes, found without torch: each GPU is a place of its own, the CPU has a few.

Covers: NVIDIA GPUs on Linux and Windows, Apple's GPU. Does not cover: AMD GPUs; a training that may use one
waits for the CPU's turn and then takes the GPU all the same.
"""

import os
import platform
import shutil
import subprocess
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from core.errors import InvalidValueError
from core.language import N_

Resource = Literal["cpu", "cuda", "mps"]
_VISIBLE: Final = "CUDA_VISIBLE_DEVICES"
_DRIVER: Final = Path("/proc/driver/nvidia/gpus")


def resource_of(device: str) -> Resource:
    """Return what a job on `device` needs a place on; "auto" is a GPU if there is one."""
    if device in ("cpu", "cuda", "mps"):
        return device  # type: ignore[return-value]
    if gpus():
        return "cuda"
    return "mps" if (platform.system(), platform.machine()) == ("Darwin", "arm64") else "cpu"


def places_of(resource: Resource) -> tuple[str, ...]:
    """Return the places where one job each may work at once: "cuda:0", "cuda:1", ...; "cpu" n times."""
    if resource == "cpu":
        return ("cpu",) * n_slots()
    if resource == "mps":
        return ("mps",)
    return tuple(f"cuda:{number}" for number in range(max(1, len(gpus()))))


def work_place(device: str) -> str:
    """Return the first place of a device: "cuda:0", "mps" or "cpu"."""
    return places_of(resource_of(device))[0]


def n_slots() -> int:
    """Return how many jobs of one kind may work on the CPU at once: LIGHTBOX_JOBS, by default 1."""
    text = os.environ.get("LIGHTBOX_JOBS") or "1"
    try:
        return max(1, int(text))
    except ValueError:
        raise InvalidValueError(
            N_("LIGHTBOX_JOBS must be a whole number, not '{text}'."), text=text
        ) from None


def claim(place: str) -> None:
    """Let this process see the GPU of its place alone, as its first; call it before torch is imported."""
    resource, _colon, number = place.partition(":")
    known = gpus()
    if resource == "cuda" and int(number) < len(known):
        os.environ[_VISIBLE] = known[int(number)]


def gpus() -> tuple[str, ...]:
    """Return the NVIDIA GPUs that torch would see here, each as CUDA_VISIBLE_DEVICES names it."""
    visible = os.environ.get(_VISIBLE)
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        end = next((place for place, name in enumerate(names) if name in ("", "-1")), len(names))
        return tuple(names[:end]) if _torch_has_cuda() else ()  # CUDA ignores what follows a wrong one
    return _found_gpus() if _torch_has_cuda() else ()


@lru_cache(maxsize=1)
def _found_gpus() -> tuple[str, ...]:
    listed = _listed_gpus()
    if listed is not None:
        return listed
    return tuple(str(number) for number in range(len(list(_DRIVER.iterdir())) if _DRIVER.is_dir() else 0))


def _listed_gpus() -> tuple[str, ...] | None:
    """Return what nvidia-smi lists, which knows what a container may use; None where it cannot be asked."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_gpus(done.stdout)


def parse_gpus(text: str) -> tuple[str, ...]:
    """Return the ids in what `nvidia-smi -L` prints; of a GPU that is cut up (MIG), those of its parts."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        identity = line.rpartition("UUID: ")[2].rstrip(")")
        if line.startswith("GPU "):
            found.append((identity, []))
        elif line.strip().startswith("MIG ") and found:
            found[-1][1].append(identity)
    return tuple(name for whole, parts in found for name in (parts or [whole]))


@lru_cache(maxsize=1)
def _torch_has_cuda() -> bool:
    """Tell whether the torch that is installed was built for NVIDIA GPUs, without importing it."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    return any((Path(spec.origin).parent / "lib").glob("*torch_cuda*"))
