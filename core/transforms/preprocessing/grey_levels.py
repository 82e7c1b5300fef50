"""From the scanner's values to grey levels, and from grey levels to other ones."""

from dataclasses import replace

from core.images.display import to_unit
from core.images.levels import window_limits
from core.images.records import MedicalImage, Window
from core.language import N_, Message
from core.transforms.preprocessing.parameters import WindowParameters
from core.transforms.preprocessing.picture import VALUE, Picture


def window(picture: Picture, parameters: WindowParameters) -> Picture:
    """Map stored values to [0, 1] through a window; MONOCHROME1 is turned the right way round.

    DICOM PS3.3 C.11.2.1.2.
    """
    image = picture.source
    chosen = chosen_window(image, parameters)
    values = picture.pixels if picture.pixels.shape[2] == 3 else picture.pixels[:, :, 0]
    shown = replace(image, values=values, windows=image.windows if chosen else ())
    pixels = to_unit(shown, chosen)
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    return picture.after(pixels, _window_formula(image, chosen), is_grey_levels=True)


def chosen_window(image: MedicalImage, parameters: WindowParameters) -> Window | None:
    """Return the window that the step uses; None where black and white are the ends of the value range."""
    if parameters.mode == "manual":
        return Window(center=parameters.center, width=parameters.width)
    return image.windows[0] if parameters.mode == "file" and image.windows else None


def _window_formula(image: MedicalImage, window: Window | None) -> Message:
    if window is not None and window.function == "SIGMOID":
        text = N_("1 / (1 + exp(-4 x ({value} - {center:.6g}) / {width:.6g}))")
        formula = Message(text=text, values={"value": VALUE, "center": window.center, "width": window.width})
    else:
        low, high = map(_term, window_limits(image, window) if window else image.value_range)
        text = N_("({value} - {low}) / ({high} - {low}), kept within 0 and 1")
        formula = Message(text=text, values={"value": VALUE, "low": low, "high": high})
    if image.inverted:
        return Message(text=N_("1 - [{formula}]: low values are white here"), values={"formula": formula})
    return formula


def _term(value: float) -> str:
    return f"({value:.6g})" if value < 0 else f"{value:.6g}"
