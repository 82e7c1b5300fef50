"""Reasons to look at a picture before it is kept: where a name may be written into the pixels themselves.

Covers: kinds of pictures that carry text by habit (ultrasound, endoscopy, secondary capture, screen shots),
what the file says or does not say about it, and what looks like a line of writing near the border.
Does not cover: saying that a picture is free of text. Nothing here can clear a picture; a person has to look.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.images.display import to_uint8
from core.images.elements import walk
from core.images.records import MedicalImage
from core.images.writing_lines import has_writing
from core.language import N_

HABIT: Final = N_(
    "It is of a kind that often carries the patient's name: ultrasound, endoscopy or photograph."
)
CAPTURED: Final = N_("It is a captured screen or a scanned picture, which often carries the patient's name.")
SAYS_YES: Final = N_("The file says that text is burned into its picture.")
SAYS_NOTHING: Final = N_("The file does not say whether text is burned into its picture.")
SEEN: Final = N_("Something that looks like writing stands near the border.")
REASONS: Final = (SAYS_YES, SEEN, HABIT, CAPTURED, SAYS_NOTHING)  # most telling first
# What every DICOM file without the flag has: no reason to look at this one more than at its neighbours.
WEAK: Final = (SAYS_NOTHING,)

Margins = tuple[float, float, float, float]

_MOST_CUT: Final = 0.9  # of height or width
_TALKATIVE: Final = {"US", "IVUS", "IVOCT", "ES", "XC", "GM", "EPS", "DG", "TG"}
_CAPTURES: Final = {"SC", "OT"}
# PS3.4 B.5: secondary capture, and the classes of ultrasound and of visible light (endoscopy, photography).
_CAPTURE_CLASS: Final = "1.2.840.10008.5.1.4.1.1.7"
_TALKATIVE_CLASSES: Final = (
    *("1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.77.1.1"),
    *("1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.14"),
)
_SOP_CLASS, _IMAGE_TYPE, _MODALITY, _FLAG = 0x00080016, 0x00080008, 0x00080060, 0x00280301
_SCREEN: Final = (b"SCREEN", b"CAPTURE", b"RENDERED")  # in Image Type: "SCREEN SAVE", ...


def text_suspicion(
    image: MedicalImage,
    *,
    burned_in_annotation: str | None,
    sop_class: str | None,
    is_screen: bool = False,
    look: bool = True,
) -> tuple[str, ...]:
    """Return the reasons to look for text in a picture, as marked texts, most telling first.

    Parameters
    ----------
    image
        The picture; it is looked at as it is shown with its first window.
    burned_in_annotation
        What DICOM's Burned In Annotation (0028,0301) says: "YES", "NO", or None where it is absent.
    sop_class
        The SOP Class UID, or None.
    is_screen
        Whether its Image Type calls it a captured or rendered screen.
    look
        Whether its pixels are looked at: that takes twice as long as reading a small picture.

    Returns
    -------
    tuple of str
        Out of `REASONS`. Empty means that no reason was found, which is not that there is no text.
    """
    found = set()
    flag = (burned_in_annotation or "").strip().upper()
    if flag == "YES":
        found.add(SAYS_YES)
    elif flag != "NO" and image.source_format == "DICOM":  # other files have no such flag
        found.add(SAYS_NOTHING)
    sop_class = sop_class or ""
    if image.modality in _TALKATIVE or _is_of(sop_class, *_TALKATIVE_CLASSES):
        found.add(HABIT)
    if is_screen or image.modality in _CAPTURES or _is_of(sop_class, _CAPTURE_CLASS):
        found.add(CAPTURED)
    if look and has_writing(_grey(image)):
        found.add(SEEN)
    return tuple(reason for reason in REASONS if reason in found)


def suspicion_of_file(content: bytes, image: MedicalImage, *, look: bool = True) -> tuple[str, ...]:
    """Return the reasons to look for text in the picture that was read from a file: see `text_suspicion`.

    Parameters
    ----------
    content
        The whole file, whose header is looked at if it is DICOM.
    image
        What was read from it, cropped or not.
    look
        Whether its pixels are looked at.
    """
    if image.source_format != "DICOM":
        return text_suspicion(image, burned_in_annotation=None, sop_class=None, look=look)
    wanted = {_SOP_CLASS, _IMAGE_TYPE, _MODALITY, _FLAG}
    found: dict[int, bytes] = {}
    for element in walk(content):
        if element.tag > _FLAG or len(found) == len(wanted):
            break
        if element.tag in wanted:
            found.setdefault(element.tag, element.value.strip(b" \0").upper())
    return text_suspicion(
        image,
        burned_in_annotation=found.get(_FLAG, b"").decode("ascii", "replace") or None,
        sop_class=found.get(_SOP_CLASS, b"").decode("ascii", "replace"),
        is_screen=any(word in found.get(_IMAGE_TYPE, b"") for word in _SCREEN),
        look=look,
    )


def crop(image: MedicalImage, margins: Margins) -> MedicalImage:
    """Return the picture without its margins; all else that is known of it stays.

    Parameters
    ----------
    image
        Any image.
    margins
        Shares of the height or width to cut off: top, right, bottom, left; each at least 0.

    Raises
    ------
    InvalidValueError
        A share is negative or no number, or less than a tenth of the height or width would be left.
    """
    top, right, bottom, left = margins
    is_odd = not all(share >= 0 for share in margins)  # NaN is not >= 0 either
    if is_odd or top + bottom > _MOST_CUT or left + right > _MOST_CUT:
        text = N_("These margins leave too little of the picture: {margins}. At least a tenth has to stay.")
        shown = ", ".join(f"{share:.0%}" for share in margins)
        raise InvalidValueError(text, margins=shown)
    height, width = image.values.shape[:2]
    rows = slice(round(top * height), max(height - round(bottom * height), round(top * height) + 1))
    columns = slice(round(left * width), max(width - round(right * width), round(left * width) + 1))
    return replace(image, values=np.ascontiguousarray(image.values[rows, columns]))


def _is_of(sop_class: str, *families: str) -> bool:
    return any(sop_class == family or sop_class.startswith(f"{family}.") for family in families)


def _grey(image: MedicalImage) -> NDArray[np.uint8]:
    """Return the picture as it is shown, in grey: text is often coloured, so the brightest channel counts."""
    shown = image.values if _is_plain(image) else to_uint8(image)
    return np.asarray(shown.max(axis=2) if shown.ndim == 3 else shown)


def _is_plain(image: MedicalImage) -> bool:
    return image.values.dtype == np.uint8 and not image.windows and not image.inverted
