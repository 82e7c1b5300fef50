"""The data sets of this home: list, open, rename, copy, delete."""

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from core.datasets import shipped
from core.datasets.changes import changing, settle
from core.datasets.dataset import Dataset
from core.datasets.folders import new_folder
from core.datasets.records import DatasetInfo
from core.datasets.users import refuse_while_used
from core.datasets.writing import DatasetDraft, NewSample, write_dataset
from core.errors import InvalidValueError, NameTakenError, StateError, UnknownNameError
from core.language import N_
from core.workspace import datasets_dir, is_valid_name, write_text

__all__ = [
    "Dataset",
    "DatasetDraft",
    "NewSample",
    "check_new_name",
    "delete_dataset",
    "duplicate_dataset",
    "list_datasets",
    "open_dataset",
    "open_own",
    "rename_dataset",
    "set_positive_class",
    "write_dataset",
]

_log = logging.getLogger(__name__)


def list_datasets() -> list[DatasetInfo]:
    """Return the data sets of this home and those that ship; shipped ones first, then by name."""
    names = shipped.shipped_names()
    return [*map(_shipped_info, names), *(info for info in _own_infos() if info.dataset_id not in names)]


def open_dataset(dataset_id: str) -> Dataset:
    """Open a data set by its name, or by one that it had; one that ships is unpacked the first time.

    Raises
    ------
    UnknownNameError
        There is none of that name.
    """
    archive = shipped.archive_of(dataset_id)
    if archive is not None:
        shipped.unpack(dataset_id, archive)
    folder = datasets_dir() / dataset_id
    info = _read_info(folder) if is_valid_name(dataset_id) else None
    if info is None:
        info = next((other for other in _own_infos() if dataset_id in other.former_names), None)
    if info is None:
        known = (dataset.dataset_id for dataset in list_datasets())
        raise UnknownNameError(N_("data set"), dataset_id, known)
    return Dataset(info, datasets_dir() / info.dataset_id)


def open_own(dataset_id: str) -> Dataset:
    """Open a data set that may be changed; StateError if it ships with Lightbox."""
    dataset = open_dataset(dataset_id)
    if shipped.archive_of(dataset.info.dataset_id) is not None:
        text = N_("'{name}' ships with Lightbox and stays as it is; make a copy and change that.")
        raise StateError(text, name=dataset_id)
    return dataset


def check_new_name(name: str) -> None:
    """Refuse a name that no data set can have, or that one has or had.

    Runs know a data set that was renamed by its former name, so nothing else may take that.

    Raises
    ------
    InvalidValueError, NameTakenError
    """
    if not is_valid_name(name):
        text = N_(
            "'{name}' cannot name a data set: use lower-case letters, digits, '_', '-' and '.', at most 64,"
            " beginning with a letter or a digit."
        )
        raise InvalidValueError(text, name=name)
    if name in shipped.shipped_names() or (datasets_dir() / name).exists():
        raise NameTakenError(N_("data set"), name)
    if owner := next((info for info in _own_infos() if name in info.former_names), None):
        text = N_("'{name}' is what '{owner}' was called before, and its runs still do. Choose another name.")
        raise InvalidValueError(text, name=name, owner=owner.dataset_id)


def set_positive_class(dataset_id: str, class_name: str) -> DatasetInfo:
    """Make `class_name` the positive class of a data set with two classes, and return what is known of it.

    Raises
    ------
    StateError
        The data set has more than two classes.
    UnknownNameError
        It has no class of that name.
    """
    with changing():
        dataset = open_dataset(dataset_id)
        if len(dataset.info.class_names) != 2:
            text = N_("'{name}' has {n} classes; only a data set with two has a positive class.")
            raise StateError(text, name=dataset_id, n=len(dataset.info.class_names))
        if class_name not in dataset.info.class_names:
            raise UnknownNameError(N_("class"), class_name, dataset.info.class_names)
        info = dataset.info.model_copy(update={"positive_class": class_name})
        _write_info(dataset.folder, info)
    return info


