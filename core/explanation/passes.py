"""How much work a method is, and the lengths that its settings mean in pixels. No torch here."""

from math import ceil, sqrt
from typing import Final

from core.errors import InvalidValueError
from core.explanation.settings import ExplainSettings
from core.language import N_

FIRST_STEPS: Final = 50
_SAMPLES: Final = {"smoothgrad": 50, "gradient_shap": 50}  # of the first one's paper
_SAMPLES_PER_CELL: Final = 10  # of LIME: two seeds rank the cells alike by 0.98, with 5 by 0.94


def estimated_passes(method: str, settings: ExplainSettings, input_size: int) -> int:
    """Return about how many images the network is asked about for one map.

    Parameters
    ----------
    method
        A key of EXPLAINERS.
    settings
        What was chosen. Integrated gradients whose steps are raised count with the first number of them.
    input_size
        Side of the network's input, in pixels.

    Raises
    ------
    InvalidValueError
        The settings make no sense on an input of this size.
    """
    if method in ("smoothgrad", "gradient_shap", "lime"):
        return n_samples(method, settings)
    if method == "integrated_gradients":
        return settings.n_steps or FIRST_STEPS
    if method == "occlusion":
        window, stride = window_pixels(settings, input_size)
        return n_positions(input_size, window, stride) ** 2 + 1
    if method == "feature_ablation":
        return cells_per_side(settings, input_size) ** 2 + 1
    return 2 if method in ("deeplift", "guided_grad_cam") else 1


def n_samples(method: str, settings: ExplainSettings) -> int:
    """Return how many random draws a method makes: those that were chosen, or its usual number."""
    if settings.n_samples:
        return settings.n_samples
    return _SAMPLES.get(method) or _SAMPLES_PER_CELL * settings.n_cells


def window_pixels(settings: ExplainSettings, input_size: int) -> tuple[int, int]:
    """Return the side of the window and its stride, both in pixels; InvalidValueError below one pixel."""
    window = round(settings.window * input_size)
    if window < 1:
        text = N_("A window of {share} of {size} pixels is smaller than a pixel. Choose a larger one.")
        raise InvalidValueError(text, share=settings.window, size=input_size)
    return window, max(1, round(settings.stride * window))


def n_positions(length: int, window: int, stride: int) -> int:
    """Return how many places a window takes along a side."""
    return ceil((length - window) / stride) + 1


def cells_per_side(settings: ExplainSettings, input_size: int) -> int:
    """Return how many cells of a grid stand along a side; InvalidValueError for cells below one pixel."""
    side = round(sqrt(settings.n_cells))
    if side > input_size:
        text = N_("{n} cells on {size} x {size} pixels are smaller than a pixel. Choose fewer.")
        raise InvalidValueError(text, n=settings.n_cells, size=input_size)
    return side
