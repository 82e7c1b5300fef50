"""metrics.jsonl: appended by the worker, read by byte offset by whoever draws the curve."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from core.runs.records import EpochMetrics, RunEvent, StepMetrics
from core.workspace import write_bytes

MetricsLine = StepMetrics | EpochMetrics | RunEvent
_line = TypeAdapter[MetricsLine](Annotated[MetricsLine, Field(discriminator="kind")])


@dataclass(frozen=True)
class MetricsTail:
    """The lines that were new, and where to read on; `starts_over` if all lines were read again."""

    lines: list[MetricsLine]
    offset: int
    starts_over: bool = False


def append_metrics(folder: Path, line: MetricsLine) -> None:
    """Append one line and flush it: it is there when this process is killed the next moment.

    Raises
    ------
    OSError
        The system refuses it, and nothing of it was written.
    """
    with (folder / "metrics.jsonl").open("ab", buffering=0) as file:
        length = file.seek(0, os.SEEK_END)
        content = line.model_dump_json().encode() + b"\n"
        try:
            if file.write(content) < len(content):  # the last free bytes of the disk
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file.name)
        except OSError:
            file.truncate(length)
            raise


def read_metrics(folder: Path, offset: int = 0) -> MetricsTail:
    """Read the complete lines from a byte offset on; an unfinished last line is left for the next time.

    An offset that is no beginning of a line means that a resumed run cut its file back, and perhaps has
    written more since: everything is read again. A line that cannot be read is left out.
    """
    path = folder / "metrics.jsonl"
    if not path.exists():
        return MetricsTail([], 0, starts_over=offset > 0)
    with path.open("rb") as file:
        file.seek(max(offset - 1, 0))
        starts_over = offset > 0 and file.read(1) != b"\n"
        offset = 0 if starts_over else offset
        file.seek(offset)
        content = file.read()
    end = content.rfind(b"\n") + 1
    lines = [line for text in content[:end].splitlines() if (line := parse_line(text))]
    return MetricsTail(lines, offset + end, starts_over)


def cut_metrics(folder: Path, *, step: int, epoch: int) -> None:
    """Keep the lines up to `step` and `epoch`: what came after the last checkpoint will be done again."""
    path = folder / "metrics.jsonl"
    if not path.exists():
        return
    limits = {"step": ("step", step), "epoch": ("epoch", epoch), "event": ("step", step)}
    texts = [text for text in path.read_bytes().splitlines(keepends=True) if text.endswith(b"\n")]
    lines = [(text, line) for text in texts if (line := parse_line(text))]
    kept = [text for text, line in lines if _is_within(line, *limits[line.kind])]
    write_bytes(path, b"".join(kept))


def _is_within(line: MetricsLine, name: str, limit: int) -> bool:
    return bool(getattr(line, name) <= limit)


def parse_line(text: bytes) -> MetricsLine | None:
    """Return a line, or None for one that a crash left torn."""
    try:
        return _line.validate_json(text)
    except ValidationError:
        return None
