"""What was drawn, in words: the numbers of one draw, read from what the builders drew and nothing else.

The builders of the catalogue draw first and touch pixels later; here the same ones draw from the same
generator in the same order, and what they drew is told instead of done.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import torch

from core.language import N_, Message
from core.transforms.augmentation.batch import draw_steps
from core.transforms.augmentation.drawing import BatchShape
from core.transforms.records import AugmentationStep


def tell_draw(
    steps: Sequence[AugmentationStep], *, height: int, width: int, generator: torch.Generator
) -> list[tuple[str, Message]]:
    """Return what one draw does to an image: (name of the step, sentence), moves first.

    Parameters
    ----------
    steps
        What may be done; steps that mix images are not told.
    height, width
        Of the image, in pixels.
    generator
        As it was when the image was drawn.
    """
    shape = BatchShape(1, height, width)
    drawn = [(step, numbers) for step, numbers in draw_steps(steps, shape, generator) if step.name in _WORDS]
    return [(step.name, _WORDS[step.name](numbers)) for step, numbers in drawn]


def _mirrored(axis: int) -> Callable[[Any], Message]:
    def tell(matrices: torch.Tensor) -> Message:
        is_mirrored = float(matrices[0, axis, axis]) < 0
        return Message(text=N_("mirrored") if is_mirrored else N_("not mirrored"))

    return tell


def _turned(matrices: torch.Tensor) -> Message:
    degrees = math.degrees(math.atan2(float(matrices[0, 1, 0]), float(matrices[0, 0, 0])))
    way = N_("turned clockwise by {degrees}°") if degrees < 0 else N_("turned anticlockwise by {degrees}°")
    return _with(way, degrees=f"{abs(degrees):.1f}")


def _shifted(matrices: torch.Tensor) -> Message:
    right, down = (-float(matrices[0, row, 2]) for row in (0, 1))
    return Message(text=N_("shifted {across} and {down}"), values=_way(right, down))


def _enlarged(matrices: torch.Tensor) -> Message:
    return _with(N_("size x {factor}"), factor=f"{1 / float(matrices[0, 0, 0]):.2f}")


def _slanted(matrices: torch.Tensor) -> Message:
    across, down = (math.degrees(math.atan(float(matrices[0, row, 1 - row]))) for row in (0, 1))
    text = N_("columns slanted by {across}°, rows by {down}°")
    return _with(text, across=f"{across:z.1f}", down=f"{down:z.1f}")


def _cropped(matrices: torch.Tensor) -> Message:
    (width, _, right), (_, height, down) = matrices[0, :2].tolist()
    parts: dict[str, Any] = {"width": f"{width:.0%}", "height": f"{height:.0%}", **_way(right, down)}
    text = N_("shows {width} of the width and {height} of the height, its middle {across} and {down}")
    return Message(text=text, values=parts)


def _bent(bend: torch.Tensor) -> Message:
    length = float(bend[0].norm(dim=0).max())
    return _with(N_("control points moved by up to {length} pixels"), length=f"{length:.1f}")


def _brightened(change: Any) -> Message:
    return _with(N_("all grey levels x {factor}"), factor=_drawn(change, "factors"))


def _hardened(change: Any) -> Message:
    return _with(N_("distance from the mean grey x {factor}"), factor=_drawn(change, "factors"))


def _bent_greys(change: Any) -> Message:
    return _with(N_("grey levels to the power {exponent}"), exponent=_drawn(change, "exponents"))


def _grainy(change: Any) -> Message:
    levels = 255 * float(change.keywords["deviations"][0])
    return _with(N_("grain of {levels} of 255 grey levels"), levels=f"{levels:.1f}")


def _counted(change: Any) -> Message:
    noise = float(change.keywords["noise"][0])
    photons = f"{1 / noise**2:,.0f}" if noise > 1e-4 else "∞"
    return _with(N_("{photons} photons at white"), photons=photons)


def _blurred(change: Any) -> Message:
    return _with(N_("blurred by {sigma} pixels"), sigma=_drawn(change, "sigmas"))


def _erased(change: Any) -> Message:
    top, left, bottom, right = change.keywords["boxes"][0].tolist()
    text = N_("black box of {width} x {height} pixels at row {top}, column {left}")
    sizes = {"width": f"{right - left:.0f}", "height": f"{bottom - top:.0f}"}
    return _with(text, **sizes, top=f"{top:.0f}", left=f"{left:.0f}")


def _with(text: str, **values: str) -> Message:
    return Message(text=text, values={**values})


def _drawn(change: Any, name: str) -> str:
    return f"{float(change.keywords[name][0]):.2f}"


def _way(right: float, down: float) -> dict[str, Any]:
    """Return how far to which side, and how far up or down, as two parts of a sentence."""
    across = N_("{n} pixels to the right") if right >= 0 else N_("{n} pixels to the left")
    along = N_("{n} pixels down") if down >= 0 else N_("{n} pixels up")
    return {"across": _with(across, n=f"{abs(right):.1f}"), "down": _with(along, n=f"{abs(down):.1f}")}


_WORDS: Final[dict[str, Callable[[Any], Message]]] = {
    "flip_horizontal": _mirrored(0),
    "flip_vertical": _mirrored(1),
    "rotate": _turned,
    "translate": _shifted,
    "scale": _enlarged,
    "shear": _slanted,
    "crop": _cropped,
    "elastic": _bent,
    "brightness": _brightened,
    "contrast": _hardened,
    "gamma": _bent_greys,
    "gaussian_noise": _grainy,
    "poisson_noise": _counted,
    "blur": _blurred,
    "erase": _erased,
}
