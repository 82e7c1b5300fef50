"""How far a probability moves when an image changes as little as another exposure would change it.

The image is shifted, turned, brightened, stretched in contrast and bent in gamma, and gets a little noise,
all at random and all at once; nothing is mirrored. The network is asked about each. Covers: how much the
answer hangs on what no reader would see. Does not cover: how sure one can be of it. It is no confidence
interval: a network that is wrong may be wrong about all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from core.images.records import MedicalImage

if TYPE_CHECKING:
    from core.runs.checkpoints import LoadedModel

N_CHANGES: Final = 24
MOST_SHIFT: Final = 0.02  # of a side
MOST_DEGREES: Final = 3.0
MOST_BRIGHTNESS: Final = 0.05  # of the shown range
MOST_CONTRAST: Final = 0.05
MOST_GAMMA: Final = 0.05
MOST_NOISE: Final = 0.01  # standard deviation, of the shown range
LOW: Final = 5.0  # percentile
HIGH: Final = 95.0
_LEAST_SIDE: Final = 256  # a side twice as long, or more, is thinned out first: the network gets fewer pixels
_AT_ONCE: Final = 8  # images
_SEED: Final = 0


@dataclass(frozen=True)
class Change:
    """One small change.

    Attributes
    ----------
    down, across
        Shift as a fraction of the height and of the width.
    degrees
        Counter-clockwise.
    brightness, contrast, gamma
        Added share of the shown range; factor about its middle, minus 1; exponent minus 1.
    noise
        Standard deviation, as a share of the shown range.
    seed
        Of the noise.
    """

    down: float = 0.0
    across: float = 0.0
    degrees: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 0.0
    noise: float = 0.0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Spread:
    """What a network answered to an image under small changes.

    Attributes
    ----------
    changes
        What was done, n of them.
    probabilities
        ndarray of shape (n, k), float32.
    """

    changes: tuple[Change, ...]
    probabilities: NDArray[np.float32]

    def range_of(self, index: int) -> tuple[float, float]:
        """Return the 5th and the 95th percentile of a class's probability."""
        low, high = np.percentile(self.probabilities[:, index].astype(np.float64), (LOW, HIGH))
        return float(low), float(high)


def small_changes(n: int = N_CHANGES, *, seed: int = _SEED) -> tuple[Change, ...]:
    """Draw n changes, each part of them evenly between its bounds; the same seed, the same changes."""
    generator = np.random.default_rng(seed)

    def drawn(most: float) -> float:
        return float(generator.uniform(-most, most))

    return tuple(
        Change(
            down=drawn(MOST_SHIFT),
            across=drawn(MOST_SHIFT),
            degrees=drawn(MOST_DEGREES),
            brightness=drawn(MOST_BRIGHTNESS),
            contrast=drawn(MOST_CONTRAST),
            gamma=drawn(MOST_GAMMA),
            noise=abs(drawn(MOST_NOISE)),
            seed=number,
        )
        for number in range(n)
    )


def spread_of(
    loaded: LoadedModel,
    image: MedicalImage,
    changes: tuple[Change, ...] | None = None,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Spread:
    """Ask a network about an image under small changes, through its own preprocessing. Needs torch.

    Parameters
    ----------
    changes
        None means `small_changes()`.
    progress
        Called with the fraction that is done; what it raises ends the work.
    """
    from core.evaluation.predictions import predict_images

    chosen = small_changes() if changes is None else changes
    begun, rows = thinned(image, max(_LEAST_SIDE, 2 * (loaded.card.image_size or 0))), []
    for begin in range(0, len(chosen), _AT_ONCE):
        part = chosen[begin : begin + _AT_ONCE]
        rows.append(predict_images(loaded, [changed(begun, change) for change in part]))
        progress((begin + len(part)) / len(chosen))
    return Spread(chosen, np.concatenate(rows))


def thinned(image: MedicalImage, least_side: int) -> MedicalImage:
    """Return an image with every n-th row and column alone; its longer side keeps at least `least_side`."""
    step = max(image.values.shape[:2]) // least_side
    if step <= 1:
        return image
    spacing = image.pixel_spacing_mm
    return replace(
        image,
        values=np.ascontiguousarray(image.values[::step, ::step]),
        pixel_spacing_mm=None if spacing is None else (spacing[0] * step, spacing[1] * step),
    )


def changed(image: MedicalImage, change: Change) -> MedicalImage:
    """Return an image after one small change, of the same shape and kind of number."""
    values = _moved(image.values.astype(np.float64), change)
    values = _exposed(values, change, *_shown_range(image))
    kind = image.values.dtype
    if np.issubdtype(kind, np.integer):
        bounds = np.iinfo(kind.name)
        values = np.clip(np.rint(values), bounds.min, bounds.max)
    return replace(image, values=values.astype(kind))


def _moved(values: NDArray[np.float64], change: Change) -> NDArray[np.float64]:
    if not (change.down or change.across or change.degrees):
        return values
    height, width = values.shape[:2]
    angle = np.deg2rad(change.degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    offset = middle - turn @ (middle + [change.down * height, change.across * width])
    planes = values[..., None] if values.ndim == 2 else values
    moved = [
        affine_transform(plane, turn, offset, order=1, mode="nearest") for plane in np.moveaxis(planes, -1, 0)
    ]
    return moved[0] if values.ndim == 2 else np.stack(moved, axis=-1)


def _exposed(values: NDArray[np.float64], change: Change, low: float, high: float) -> NDArray[np.float64]:
    """Change the greys between `low` and `high`; what lies beyond them is shown black or white anyway."""
    span = high - low
    grey = (values - low) / span
    bent = np.where((grey > 0) & (grey < 1), np.clip(grey, 0, 1) ** (1 + change.gamma), grey)
    bent = 0.5 + (bent - 0.5) * (1 + change.contrast) + change.brightness
    if change.noise:
        bent = bent + change.noise * np.random.default_rng(change.seed).standard_normal(bent.shape)
    return low + span * bent


def _shown_range(image: MedicalImage) -> tuple[float, float]:
    if image.windows:
        window = image.windows[0]
        return window.center - window.width / 2, window.center + window.width / 2
    low, high = image.value_range
    return (low, high) if high > low else (low, low + 1)
