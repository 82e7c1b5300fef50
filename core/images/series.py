"""Which files of a study belong together, and how their slices lie (DICOM PS3.3 C.7.3.1, C.7.6.2)."""

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from core.errors import UnreadableImageError
from core.images.deidentification import deidentify
from core.images.dicom import parse
from core.images.frame_header import FrameHeader
from core.images.pixel_format import n_frames_of, whole_number
from core.language import N_

_KEYWORDS: Final = (
    *(
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "SOPInstanceUID",
        "SeriesNumber",
        "InstanceNumber",
        "Modality",
    ),
    *("Rows", "Columns", "NumberOfFrames", "RecommendedDisplayFrameRate", "CineRate", "FrameTime"),
    *("ImagePositionPatient", "ImageOrientationPatient"),
)
_TAGS: Final = [tag for keyword in _KEYWORDS if (tag := tag_for_keyword(keyword)) is not None]
_PARALLEL: Final = 0.999  # the cosine of 2.6 degrees
_SAME_MM, _EVEN = 0.01, 0.05


class StudyFile(BaseModel):
    """What must be known of a file to give it its place in a study.

    Attributes
    ----------
    study, series, image
        Pseudonyms: equal where the file's identifiers are equal, and made with the caller's key.
    series_number, instance_number
        The scanner's own counting, or None.
    position_mm
        Of the first pixel in the patient, (x, y, z), or None.
    orientation
        The directions of a row and of a column, six cosines, or None.
    frames_per_second
        How fast several frames were meant to be shown, or None.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    columns: int
    n_frames: int
    modality: str | None = None
    frames_per_second: float | None = None
    study: str = ""
    series: str = ""
    image: str = ""
    series_number: int | None = None
    instance_number: int | None = None
    position_mm: tuple[float, float, float] | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None


@dataclass(frozen=True)
class Series:
    """Slices that belong together, in order.

    Attributes
    ----------
    indices
        Which of the files, from 0, in the order of the slices.
    ordered_by
        "position" along the normal of the slices, the scanner's "number", or as the files were "given".
    distance_mm
        Between neighbouring slices, the median; None where positions are not known.
    is_even
        Whether all slices are so far apart: False says that some are missing or stand twice.
    """

    indices: tuple[int, ...]
    modality: str | None
    ordered_by: Literal["position", "number", "given"]
    distance_mm: float | None = None
    is_even: bool = True


def open_study_file(content: bytes, *, key: str = "") -> StudyFile:
    """Return what orders a DICOM file among others; no pixel is decoded.

    Parameters
    ----------
    content
        A whole file.
    key
        What pseudonyms are made with: the same for files that are to be compared.

    Raises
    ------
    UnreadableImageError
        It holds no picture.
    """
    raw = parse(content, tags=_TAGS)
    rows, columns = whole_number(raw, "Rows", 0), whole_number(raw, "Columns", 0)
    if rows < 1 or columns < 1:
        raise UnreadableImageError(N_("The DICOM file holds no picture."))
    header = FrameHeader(raw, 0)
    return StudyFile(
        rows=rows,
        columns=columns,
        n_frames=n_frames_of(raw),
        modality=deidentify(raw).get("Modality") or None,
        frames_per_second=_rate(header),
        study=_pseudonym(raw, "StudyInstanceUID", key),
        series=_pseudonym(raw, "SeriesInstanceUID", key),
        image=_pseudonym(raw, "SOPInstanceUID", key),
        series_number=_optional(raw, "SeriesNumber"),
        instance_number=_optional(raw, "InstanceNumber"),
        position_mm=_finite(header, "ImagePositionPatient", 3),
        orientation=_finite(header, "ImageOrientationPatient", 6),
    )


def sort_series(files: Sequence[StudyFile]) -> tuple[Series, ...]:
    """Put files into series, and each series into the order of its slices.

    Slices are ordered by the place of their first pixel along their normal, the cross product of the
    directions of row and column (PS3.3 C.7.6.2.1.1); where these are absent or the slices not parallel, by
    instance number; else they stay as they are. Files with several frames stand alone.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, file in enumerate(files):
        alone = index if file.n_frames > 1 or not file.series else -1
        groups.setdefault((file.study, file.series, alone), []).append(index)
    found = sorted(groups.values(), key=lambda group: (_number(files[group[0]].series_number), group[0]))
    return tuple(_ordered(files, group) for group in found)


def _ordered(files: Sequence[StudyFile], group: list[int]) -> Series:
    modality = files[group[0]].modality
    heights = _heights([files[index] for index in group])
    if heights is not None:
        places = sorted(
            zip(heights, (_number(files[index].instance_number) for index in group), group, strict=True)
        )
        distance, is_even = _distances([place[0] for place in places])
        return Series(tuple(place[2] for place in places), modality, "position", distance, is_even)
    if all(files[index].instance_number is not None for index in group) and len(group) > 1:
        ordered = sorted(group, key=lambda index: (_number(files[index].instance_number), index))
        return Series(tuple(ordered), modality, "number")
    return Series(tuple(group), modality, "given")


def _heights(files: Sequence[StudyFile]) -> list[float] | None:
    if len(files) < 2 or any(file.position_mm is None or file.orientation is None for file in files):
        return None
    normals = np.array(
        [np.cross(file.orientation[:3], file.orientation[3:]) for file in files if file.orientation]
    )
    lengths = np.linalg.norm(normals, axis=1)
    if (lengths < 0.5).any() or (normals @ normals[0] / (lengths * lengths[0]) < _PARALLEL).any():
        return None
    positions = np.array([file.position_mm for file in files])
    heights: list[float] = np.round(positions @ (normals[0] / lengths[0]), 4).tolist()
    return heights if max(heights) - min(heights) > _SAME_MM else None


def _distances(heights: Sequence[float]) -> tuple[float, bool]:
    steps = np.diff(heights)
    middle = float(np.median(steps))
    return middle, bool(np.abs(steps - middle).max() <= max(_EVEN * abs(middle), _SAME_MM))


def _number(number: int | None) -> float:
    return math.inf if number is None else number


def _rate(header: FrameHeader) -> float | None:
    for keyword in ("RecommendedDisplayFrameRate", "CineRate", "FrameTime"):
        numbers = _numbers(header, keyword)
        if numbers and 0 < numbers[0] < math.inf:
            return 1000 / numbers[0] if keyword == "FrameTime" else numbers[0]
    return None


def _finite(header: FrameHeader, keyword: str, n: int) -> "tuple[float, ...] | None":
    numbers = _numbers(header, keyword)
    return numbers if len(numbers) == n and all(map(math.isfinite, numbers)) else None


def _numbers(header: FrameHeader, keyword: str) -> tuple[float, ...]:
    # What only orders slices may be wrong; the picture is still right.
    try:
        return header.numbers(keyword)
    except UnreadableImageError:
        return ()


def _optional(dataset: Dataset, keyword: str) -> int | None:
    try:
        number = whole_number(dataset, keyword, -(2**40))
    except UnreadableImageError:
        return None
    return None if number == -(2**40) else number


def _pseudonym(dataset: Dataset, keyword: str, key: str) -> str:
    uid = str(dataset.get(keyword) or "").strip()
    return hmac.new(key.encode(), uid.encode(), hashlib.sha256).hexdigest()[:16] if uid else ""
