"""What the header says of one frame: its own groups, those of all frames, or the file (PS3.3 C.7.6.16)."""

import math
from collections.abc import Iterator
from typing import Any, Final

from pydicom.dataset import Dataset

from core.errors import UnreadableImageError
from core.language import N_

_MACROS: Final = (
    "PixelValueTransformationSequence",
    "FrameVOILUTSequence",
    "PixelMeasuresSequence",
    "PlanePositionSequence",
    "PlaneOrientationSequence",
)
_EMPTY: Final[tuple[object, ...]] = (None, "", b"", [])


class FrameHeader:
    """Look-ups that find what holds for one frame: its own groups first, then the shared ones, then the file.

    Parameters
    ----------
    dataset
        The header.
    frame
        From 0.
    """

    def __init__(self, dataset: Dataset, frame: int) -> None:
        self.dataset = dataset
        self._places = (*_groups(dataset, frame), dataset)

    @property
    def is_little_endian(self) -> bool:
        """The byte order of the file."""
        return self.dataset.original_encoding[1] is not False

    def get(self, keyword: str) -> Any:
        """Return the first value that is there and not empty, else None."""
        values = (place[keyword].value for place in self._places if keyword in place)
        return next((value for value in values if not _is_empty(value)), None)

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """Return all numbers of an element; it holds none where it is absent.

        Raises
        ------
        UnreadableImageError
            One is no number. What stands there instead is not repeated: it may be a name.
        """
        value = self.get(keyword)
        if value is None:
            return ()
        values = value if hasattr(value, "__iter__") and not isinstance(value, str) else (value,)
        try:
            return tuple(math.nan if number in _EMPTY else float(number) for number in values)
        except (TypeError, ValueError) as error:
            text = N_("The DICOM file is wrong: its {keyword} is no number.")
            raise UnreadableImageError(text, keyword=keyword) from error

    def number(self, keyword: str, default: float) -> float:
        """Return one finite number, or `default` where the element is absent or empty."""
        numbers = self.numbers(keyword)
        number = numbers[0] if numbers else default
        if not math.isfinite(number):
            text = N_("The DICOM file is wrong: {keyword} is {value}, which is no number.")
            raise UnreadableImageError(text, keyword=keyword, value=str(number))
        return number

    def items(self, keyword: str) -> tuple[Dataset, ...]:
        """Return the items of a sequence; none where it is absent."""
        return tuple(self.get(keyword) or ())


def _groups(dataset: Dataset, frame: int) -> Iterator[Dataset]:
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in (*per_frame[frame : frame + 1], *shared[:1]):
        for name in _MACROS:
            yield from (group.get(name) or [])[:1]


def _is_empty(value: Any) -> bool:
    return value is None or (hasattr(value, "__len__") and len(value) == 0)
