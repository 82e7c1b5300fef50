"""What the training will run on, found without loading torch into the server.

Where there can be a GPU a short-lived process of its own asks torch and prints one JSON line; until it has
answered, the answer is "looking".
"""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.language import N_, Message
from core.workspace import ROOT

_TIMEOUT_SECONDS: Final = 120
_DEVICE_FILES: Final = Path("/dev")
_OF_GPUS: Final = ("nvidia*", "nvhost*", "nvmap", "dxg", "kfd")  # NVIDIA's, Jetson's twice, WSL's, AMD's
_QUESTION: Final = """
import json, os, torch
if torch.cuda.is_available():
    kind, name = "cuda", torch.cuda.get_device_name(0)
elif torch.backends.mps.is_available():
    kind, name = "mps", "Apple GPU"
else:
    allowed = getattr(os, "sched_getaffinity", lambda process: range(os.cpu_count() or 1))
    kind, name = "cpu", str(len(allowed(0)))
print(json.dumps({"kind": kind, "name": name}))
"""


@dataclass(frozen=True)
class Device:
    """The device that "auto" means: `kind` is "cuda", "mps", "cpu", or "unknown" if torch cannot be asked."""

    kind: str
    name: str

    @property
    def message(self) -> Message:
        """The device in a few words."""
        if self.kind == "cpu":
            return Message(text=N_("Processor, {n} cores"), values={"n": self.name})
        if self.kind == "unknown":
            return Message(text=N_("Device not known"))
        return Message(text=N_("Graphics card: {name}"), values={"name": self.name})


class _Probe:
    """Asks once, in the background."""

    def __init__(self) -> None:
        self.device: Device | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._ask, name="device-probe", daemon=True)
                self._thread.start()

    def _ask(self) -> None:
        self.device = ask_device()


_probe = _Probe()


def start_probe() -> None:
    """Begin to look for the device, if nobody has yet."""
    _probe.start()


def device() -> Device | None:
    """Return the device, or None while it is being looked for."""
    _probe.start()
    return _probe.device


def ask_device() -> Device:
    """Ask torch in a process of its own; takes seconds. A Linux without a driver of a GPU is spared them."""
    if sys.platform == "linux" and not any(any(_DEVICE_FILES.glob(name)) for name in _OF_GPUS):
        return Device("cpu", str(len(os.sched_getaffinity(0))))
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _QUESTION],
            capture_output=True,
            cwd=ROOT,
            timeout=_TIMEOUT_SECONDS,
            check=True,
        )
        return Device(**json.loads(answer.stdout.splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError, TypeError):
        return Device("unknown", "")
