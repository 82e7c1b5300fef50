"""The unfinished beginning of a file: NAME.part, and beside it what the server said of the whole file."""

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.workspace import write_text


class ServerFacts(BaseModel):
    """NAME.part.json: what the server said of the file when its first byte came."""

    model_config = ConfigDict(frozen=True)

    etag: str | None = None
    last_modified: str | None = None
    total: int | None = None  # bytes

    @property
    def validator(self) -> str | None:
        """What If-Range may carry (RFC 9110, 13.1.5): a strong entity tag, or else a date."""
        is_strong = self.etag is not None and not self.etag.startswith("W/")
        return self.etag if is_strong else self.last_modified


@dataclass(frozen=True)
class Part:
    """What has come of the file that will be at `target`."""

    target: Path

    @property
    def path(self) -> Path:
        """Where the bytes gather."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def n_bytes(self) -> int:
        """How many have come."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def facts(self) -> ServerFacts | None:
        """What the server said of the file, or None where nothing can be gone on from."""
        try:
            return ServerFacts.model_validate_json(self._facts_path.read_bytes()) if self.n_bytes else None
        except (FileNotFoundError, ValidationError):
            return None

    @property
    def is_whole(self) -> bool:
        """Whether as much has come as was announced."""
        return self.facts is not None and self.facts.total == self.n_bytes

    def begin(self, facts: ServerFacts) -> None:
        """Start over: nothing has come."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        write_text(self._facts_path, facts.model_dump_json() + "\n")

    def finish(self) -> None:
        """Make it the file itself, in one step."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        self.path.replace(self.target)
        self._facts_path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Delete it."""
        self.path.unlink(missing_ok=True)
        self._facts_path.unlink(missing_ok=True)

    @property
    def _facts_path(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part.json")
