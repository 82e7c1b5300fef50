"""What of a DICOM header is let through: listed words, numbers, tables of numbers, and nothing else.

None of these attributes is in table E.1-1 of PS3.15 but the age, which becomes a band of ten years, the sex,
the UIDs, which are made anew, and the patient's ID, which becomes a pseudonym.
"""

from typing import Final

_MODALITIES: Final = {  # PS3.3 C.7.3.1.1.1, of pictures
    *("BI", "BMD", "CR", "CT", "DG", "DX", "EPS", "ES", "FA", "FS", "GM", "IO", "IVOCT", "IVUS", "LS", "MG"),
    *("MR", "NM", "OAM", "OCT", "OP", "OPM", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "OT", "PA", "PT"),
    *("PX", "RF", "RG", "RTDOSE", "RTIMAGE", "SC", "SEG", "SM", "TG", "US", "VA", "VL", "XA", "XC"),
}
_BODY_PARTS: Final = {  # PS3.16 annex L, those that pictures to learn from show
    *("ABDOMEN", "ABDOMENPELVIS", "ANKLE", "AORTA", "ARM", "BLADDER", "BRAIN", "BREAST", "CALCANEUS"),
    *("CAROTID", "CHEST", "CHESTABDOMEN", "CHESTABDPELVIS", "CLAVICLE", "COLON", "CSPINE", "ELBOW"),
    *("ESOPHAGUS", "EXTREMITY", "EYE", "FEMUR", "FINGER", "FOOT", "FOREARM", "HAND", "HEAD", "HEADNECK"),
    *("HEART", "HIP", "HUMERUS", "JAW", "KIDNEY", "KNEE", "LEG", "LIVER", "LSPINE", "LUNG", "NECK", "NOSE"),
    *("PANCREAS", "PELVIS", "PROSTATE", "RIB", "SHOULDER", "SKIN", "SKULL", "SPINE", "SSPINE", "STOMACH"),
    *("TEETH", "TESTIS", "THIGH", "THORAX", "THUMB", "THYROID", "TOE", "TSPINE", "UTERUS", "WRIST"),
}
# PS3.3 C.8.11.3.1.2 and C.8.7: the defined terms of View Position, and what chest devices write beside them.
_VIEWS: Final = {
    *("AP", "PA", "LL", "RL", "RLD", "LLD", "RLO", "LLO", "LAT", "LATERAL", "CC", "MLO", "ML", "LM", "XCCL"),
}
_PHOTOMETRIC: Final = {  # PS3.3 C.7.6.3.1.2
    *("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "XYB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT"),
    *("YBR_RCT", "YBR_PARTIAL_420", "YBR_PARTIAL_422"),
}
_WINDOW_NAMES: Final = {
    *("ABDOMEN", "BONE", "BRAIN", "CHEST", "HARDER", "LUNG", "LUNGS", "MEDIASTINUM", "NORMAL", "SOFT TISSUE"),
    *("SOFTER", "STANDARD", "WINDOW", "WINDOW1", "WINDOW2", "WINDOW3"),
}
_SIDES: Final = {"L", "R", "B", "U"}

# Coded text: kept only where it is one of the listed words.
WORDS: Final[dict[str, set[str]]] = {
    "BodyPartExamined": _BODY_PARTS,
    "BurnedInAnnotation": {"YES", "NO"},
    "ImageLaterality": _SIDES,
    "Laterality": _SIDES,
    "LossyImageCompression": {"00", "01"},
    "Modality": _MODALITIES,
    "PatientSex": {"M", "F", "O"},
    "PhotometricInterpretation": _PHOTOMETRIC,
    "PixelPresentation": {"COLOR", "MONOCHROME", "MIXED", "TRUE_COLOR"},
    "PresentationLUTShape": {"IDENTITY", "INVERSE"},
    "RescaleType": {"OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"},  # PS3.3 C.11.1.1.2
    "ViewPosition": _VIEWS,
    "VOILUTFunction": {"LINEAR", "LINEAR_EXACT", "SIGMOID"},
    "WindowCenterWidthExplanation": _WINDOW_NAMES,
}
# Numbers, read as numbers: text that stands in their place is dropped.
NUMBERS: Final = (
    *("BitsAllocated", "BitsStored", "Columns", "HighBit", "NumberOfFrames", "PixelRepresentation"),
    *("PlanarConfiguration", "Rows", "SamplesPerPixel", "RescaleIntercept", "RescaleSlope"),
    *(
        "PixelPaddingRangeLimit",
        "PixelPaddingValue",
        "FloatPixelPaddingValue",
        "DoubleFloatPixelPaddingValue",
    ),
    *("LUTDescriptor", "WindowCenter", "WindowWidth"),
    *(f"{colour}PaletteColorLookupTableDescriptor" for colour in ("Red", "Green", "Blue")),
    *("ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio", "PixelSpacing"),
    *("ImageOrientationPatient", "ImagePositionPatient", "InstanceNumber", "SliceLocation"),
    *("SliceThickness", "SpacingBetweenSlices"),
)
# Without these, or with others, the pixels would mean something else: where one is no number, the file is
# refused.
DECISIVE: Final = (
    *("BitsAllocated", "BitsStored", "Columns", "HighBit", "NumberOfFrames", "PixelRepresentation"),
    *("RescaleIntercept", "RescaleSlope", "Rows", "SamplesPerPixel"),
)
# Tables of numbers, cut to the length that their descriptors give.
PALETTES: Final = tuple(f"{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue"))
TABLES: Final = (
    *PALETTES,
    *(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue")),
    "LUTData",
)
PIXELS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
OFFSETS: Final = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
# Sequences: rebuilt item by item with the same lists.
SEQUENCES: Final = (
    *("FrameVOILUTSequence", "ModalityLUTSequence", "PerFrameFunctionalGroupsSequence"),
    *("PixelMeasuresSequence", "PixelValueTransformationSequence", "PlaneOrientationSequence"),
    *("PlanePositionSequence", "SharedFunctionalGroupsSequence", "VOILUTSequence"),
)
UIDS: Final = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
# Looked at here and not handed on as they are.
LOOKED_AT: Final = ("PatientAge", "PatientID", "SOPClassUID")
KEYWORDS: Final = (*WORDS, *NUMBERS, *TABLES, *PIXELS, *OFFSETS, *SEQUENCES, *UIDS, *LOOKED_AT)
