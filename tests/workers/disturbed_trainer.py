"""The training worker that dies, or waits to be stopped, at one exact line of its metrics.

`LIGHTBOX_TEST_AT=early:die python -m tests.workers.disturbed_trainer RUN_FOLDER`
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.models.catalog import MODELS
from core.training import loop, recording, worker
from core.training.saving import Saver
from tests.workers import trainer

VARIABLE = "LIGHTBOX_TEST_AT"


def n_lines(text: str, kind: str) -> int:
    return text.count(f'"kind":"{kind}"')


# What metrics.jsonl holds, as text, at the moment to act.
POINTS: dict[str, Callable[[str], bool]] = {
    "early": lambda text: n_lines(text, "step") == 1,
    "mid_epoch": lambda text: (
        n_lines(text, "epoch") == 2 and n_lines(text.rsplit('"kind":"epoch"', 1)[1], "step") == 3
    ),
    "after_an_epoch_line": lambda text: n_lines(text, "epoch") == 4,
    "branch": lambda text: n_lines(text.rpartition('"what":"branch"')[2], "step") == 2,
    "second_epoch": lambda text: n_lines(text, "epoch") == 1 and n_lines(text, "step") == 14,
}


def main(folder: Path) -> None:
    point, action = os.environ[VARIABLE].split(":")
    append = recording.append_metrics

    def append_and_act(run_folder: Path, metrics: Any) -> None:
        append(run_folder, metrics)
        if POINTS[point]((run_folder / "metrics.jsonl").read_text()):
            act(action, run_folder)

    recording.append_metrics = append_and_act
    worker.main(folder)


def act(action: str, folder: Path) -> None:
    if action == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not (folder / "stop").exists() and time.monotonic() < deadline:
        time.sleep(0.005)


if __name__ == "__main__":
    MODELS[trainer.NAME] = trainer.SPEC
    if os.environ[VARIABLE].startswith("second_epoch"):
        loop._SAVE_SECONDS = 0.0  # a save after every batch: one in the middle of an epoch is otherwise rare
        save = Saver.save

        def save_at_once(self: Saver, *arguments: Any) -> None:
            save(self, *arguments)
            self.flush()

        Saver.save = save_at_once  # type: ignore[method-assign]
    main(Path(sys.argv[1]))
