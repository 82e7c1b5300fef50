"""The kinds of identifying things that a picture's file may hold, and which DICOM attribute is of which kind.

The attributes are those of table E.1-1 of DICOM PS3.15, edition 2026c (identifying_attributes.csv, with two
ranges of groups here); the grouping into kinds that a reader can picture is our own.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Final

from core.language import N_

PATIENT_NAME: Final = N_("the patient's name")
PATIENT_ID: Final = N_("the patient's ID and other numbers of the patient")
BIRTH_DATE: Final = N_("date of birth")
PATIENT_FACT: Final = N_("age, sex, diagnoses and other facts about the patient")
CONTACT: Final = N_("addresses, telephone numbers, links")
DATE: Final = N_("other dates and times")
ORDER_NUMBER: Final = N_("accession, study and order numbers")
PERSON: Final = N_("physicians, operators and other people")
INSTITUTION: Final = N_("hospital, department or station")
DEVICE: Final = N_("devices and their serial numbers")
TRIAL: Final = N_("names and numbers of a clinical trial")
UID: Final = N_("unique identifiers (UIDs)")
TEXT: Final = N_("free text: descriptions and comments")
DRAWING: Final = N_("overlays and drawn annotations")
EMBEDDED: Final = N_("a second picture or a document inside the file")
PRIVATE: Final = N_("private elements of a manufacturer or a program")
PREAMBLE: Final = N_("bytes before the header (the preamble)")
FACE: Final = N_("a head scan, from whose series a face could be rebuilt")
GPS: Final = N_("position (GPS)")
CAMERA: Final = N_("camera, its serial number or its owner")
PICTURE_TEXT: Final = N_("text beside the picture: title, author, comment, software")
XMP: Final = N_("XMP metadata of a picture editor")
IPTC: Final = N_("IPTC or Photoshop metadata")
BEHIND: Final = N_("bytes behind the end of the picture")

_BY_CODE: Final[dict[str, str]] = {
    "patient_name": PATIENT_NAME,
    "patient_id": PATIENT_ID,
    "birth_date": BIRTH_DATE,
    "patient_fact": PATIENT_FACT,
    "contact": CONTACT,
    "date": DATE,
    "order_number": ORDER_NUMBER,
    "person": PERSON,
    "institution": INSTITUTION,
    "device": DEVICE,
    "trial": TRIAL,
    "uid": UID,
    "text": TEXT,
    "drawing": DRAWING,
    "embedded": EMBEDDED,
    "gps": GPS,
    "camera": CAMERA,
}
# Most telling first: the order in which a report names them.
KINDS: Final = (
    *(PATIENT_NAME, BIRTH_DATE, PATIENT_ID, CONTACT, GPS, FACE, PATIENT_FACT, ORDER_NUMBER, PERSON),
    *(INSTITUTION, TRIAL, DATE, DEVICE, CAMERA, TEXT, PICTURE_TEXT, XMP, IPTC, DRAWING, EMBEDDED, PRIVATE),
    *(BEHIND, PREAMBLE, UID),
)
_TABLE: Final = Path(__file__).with_name("identifying_attributes.csv")


def kind_of_tag(tag: int) -> str | None:
    """Return the kind that a DICOM attribute is of, or None for one that says nothing of anybody."""
    group = tag >> 16
    if group % 2:
        return PRIVATE
    if group & 0xFF00 in (0x5000, 0x6000):  # curves and overlays: repeating groups, PS3.5 section 7.6
        return DRAWING
    return _attributes().get(tag)


@cache
def _attributes() -> dict[int, str]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {int(row["tag"], 16): _BY_CODE[row["kind"]] for row in csv.DictReader(file)}
