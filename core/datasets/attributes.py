"""Which further columns may be kept as attributes: ages as bands, and columns of few values.

Covers: names, free text, identifiers, dates and contacts are told by the column's name and by its values, and
are never offered nor kept. Does not cover: a short word that is a name in a column whose name does not say
so; that is why each column is opted in by somebody who has looked.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal

import pandas as pd

from core.datasets.columns import words_of
from core.datasets.plan import AttributeProposal
from core.datasets.table import COLUMNS
from core.errors import InvalidValueError
from core.images.deidentification import age_band
from core.language import N_

MOST_VALUES: Final = 20
_PROPOSED_VALUES: Final = 12
_LONGEST: Final = 40
_MOST_WORDS: Final = 4
_AGE_WORDS: Final = {"age", "ages", "alter", "edad", "年龄"}
_PRIVATE_WORDS: Final = {
    *("names", "initials", "id", "ids", "uid", "uuid", "mrn", "ssn", "nhs", "accession", "identifier"),
    *("key", "code", "person", "born", "date", "datetime", "time", "timestamp", "day", "year", "city", "zip"),
    *("mobile", "fax", "email", "mail", "insurance", "occupation", "religion", "employer", "comment"),
    *("comments", "remark", "remarks", "note", "notes", "report", "text", "description", "history"),
    *("indication", "impression", "conclusion", "file", "path", "filepath", "url", "link"),
    # Who took part: by role, and where.
    *("operator", "nurse", "reader", "readers", "rater", "author", "referrer", "referring", "referred"),
    *("performed", "performing", "reported", "reviewed", "reviewer", "annotator", "annotated", "labeller"),
    *("labeler", "labelled", "expert", "consultant", "hospital", "clinic", "ward", "institution", "station"),
    # German, French, Spanish, Italian
    *("geb", "datum", "arzt", "befund", "bemerkung", "klinik", "krankenhaus", "adresse", "nom", "prenom"),
    *("prénom", "médecin", "hôpital", "apellido", "apellidos", "fecha", "médico", "medico", "cognome"),
    *("姓名", "身份证", "电话", "地址", "备注", "出生日期", "日期", "医生", "病历号", "住院号"),
}
# These tell it inside a longer word too: patientname, Nachname, dateofbirth.
_PRIVATE_PARTS: Final = (
    *("name", "nombre", "birth", "geburt", "naissance", "nacimiento", "address", "street", "postcode"),
    *("phone", "telefon", "physician", "doctor", "radiologist", "surgeon", "clinician", "technician"),
    *("technologist", "maiden", "versicher"),
)
_TITLED: Final = re.compile(
    r"(?:dr|prof|mr|mrs|ms|miss|frau|herr|mme|sr|sra)(?:\.|\s).*|.*(?:先生|女士|医生)", re.I
)
_LAST_FIRST: Final = re.compile(r"[^\W\d_]{2,}, ?[A-Z][^\W\d_]*\.?")
_DATE: Final = re.compile(r"(?:\d{4}[-/.]?\d{2}[-/.]?\d{2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[ T].*)?")
_IDENTIFIER: Final = re.compile(r"[\d.]{12,}|.*\d{6,}.*|.*[\^@].*|[0-9a-f-]{16,}", re.IGNORECASE)
_AGE: Final = re.compile(r"(\d{1,3})(?:\.\d+)?\s*(?:[yY](?:ears?|rs?)?)?")
_OLDEST: Final = 120
_SHARE_OF_AGES: Final = 0.9

Kind = Literal["age band", "few values"]


def tells_who(column: str) -> bool:
    """Tell whether a column's name says that it holds names, identifiers, dates or free text."""
    words = [*words_of(column), column.strip().lower()]
    return any(word in _PRIVATE_WORDS or any(part in word for part in _PRIVATE_PARTS) for word in words)


def kind_of(column: "pd.Series[str]") -> Kind | None:
    """Return as what a column may be kept, or None where it may not."""
    name = str(column.name)
    values = [value for value in column.unique() if value]
    if {*words_of(name), name.strip()} & _AGE_WORDS:
        return "age band" if _are_ages(values) else None
    if not values or tells_who(name) or len(values) > MOST_VALUES:
        return None
    is_repeated = len(values) <= max(2, len(column) // 3)
    return "few values" if is_repeated and all(map(_is_harmless, values)) else None


def propose(table: pd.DataFrame, taken: Iterable[str | None]) -> tuple[AttributeProposal, ...]:
    """Return the columns that may be kept, without what is something else or has a name that is taken."""
    used = {*taken, *COLUMNS}
    found = []
    for name in map(str, table):
        kind = kind_of(table[name]) if name not in used else None
        if kind is not None:
            n_values = len({kept_value(kind, value) for value in table[name].unique()} - {None})
            is_useful = 1 < n_values <= _PROPOSED_VALUES
            found.append(AttributeProposal(name=name, kind=kind, n_values=n_values, proposed=is_useful))
    return tuple(found)


def check_kept(table: pd.DataFrame, names: Iterable[str]) -> dict[str, Kind]:
    """Return as what each of these columns is kept.

    Raises
    ------
    InvalidValueError
        One may hold names, free text, identifiers or dates.
    """
    kinds = {name: kind_of(table[name]) for name in names}
    for name, kind in kinds.items():
        if kind is None:
            text = N_(
                "The column '{column}' cannot be kept: only ages and columns of at most {most} repeated short"
                " values are, never names, dates, identifiers or free text."
            )
            raise InvalidValueError(text, column=name, most=MOST_VALUES)
    return {name: kind for name, kind in kinds.items() if kind is not None}


def kept_value(kind: Kind, value: str) -> str | None:
    """Return what is kept of a value: an age as its band ("40-49", "80+"), other values as they are."""
    if kind == "few values":
        return value or None
    years = _years(value)
    if years is None:
        return None
    return age_band(f"{years:03d}Y")


def _are_ages(values: list[str]) -> bool:
    n_ages = sum(_years(value) is not None for value in values)
    return n_ages > 0 and n_ages >= _SHARE_OF_AGES * len(values)


def _years(value: str) -> int | None:
    match = _AGE.fullmatch(value)
    years = int(match[1]) if match else None
    return years if years is not None and years <= _OLDEST else None


def may_tell_who(value: str) -> bool:
    """Tell whether a value looks like a person's name, number or date, or an address."""
    return any(pattern.fullmatch(value) for pattern in (_DATE, _IDENTIFIER, _TITLED, _LAST_FIRST))


def _is_harmless(value: str) -> bool:
    return len(value) <= _LONGEST and len(value.split()) <= _MOST_WORDS and not may_tell_who(value)
