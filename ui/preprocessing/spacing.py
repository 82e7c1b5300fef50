"""Distances and frequencies in words: millimetres where they are known, else pixels of the original."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.images.records import MedicalImage
from core.language import _
from core.transforms.preprocessing.picture import Frame

PROJECTIONS: Final = ("CR", "DX", "DR", "MG", "IO", "PX", "RF", "XA", "RG")  # DICOM PS3.3 C.7.3.1.1.1


@dataclass(frozen=True)
class Scale:
    """Whether lengths are millimetres, and how far an image's pixel centres lie apart (down, across)."""

    in_mm: bool
    spacing: tuple[float, float]

    def of(self, frame: Frame) -> tuple[float, float]:
        """Return the distance of the pixel centres of a picture with this frame."""
        return self.spacing[0] * frame.down, self.spacing[1] * frame.across

    @property
    def frequency_unit(self) -> str:
        """The unit of frequencies, translated."""
        return _("line pairs/mm") if self.in_mm else _("line pairs/pixel")


def scale_of(image: MedicalImage) -> Scale:
    """Return the scale of an image."""
    spacing = image.pixel_spacing_mm
    return Scale(in_mm=spacing is not None, spacing=spacing or (1.0, 1.0))


def distance_words(length: float, *, in_mm: bool) -> str:
    """Return a length with its unit."""
    return f"{length:.3g} mm" if in_mm else _("{length:.3g} pixels", length=length)


def is_projection(image: MedicalImage) -> bool:
    """Tell whether all depths of the body lie on each other, so that sizes depend on the depth."""
    return (image.modality or "") in PROJECTIONS


def differ(first: Sequence[float], second: Sequence[float]) -> bool:
    """Tell whether numbers differ by more than rounding."""
    return any(not math.isclose(one, other, rel_tol=1e-6) for one, other in zip(first, second, strict=True))
