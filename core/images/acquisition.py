"""What of a DICOM header says how a picture was taken, and names nobody: shown beside the allow-list."""

from typing import Final

# How the picture was taken: numbers that name nobody and are not in table E.1-1 of PS3.15.
ACQUISITION: Final = (
    *("CineRate", "DataCollectionDiameter", "DistanceSourceToDetector", "DistanceSourceToPatient"),
    *("EchoNumbers", "EchoTime", "EchoTrainLength", "Exposure", "ExposureInuAs", "ExposureTime", "FlipAngle"),
    *("FocalSpots", "FrameTime", "GantryDetectorTilt", "ImagingFrequency", "InversionTime"),
    *("KVP", "LargestImagePixelValue", "MagneticFieldStrength", "NumberOfAverages"),
    *("NumberOfPhaseEncodingSteps", "NumberOfSlices", "PercentSampling", "PixelBandwidth"),
    *("RecommendedDisplayFrameRate", "ReconstructionDiameter", "RepetitionTime", "SeriesNumber"),
    *("SmallestImagePixelValue", "SpiralPitchFactor", "TableHeight", "TotalCollimationWidth"),
    *(
        "XRayTubeCurrent",
        "ImagesInAcquisition",
        "AcquisitionMatrix",
        "DoseGridScaling",
        "FrameIncrementPointer",
    ),
)
# Coded words that say how the picture was taken: PS3.3 C.7.6.1.1.2, C.7.3.1.1.2, C.8.3.1, C.8.6.1.
CODED: Final[dict[str, set[str]]] = {
    "ImageType": {
        *(
            "ORIGINAL",
            "DERIVED",
            "PRIMARY",
            "SECONDARY",
            "AXIAL",
            "LOCALIZER",
            "OTHER",
            "MPR",
            "VOLUME",
            "NONE",
        ),
        *("RESAMPLED", "WHOLE BODY", "EMISSION", "TRANSMISSION", "STATIC", "DYNAMIC", "GATED", "TOMO"),
        *("PROJECTION IMAGE", "MIN IP", "MAX IP", "QUANTITY", "LABEL", "OVERVIEW", "THUMBNAIL"),
    },
    "PatientPosition": {"HFP", "HFS", "HFDR", "HFDL", "FFDR", "FFDL", "FFP", "FFS"},
    "ScanningSequence": {"SE", "IR", "GR", "EP", "RM"},
    "SequenceVariant": {"SK", "MTC", "SS", "TRSS", "SP", "MP", "OSP", "TOF", "NONE"},
    "MRAcquisitionType": {"2D", "3D"},
    "ImagedNucleus": {"1H", "13C", "19F", "23NA", "31P"},
    "ConversionType": {"DV", "DI", "DF", "WSD", "SD", "SI", "DRW", "SYN"},
    "LossyImageCompressionMethod": {"ISO_10918_1", "ISO_14495_1", "ISO_15444_1", "ISO_13818_2"},
}
