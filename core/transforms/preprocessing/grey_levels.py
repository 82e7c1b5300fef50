"""From the scanner's values to grey levels, and from grey levels to other ones."""

from dataclasses import replace

import numpy as np

from core.images.display import to_unit
from core.images.levels import window_limits
from core.images.records import MedicalImage, Window
from core.language import N_, Message
from core.transforms.preprocessing.parameters import (
    GammaParameters,
    InvertParameters,
    PercentileClipParameters,
    WindowParameters,
)
from core.transforms.preprocessing.picture import VALUE, Picture
from core.transforms.preprocessing.window_presets import WINDOW_PRESETS


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
    formula = _window_formula(image, chosen)
    if parameters.mode == "preset" and (reason := _misfit(image, parameters)) is not None:
        text = N_("{reason}, so its own window: {formula}")
        formula = Message(text=text, values={"reason": reason, "formula": formula})
    return picture.after(pixels, formula, is_grey_levels=True)


def chosen_window(image: MedicalImage, parameters: WindowParameters) -> Window | None:
    """Return the window that the step uses; None where black and white are the ends of the value range."""
    if parameters.mode == "manual":
        return Window(center=parameters.center, width=parameters.width)
    if parameters.mode == "preset" and _misfit(image, parameters) is None:
        return WINDOW_PRESETS[parameters.preset].for_image(image)
    return image.windows[0] if parameters.mode != "full" and image.windows else None


def percentile_clip(picture: Picture, parameters: PercentileClipParameters) -> Picture:
    """Make two percentiles of the picture's own values black and white, all channels together.

    The values of MONOCHROME1 are turned round, as by the window. After a window it stretches grey levels.
    """
    pixels = picture.pixels.astype(np.float64)  # the difference of two huge floats would be infinite
    low, high = map(float, np.percentile(pixels, (parameters.low, parameters.high)))
    result = np.clip((pixels - low) / max(high - low, float(np.finfo(np.float32).tiny)), 0, 1)
    is_inverted = picture.source.inverted and not picture.is_grey_levels
    formula = _linear_formula(low, high)
    return picture.after(
        (1 - result if is_inverted else result).astype(np.float32),
        _turned_round(formula) if is_inverted else formula,
        is_grey_levels=True,
    )


def invert(picture: Picture, parameters: InvertParameters) -> Picture:
    """Make black white and white black."""
    return picture.after(1 - picture.pixels, Message(text=N_("1 - {value}"), values={"value": VALUE}))


def gamma(picture: Picture, parameters: GammaParameters) -> Picture:
    """Raise each value to a power."""
    formula = Message(
        text=N_("{value} to the power of {gamma:.3g}"), values={"value": VALUE, "gamma": parameters.gamma}
    )
    return picture.after(np.power(picture.pixels, np.float32(parameters.gamma)), formula)


def _misfit(image: MedicalImage, parameters: WindowParameters) -> Message | None:
    """Return why a preset is not for this image, None if it is."""
    preset = WINDOW_PRESETS[parameters.preset]
    if preset.fits(image.modality):
        return None
    values = {"preset": Message(text=preset.title), "modality": image.modality}
    if image.modality is None:
        text = N_("the preset {preset} needs values in a known unit, and this image does not say what it is")
        return Message(text=text, values=values)
    return Message(text=N_("the preset {preset} is not for {modality}"), values=values)


def _window_formula(image: MedicalImage, window: Window | None) -> Message:
    if window is not None and window.function == "SIGMOID":
        text = N_("1 / (1 + exp(-4 x ({value} - {center:.6g}) / {width:.6g}))")
        formula = Message(text=text, values={"value": VALUE, "center": window.center, "width": window.width})
    else:
        formula = _linear_formula(*(window_limits(image, window) if window else image.value_range))
    return _turned_round(formula) if image.inverted else formula


def _linear_formula(low: float, high: float) -> Message:
    text = N_("({value} - {low}) / ({high} - {low}), kept within 0 and 1")
    return Message(text=text, values={"value": VALUE, "low": _term(low), "high": _term(high)})


def _turned_round(formula: Message) -> Message:
    return Message(text=N_("1 - [{formula}]: low values are white here"), values={"formula": formula})


def _term(value: float) -> str:
    return f"({value:.6g})" if value < 0 else f"{value:.6g}"
