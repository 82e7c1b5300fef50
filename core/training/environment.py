"""The machine a run is made on: how many threads it may use, and the record of what it was."""

import platform
import subprocess
from importlib.metadata import version

import torch

from core.errors import InvalidValueError, StateError
from core.jobs.cores import n_cores
from core.jobs.places import Resource, places_of
from core.language import N_
from core.runs.kept import parent_request
from core.runs.records import Environment
from core.runs.store import Run
from core.training.config import TrainingConfig
from core.training.devices import choose_device
from core.training.engine import Engine
from core.workspace import ROOT, write_text

_NAMED = ("torch", "torchvision", "numpy", "pillow", "pydicom", "scikit-learn")


def set_threads(run: Run, resource: Resource = "cpu") -> int:
    """Use the threads that the run began with, else those it asks for, else its part of all cores but one.

    The cores are shared by as many runs as there are places for. Another number of threads sums in another
    order: a resumed run would no longer be the same to the bit.
    """
    recorded = run.environment
    threads = recorded.threads if recorded else run.config.threads or usual_threads(resource)
    torch.set_num_threads(threads)
    return threads


def usual_threads(resource: Resource) -> int:
    """Return how many threads a run has that asks for no number: its part of all cores but one."""
    return max(1, (n_cores() - 1) // len(places_of(resource)))


def as_recorded(run: Run) -> TrainingConfig:
    """Return the run's config, with the device and the precision that it began with if it goes on.

    One that goes on from a save needs nothing more of what it began with: that may be deleted, or far away.

    Raises
    ------
    StateError
        It began on a device that is not here.
    """
    config, recorded = run.config, run.environment
    if (run.folder / "last.pt").exists() or parent_request(run) is not None:
        config = config.model_copy(update={"pretrained": False, "weights_from": ""})
    if recorded is None:
        return config
    try:
        choose_device(recorded.device)
    except InvalidValueError:
        text = N_(
            "'{run}' began on a {device} device, and there is none here: resume it there, or start anew."
        )
        raise StateError(text, run=run.run_id, device=recorded.device) from None
    names = ("device", "precision", "memory_format")
    return config.model_copy(update={name: getattr(recorded, name) for name in names})


def record_environment(run: Run, engine: Engine, threads: int, dataset_revision: str) -> None:
    """Write env.json."""
    record = Environment(
        versions={"python": platform.python_version()} | {name: version(name) for name in _NAMED},
        device=engine.device.type,
        device_name=_device_name(engine.device),
        threads=threads,
        precision=engine.precision,
        memory_format=engine.memory_format,
        compiled=engine.compiled is not None,
        git_commit=_git_commit(),
        dataset_revision=dataset_revision,
    )
    write_text(run.folder / "env.json", record.model_dump_json(indent=1) + "\n")


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def _git_commit() -> str | None:
    """Return the commit of the code, None outside a git checkout."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
