"""What a command prints: one JSON object on standard output with --json, else lines for people."""

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from core.language import Message, _

_PIPE_SECONDS = 2.0

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Add --json to a command."""
    text = "Print one JSON object on standard output and nothing else there."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def show(record: dict[str, Any], *, as_json: bool) -> None:
    """Print a record; NaN and infinity become null, which JSON can carry."""
    if as_json:
        text = json.dumps(_finite(record), ensure_ascii=False)
        click.echo(text.encode(errors="backslashreplace").decode())  # a file name may be no UTF-8
        return
    for name, value in record.items():
        for line in _lines(name, value):
            click.echo(line.encode(errors="backslashreplace").decode())


class ProgressLine:
    """A line on standard error that is drawn over itself; on a pipe a line every few seconds."""

    def __init__(self) -> None:
        self._last = ""
        self._written_at = 0.0

    def __call__(self, fraction: float, message: Message | None = None) -> None:
        """Show how far the work is, in [0, 1]."""
        text = f"{fraction:4.0%}  {message or _('Working')}"
        wait = 0.1 if sys.stderr.isatty() else _PIPE_SECONDS
        if text == self._last or time.monotonic() - self._written_at < wait:
            return
        self._last, self._written_at = text, time.monotonic()
        click.echo(f"\r\033[K{text}" if sys.stderr.isatty() else text, err=True, nl=not sys.stderr.isatty())

    def end(self) -> None:
        """Leave the line."""
        if self._last and sys.stderr.isatty():
            click.echo(err=True)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _lines(name: str, value: Any) -> list[str]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [f"{name}:", *("  " + _row(row) for row in value)]
    if _is_record(value):
        inner = [line for key, one in value.items() for line in _inner_lines(key, one)]
        return [f"{name}:", *(f"  {line}" for line in inner)]
    return [f"{name}: {_text(value)}"]


def _inner_lines(key: str, value: Any) -> list[str]:
    """Write what holds further records on lines of its own, and a record of numbers on one."""
    holds_more = _is_record(value) and any(_is_record(one) for one in value.values())
    return _lines(key, value) if holds_more else [f"{key}: {_text(value)}"]


def _row(row: dict[str, Any]) -> str:
    return _text(row) if _is_message(row) else "  ".join(_text(inner) for inner in row.values())


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and not _is_message(value)


def _is_message(value: dict[str, Any]) -> bool:
    return value.keys() == {"text", "values"}


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        if _is_message(value):
            return str(Message.model_validate(value))
        return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(f"[{_text(inner)}]" if isinstance(inner, list) else _text(inner) for inner in value)
    return "-" if value is None else str(value)
