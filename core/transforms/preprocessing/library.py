"""Pipelines that a person gave a name: LIGHTBOX_HOME/pipelines/, one JSON file each.

A name is free text and stands in its file; the file's own name is made of it, so that no name can leave the
folder. "Chest" and "chest" are one name. Does not cover: who saved it; a home has one library.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

from core.errors import NameTakenError, UnknownNameError, UserError
from core.language import N_, Message
from core.transforms.preprocessing.parsing import (
    SavedPipeline,
    check_size,
    checked_name,
    parse_pipeline,
    to_json,
)
from core.transforms.records import Preprocessing
from core.workspace import is_valid_name, pipelines_dir, write_text

_SUFFIX: Final = ".json"


@dataclass(frozen=True)
class DamagedPipeline:
    """A file in the library that is no pipeline, and why; `file` is its name without the folder."""

    file: str
    reason: Message


def list_pipelines() -> list[SavedPipeline]:
    """Return the saved pipelines by name; files that cannot be read are left to `damaged_pipelines`."""
    found = [saved for saved in map(_opened, _files()) if isinstance(saved, SavedPipeline)]
    return sorted(found, key=lambda saved: _key(saved.name))


def damaged_pipelines() -> list[DamagedPipeline]:
    """Return the files of the library that cannot be read, each with one sentence."""
    return [damaged for damaged in map(_opened, _files()) if isinstance(damaged, DamagedPipeline)]


def save_pipeline(name: str, preprocessing: Preprocessing, *, replace: bool = False) -> SavedPipeline:
    """Keep a pipeline under a name.

    Raises
    ------
    InvalidValueError
        The name is empty, too long or has characters that cannot be seen.
    NameTakenError
        There is one of this name, and `replace` is False.
    """
    saved = SavedPipeline(name=checked_name(name), preprocessing=preprocessing)
    with _locked():
        path = _found(saved.name) or _path(saved.name)
        if path.exists() and not replace:
            raise NameTakenError(N_("pipeline"), saved.name)
        write_text(path, to_json(preprocessing, name=saved.name))
    return saved


def open_pipeline(name: str) -> SavedPipeline:
    """Return the pipeline of this name.

    Raises
    ------
    UnknownNameError
        There is none.
    UserError
        Its file cannot be read.
    """
    path = _found(checked_name(name))
    if path is None:
        raise UnknownNameError(N_("pipeline"), name, [saved.name for saved in list_pipelines()])
    return _read(path)


def delete_pipeline(name: str) -> None:
    """Delete the pipeline of this name, also a damaged one; UnknownNameError if there is none."""
    with _locked():
        path = _found(checked_name(name))
        if path is None:
            raise UnknownNameError(N_("pipeline"), name, [saved.name for saved in list_pipelines()])
        path.unlink()


def _files() -> list[Path]:
    folder = pipelines_dir()
    return sorted(path for path in folder.glob(f"*{_SUFFIX}") if path.is_file() and path.name[0] != ".")


def _found(name: str) -> Path | None:
    """Return the file of a name: the one made of it, or one that somebody put there by hand."""
    if (path := _path(name)).is_file():
        return path
    for other in _files():
        saved = _opened(other)
        called = saved.name if isinstance(saved, SavedPipeline) else other.stem
        if _key(called) == _key(name):
            return other
    return None


def _opened(path: Path) -> SavedPipeline | DamagedPipeline:
    try:
        return _read(path)
    except UserError as error:
        return DamagedPipeline(file=path.name, reason=error.message)
    except OSError as error:
        text = N_("It cannot be opened: {reason}.")
        return DamagedPipeline(file=path.name, reason=Message(text=text, values={"reason": error.strerror}))


def _read(path: Path) -> SavedPipeline:
    check_size(path.stat().st_size)
    saved = parse_pipeline(path.read_bytes())
    return saved if saved.name else saved.model_copy(update={"name": checked_name(path.stem)})


def _path(name: str) -> Path:
    """Return the file of a name: the name itself where it is a plain one, else its plain part and a hash."""
    key = _key(name)
    if is_valid_name(key):
        return pipelines_dir() / f"{key}{_SUFFIX}"
    plain = re.sub(r"[^a-z0-9]+", "-", key).strip("-")[:40]
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    return pipelines_dir() / f"{plain}~{digest}{_SUFFIX}"  # no plain name has a ~


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@contextmanager
def _locked() -> Iterator[None]:
    folder = pipelines_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock", timeout=10):
        yield
