"""The tree of experiments, drawn like a commit graph; the way back to any run."""

from collections.abc import Sequence
from typing import Any


def run_tree(rows: Sequence[Any], chosen: Sequence[str]) -> str | None:
    """Draw the runs as a tree and return the one that was clicked; None if none was."""
    return None
