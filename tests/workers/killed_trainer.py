"""The training worker that saves after every step and kills itself with signal 9 after one of them.

`LIGHTBOX_TEST_DIES_AT=7 LIGHTBOX_TEST_PARTS=1 python -m tests.workers.killed_trainer RUN_FOLDER`: step 7 of
the whole run, whichever process makes it; empty: it does not die. Batches are worked on in so many parts.
"""

import os
import signal
import sys
from pathlib import Path

from torch import Tensor

from core.training import loop, worker
from core.training.engine import Engine

DIES_AT, PARTS = "LIGHTBOX_TEST_DIES_AT", "LIGHTBOX_TEST_PARTS"


def main(folder: Path) -> None:
    loop._SAVE_SECONDS = 0.0
    dies_at, parts, step = os.environ[DIES_AT], int(os.environ[PARTS]), Engine.step

    def step_and_die(engine: Engine, inputs: Tensor, targets: Tensor) -> Tensor:
        engine.parts = parts
        loss = step(engine, inputs, targets)
        if dies_at and engine.n_steps == int(dies_at):
            os.kill(os.getpid(), signal.SIGKILL)
        return loss

    Engine.step = step_and_die  # type: ignore[method-assign]
    worker.main(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
