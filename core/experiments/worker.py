"""The process that answers a question: `python -m core.experiments.worker JOB_FOLDER`, at low priority.

Experiments have a queue of their own: they never stand before a training that somebody waits for, and the
system gives them what is left of the processor.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Final

from core.experiments.asking import keep, resolve
from core.experiments.catalog import EXPERIMENTS
from core.jobs.worker import work

_NICE: Final = 10


def main(folder: Path) -> None:
    """Answer the question in `folder`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with work(folder) as job:
        if hasattr(os, "nice"):  # Windows has none
            os.nice(_NICE)  # before the turn: those that wait look for it ten times a second
        job.wait_for_turn()
        asked = json.loads((folder / "request.json").read_bytes())
        spec = EXPERIMENTS[asked["name"]]
        request = resolve(spec.request).model_validate(asked["request"])
        keep(folder, resolve(spec.builder)(request, job))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
