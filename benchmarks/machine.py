"""The machine that a table was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

_NAMED = ("torch", "torchvision", "streamlit", "captum", "numpy")


def describe() -> dict[str, object]:
    """Return cores, processor, memory, load and versions."""
    return {
        "cores": n_cores(),
        "cpu": _cpu_name(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load_1_minute": round(psutil.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _NAMED},
    }


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def line(machine: dict[str, object]) -> str:
    """Return the description as one line."""
    versions = machine["versions"]
    named = (
        ", ".join(f"{name} {number}" for name, number in versions.items())
        if isinstance(versions, dict)
        else ""
    )
    return (
        f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, {machine['system']},"
        f" load {machine['load_1_minute']} at the start; {named}"
    )


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for row in info.read_text(encoding="utf-8").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.processor() or platform.machine()
