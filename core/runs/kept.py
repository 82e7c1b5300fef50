"""The kept epochs of a run, epochs/<n>.pt: which there are, what they take, and how to have fewer.

Each holds everything that is needed to go on from there. No torch here: a kept epoch is looked into as the
zip file that it is, and nothing in it is run.
"""

import pickletools
import zipfile
import zlib
from pathlib import Path
from typing import Final

from core.errors import StateError
from core.jobs.status import ALIVE
from core.language import N_
from core.runs.records import RunRequest
from core.runs.store import Run

SMALL_NETWORK_BYTES: Final = 2_000_000  # weights of a network whose every epoch is kept
_NEEDED: Final = (
    {"model", "optimizer", "progress"},
    {"n_steps", "schedule"},
)  # all of the first, one of these


def kept_epochs(run: Run) -> tuple[int, ...]:
    """Return the numbers of the kept epochs that the run's metrics know, in order; they count from 1."""
    known = {line.epoch for line in run.epochs}
    return tuple(number for number in _numbers(run) if number in known)


def epoch_path(run: Run, epoch: int) -> Path:
    """Return where the state after an epoch is kept, whether it is there or not."""
    return run.folder / "epochs" / f"{epoch}.pt"


def kept_bytes(run: Run) -> dict[int, int]:
    """Return what each kept epoch takes on the disk, by its number."""
    sizes = {}
    for number in _numbers(run):
        try:
            sizes[number] = epoch_path(run, number).stat().st_size
        except OSError:  # deleted this moment
            continue
    return sizes


def parent_request(run: Run) -> RunRequest | None:
    """Return what was asked for of the run that this one branches from; None where it is no branch."""
    path = run.folder / "parent.json"
    return RunRequest.model_validate_json(path.read_bytes()) if path.exists() else None


def is_geometric(epoch: int) -> bool:
    """Tell whether an epoch is one of 1, 2, 4, 8 and so on."""
    return epoch > 0 and epoch & (epoch - 1) == 0


def best_and_last(run: Run) -> set[int]:
    """Return the best and the last kept epoch of a run, which are the last to be given up."""
    kept = _numbers(run)
    best = {run.card.best_epoch} if run.has_model else set()
    return {number for number in kept if number in best} | set(kept[-1:])


def thin(run: Run, *, to_series: bool) -> int:
    """Delete kept epochs but the best and the last, and with `to_series` but 1, 2, 4, 8...; return bytes won.

    Raises
    ------
    StateError
        The run is at work, or came with Lightbox.
    """
    if run.is_shipped:
        raise StateError(N_("'{run}' ships with Lightbox: its kept epochs stay."), run=run.run_id)
    if run.state in ALIVE:
        raise StateError(N_("'{run}' is still at work; stop it first."), run=run.run_id)
    spared = best_and_last(run)
    won = 0
    for number, size in kept_bytes(run).items():
        if number not in spared and not (to_series and is_geometric(number)):
            epoch_path(run, number).unlink(missing_ok=True)
            won += size
    return won


def check_state(run: Run, epoch: int, path: Path) -> None:
    """Refuse a file that cannot be the state after an epoch; nothing in it is run.

    Raises
    ------
    StateError
        The file is torn, or another version of Lightbox wrote it, or it is something else.
    """
    try:
        with zipfile.ZipFile(path) as file:
            torn = file.testzip()
            pickled = next((name for name in file.namelist() if name.endswith("/data.pkl")), None)
            names = _texts(file.read(pickled)) if pickled and torn is None else set()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
        names, torn = set(), str(path)
    if torn is not None:
        text = N_("The kept epoch {epoch} of '{run}' is damaged: branch from another epoch.")
        raise StateError(text, epoch=epoch, run=run.run_id)
    if not (_NEEDED[0] <= names and _NEEDED[1] & names):
        text = N_(
            "The kept epoch {epoch} of '{run}' was not written by this version of Lightbox: start a new run"
            " from its settings."
        )
        raise StateError(text, epoch=epoch, run=run.run_id)


def _texts(pickled: bytes) -> set[str]:
    """Return all texts in a pickle, which is read as a list of operations and not run."""
    return {value for _operation, value, _place in pickletools.genops(pickled) if isinstance(value, str)}


def _numbers(run: Run) -> list[int]:
    paths = (run.folder / "epochs").glob("[1-9]*.pt")
    return sorted(int(path.stem) for path in paths if path.stem.isdecimal())
