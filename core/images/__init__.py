"""Bytes become a MedicalImage: raster formats and DICOM, de-identified at the door."""

from core.images.reading import read
from core.images.records import MedicalImage, Window

__all__ = ["MedicalImage", "Window", "read"]
