"""Let through of a DICOM file what a learner of images needs, and nothing of who it shows.

An allow-list copied into a new data set: whatever is not named here is gone, private or not, known or not.

Covers: every attribute of PS3.15 table E.1-1, private attributes, nested items, the preamble, the file meta
information; coded values are kept only where they are one of the words listed here.
Does not cover: text burned into the picture, and a face that can be rebuilt from a head scan.
"""

import re
from collections.abc import Callable
from typing import Final

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

_SEX: Final = {"M", "F", "O"}
_SIDE: Final = {"L", "R", "B", "U"}
# PS3.3 C.8.11.3.1.2 and C.8.7: the defined terms of View Position, and what chest devices write beside them.
_VIEW: Final = {
    "AP",
    "PA",
    "LL",
    "RL",
    "RLD",
    "LLD",
    "RLO",
    "LLO",
    "LAT",
    "LATERAL",
    "CC",
    "MLO",
    "ML",
    "LM",
    "XCCL",
}
_BODY_PART: Final = {
    *("ABDOMEN", "ANKLE", "ARM", "BRAIN", "BREAST", "CHEST", "CSPINE", "ELBOW", "EXTREMITY", "EYE", "FOOT"),
    *(
        "HAND",
        "HEAD",
        "HEART",
        "HIP",
        "KNEE",
        "LEG",
        "LSPINE",
        "NECK",
        "PELVIS",
        "SHOULDER",
        "SKULL",
        "SPINE",
    ),
    *("THORAX", "TSPINE", "WRIST"),
}
_MODALITY: Final = {
    *("CR", "CT", "DX", "ES", "GM", "IO", "IVUS", "MG", "MR", "NM", "OP", "OPT", "OT", "PT", "PX", "RF"),
    *("RTDOSE", "RTIMAGE", "SC", "SEG", "SM", "US", "XA", "XC"),
}
_PHOTOMETRIC: Final = {
    *("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"),
    *("YBR_PARTIAL_420", "YBR_PARTIAL_422"),
}
_YES_NO: Final = {"YES", "NO"}
_VOI: Final = {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
_WINDOW_NAMES: Final = {
    *("ABDOMEN", "BONE", "BRAIN", "CHEST", "HARDER", "LUNG", "LUNGS", "MEDIASTINUM", "NORMAL", "SOFT TISSUE"),
    *("SOFTER", "STANDARD", "WINDOW1", "WINDOW2", "WINDOW3"),
}

# Coded text: kept only where it is one of the listed words.
WORDS: Final[dict[str, set[str]]] = {
    "BodyPartExamined": _BODY_PART,
    "BurnedInAnnotation": _YES_NO,
    "ImageLaterality": _SIDE,
    "Laterality": _SIDE,
    "LossyImageCompression": {"00", "01"},
    "Modality": _MODALITY,
    "PatientSex": _SEX,
    "PhotometricInterpretation": _PHOTOMETRIC,
    "PixelPresentation": {"COLOR", "MONOCHROME", "MIXED", "TRUE_COLOR"},
    "PresentationLUTShape": {"IDENTITY", "INVERSE"},
    "RescaleType": {"HU", "US", "OD"},
    "ViewPosition": _VIEW,
    "VOILUTFunction": _VOI,
    "WindowCenterWidthExplanation": _WINDOW_NAMES,
}
# Numbers and tables: they cannot hold a name.
NUMBERS: Final = (
    *(
        "BitsAllocated",
        "BitsStored",
        "Columns",
        "HighBit",
        "ImagerPixelSpacing",
        "NominalScannedPixelSpacing",
    ),
    *(
        "NumberOfFrames",
        "PixelAspectRatio",
        "PixelPaddingRangeLimit",
        "PixelPaddingValue",
        "PixelRepresentation",
    ),
    *("PixelSpacing", "PlanarConfiguration", "RescaleIntercept", "RescaleSlope", "Rows", "SamplesPerPixel"),
    *("SliceThickness", "WindowCenter", "WindowWidth", "LUTDescriptor", "ExtendedOffsetTable"),
    *("ExtendedOffsetTableLengths", "FloatPixelPaddingValue", "DoubleFloatPixelPaddingValue"),
)
TABLES: Final = (
    *(f"{colour}PaletteColorLookupTableDescriptor" for colour in ("Red", "Green", "Blue")),
    *(f"{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    *("LUTData", "PixelData", "FloatPixelData", "DoubleFloatPixelData"),
)
# Sequences: rebuilt item by item with the same list.
SEQUENCES: Final = (
    *(
        "FrameVOILUTSequence",
        "ModalityLUTSequence",
        "PerFrameFunctionalGroupsSequence",
        "PixelMeasuresSequence",
    ),
    *("PixelValueTransformationSequence", "SharedFunctionalGroupsSequence", "VOILUTSequence"),
)
UIDS: Final = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
# Looked at here and not handed on as they are.
LOOKED_AT: Final = ("PatientAge", "PatientID", "SOPClassUID")
KEYWORDS: Final = (*WORDS, *NUMBERS, *TABLES, *SEQUENCES, *UIDS, *LOOKED_AT)

_AGE = re.compile(r"\s*(\d{1,3})\s*([DWMY]?)\s*")
_SOP_CLASS = re.compile(r"1\.2\.840\.10008\.5\.1\.4\.[0-9.]{1,40}")


def deidentify(dataset: Dataset, *, new_uid: Callable[[str], str] | None = None) -> FileDataset:
    """Return a new data set that holds what the allow-list lets through.

    Parameters
    ----------
    dataset
        Any data set; it is left as it is.
    new_uid
        Gives the UID that stands for an old one; by default each is new and random.

    Returns
    -------
    FileDataset
        With a zeroed preamble, a new file meta group, new UIDs and Patient Identity Removed = YES:
        PS3.15 E.1.1.
    """
    meta = FileMetaDataset()
    old_meta = getattr(dataset, "file_meta", None)
    meta.TransferSyntaxUID = getattr(old_meta, "TransferSyntaxUID", None) or ExplicitVRLittleEndian
    clean = FileDataset(None, {}, preamble=b"\0" * 128, file_meta=meta)  # type: ignore[arg-type]
    clean.set_original_encoding(*dataset.original_encoding)
    _copy(dataset, clean)
    for keyword in UIDS:
        if keyword in dataset:
            setattr(clean, keyword, (new_uid or _random_uid)(str(dataset[keyword].value)))
    if _SOP_CLASS.fullmatch(str(dataset.get("SOPClassUID", ""))):
        clean.SOPClassUID = dataset.SOPClassUID
        meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    if "SOPInstanceUID" in clean:
        meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = "Allow-list of attributes; new UIDs"
    return clean


def attributes_of(dataset: Dataset) -> dict[str, str]:
    """Return what an importer may keep: age_band, sex, view, laterality, body_part."""
    side = "ImageLaterality" if _word(dataset, "ImageLaterality") else "Laterality"
    found = {
        "age_band": age_band(str(dataset.get("PatientAge", ""))),
        "sex": _word(dataset, "PatientSex"),
        "view": _word(dataset, "ViewPosition"),
        "laterality": _word(dataset, side),
        "body_part": _word(dataset, "BodyPartExamined"),
    }
    return {name: value for name, value in found.items() if value}


def age_band(age: str) -> str | None:
    """Return the ten years that a DICOM age (VR AS: "042Y") falls in: "40-49"; 80 and over is one band."""
    match = _AGE.fullmatch(age)
    if not match:
        return None
    years = int(match[1]) if match[2] in ("", "Y") else 0
    return "80+" if years >= 80 else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


def _copy(source: Dataset, target: Dataset) -> None:
    for keyword in (*NUMBERS, *TABLES):
        if keyword in source:
            target.add(source[keyword])
    for keyword in WORDS:
        if keyword in source and (words := _words(source, keyword)):
            setattr(target, keyword, words)
    for keyword in SEQUENCES:
        if keyword in source:
            setattr(target, keyword, [_copied_item(item) for item in source[keyword].value])


def _copied_item(item: Dataset) -> Dataset:
    copied = Dataset()
    _copy(item, copied)
    return copied


def _words(dataset: Dataset, keyword: str) -> list[str]:
    value = dataset[keyword].value
    values = [value] if isinstance(value, str) else list(value or ())
    return [
        str(word).strip().upper() if str(word).strip().upper() in WORDS[keyword] else "" for word in values
    ]


def _word(dataset: Dataset, keyword: str) -> str | None:
    words = _words(dataset, keyword) if keyword in dataset else []
    return words[0] or None if words else None


def _random_uid(_old: str) -> str:
    return str(generate_uid())
