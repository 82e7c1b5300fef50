"""What the viewer looks at: the files of a visitor or an example, held in memory and put into series.

An upload stays in the memory of its visitor's session. A zip is unpacked into a folder of its own, which is
removed before the first of its files is looked at. Nothing is kept on disk.
"""

import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import streamlit as st

from core.errors import ImportRefusedError, LightboxError
from core.images.archives import Budgets, archive_kind, unpack
from core.images.reading import sniff
from core.images.series import Series, StudyFile, sort_series
from core.images.viewing import ask_places
from core.language import N_, Message, _

_MOST_FILES: Final = 2000
_MEGABYTE: Final = 1024**2
_MOST_MB: Final = 512  # of one visitor's files in memory
_BUDGETS: Final = Budgets(entries=5000, file_bytes=256 * _MEGABYTE, total_bytes=_MOST_MB * _MEGABYTE)
_HEAD: Final = 262  # bytes by which an archive is known


@dataclass(frozen=True, eq=False)
class File:
    """A file in memory; `name` is its visitor's, and shown only where the file cannot be read."""

    name: str
    content: bytes

    @property
    def is_dicom(self) -> bool:
        """Whether it has a header to look into."""
        return sniff(self.content) == "DICOM"


@dataclass(frozen=True)
class Skipped:
    """A file that is not shown, and why."""

    name: str
    reason: Message


@dataclass(frozen=True)
class Slice:
    """One picture of a stack: a frame of one of the files."""

    file: int
    frame: int


@dataclass(frozen=True)
class Stack:
    """Pictures to scroll through: a series, or the frames of one file.

    Attributes
    ----------
    first
        What is known of its first file.
    """

    slices: tuple[Slice, ...]
    series: Series
    first: StudyFile

    @property
    def title(self) -> str:
        """What it is, in words for a picker."""
        parts = [self.series.modality or _("Picture")]
        if len(self.slices) == 1:
            return _(
                "{kind} · {width} x {height}", kind=parts[0], width=self.first.columns, height=self.first.rows
            )
        if len(self.series.indices) == 1:
            return _("{kind} · {n} frames", kind=parts[0], n=len(self.slices))
        return f"{_('{kind} · {n} slices', kind=parts[0], n=len(self.slices))} · {self.order}"

    @property
    def order(self) -> str:
        """How its slices were put in order."""
        if self.series.ordered_by == "number":
            return _("in the order of their numbers")
        if self.series.ordered_by == "given":
            return _("in the order in which they came")
        if self.series.distance_mm is None:
            return _("in order of position")
        return _("in order of position, {distance:.2g} mm apart", distance=self.series.distance_mm)


@dataclass(frozen=True, eq=False)
class Opened:
    """All that was opened at once.

    Attributes
    ----------
    key
        Tells it from everything else in this session.
    skipped
        What cannot be shown.
    """

    key: str
    files: tuple[File, ...]
    stacks: tuple[Stack, ...]
    skipped: tuple[Skipped, ...]


def secret() -> str:
    """Return this session's key for pseudonyms: 64 hexadecimal digits that no other session has."""
    if "viewer-secret" not in st.session_state:
        st.session_state["viewer-secret"] = secrets.token_hex(32)
    return str(st.session_state["viewer-secret"])


@st.cache_resource(max_entries=1, scope="session", show_spinner=False)
def open_files(key: str, _files: tuple[File, ...]) -> Opened:
    """Return files as series; what was opened last is kept, in memory, for this visitor alone."""
    return read_files(key, _files, secret=secret())


def read_files(key: str, files_given: tuple[File, ...], *, secret: str) -> Opened:
    """Return files as series, unpacked where they are archives.

    Parameters
    ----------
    key
        Names what is opened.
    files_given
        As they were dropped.
    secret
        What pseudonyms of series are made with.
    """
    files: list[File] = []
    skipped: list[Skipped] = []
    for file in files_given:
        try:
            files += _unpacked(file)
        except LightboxError as error:
            skipped.append(Skipped(file.name, error.message))
    kept, left_out = _within_limits(_without_directory(files))
    places: dict[int, StudyFile] = {}
    for number, outcome in ask_places((file.content for file in kept), key=secret):
        if isinstance(outcome, StudyFile):
            places[number] = outcome
        else:
            skipped.append(Skipped(kept[number].name, outcome.message))
    return Opened(key, tuple(kept), _stacks(places), (*skipped, *left_out))


def _stacks(places: dict[int, StudyFile]) -> tuple[Stack, ...]:
    numbers = list(places)
    found = []
    for series in sort_series(list(places.values())):
        first = places[numbers[series.indices[0]]]
        slices = tuple(
            Slice(numbers[index], frame)
            for index in series.indices
            for frame in range(places[numbers[index]].n_frames)
        )
        found.append(Stack(slices, series, first))
    return tuple(found)


def _unpacked(file: File) -> Iterator[File]:
    if archive_kind(file.content[:_HEAD]) is None:
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="lightbox-") as folder:
        archive = Path(folder) / "archive"
        archive.write_bytes(file.content)
        try:
            members = unpack(archive, Path(folder) / "files", budgets=_BUDGETS)
        except OSError as error:
            text = N_("The archive cannot be unpacked ({reason}).")
            raise ImportRefusedError(text, reason=error.strerror or "") from error
        found = [File(member.name, member.path.read_bytes()) for member in members]
    yield from found


def _without_directory(files: list[File]) -> list[File]:
    """Leave out the table of contents of a study, unless it is all that there is."""
    return [file for file in files if len(files) == 1 or PurePosixPath(file.name).name != "DICOMDIR"]


def _within_limits(files: list[File]) -> tuple[list[File], list[Skipped]]:
    kept: list[File] = []
    left_out: list[Skipped] = []
    n_bytes = 0
    for file in files:
        n_bytes += len(file.content)
        if len(kept) < _MOST_FILES and n_bytes <= _MOST_MB * _MEGABYTE:
            kept.append(file)
            continue
        text = N_("The viewer holds {files} files and {size} MB at most; import them as a data set.")
        left_out.append(
            Skipped(file.name, Message(text=text, values={"files": _MOST_FILES, "size": _MOST_MB}))
        )
    return kept, left_out
