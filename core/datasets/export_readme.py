"""The README.txt of an export: what the data are, what they are not for, how to read them."""

from core.datasets.records import DatasetInfo
from core.language import _, ngettext


def readme(info: DatasetInfo, n_rounded: int, largest_error: float) -> bytes:
    """Return the text, in the language of this context, as UTF-8.

    Parameters
    ----------
    info
        The data set.
    n_rounded, largest_error
        How many pictures have values that are not exactly those of the data set, and by how much at most.
    """
    parts = [
        [info.title, "=" * max(8, len(info.title))],
        _purpose(info),
        _counts(info),
        _files(info),
        _values(n_rounded, largest_error),
        [str(caveat) for caveat in info.caveats],
    ]
    return ("\r\n\r\n".join("\r\n".join(part) for part in parts if part) + "\r\n").encode("utf-8-sig")


def _purpose(info: DatasetInfo) -> list[str]:
    return [
        _("For teaching and demonstration, never for diagnosis."),
        _("SIMULATED: drawn by a program. No patient is behind these images.")
        if info.simulated
        else _("Real images, without names. A rare finding may still point to a person: handle with care."),
        _("Licence: {licence}", licence=info.licence)
        if info.licence
        else _("Licence: not known. Ask whoever gave you the images before you hand them on."),
        *([_(info.description)] if info.description else []),
    ]


def _counts(info: DatasetInfo) -> list[str]:
    patients = _("not known") if info.n_patients is None else str(info.n_patients)
    splits = [f"{name} {n}" for name, n in (info.splits or {}).items()]
    return [
        _("Images: {n}. Patients: {patients}.", n=info.n_images, patients=patients),
        _("Classes: {counts}", counts=", ".join(f"{name} {n}" for name, n in info.class_counts.items())),
        *([_("Positive class: {name}", name=info.positive_class)] if info.positive_class else []),
        *([_("Split that the data came with: {counts}", counts=", ".join(splits))] if splits else []),
        _("Revision: {revision}", revision=info.revision),
        *(
            [ngettext("One label was changed by hand.", "{n} changes of labels by hand.", info.n_edits)]
            if info.n_edits
            else []
        ),
    ]


def _files(info: DatasetInfo) -> list[str]:
    return [
        _("labels.csv has a row for each picture in images/: file, label, patient and split where known."),
        _("Patients are numbered for this export alone; their pseudonyms and the key to them are not in it."),
        _("A cell that begins with an apostrophe has it so that no spreadsheet takes it for a formula."),
        *([_("The masks of the findings are not in it.")] if info.has_masks else []),
        _("Lightbox reads it back: import the unpacked folder."),
    ]


def _values(n_rounded: int, largest_error: float) -> list[str]:
    text = _(
        "Where labels.csv has value_slope and value_offset, value = value_slope x pixel + value_offset, for"
        " example in Hounsfield units."
    )
    if not n_rounded:
        return [text, _("All values are exact.")]
    rounded = _(
        "{n} pictures hold more than 65,536 steps or fractions: their values are off by up to {error:.3g}.",
        n=n_rounded,
        error=largest_error,
    )
    return [text, rounded]
