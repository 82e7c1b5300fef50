"""Take in the zip of a run that another Lightbox made: checked whole, then placed in one step.

    arrived = import_run(Path("run.zip"))

Covers: a zip that is a trap (core.images.archives), files that no run has, records, tables, weights and
frames that are damaged or made to harm, a name that is taken. Of what is refused nothing stays. Does not
cover: whether the numbers are true; nobody can tell that from a file.
"""

import json
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from core.datasets.store import open_dataset
from core.errors import ImportRefusedError, InvalidValueError, UnknownNameError
from core.exchange import arriving
from core.exchange.archive import NOTICE_NAME, REPLAY
from core.images.archives import Budgets, Member, unpack
from core.jobs.status import now
from core.language import N_
from core.runs import replay
from core.runs.origin import Origin, origin_path
from core.runs.predictions import write_predictions
from core.runs.records import ModelCard, RunRequest
from core.runs.store import DEMO_RUN, Run
from core.workspace import is_valid_name, replacing, runs_dir, write_bytes, write_text

MOST_UPLOADED_BYTES: Final = 200_000_000
_BUDGETS: Final = Budgets(entries=1200, file_bytes=2 * 1024**3, total_bytes=3 * 1024**3, depth=0)
_KNOWN: Final = (
    *(NOTICE_NAME, "config.json", "env.json", "status.json", "metrics.jsonl", "split.parquet"),
    *("best.safetensors", "model.json"),
)
_FRAME: Final = re.compile(r"[0-9]{1,6}\.npz")
_HIDDEN: Final = ".arriving-"
_ABANDONED_SECONDS: Final = 86_400.0
_MOST_FRAME_BYTES: Final = 64 * 1024**2  # unpacked; one of twelve cases and 500 points has less than one


@dataclass(frozen=True)
class Arrival:
    """A run that was taken in.

    Attributes
    ----------
    name_there
        What it was called in the other Lightbox, or asked to be called here, if that name was taken.
    dataset
        Whether its images are here: "here", "other" (a data set of its name with other images), "missing".
    """

    run: Run
    name_there: str
    dataset: Literal["here", "other", "missing"]

    @property
    def was_renamed(self) -> bool:
        """Whether its name was taken."""
        return self.run.run_id != self.name_there


def import_run(archive: Path, *, name: str | None = None) -> Arrival:
    """Take in a run; it can be looked at and asked, and not be trained on.

    Parameters
    ----------
    archive
        The zip that `core.exchange.archive.write_archive` wrote, or somebody says so.
    name
        What it shall be called; its own name if left out. A name that is taken gets a number.

    Raises
    ------
    ImportRefusedError
        It is no such zip, or something in it is not as it should be.
    InvalidValueError
        The name cannot be a run's.
    """
    check_name(name)
    with hidden_folder() as folder:
        raw, made = folder / "raw", folder / "run"
        _check_names(unpack(archive, raw, budgets=_BUDGETS), raw)
        request = arriving.arrived_request(raw)
        there = _name_there(raw, archive)
        _make(raw, made, request, run_id=name or there)
        origin = Origin(run=there, parent=_parent_there(raw), imported_at=now())
        write_text(origin_path(made), origin.model_dump_json(indent=1) + "\n")
        run = placed(made, name or there)
    return Arrival(run, name or there, _dataset_of(request))


def check_name(name: str | None) -> None:
    """Refuse a name that cannot be a run's."""
    if name is not None and not is_valid_name(name):
        text = N_(
            "'{name}' cannot name a run: use lower-case letters, digits, '_', '-' and '.', at most 64,"
            " beginning with a letter or a digit."
        )
        raise InvalidValueError(text, name=name)


@contextmanager
def hidden_folder() -> Iterator[Path]:
    """Give a folder beside the runs that no list shows; it is gone at the end."""
    root, is_new = runs_dir(), not runs_dir().exists()
    root.mkdir(parents=True, exist_ok=True)
    for old in root.glob(f"{_HIDDEN}*"):  # of a process that was killed
        if time.time() - old.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = root / f"{_HIDDEN}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if is_new and not any(root.iterdir()):
            root.rmdir()


def _check_names(members: list[Member], raw: Path) -> None:
    """Refuse an archive with files that no run has; no name of theirs is said, for it may be a patient's."""
    n_foreign = sum(not _is_known(member.name, raw) for member in members)
    if n_foreign:
        text = N_("The archive holds {n} files that no run of Lightbox has: nothing was taken in.")
        raise ImportRefusedError(text, n=n_foreign)


