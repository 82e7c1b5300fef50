"""An import onto a disk of 1 MB, then onto a larger one, as JSON: arguments HOME SOURCE.

Run it in a mount namespace of its own (`unshare --mount`): the disk goes with it, however it ends.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from core.datasets.importing import ImportOptions
from core.datasets.store import list_datasets
from core.datasets.worker import start_import
from core.jobs.control import wait
from core.jobs.status import read_status


def main(home: Path, source: Path) -> None:
    """Print how the two imports ended, and what was there after the first, as JSON."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(home)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        sys.exit(3)
    os.environ["LIGHTBOX_HOME"] = str(home)
    job = start_import(source, ImportOptions(name="new"))
    first = wait(job, seconds=60)
    told = str(read_status(job).error)
    left = sorted(path.name for path in (home / "datasets").glob(".*"))
    kept = [info.dataset_id for info in list_datasets() if info.source == "folders"]
    subprocess.run(["mount", "-o", "remount,size=64m", str(home)], check=True)
    second = wait(start_import(source, ImportOptions(name="new")), seconds=60)
    sizes = [info.n_images for info in list_datasets() if info.dataset_id == "new"]
    print(json.dumps({"ends": [first, second], "told": told, "left": left, "kept": kept, "sizes": sizes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
