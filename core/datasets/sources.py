"""What an import is made from, whatever its layout: a list of entries that can be read one by one."""

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.datasets.given_values import GivenValues
from core.datasets.plan import AttributeProposal, ColumnFacts, FindingCount, Layout
from core.datasets.records import Columns, SkippedFile, SplitName
from core.errors import UnreadableImageError
from core.images import MedicalImage, read
from core.language import N_, Message

MAX_FILE_BYTES: Final = 1024**3
_SPLITS: Final[dict[str, SplitName]] = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), "val"),
    **dict.fromkeys(("test", "testing", "tst", "holdout"), "test"),
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)  # there may be a hundred thousand
class Entry:
    """One image of a source: where its bytes are, and what the source says of it.

    Exactly one of `path`, `array` and `problem` is given.

    Attributes
    ----------
    name
        How the source calls it: shown to the importer, never kept.
    label
        Its class; None where the source gives it none.
    path
        The file that holds it.
    array
        Gives its pixels where it lies in an array that needs no decoding.
    patient
        Who it shows, as the source says it; None where it does not.
    kept
        What the source says in the columns that the importer asked for.
    given
        What the table of an export says of its values.
    problem
        Why it cannot be had, where that is known already.
    """

    name: str
    label: str | None
    path: Path | None = None
    array: Callable[[], MedicalImage] | None = None
    patient: str | None = None
    split: SplitName | None = None
    kept: dict[str, str] = field(default_factory=dict)
    given: GivenValues | None = None
    problem: Message | None = None

    def load(self) -> MedicalImage:
        """Read it in this process; UnreadableImageError if that cannot be done."""
        if self.problem is not None:
            raise UnreadableImageError(self.problem.text, **self.problem.values)
        if self.array is not None:
            return self.array()
        image = read(read_bytes(self.path or Path()))
        return self.given.given_to(image) if self.given else image


@dataclass(frozen=True, eq=False)
class Source:
    """All entries of a source, in its order.

    Attributes
    ----------
    class_names
        In their order; None: in that of `order_classes`.
    n_unlisted
        How many images a table does not name.
    ignored
        What lies there and is no image: names and reasons.
    findings, finding
        What it names of each image, where that may be several, and the one that the labels are about.
    caveats
        What the labels leave out.
    question
        What has to be said before this can be imported.
    label_sources, tables
        Where else the labels could come from: folders, tables.
    column_facts, attributes
        Look at the columns of its table: what they are, and which may be kept.
    """

    layout: Layout
    entries: Sequence[Entry]
    columns: Columns = Columns()
    class_names: tuple[str, ...] | None = None
    is_dicom: bool = False
    n_unlisted: int = 0
    ignored: tuple[tuple[str, Message], ...] = ()
    findings: tuple[FindingCount, ...] = ()
    finding: str | None = None
    caveats: tuple[Message, ...] = ()
    question: Message | None = None
    label_sources: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    column_facts: Callable[[], tuple[ColumnFacts, ...]] = tuple
    attributes: Callable[[], tuple[AttributeProposal, ...]] = tuple
    close: Callable[[], None] = lambda: None

    def passed_by(self) -> list[SkippedFile]:
        """Return what is ignored, with places in the source that come after those of the entries."""
        places = enumerate(self.ignored, start=len(self.entries) + 1)
        return [SkippedFile(ordinal=ordinal, file=name, reason=why) for ordinal, (name, why) in places]


def split_of(name: str) -> SplitName | None:
    """Return the side that a name of a folder or a value of a table stands for: "Training" is train."""
    return _SPLITS.get(name.strip().lower())


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; what goes wrong never names the file, for a name may be a patient's.

    Raises
    ------
    UnreadableImageError
        It cannot be opened, is larger than 1 GiB, or has no end.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableImageError(N_("It is no file that can be read to its end."))
            if status.st_size > MAX_FILE_BYTES:
                raise UnreadableImageError(N_("The file is larger than 1 GiB."))
            return file.read()
    except IsADirectoryError as error:
        raise UnreadableImageError(N_("It is no file that can be read to its end.")) from error
    except OSError as error:
        raise UnreadableImageError(N_("The file cannot be opened.")) from error


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe that nobody writes to opens too
