"""What the booth knows while it is still at work, written beside the job for the page that watches. No torch.

Covers: the validation AUROC after each epoch, and each number as soon as it is known. Does not cover: the
answer; nothing here is kept once that is there, or when somebody stops.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pydantic import Field, ValidationError

from core.evaluation.records import MetricValue
from core.experiments.records import Result
from core.experiments.shortcut.records import ShareOfMap, ShortcutAnswer, Side, Trained
from core.statistics.shares import Share
from core.workspace import write_text

_FILE: Final = "story.json"


class SoFar(Result):
    """What is known of both networks; what is not there is not known yet.

    Attributes
    ----------
    epochs
        How many each network trains.
    course
        AUROC on validation after each epoch that has ended; None where a class has no film.
    val, clean, swapped, maps
        As in `Trained`.
    """

    epochs: int
    course: dict[Side, tuple[float | None, ...]] = Field(default_factory=dict)
    val: dict[Side, MetricValue] = Field(default_factory=dict)
    clean: dict[Side, MetricValue] = Field(default_factory=dict)
    swapped: dict[Side, Share] = Field(default_factory=dict)
    maps: dict[Side, tuple[ShareOfMap, ...]] = Field(default_factory=dict)


class Story:
    """Writes what is known; within `with` it is there, and gone at the end however that comes."""

    def __init__(self, folder: Path, *, epochs: int) -> None:
        self._path, self._known = folder / _FILE, SoFar(epochs=epochs)

    def __enter__(self) -> Self:
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)

    def add_epoch(self, side: Side, area: float | None) -> None:
        """Tell the AUROC on validation after one epoch more."""
        course = self._known.course
        self._tell(course={**course, side: (*course.get(side, ()), area)})

    def add(self, side: Side, **values: object) -> None:
        """Tell what is known of one network, by the fields of `SoFar`."""
        self._tell(**{name: {**getattr(self._known, name), side: value} for name, value in values.items()})

    def _tell(self, **fields: Any) -> None:
        self._known = self._known.model_copy(update=fields)
        self._write()

    def _write(self) -> None:
        write_text(self._path, self._known.model_dump_json() + "\n")


def whole_story(answer: ShortcutAnswer, *, epochs: int) -> SoFar:
    """Return an answer in the form of what is known at its end."""
    both: dict[Side, Trained] = {"shortcut": answer.shortcut, "control": answer.control}
    return SoFar(
        epochs=epochs,
        val={side: one.val for side, one in both.items()},
        clean={side: one.clean for side, one in both.items()},
        swapped={side: one.swapped for side, one in both.items()},
        maps={side: one.maps for side, one in both.items()},
    )


def story_so_far(folder: Path) -> SoFar | None:
    """Return what a job at work has told; None before it began, and when it is done."""
    try:
        return SoFar.model_validate_json((folder / _FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
