"""Trainings on a disk that they fill, as JSON: argument HOME.

Run it in a mount namespace of its own (`unshare --mount`): the disk goes with it, however it ends.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.jobs import control
from core.jobs.reserve import RESERVE
from core.jobs.status import read_status
from core.runs.metrics import read_metrics
from core.runs.store import Run
from core.training import launch
from core.training.config import parse_config
from tests.processes import kill_worker, until
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 12,
    "image_size": 32,
    "device": "cpu",
    "threads": 1,
    "keep_epochs": "all",
}
FREE_BYTES = 1_200_000  # room for a few epochs


def main(home: Path) -> None:
    """Print how three runs ended: one with room, one that waited for room, one that was stopped waiting."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(home)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        sys.exit(3)
    os.environ["LIGHTBOX_HOME"] = str(home)
    write_tiny()
    first = launch.launch(parse_config(CONFIG))
    ends = [control.wait(first.folder, seconds=120)]
    second, told = fill(home)
    (home / "ballast").unlink()
    ends.append(control.wait(second.folder, seconds=120))
    third, _told = fill(home)
    control.request_stop(third.folder)
    ends.append(control.wait(third.folder, seconds=60))
    (home / "ballast").unlink()
    launch.resume(third.run_id)
    ends.append(control.wait(third.folder, seconds=120))
    runs = {name: files(run) for name, run in (("whole", first), ("waited", second), ("stopped", third))}
    print(json.dumps({"ends": ends, "told": told, "runs": runs}))


def fill(home: Path) -> tuple[Run, dict[str, Any]]:
    """Launch a run on a disk with room for a few epochs, and wait until it is paused."""
    run = launch.launch(parse_config(CONFIG))
    try:
        until(lambda: read_status(run.folder).state == "running")
        free = os.statvfs(home).f_bavail * os.statvfs(home).f_frsize
        with (home / "ballast").open("wb") as file:
            file.write(bytes(free - FREE_BYTES))
        until(lambda: read_status(run.folder).state in ("paused", "completed", "failed"))
        status = read_status(run.folder)
        lines = read_metrics(run.folder).lines
        torn = not (run.folder / "metrics.jsonl").read_bytes().endswith(b"\n")
        told = {"state": status.state, "message": str(status.message), "lines": len(lines), "torn": torn}
    except BaseException:
        kill_worker(run.folder)
        raise
    return run, told


def files(run: Run) -> dict[str, Any]:
    """Return what is left of a run: the bytes of its best weights and its epochs, and no reserve."""
    epochs = [
        {
            name: value
            for name, value in line.model_dump().items()
            if name not in ("seconds", "images_per_second")
        }
        for line in run.epochs
    ]
    return {
        "best": (run.folder / "best.safetensors").read_bytes().hex(),
        "epochs": epochs,
        "kept": sorted(path.name for path in (run.folder / "epochs").iterdir()),
        "reserve": (run.folder / RESERVE).exists(),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
