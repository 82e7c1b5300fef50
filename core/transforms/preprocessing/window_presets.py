"""Usual windows by modality: fixed ones where values have a unit (CT), else found in the image's own values.

A chest film, a mammogram and an MR image have no common unit: the same tissue has other numbers on the next
machine. Their presets are therefore rules, applied to each image by itself.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.images.levels import CT_WINDOWS
from core.images.records import MedicalImage, Window
from core.language import N_
from core.transforms.preprocessing.histogram import otsu

PresetName = Literal[
    "ct_lung",
    "ct_mediastinum",
    "ct_soft_tissue",
    "ct_liver",
    "ct_bone",
    "ct_brain",
    "ct_subdural",
    "radiograph",
    "mammogram",
    "mr",
]


@dataclass(frozen=True)
class WindowPreset:
    """One usual window.

    Attributes
    ----------
    title
        What it is for, marked.
    modalities
        The DICOM modalities that it is meant for.
    window
        In the modality's unit, or None where the image's own values decide.
    of
        Whose percentiles: of all pixels, of those above their mean, or of those on the bright side of Otsu's
        threshold. Not used with a window.
    low, high
        The percentiles that become black and white.
    """

    title: str
    modalities: tuple[str, ...]
    window: Window | None = None
    of: Literal["all", "above mean", "bright"] = "all"
    low: float = 1.0
    high: float = 99.0

    def fits(self, modality: str | None) -> bool:
        """Tell whether it is meant for such an image; a rule also serves one that says nothing of itself."""
        return modality in self.modalities or (modality is None and self.window is None)

    def for_image(self, image: MedicalImage) -> Window:
        """Return the window for one image, in its units."""
        return self.window or _own_window(image, self)


_CT: Final = ("CT",)

# CT: Radiopaedia, "Windowing (CT)"; four of them are those of the viewer.
# MR: Nyul, Udupa and Zhang 2000, doi:10.1109/42.836373: foreground above the mean, 99.8th percentile.
WINDOW_PRESETS: Final[dict[PresetName, WindowPreset]] = {
    "ct_lung": WindowPreset(N_("CT lung"), _CT, CT_WINDOWS["Lung"]),
    "ct_mediastinum": WindowPreset(N_("CT mediastinum"), _CT, Window(center=50, width=350)),
    "ct_soft_tissue": WindowPreset(N_("CT soft tissue"), _CT, CT_WINDOWS["Soft tissue"]),
    "ct_liver": WindowPreset(N_("CT liver"), _CT, Window(center=30, width=150)),
    "ct_bone": WindowPreset(N_("CT bone"), _CT, CT_WINDOWS["Bone"]),
    "ct_brain": WindowPreset(N_("CT brain"), _CT, CT_WINDOWS["Brain"]),
    "ct_subdural": WindowPreset(N_("CT subdural"), _CT, Window(center=75, width=215)),
    "radiograph": WindowPreset(N_("Radiograph"), ("CR", "DX", "RF", "XA")),
    "mammogram": WindowPreset(N_("Mammogram"), ("MG",), of="bright", high=99.8),
    "mr": WindowPreset(N_("MR"), ("MR",), of="above mean", low=0, high=99.8),
}


def _own_window(image: MedicalImage, preset: WindowPreset) -> Window:
    values: NDArray[np.float64] = image.values.astype(np.float64).ravel()
    high = float(np.percentile(_part(values, image, preset.of), preset.high))
    # MR's black is the image's own darkest value; elsewhere black is a percentile of the same part.
    low = float(
        values.min() if preset.low == 0 else np.percentile(_part(values, image, preset.of), preset.low)
    )
    if not high > low:
        low, high = image.value_range
    width = max(high - low, 1e-30)
    return Window(center=low + width / 2, width=width, function="LINEAR_EXACT")


def _part(values: NDArray[np.float64], image: MedicalImage, of: str) -> NDArray[np.float64]:
    if of == "all":
        return values
    limit = float(values.mean()) if of == "above mean" else otsu(values)
    # With MONOCHROME1 the low values are shown bright.
    part = values[values < limit] if image.inverted and of == "bright" else values[values > limit]
    return part if part.size else values
