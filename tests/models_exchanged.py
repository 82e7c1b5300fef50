"""Models that travel, for the tests of core.exchange.models: a run, its two files, and what spoils them."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from core.runs.store import Run

Files = dict[str, bytes]
GONE = "<gone>"
NAMES = ("best.safetensors", "model.json")


def files_of(run: Run) -> Files:
    return {name: (run.folder / name).read_bytes() for name in NAMES}


def packed(files: Files, *, kind: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as archive:
        for name, part in files.items():
            archive.writestr(name, part)
    return content.getvalue()


def with_card(**changes: Any) -> Callable[[Files], Files]:
    """Change fields of the card; the value GONE leaves a field out."""

    def change(files: Files) -> Files:
        card = json.loads(files["model.json"]) | changes
        kept = {name: value for name, value in card.items() if value != GONE}
        return {**files, "model.json": json.dumps(kept).encode()}

    return change


def with_tensors(change: Callable[[dict[str, Any]], object]) -> Callable[[Files], Files]:
    def changed(files: Files) -> Files:
        tensors = {name: np.array(one) for name, one in load(files["best.safetensors"]).items()}
        change(tensors)
        return {**files, "best.safetensors": save(tensors)}

    return changed


def with_header(change: Callable[[dict[str, Any]], object]) -> Callable[[Files], Files]:
    """Change the header of the weights, and leave the numbers where they are."""

    def changed(files: Files) -> Files:
        content = files["best.safetensors"]
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        change(header)
        text = json.dumps(header).encode()
        weights = len(text).to_bytes(8, "little") + text + content[8 + length :]
        return {**files, "best.safetensors": weights}

    return changed


def with_weights(change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {**files, "best.safetensors": change(files["best.safetensors"])}


def steps_with(files: Files, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the steps of the card's pipeline, one with other parameters."""
    steps = json.loads(files["model.json"])["preprocessing"]["steps"]
    for step in steps:
        if step["name"] == name:
            step["parameters"] |= parameters
    return steps