def _is_known(name: str, raw: Path) -> bool:
    folder, _slash, rest = name.rpartition("/")
    match folder:
        case "":
            return rest in _KNOWN
        case "predictions":
            return rest.endswith(".val.parquet")
        case "replay":
            return rest == "about.json" or _FRAME.fullmatch(rest) is not None
        case _:
            return False


def _make(raw: Path, made: Path, request: RunRequest, *, run_id: str) -> None:
    """Write the run anew, file by file, from what was checked."""
    status = arriving.arrived_status(raw)
    environment = arriving.arrived_environment(raw)
    lines = arriving.arrived_lines(raw)
    card = arriving.arrived_card(raw, request, run_id)
    split = arriving.arrived_split(raw, card.class_names if card else None)
    made.mkdir()
    write_text(made / "config.json", request.model_dump_json(indent=1) + "\n")
    if environment is not None:
        write_text(made / "env.json", environment.model_dump_json(indent=1) + "\n")
    text = b"".join(line.model_dump_json().encode() + b"\n" for line in lines)
    write_bytes(made / "metrics.jsonl", text)
    with replacing(made / "split.parquet") as temporary:
        split.to_parquet(temporary, index=False)
    if card is not None:
        (raw / "best.safetensors").rename(made / "best.safetensors")
        (made / "best.safetensors").chmod(0o644)
        write_text(made / "model.json", card.model_dump_json(indent=1) + "\n")
        _make_predictions(raw, made, request, card)
    _make_replay(raw, made)
    write_text(made / "status.json", status.model_dump_json(indent=1) + "\n")


def _make_predictions(raw: Path, made: Path, request: RunRequest, card: ModelCard) -> None:
    path = raw / "predictions" / f"{request.config.dataset}.val.parquet"
    if path.exists():
        predictions = arriving.arrived_predictions(path, card)
        write_predictions(made, request.config.dataset, "val", predictions)


def _make_replay(raw: Path, made: Path) -> None:
    """Take over the frames of the time machine that can be read; without them the run is whole as well."""
    about = replay.read_about(raw)
    if about is None or not all(arriving.is_ours(note) for note in about.notes):
        return
    written = False
    for epoch in replay.frame_epochs(raw):
        if not _is_small(raw / REPLAY / f"{epoch}.npz"):
            raise ImportRefusedError(N_("What this run recorded of its learning is no recording."))
        frame = replay.read_frame(raw, epoch, about)
        if frame is not None:
            replay.write_frame(made, frame)
            written = True
    if written:
        replay.write_about(made, about)


def _is_small(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return len(entries) <= 32 and sum(entry.file_size for entry in entries) <= _MOST_FRAME_BYTES


def _name_there(raw: Path, archive: Path) -> str:
    """Return what the run was called: its card says so, else the archive's own name, else "run"."""
    if (raw / "model.json").exists():
        said = arriving.record_in(raw / "model.json", ModelCard).run
        if is_valid_name(said):
            return said
    stem = archive.stem.lower()
    return stem if is_valid_name(stem) else "run"


def _parent_there(raw: Path) -> str | None:
    parent = json.loads((raw / "config.json").read_bytes()).get("parent")
    name = parent.get("run") if isinstance(parent, dict) else None
    return name if isinstance(name, str) and is_valid_name(name) else None


def placed(made: Path, name: str) -> Run:
    """Rename the folder to the first free name; two arrivals at once get two."""
    made.chmod(0o755)
    number = 1
    while True:
        ending = "" if number == 1 else f"-{number}"
        folder = runs_dir() / f"{name[: 64 - len(ending)]}{ending}"
        if not folder.exists() and folder.name != DEMO_RUN:  # the one that ships lies elsewhere
            _say_own_name(made, folder.name)
            try:
                made.rename(folder)
                return Run(folder.name, folder)
            except OSError:
                if not folder.exists():
                    raise
        number += 1


def _say_own_name(made: Path, name: str) -> None:
    """Let the card name the run as it is called here."""
    path = made / "model.json"
    if path.exists():
        card = ModelCard.model_validate_json(path.read_bytes()).model_copy(update={"run": name})
        write_text(path, card.model_dump_json(indent=1) + "\n")


def _dataset_of(request: RunRequest) -> Literal["here", "other", "missing"]:
    try:
        revision = open_dataset(request.config.dataset).info.revision
    except UnknownNameError:
        return "missing"
    return "here" if revision == request.dataset_revision else "other"
