"""What an importer has to choose, of all that a plan offers, before a source can be imported."""

import csv
import io
from collections.abc import Iterable
from itertools import count
from typing import Final, Literal

from core.datasets.exporting import safe_cell
from core.datasets.options import ImportOptions
from core.datasets.plan import ImportPlan
from core.datasets.store import check_new_name
from core.errors import UserError
from core.images.burned_in import WEAK

Need = Literal["table", "image", "label", "finding", "classes"]
FROM_NOWHERE: Final = "unlabelled"  # beside the label sources of a plan

# What changes nothing of what is recognised.
_AFTERWARDS: Final = {"name", "keep_columns", "margins", "skip_suspicious", "title", "description", "licence"}


def needs(plan: ImportPlan, options: ImportOptions) -> tuple[Need, ...]:
    """Return which choices answer the plan's question; none if it has none."""
    if plan.question is None:
        return ()
    if len(plan.tables) > 1 and options.labels_csv is None and plan.layout == "csv":
        return ("table",)
    if plan.findings and options.finding is None and plan.class_counts:
        return ("finding",)
    if plan.layout != "csv":
        return ("classes",)
    if plan.columns.image is None or (plan.columns.label is not None and not plan.class_counts):
        return ("image",)
    return ("label", "classes")


def must_look_again(before: ImportOptions, after: ImportOptions) -> bool:
    """Tell whether other options make another plan."""
    return before.model_dump(exclude=_AFTERWARDS) != after.model_dump(exclude=_AFTERWARDS)


def class_source(plan: ImportPlan, options: ImportOptions) -> str | None:
    """Return where the classes come from: as `labels_from` says it, or FROM_NOWHERE; None: not known yet."""
    if options.unlabelled:
        return FROM_NOWHERE
    if options.labels_from is not None:
        return options.labels_from
    if plan.layout == "csv":
        return "table"
    return "folder" if plan.class_counts else None


def class_sources(plan: ImportPlan) -> tuple[str, ...]:
    """Return all places that the classes may come from; one of them is nowhere yet."""
    return (*plan.label_sources, FROM_NOWHERE)


def with_changes(options: ImportOptions, **changes: object) -> ImportOptions:
    """Return the options with some of them changed, and without what no longer belongs to them.

    With another source of the classes the columns go, with another table its columns, and with another
    column the finding that it named.
    """
    if changes.get("labels_from", options.labels_from) != options.labels_from:
        changes = {"labels_csv": None, **_NO_COLUMNS, **changes}
    elif changes.get("labels_csv", options.labels_csv) != options.labels_csv:
        changes = {**_NO_COLUMNS, **changes}
    elif changes.get("label_column", options.label_column) != options.label_column:
        changes = {"finding": None, "findings_column": None, **changes}
    return ImportOptions.model_validate({**options.model_dump(), **changes})


_NO_COLUMNS: Final = {
    "image_column": None,
    "label_column": None,
    "patient_column": None,
    "split_column": None,
    "findings_column": None,
    "finding": None,
    "keep_columns": (),
}


def strong_reasons(plan: ImportPlan) -> dict[str, int]:
    """Return why text may be burned in, with the number of images, without what every DICOM file has."""
    return {reason: n for reason, n in plan.text_reasons.items() if reason not in WEAK}


def weak_reasons(plan: ImportPlan) -> dict[str, int]:
    """Return the reasons that tell little."""
    return {reason: n for reason, n in plan.text_reasons.items() if reason in WEAK}


def propose_name(base: str = "my-images") -> str:
    """Return a name that is free: never made of file names, which may be those of patients."""
    names = (base if number == 1 else f"{base}-{number}" for number in count(1))
    return next(name for name in names if _is_free(name))


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Return a table as CSV that a spreadsheet opens as text: with its mark, and no cell a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([safe_cell(str(cell)) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _is_free(name: str) -> bool:
    try:
        check_new_name(name)
    except UserError:
        return False
    return True
