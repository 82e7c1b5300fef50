"""One frame as the viewer needs it: stored values, values in their unit, and every way to show them."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.images.dicom import OpenFrame, image_of, open_frame
from core.images.display import to_uint8
from core.images.frame_header import FrameHeader
from core.images.grey_levels import aspect_of
from core.images.lookup_tables import LookupTable
from core.images.reading import read, sniff
from core.images.records import MedicalImage, Window
from core.language import N_, Message

STORED: Final = N_("stored value")
HOUNSFIELD: Final = N_("Hounsfield units")
# PS3.3 C.11.1.1.2, Rescale Type.
_UNITS: Final = {
    "HU": HOUNSFIELD,
    "HU_MOD": N_("modified Hounsfield units"),
    "OD": N_("optical density x 1000"),
    "MGML": N_("mg/ml"),
    "Z_EFF": N_("effective atomic number"),
    "ED": N_("10^23 electrons/ml"),
    "EDW": N_("electron density of water = 1"),
    "PCT": N_("percent"),
}
_SPACINGS: Final = {
    "PixelSpacing": N_("in the patient"),
    "ImagerPixelSpacing": N_("at the detector, where things are larger than in the patient"),
    "NominalScannedPixelSpacing": N_("on the scanned film"),
}


@dataclass(frozen=True, eq=False)
class FrameView:
    """One frame and what is known of its values.

    Attributes
    ----------
    stored
        ndarray of shape (H, W) or (H, W, 3), integers or floats: as the file keeps them; palette colours by
        number.
    image
        The values after the modality's transform and before any window; without identity.
    tables
        The VOI LUTs of the file; they take `image.values`.
    padding
        ndarray of shape (H, W), bool, True where a pixel only fills up the picture; or None.
    transform
        How `image.values` came from `stored`, to be put behind "value = ".
    unit
        Of `image.values`, marked for translation.
    aspect
        How many times higher than wide a pixel is.
    spacing_place
        Where the pixel spacing holds, marked for translation; None where there is none.
    """

    stored: NDArray[np.generic]
    image: MedicalImage
    tables: tuple[LookupTable, ...] = ()
    padding: NDArray[np.bool_] | None = None
    transform: Message = Message(text=N_("as stored"))
    unit: str = STORED
    aspect: float = 1.0
    spacing_place: str | None = None

    @property
    def proposed(self) -> Window | LookupTable | None:
        """What the file wants to be shown by: a table, or else a window; for a CT the window first."""
        windows = self.image.windows
        if self.tables and not (self.image.modality == "CT" and windows):
            return self.tables[0]
        return windows[0] if windows else None


@dataclass(frozen=True)
class PixelTold:
    """One pixel in all its units: one number each, or three where it has a colour.

    Attributes
    ----------
    unit
        Of `rescaled`, marked for translation.
    displayed
        What the screen shows, from 0 (black) to 255 (white).
    """

    stored: tuple[float, ...]
    rescaled: tuple[float, ...]
    unit: str
    displayed: tuple[int, ...]
    is_padding: bool


def frame_view(content: bytes, frame: int | None = None) -> FrameView:
    """Return one frame of a DICOM file, or the picture of another one, ready to be looked at.

    Parameters
    ----------
    content
        A whole file.
    frame
        Which frame, from 0; None is the middle one.

    Raises
    ------
    UnreadableImageError
        As for `core.images.dicom.read_dicom`. Errors of decoders pass through: call it in the sandbox.
    """
    if sniff(content) != "DICOM":
        image = read(content, frame=frame)
        return FrameView(stored=image.values, image=image)
    opened = open_frame(content, frame)
    header, shown = opened.header, opened.shown
    image = image_of(opened, shown, was_chosen=frame is not None)
    return FrameView(
        stored=opened.stored.values,
        image=replace(image, patient_id=None, study_id=None, series_id=None, image_id=None),
        tables=shown.tables,
        padding=shown.padding,
        transform=shown.transform,
        unit=_unit(opened),
        aspect=aspect_of(header),
        spacing_place=_spacing_place(header),
    )


def show(view: FrameView, chosen: Window | LookupTable | None) -> NDArray[np.uint8]:
    """Return what a screen would show.

    Parameters
    ----------
    chosen
        A window, one of the view's tables, or None for the whole range of its values.

    Returns
    -------
    ndarray of shape (H, W) or (H, W, 3), uint8; 0 is black. MONOCHROME1 is inverted.
    """
    if isinstance(chosen, LookupTable):
        unit = chosen.look_up(view.image.values) / chosen.highest
        return np.rint((1 - unit if view.image.inverted else unit) * 255).astype(np.uint8)
    # Without a window the image's own first one would be taken.
    return to_uint8(replace(view.image, windows=()), chosen)


def tell(
    view: FrameView, row: int, column: int, chosen: Window | LookupTable | None = None
) -> PixelTold | None:
    """Return what is known of one pixel, as it is shown by `chosen`; None outside of the picture."""
    height, width = view.image.values.shape[:2]
    if not (0 <= row < height and 0 <= column < width):
        return None
    place = np.s_[row : row + 1, column : column + 1]
    pixel = replace(
        view, stored=view.stored[place], image=replace(view.image, values=view.image.values[place])
    )
    return PixelTold(
        stored=_numbers(pixel.stored),
        rescaled=_numbers(pixel.image.values),
        unit=view.unit,
        displayed=tuple(show(pixel, chosen).reshape(-1).tolist()),
        is_padding=bool(view.padding is not None and view.padding[row, column]),
    )


def _numbers(pixel: NDArray[np.generic]) -> tuple[float, ...]:
    return tuple(float(number) for number in pixel.reshape(-1).astype(np.float64))


def _unit(opened: OpenFrame) -> str:
    header = opened.header
    if opened.shown.values.ndim == 3:
        return STORED
    kind = str(header.get("RescaleType") or "")
    # PS3.3 C.8.2.1.1.3: a CT may leave the type out where the values are Hounsfield units.
    is_ct = header.dataset.get("Modality") == "CT" and header.get("RescaleIntercept") is not None
    return _UNITS.get(kind or ("HU" if is_ct else ""), STORED)


def _spacing_place(header: FrameHeader) -> str | None:
    return next((place for keyword, place in _SPACINGS.items() if header.get(keyword) is not None), None)
