"""Phantoms as DICOM files: a 12-bit digital radiograph, and a CT slice in Hounsfield units.

The bytes depend on the phantom alone: dates are fixed, and the UIDs are drawn from its seed.
"""

from hashlib import sha256
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
)

from core.datasets.phantom_ct import SLICE_CM
from core.datasets.phantom_film import MAX_STORED, PhantomFilm
from core.datasets.phantom_patient import Patient

CT_INTERCEPT: Final = -1024
# Fixed, since pydicom's own changes with its version.
_IMPLEMENTATION: Final = UID("2.25.311820473120458261739480234411")
_DATE: Final = "20260101"
_AGES: Final = {"18-39": "030Y", "40-64": "052Y", "65+": "071Y"}


def to_dicom(film: PhantomFilm, *, monochrome1: bool = False) -> bytes:
    """Write a film as a DX image (PS3.3 A.26).

    Parameters
    ----------
    monochrome1
        Store 4095 minus the pixel, so that low values are shown bright; the window is turned about likewise.

    Returns
    -------
    bytes of a DICOM file, explicit VR little endian.
    """
    photometric = "MONOCHROME1" if monochrome1 else "MONOCHROME2"
    name = f"{film.seed}.{film.patient}.{film.film}.{photometric}.{film.pixels.shape[0]}"
    data = _new_file(DigitalXRayImageStorageForPresentation, name)
    _describe_patient(data, film.patient, film.sex, film.age_band)
    data.Modality = "DX"
    data.SeriesDescription = "SIMULATED chest radiograph"
    data.BodyPartExamined = "CHEST"
    data.ViewPosition = film.view
    data.PatientOrientation = ["L", "F"]
    data.ImageLaterality = "U"
    data.PresentationIntentType = "FOR PRESENTATION"
    data.PixelIntensityRelationship = "LOG"
    data.PixelIntensityRelationshipSign = 1 if monochrome1 else -1
    data.PixelSpacing = data.ImagerPixelSpacing = [film.pixel_spacing_mm] * 2
    data.BurnedInAnnotation = "NO"
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = 0, 1, "US"
    data.PresentationLUTShape = "INVERSE" if monochrome1 else "IDENTITY"
    center = MAX_STORED - film.window_center if monochrome1 else film.window_center
    data.WindowCenter, data.WindowWidth = round(center, 1), film.window_width
    stored = MAX_STORED - film.pixels if monochrome1 else film.pixels
    _set_pixels(data, stored.astype(np.uint16), photometric, bits_stored=12)
    return _file_bytes(data)


def ct_to_dicom(
    hounsfield: NDArray[np.int16],
    patient: Patient,
    *,
    number: int,
    height_cm: float,
    thickness_mm: float = 5.0,
) -> bytes:
    """Write a slice in Hounsfield units as a CT image, stored 1024 higher (PS3.3 A.3).

    Parameters
    ----------
    hounsfield
        ndarray of shape (H, W), -1024 to 3071.
    number
        Number of the patient.
    """
    data = _new_file(CTImageStorage, f"{patient.seed}.ct.{height_cm}.{hounsfield.shape[0]}")
    _describe_patient(data, number, patient.sex, patient.age_band)
    spacing_mm = 10 * SLICE_CM / hounsfield.shape[0]
    data.Modality = "CT"
    data.SeriesDescription = "SIMULATED chest CT"
    data.BodyPartExamined = "CHEST"
    data.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    data.KVP = 120
    data.PixelSpacing = [round(spacing_mm, 6)] * 2
    data.SliceThickness = thickness_mm
    corner_mm = round(-5 * SLICE_CM + spacing_mm / 2, 4)
    data.ImagePositionPatient = [corner_mm, corner_mm, round(-10 * height_cm, 3)]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.PatientPosition = "HFS"
    data.FrameOfReferenceUID = _uid(f"{patient.seed}.frame")
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = CT_INTERCEPT, 1, "HU"
    data.WindowCenter, data.WindowWidth = [-600, 40], [1500, 400]
    data.WindowCenterWidthExplanation = ["LUNG", "MEDIASTINUM"]
    data.BurnedInAnnotation = "NO"
    stored = (hounsfield.astype(np.int32) - CT_INTERCEPT).astype(np.uint16)
    _set_pixels(data, stored, "MONOCHROME2", bits_stored=12)
    return _file_bytes(data)


def _new_file(sop_class: UID, name: str) -> FileDataset:
    """Begin a file whose UIDs follow from `name`."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = _uid(f"{name}.instance")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID, meta.ImplementationVersionName = _IMPLEMENTATION, "LIGHTBOX"
    data = FileDataset("", {}, file_meta=meta, preamble=b"\x00" * 128)
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID, data.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = _uid(f"{name}.study"), _uid(f"{name}.series")
    data.ImageType = ["DERIVED", "PRIMARY", ""]
    data.StudyDate = data.SeriesDate = data.ContentDate = _DATE
    data.StudyTime = data.SeriesTime = data.ContentTime = "120000"
    data.AccessionNumber = data.ReferringPhysicianName = data.StudyID = ""
    data.Manufacturer = "Lightbox phantoms"
    data.SeriesNumber = data.InstanceNumber = 1
    data.ImageComments = "SIMULATED: made by code, shows no real person, not for diagnosis"
    return data


def _uid(name: str) -> UID:
    """Return a UID that follows from `name` (PS3.5 B.2: 2.25 and a number)."""
    return UID(f"2.25.{int.from_bytes(sha256(name.encode()).digest()[:15], 'big')}")


def _describe_patient(data: FileDataset, number: int, sex: str, age_band: str) -> None:
    """Write who it would be if it were anyone."""
    data.PatientName = f"PHANTOM^{number:04d}"
    data.PatientID = f"PHANTOM-{number:04d}"
    data.PatientBirthDate = ""
    data.PatientSex = sex
    data.PatientAge = _AGES[age_band]


def _set_pixels(data: FileDataset, stored: NDArray[np.uint16], photometric: str, *, bits_stored: int) -> None:
    """Write the pixels, unsigned in 16-bit words (PS3.3 C.7.6.3)."""
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = photometric
    data.Rows, data.Columns = stored.shape
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, bits_stored, bits_stored - 1
    data.PixelRepresentation = 0
    data.PixelData = stored.astype("<u2").tobytes()


def _file_bytes(data: FileDataset) -> bytes:
    """Write the file into memory."""
    buffer = BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