def rename_dataset(dataset_id: str, new_name: str) -> DatasetInfo:
    """Give a data set another name, which becomes its title too; runs go on finding it by the old one.

    Raises
    ------
    StateError
        It ships with Lightbox, or a job is at work with it.
    InvalidValueError, NameTakenError
        The new name cannot be used. Its own former names can.
    """
    with changing():
        dataset = open_own(dataset_id)
        if new_name == dataset.info.dataset_id:
            return dataset.info
        if new_name not in dataset.info.former_names or (datasets_dir() / new_name).exists():
            check_new_name(new_name)
        refuse_while_used(dataset.info)
        folder = dataset.folder.rename(datasets_dir() / new_name)  # in one step: the folder's name counts
        info = _called(dataset.info, new_name)
        _write_info(folder, info)
    return info


def duplicate_dataset(dataset_id: str, new_name: str) -> DatasetInfo:
    """Make a copy that can be changed by itself; its pictures take no room, for they are shared on disk.

    The labels are those of now; the history of their corrections stays with the original.

    Raises
    ------
    UnknownNameError, InvalidValueError, NameTakenError
    """
    dataset = open_dataset(dataset_id)
    check_new_name(new_name)
    info = dataset.info.model_copy(
        update={
            "dataset_id": new_name,
            "title": new_name,
            "former_names": (),
            "n_edits": 0,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )
    with new_folder(datasets_dir() / new_name) as folder:
        for name in ("files", "masks"):
            _link_files(dataset.folder / name, folder / name)
        for name in ("samples.parquet", "skipped.json"):
            if (dataset.folder / name).exists():
                shutil.copyfile(dataset.folder / name, folder / name)
        _write_info(folder, info)
    return info


def delete_dataset(dataset_id: str) -> None:
    """Delete a data set of this home with all that is in it; it is out of the list in one step.

    Runs that were made with it keep their curves and their stored judgements.

    Raises
    ------
    StateError
        It ships with Lightbox, or a job is at work with it.
    """
    with changing():
        dataset = open_dataset(dataset_id)
        if shipped.archive_of(dataset.info.dataset_id) is not None:
            raise StateError(N_("'{name}' ships with Lightbox and cannot be deleted."), name=dataset_id)
        refuse_while_used(dataset.info)
        doomed = dataset.folder.with_name(f".deleted-{uuid.uuid4().hex}")
        dataset.folder.rename(doomed)
    shutil.rmtree(doomed)


def _own_infos() -> Iterator[DatasetInfo]:
    for path in sorted(datasets_dir().glob("[!.]*/dataset.json")):
        if info := _read_info(path.parent):
            yield info


def _shipped_info(name: str) -> DatasetInfo:
    info = _read_info(datasets_dir() / name)
    archive = shipped.archive_of(name)
    if info is None and archive is not None:
        info = shipped.read_info(archive)
    if info is None:
        raise UnknownNameError(N_("data set"), name, ())
    return info


def _read_info(folder: Path) -> DatasetInfo | None:
    settle(folder)
    try:
        info = DatasetInfo.model_validate_json((folder / "dataset.json").read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        _log.warning("The data set in %s has a dataset.json that cannot be read.", folder.name)
        return None
    return info if info.dataset_id == folder.name else _called(info, folder.name)


def _called(info: DatasetInfo, name: str) -> DatasetInfo:
    """Return what is known of a data set under another name, which is also that of its folder."""
    former = (*(other for other in info.former_names if other != name), info.dataset_id)
    return info.model_copy(update={"dataset_id": name, "title": name, "former_names": former})


def _write_info(folder: Path, info: DatasetInfo) -> None:
    write_text(folder / "dataset.json", info.model_dump_json(indent=1) + "\n")


def _link_files(source: Path, target: Path) -> None:
    """Link what lies in one folder into a new one; copy it where the disk knows no links."""
    target.mkdir()
    for file in source.iterdir() if source.exists() else ():
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)
