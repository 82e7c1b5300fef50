"""What the importer says about a source."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from core.datasets.records import Columns
from core.language import Message

# What the de-identifying allow-list lets through of a patient: kept where the importer asks for it.
DICOM_ATTRIBUTES: Final = ("age_band", "sex", "view", "laterality", "body_part")
HEADER_LABELS: Final = (*DICOM_ATTRIBUTES, "modality")  # what may be the classes of a DICOM study
HEADER: Final = "header:"
NO_COLUMN: Final = ""

_Margin = Annotated[float, Field(ge=0, lt=1)]


class ImportOptions(BaseModel):
    """What the importer says about a source; what is None is found out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    labels_csv: str | None = None
    image_column: str | None = None
    label_column: str | None = None
    patient_column: str | None = None  # NO_COLUMN: none of them, though one may look like it
    split_column: str | None = None  # likewise
    keep_columns: tuple[str, ...] = ()
    patient_pattern: str | None = (
        None  # regex on the file name: its first group, or all of it, is the patient
    )
    labels_from: str | None = None  # "folder", "table", or "header:" and one of HEADER_LABELS
    unlabelled: bool = False  # all images get the class UNLABELLED, to be labelled afterwards
    findings_column: str | None = None  # where it names several findings of an image: which column does
    finding: str | None = None  # this one against the rest
    margins: tuple[_Margin, _Margin, _Margin, _Margin] | None = (
        None  # to cut off: shares of the height or width at the top, right, bottom, left
    )
    window: int = Field(default=0, ge=0)  # which of the windows that a file proposes, best first
    skip_suspicious: bool = False  # leave out images that may have text burned in
    title: str | None = None  # what a catalogue knows of a set; None: the name, and nothing
    description: str | None = None
    licence: str | None = None
    caveats: tuple[Message, ...] = ()  # to be said wherever the data set is shown, beside those of the import

    @property
    def asked_columns(self) -> Columns:
        """The columns of a table that are named, with what is kept of it."""
        return Columns(
            image=self.image_column,
            label=self.label_column or self.findings_column,
            patient=self.patient_column,
            split=self.split_column,
            kept=tuple(name for name in self.keep_columns if name not in DICOM_ATTRIBUTES),
        )

    @property
    def header_label(self) -> str | None:
        """The attribute of the DICOM header that gives the classes, or None."""
        source = self.labels_from or ""
        return source.removeprefix(HEADER) if source.startswith(HEADER) else None
