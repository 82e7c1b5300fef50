"""What travels through the preprocessing: pixels, the part of the image they show, how to tell of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.images.records import MedicalImage
from core.language import N_, Message

VALUE: Final = Message(text=N_("value"))  # stands in a formula until a pixel's own value is put there


@dataclass(frozen=True)
class Extent:
    """Which part of an image the network's input shows, as fractions of the image's height and width.

    The whole image is 0, 0, 1, 1; a border that was added lies below 0 and above 1, and what a crop cut off
    is left out. Fractions, so that a picture of the image in any size can be painted on.
    """

    top: float = 0.0
    left: float = 0.0
    bottom: float = 1.0
    right: float = 1.0


@dataclass(frozen=True)
class Frame:
    """Which part of the source image a picture shows, and how large its pixels are there.

    The upper edge of row r lies `top + r * down` source pixels below the upper edge of the source image, the
    left edge of column c `left + c * across` to the right of its left edge. A border that was added has
    negative places.
    """

    top: float = 0.0
    left: float = 0.0
    down: float = 1.0
    across: float = 1.0

    def part(self, top: float, left: float) -> "Frame":
        """Return the frame of a picture that begins `top` rows and `left` columns inside this one."""
        return replace(self, top=self.top + top * self.down, left=self.left + left * self.across)

    def scaled(self, down: float, across: float) -> "Frame":
        """Return the frame of the same part in pixels that are `down` times as high, `across` as wide."""
        return replace(self, down=self.down * down, across=self.across * across)

    def pixel_of(self, row: float, column: float) -> tuple[int, int]:
        """Return which pixel lies over the middle of a pixel of the source; it may be outside the picture."""
        return (
            int(np.floor((row + 0.5 - self.top) / self.down)),
            int(np.floor((column + 0.5 - self.left) / self.across)),
        )

    def extent(self, shape: tuple[int, ...], source: MedicalImage) -> Extent:
        """Return the part of the source that a picture of `shape` (H, W, ...) shows, as fractions."""
        rows, columns = source.values.shape[:2]
        return Extent(
            top=self.top / rows,
            left=self.left / columns,
            bottom=(self.top + shape[0] * self.down) / rows,
            right=(self.left + shape[1] * self.across) / columns,
        )

    def spacing_mm(self, source: MedicalImage) -> tuple[float, float] | None:
        """Return the distance between pixel centres of the picture, (down, across), where it is known."""
        spacing = source.pixel_spacing_mm
        return None if spacing is None else (spacing[0] * self.down, spacing[1] * self.across)


Tell = Callable[[NDArray[np.float32], int, int], Message]


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels on their way through the image steps.

    Attributes
    ----------
    pixels
        ndarray of shape (H, W, C), float32: in the image's units until a step has made grey levels of them,
        in [0, 1] from then on.
    source
        The image that it all began with.
    is_grey_levels
        Whether the pixels are in [0, 1].
    frame
        Which part of the source they show.
    formula
        What the last step does to a value, with VALUE in the value's place where there is one.
    tell
        For a step that looks at a neighbourhood: (pixels before it, row, column of the pixel before it) ->
        what it did there, with the numbers filled in. None where `formula` says it all.
    """

    pixels: NDArray[np.float32]
    source: MedicalImage
    is_grey_levels: bool
    frame: Frame
    formula: Message
    tell: Tell | None = None

    def after(
        self,
        pixels: NDArray[np.float32],
        formula: Message,
        *,
        tell: Tell | None = None,
        frame: Frame | None = None,
        is_grey_levels: bool | None = None,
    ) -> "Picture":
        """Return what a step made of this picture."""
        return Picture(
            pixels=np.ascontiguousarray(pixels, dtype=np.float32),
            source=self.source,
            is_grey_levels=self.is_grey_levels if is_grey_levels is None else is_grey_levels,
            frame=frame or self.frame,
            formula=formula,
            tell=tell,
        )


@dataclass(frozen=True, eq=False)
class Rescale:
    """x * scale + offset, one scale and one offset for each channel."""

    scale: NDArray[np.float32]  # (C,)
    offset: NDArray[np.float32]  # (C,)
    formula: Message
