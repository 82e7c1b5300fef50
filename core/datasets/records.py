"""What is known of a data set, of one of its samples, and of a way to split it."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.errors import InvalidValueError
from core.images.identity import IdentityCounts
from core.language import N_, Message

SplitName = Literal["train", "val", "test"]
SPLIT_NAMES: tuple[SplitName, ...] = ("train", "val", "test")
Part = Literal["train", "val", "test", "all"]  # what can be judged: "all" is for another data set, whole
PARTS: tuple[Part, ...] = (*SPLIT_NAMES, "all")
UNLABELLED: Final = "unlabelled"  # the class of a study that came without classes, until it is labelled


class Columns(BaseModel):
    """Which columns of a table were taken for what; None where there was none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str | None = None
    label: str | None = None
    patient: str | None = None
    split: str | None = None
    kept: tuple[str, ...] = ()


class PatientOverlap(BaseModel):
    """How many patients, and how many different pictures, stand in more than one split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_patients: int = 0
    n_duplicate_images: int = 0


class DatasetInfo(BaseModel):
    """dataset.json: all that is known of a data set without opening its table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset_id: str
    title: str
    description: str = ""
    licence: str = ""
    simulated: bool = False
    source: Literal["phantoms", "folders", "split_folders", "csv", "npz", "dicom"]
    n_images: int
    n_patients: int | None = None
    class_names: tuple[str, ...]
    positive_class: str | None = None  # only with two classes
    class_counts: dict[str, int]
    splits: dict[str, int] | None = None  # the source's own split, None if it had none
    overlap: PatientOverlap | None = None  # of the source's own split
    columns: Columns = Columns()
    attributes: tuple[str, ...] = ()  # columns of samples.parquet that the importer opted in
    n_channels: Literal[1, 3] = 1
    n_skipped: int = 0
    has_masks: bool = False
    former_names: tuple[str, ...] = ()  # under which runs may still know it
    n_edits: int = 0  # lines of edits.jsonl
    class_order: tuple[str, ...] = ()  # once labels were edited: every class it ever had, in order
    caveats: tuple[Message, ...] = ()  # what the import left out: said wherever the data set is shown
    revision: str  # first 16 hex digits of the sha256 over the sample table
    created_at: str  # ISO 8601, UTC

    def is_called(self, name: str) -> bool:
        """Tell whether `name` is this data set's name, or was."""
        return name == self.dataset_id or name in self.former_names


class SplitConfig(BaseModel):
    """How samples are divided: stratified by label, grouped by patient."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: Literal["source", "70/20/10", "80/10/10", "k-fold"] = Field(
        default="source",
        title=N_("Split"),
        description=N_(
            "How patients are divided into training, validation and test. 'source' keeps the split that the"
            " data came with, and means 70/20/10 where it came with none. 'k-fold' cuts all patients into"
            " equal parts, so that each can be the test part once."
        ),
    )
    n_folds: int = Field(
        default=5,
        ge=3,
        le=10,
        title=N_("Folds"),
        description=N_("For 'k-fold' alone: into how many parts the patients are cut."),
    )
    fold: int = Field(
        default=1,
        ge=1,
        le=10,
        title=N_("Test fold"),
        description=N_("For 'k-fold' alone: which part is the test; the next one is the validation."),
    )
    by_patient: bool = Field(
        default=True,
        title=N_("Keep patients together"),
        description=N_(
            "All images of a patient go to the same side. Switch it off only to see what leakage does."
        ),
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title=N_("Split seed"),
        description=N_("Another seed divides the patients differently."),
    )
    labels: Literal["given", "random"] = Field(
        default="given",
        title=N_("Labels"),
        description=N_(
            "'random' draws a class for each patient by lot, as a control: nothing can be learned but who is"
            " who, so every score above guessing is leak."
        ),
    )

    @model_validator(mode="after")
    def _fold_exists(self) -> "SplitConfig":
        if self.scheme == "k-fold" and self.fold > self.n_folds:
            text = N_("There is no fold {fold}: the split has {n_folds}. Choose fold 1 to {n_folds}.")
            raise InvalidValueError(text, fold=self.fold, n_folds=self.n_folds)
        return self


class SkippedFile(BaseModel):
    """A file that did not become a sample, and why.

    Its name is shown once to who imports; on disk there is only the ordinal, for a name may be a patient's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ordinal: int = Field(ge=1)  # its place in the source
    file: str
    reason: Message


class ImportReport(BaseModel):
    """How an import ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    info: DatasetInfo
    skipped: tuple[SkippedFile, ...] = ()
    n_unlisted: int = 0  # files in the folder that the table does not name
    identity: IdentityCounts = (
        IdentityCounts()
    )  # kinds of identifying facts, and in how many files: no values
    text_reasons: dict[str, int] = {}  # marked texts: why text may be burned in, and in how many images
    n_looked: int = 0  # images in whose pixels writing was looked for; of a large source not all
    suspicious: tuple[int, ...] = ()  # the sample ids of these images, for somebody to look at
