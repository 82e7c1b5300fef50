"""A config as the command line that asks for the same: only what differs from the defaults."""

import json
import shlex
from typing import Any

from core.training.config.parsing import differences
from core.training.config.training import TrainingConfig


def command_line(config: TrainingConfig) -> str:
    """Return `python -m core train DATASET --set FIELD=VALUE ...`, quoted for a POSIX shell.

    The number of threads follows from the machine, so it is said only where it was chosen.
    """
    default = TrainingConfig(dataset=config.dataset)
    words = ["python", "-m", "core", "train", config.dataset]
    for name, (value, _default) in differences(config, default).items():
        if name != "preprocessing":  # said by "preprocessing.steps"
            words += ["--set", f"{name}={_spelled(value)}"]
    return shlex.join(words)


def _spelled(value: Any) -> str:
    """Return a value so that `--set` reads it: a bare word where that is no JSON, else JSON."""
    if isinstance(value, str) and value == value.strip() and value and not _is_json(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
