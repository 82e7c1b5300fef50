"""Learn 2: follow one pixel through the preprocessing; at Full, build the pipeline."""

from core.datasets.records import DatasetInfo
from ui.controls import (
    full,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    self_check,
)
from ui.preprocessing.laboratory import laboratory
from ui.preprocessing.walk import walk


def main() -> None:
    shown = lesson_header("preprocess")
    info = pick_dataset()
    if info is not None:
        with guard():
            _page(info)
    lesson_more(shown)
    self_check("preprocess", shown)
    next_button("augment")


def _page(info: DatasetInfo) -> None:
    if full():
        laboratory(info)
    else:
        walk(info)


main()
