"""The pictures that go with a script: which steps it can do itself, and what it must know of each picture.

A script can do the steps that take a line or two of numpy and Pillow; for the others it gets the pictures as
they are after all image steps. What is black and what is white is one number for all pictures where that is
so, else a column of split.csv.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from PIL import Image

from core.datasets.exporting import ValueMap
from core.datasets.pictures import read_picture
from core.datasets.store import Dataset
from core.errors import StateError
from core.images.levels import window_limits
from core.language import N_
from core.transforms.preprocessing.grey_levels import chosen_window
from core.transforms.preprocessing.parameters import WindowParameters
from core.transforms.records import Preprocessing, PreprocessingStep

Colours = Literal["grey", "colour", "mixed"]

_MAKES_GREY_LEVELS: Final = ("window", "percentile_clip")
_PLAIN: Final = (*_MAKES_GREY_LEVELS, "channels", "resize", "invert", "gamma", "crop_borders")
_BEFORE_GREY_LEVELS: Final = ("crop_borders",)
_WITHOUT_PILLOW: Final = "area"  # Pillow's own filter of that kind counts a pixel whole or not at all


@dataclass(frozen=True, eq=False)
class PictureFacts:
    """What a script must know of the pictures.

    Attributes
    ----------
    colours
        Of the files: all grey, all colour, or some of each.
    is_plain
        Whether the script can do all image steps itself, to the bit; else the pictures come along as they are
        after them.
    levels
        DataFrame with one row a picture, in the order of the split, and the columns black, white, inverted:
        the stored values that become 0 and 1. None where no step needs them.
    values
        How values that PNG cannot hold became 16 bits; `levels` is in these stored values.
    n_bytes
        Of all files together.
    """

    colours: Colours
    is_plain: bool
    levels: pd.DataFrame | None
    values: ValueMap
    n_bytes: int

    def constant(self, column: str) -> Any | None:
        """Return the value of a column of `levels` that is the same for all pictures, else None."""
        if self.levels is None:
            return None
        found = self.levels[column].unique()
        return found[0] if len(found) == 1 else None


def has_plain_steps(preprocessing: Preprocessing) -> bool:
    """Tell whether each image step has a plain form that gives the same bits."""
    is_grey_levels, before = False, list[str]()
    for step in preprocessing.active("image"):
        is_allowed = step.name in (_BEFORE_GREY_LEVELS if not is_grey_levels else _PLAIN)
        if not is_allowed and step.name not in _MAKES_GREY_LEVELS:
            return False
        if step.name == "window" and is_grey_levels:  # it would look at the file's window once more
            return False
        if step.name == "resize" and (
            step.parameters["interpolation"] == _WITHOUT_PILLOW or "channels" not in before
        ):
            return False
        is_grey_levels = is_grey_levels or step.name in _MAKES_GREY_LEVELS
        before.append(step.name)
    return is_grey_levels


def picture_facts(dataset: Dataset, sample_ids: list[int], preprocessing: Preprocessing) -> PictureFacts:
    """Look at the table and the headers of the files; only a window that is found in the values needs those.

    Raises
    ------
    StateError
        A pipeline that no script is written for.
    """
    if len(preprocessing.active("tensor")) > 1:
        text = N_("A script has one step that rescales, and this run has {n}; take it home as a zip instead.")
        raise StateError(text, n=len(preprocessing.active("tensor")))
    rows = dataset.samples.set_index("sample_id", drop=False).loc[sample_ids]
    paths = [dataset.folder / "files" / name for name in rows["file"]]
    others = sorted({path for path in paths if path.suffix != ".png"})
    values = ValueMap.over(read_picture(path) for path in others)
    levels = _levels(dataset, rows, preprocessing) if has_plain_steps(preprocessing) else None
    if levels is None or levels["black"].isna().any() or (others and not values.is_exact):
        plain, levels = False, None
    else:
        plain, levels = True, _as_stored(levels, rows["file"], values)
    sizes = {path: path.stat().st_size for path in paths}
    return PictureFacts(_colours(sizes), plain, levels, values, sum(sizes.values()))


def _as_stored(levels: pd.DataFrame, files: "pd.Series[str]", values: ValueMap) -> pd.DataFrame:
    """Return the limits in the numbers that stand in the PNG files."""
    is_mapped = ~files.str.endswith(".png").to_numpy()
    stored = {name: (levels[name] - values.offset) / values.slope for name in ("black", "white")}
    return levels.assign(**{name: np.where(is_mapped, stored[name], levels[name]) for name in stored})


def _colours(paths: Iterable[Any]) -> Colours:
    modes = set()
    for path in paths:
        with Image.open(path, formats=("PNG", "TIFF")) as image:
            modes.add("colour" if image.mode == "RGB" else "grey")
    return "mixed" if len(modes) > 1 else ("colour" if "colour" in modes else "grey")


def _levels(dataset: Dataset, rows: pd.DataFrame, preprocessing: Preprocessing) -> pd.DataFrame | None:
    windows = [step for step in preprocessing.active("image") if step.name == "window"]
    if not windows:
        inverted = rows["inverted"].astype(bool).to_numpy()
        return pd.DataFrame({"black": 0.0, "white": 1.0, "inverted": inverted})
    return pd.DataFrame([_limits(dataset, int(number), windows[0]) for number in rows["sample_id"]])


def _limits(dataset: Dataset, sample_id: int, step: PreprocessingStep) -> dict[str, Any]:
    """Return what becomes 0 and 1 of one picture; NaN where its window is no straight line."""
    parameters, row = WindowParameters(**step.parameters), dataset.row(sample_id)
    if parameters.mode in ("file", "full") and np.isnan(row["window_width"]):
        black, white = row["value_low"], row["value_high"]
    else:
        image = dataset.image(sample_id)
        window = chosen_window(image, parameters)
        black, white = window_limits(replace(image, windows=()), window)
        if window is not None and (window.function == "SIGMOID" or window.width <= 1):
            black = float("nan")
    white = black + 1 if black >= white else white  # an even picture: Lightbox takes a span of 1
    return {"black": float(black), "white": float(white), "inverted": bool(row["inverted"])}
