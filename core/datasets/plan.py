"""What a source was recognised as, to be shown before anything of it is kept.

It names files and shows values of tables, which may be those of patients: it is for the eyes of the importer,
and on disk it stands only in the staging folder.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.datasets.records import Columns, SkippedFile
from core.language import Message

Layout = Literal["folders", "split_folders", "csv", "npz", "dicom"]
Role = Literal["image", "label", "findings", "patient", "split", "attribute"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnFacts(_Record):
    """What can be seen of a column of a table."""

    name: str
    n_distinct: int  # without empty ones
    n_empty: int
    examples: tuple[str, ...]  # at most 3, cut at 40 characters; none where they would tell who it is
    roles: tuple[Role, ...]  # what it could be taken for


class FindingCount(_Record):
    """How often a finding is named by a source that names several for an image."""

    name: str
    n_images: int
    n_alone: int  # images that show nothing else


class AttributeProposal(_Record):
    """A column, or an attribute of the DICOM header, that may be kept."""

    name: str
    kind: Literal["age band", "few values", "header"]
    n_values: int
    proposed: bool  # False: it could be kept, but says little


class Preview(_Record):
    """One of the first pictures, spread over the classes."""

    name: str
    label: str | None
    index: int  # of its entry
    picture: str | None = None  # a PNG in previews/ of the staging folder, at most 256 pixels a side
    problem: Message | None = None  # why it cannot be shown


class ImportPlan(_Record):
    """What a source was recognised as, and what would be imported."""

    layout: Layout
    is_dicom: bool
    n_files: int  # images that are listed, those that will be skipped included
    class_counts: dict[str, int]
    splits: dict[str, int] | None
    columns: Columns
    n_patients: int | None = None
    question: Message | None = None  # what has to be said before this can be imported
    label_sources: tuple[str, ...] = ()  # what labels_from may be here
    tables: tuple[str, ...] = ()  # tables beside the images
    column_facts: tuple[ColumnFacts, ...] = ()
    findings: tuple[FindingCount, ...] = ()
    finding: str | None = None  # the one that class_counts are about
    attributes: tuple[AttributeProposal, ...] = ()
    skips: tuple[SkippedFile, ...] = ()  # the first 200
    n_skips: int = 0
    n_unlisted: int = 0  # images that the table does not name
    previews: tuple[Preview, ...] = ()
    n_series: int | None = None  # of the DICOM headers that were looked at
    modalities: dict[str, int] = {}
    n_headers: int = 0  # how many DICOM headers were looked at
    windows: tuple[str, ...] = ()  # that a DICOM file proposes, where there are several
    n_looked_at: int = 0  # how many images were read for real
    n_unreadable: int = 0  # of these
    text_reasons: dict[str, int] = {}  # marked texts: why text may be burned in, and in how many of these
    caveats: tuple[Message, ...] = ()  # what the import would leave out
    notes: tuple[Message, ...] = ()
