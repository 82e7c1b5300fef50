"""Where a run came from that was not trained here: origin.json in its folder."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

_NAME = "origin.json"


class Origin(BaseModel):
    """What is known of a run that another Lightbox made, and that was brought in as a zip.

    Attributes
    ----------
    run
        Its name there.
    parent
        The run it was made from there; one of the same name here may be another.
    imported_at
        ISO 8601, UTC.
    kind
        "run" with its curve and its split, or a "model": its weights and their card alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    parent: str | None = None
    imported_at: str
    kind: Literal["run", "model"] = "run"


def read_origin(folder: Path) -> Origin | None:
    """Return where the run in `folder` came from; None for one that was made here."""
    path = folder / _NAME
    try:
        return Origin.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError):  # it did come from elsewhere, whatever the record says
        return Origin(run=folder.name, imported_at="")


def origin_path(folder: Path) -> Path:
    """Return where the record lies, there or not."""
    return folder / _NAME
