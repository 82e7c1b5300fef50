"""What the journal of a sweep says of its trials, read without Optuna: a page reads it every second.

The journal is Optuna's (`JournalStorage`): one JSON object a line, each an operation. The line that a killed
process left half-written is no operation yet and is passed over, here as there.
"""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from core.experiments.sweeps.records import TrialRecord, TrialState
from core.language import Message

NAME: Final = "journal.log"
WORKER: Final = "worker"  # attributes of a trial
REASON: Final = "reason"
PRUNED: Final = "pruned"
POINT: Final = "fixed_params"  # Optuna's own, for trials that are enqueued

# optuna.storages.journal._storage.JournalOperation and optuna.trial.TrialState
_CREATE, _STATE, _REPORT, _USER, _SYSTEM = 4, 6, 7, 8, 9
_STATES: Final[dict[int, TrialState]] = {0: "running", 1: "done", 2: "pruned", 3: "failed", 4: "waiting"}


@dataclass
class _Trial:
    state: TrialState
    system: dict[str, Any] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)
    values: dict[int, float] = field(default_factory=dict)
    value: float | None = None


class Journal:
    """A journal that is read on from where the last look ended."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._offset = 0
        self._trials: list[_Trial] = []
        self._reading = threading.Lock()  # several visitors share one

    def trials(self) -> tuple[TrialRecord, ...]:
        """Return all trials in their order; none before the first worker has made them."""
        with self._reading:
            self._read_on()
            return tuple(_record(number, trial) for number, trial in enumerate(self._trials))

    def _read_on(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                new = file.read()
        except FileNotFoundError:  # not begun, or deleted
            self._trials, self._offset = [], 0
            return
        whole, newline, _torn = new.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        for line in whole.splitlines():
            try:
                self._apply(json.loads(line))
            except (ValueError, LookupError, TypeError, AttributeError):  # damaged by somebody's hand
                continue

    def _apply(self, operation: dict[str, Any]) -> None:
        code = operation.get("op_code")
        if code == _CREATE:
            state = _STATES[operation.get("state", 0)]
            self._trials.append(_Trial(state, dict(operation.get("system_attrs", {}))))
            return
        number = operation.get("trial_id", -1)
        if code not in (_STATE, _REPORT, _USER, _SYSTEM) or not 0 <= number < len(self._trials):
            return
        trial = self._trials[number]
        if trial.state in ("waiting", "running"):  # what has ended does not change, as with Optuna
            _change(trial, code, operation)


def read_trials(folder: Path) -> tuple[TrialRecord, ...]:
    """Return the trials of the sweep in `folder`, read from the beginning."""
    return Journal(folder).trials()


def _change(trial: _Trial, code: int, operation: dict[str, Any]) -> None:
    match code:
        case 6:
            trial.state = _STATES[operation["state"]]
            trial.value = operation["values"][0] if operation.get("values") else trial.value
        case 7:
            trial.values[int(operation["step"])] = operation["intermediate_value"]
        case 8:
            trial.user |= operation["user_attr"]
        case 9:
            trial.system |= operation["system_attr"]


def _record(number: int, trial: _Trial) -> TrialRecord:
    return TrialRecord(
        number=number,
        state=trial.state,
        point=trial.system.get(POINT) or {},
        values=dict(trial.values),
        value=trial.value if trial.state == "done" else None,
        worker=trial.user.get(WORKER),
        reason=_message(trial.user.get(REASON)),
    )


def _message(text: Any) -> Message | None:
    try:
        return None if text is None else Message.model_validate_json(text)
    except ValidationError:
        return None
