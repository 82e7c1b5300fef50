"""What the `medmnist` package says of its sets, read from its info.py without running it.

Importing the package would load torch, and running info.py alone would make a folder ~/.medmnist; so the one
literal that is needed is taken out of its syntax tree.

Covers: the sets of 2D pictures. Does not cover: the 3D ones.
"""

import ast
import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.datasets.records import SPLIT_NAMES, SplitName
from core.errors import InvalidValueError, StateError
from core.language import N_

Task = Literal["binary", "multi-class", "ordinal", "multi-label"]
SIZES: Final = (28, 64, 128, 224)  # pixels a side

_TASKS: Final[dict[str, Task]] = {
    "binary-class": "binary",
    "multi-class": "multi-class",
    "ordinal-regression": "ordinal",
    "multi-label, binary-class": "multi-label",
}
_REMARK: Final = re.compile(r"\s*\(.*\)$")  # "immature granulocytes(myelocytes, ...)"


class MedMnistFile(BaseModel):
    """One set at one size: where its .npz file is, and what it must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(gt=0)  # pixels a side
    url: str = Field(pattern=r"^https://[^?#]+\.npz(\?|$)")
    md5: str = Field(pattern=r"^[0-9a-f]{32}$")


class MedMnistSet(BaseModel):
    """One set as the package lists it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z]+mnist$")
    title: str
    licence: str
    task: Task
    class_names: tuple[str, ...]  # of a multi-label set: its findings
    n_samples: dict[SplitName, int]
    n_channels: Literal[1, 3]
    files: tuple[MedMnistFile, ...]

    @property
    def n_images(self) -> int:
        """How many pictures it has in all splits."""
        return sum(self.n_samples.values())

    @property
    def is_non_commercial(self) -> bool:
        """Whether its licence forbids commercial use (Creative Commons NC)."""
        return "NC" in re.split(r"[\s-]", self.licence)

    def file(self, size: int) -> MedMnistFile:
        """Return its file of pictures of `size` pixels a side; InvalidValueError if there is none."""
        found = next((file for file in self.files if file.size == size), None)
        if found is None:
            text = N_("{title} has no pictures of {size} pixels. Choose one of: {known}.")
            known = ", ".join(str(file.size) for file in self.files)
            raise InvalidValueError(text, title=self.title, size=size, known=known)
        return found

    def pixel_bytes(self, size: int) -> int:
        """Return how many bytes the bare pixels take: its compressed file is somewhat smaller."""
        return self.n_images * size * size * self.n_channels


@lru_cache
def read_sets() -> dict[str, MedMnistSet]:
    """Return the sets of 2D pictures by name, in the package's order.

    Raises
    ------
    StateError
        The package is not installed, or its list is not as it was.
    """
    path = _info_path()
    try:
        tree = ast.parse(path.read_bytes() if path else b"")
        listed = next(_literal_of(node, "INFO") for node in tree.body if _assigns(node, "INFO"))
        return {
            name: _read_set(name, entry) for name, entry in listed.items() if not name.endswith("mnist3d")
        }
    except (OSError, SyntaxError, ValueError, KeyError, StopIteration) as error:
        text = N_(
            "The list of the MedMNIST sets cannot be read: install it with 'pip install medmnist=={version}'."
        )
        raise StateError(text, version="3.0.2") from error


def _info_path() -> Path | None:
    spec = importlib.util.find_spec("medmnist")  # of a top-level package: found, and not imported
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) / "info.py" if places else None


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == name for target in node.targets
    )


def _literal_of(node: ast.stmt, name: str) -> dict[str, Any]:
    value = ast.literal_eval(node.value) if isinstance(node, ast.Assign) else None
    if not isinstance(value, dict):
        raise ValueError(name)
    return value


def _read_set(name: str, entry: dict[str, Any]) -> MedMnistSet:
    labels = entry["label"]
    return MedMnistSet(
        name=name,
        title=entry["python_class"],
        licence=entry["license"],
        task=_TASKS[entry["task"]],
        class_names=tuple(_class_name(labels[str(number)]) for number in range(len(labels))),
        n_samples={split: entry["n_samples"][split] for split in SPLIT_NAMES},
        n_channels=entry["n_channels"],
        files=tuple(_read_file(entry, size) for size in SIZES if _key("url", size) in entry),
    )


def _read_file(entry: dict[str, Any], size: int) -> MedMnistFile:
    return MedMnistFile(size=size, url=entry[_key("url", size)], md5=entry[_key("MD5", size)])


def _key(name: str, size: int) -> str:
    return name if size == SIZES[0] else f"{name}_{size}"


def _class_name(label: str) -> str:
    """Return a label without its remark; the bare numbers of RetinaMNIST say what they are."""
    return f"grade {label}" if label.isdigit() else _REMARK.sub("", label)
