"""The worker of a sweep that kills itself with signal 9 at chosen moments, each once for all workers.

`LIGHTBOX_TEST_DIES_AT="claim:1 epoch:2 tell:3" python -m tests.workers.killed_sweeper WORKER_FOLDER`: when it
has claimed trial 1 and not made its run, when the second epoch of trial 2 is written and not reported, and
when trial 3 has ended and that is not told. Trials count from 0.

"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from core.experiments.sweeps import worker
from core.experiments.sweeps.study import Study
from core.training import loop

DIES_AT = "LIGHTBOX_TEST_DIES_AT"


def _die(folder: Path, moment: str) -> None:
    """Die at a moment that was asked for, unless somebody has died at it already."""
    if moment not in os.environ.get(DIES_AT, "").split():
        return
    try:
        (folder / f"died at {moment.replace(':', ' ')}").touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path) -> None:
    loop._SAVE_SECONDS = 0.0
    sweep_folder = folder.parent.parent
    make_trial, tell, report = worker.make_trial, Study.tell, Study.report

    def make_and_die(sweep: Any, trial: Any) -> Any:
        _die(sweep_folder, f"claim:{trial.number}")
        return make_trial(sweep, trial)

    def tell_and_die(study: Study, trial: Any, *arguments: Any, **values: Any) -> None:
        _die(sweep_folder, f"tell:{trial.number}")
        tell(study, trial, *arguments, **values)

    def report_and_die(study: Study, trial: Any, epoch: int, value: float) -> bool:
        if epoch == 2:
            _die(sweep_folder, f"epoch:{trial.number}")
        return report(study, trial, epoch, value)

    worker.make_trial = make_and_die  # type: ignore[attr-defined]
    Study.tell = tell_and_die  # type: ignore[method-assign]
    Study.report = report_and_die  # type: ignore[method-assign]
    worker.main(folder, is_own_process=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
