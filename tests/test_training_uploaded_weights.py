"""Weights from outside: a pickle is never opened, a file that contradicts itself is refused in a sentence."""

import io
import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save as save_numpy
from safetensors.torch import save as save_torch

from core.errors import InvalidValueError, NameTakenError, UnknownNameError
from core.training.uploaded_weights import (
    check_weights,
    delete_weights,
    keep_weights,
    list_weights,
    open_weights,
)
from core.workspace import weights_dir

GOOD = save_numpy({"a": np.ones((2, 3), np.float32), "b": np.arange(4, dtype=np.int64)})


def written_by_hand(header: Any, body: bytes = b"", length: int | None = None) -> bytes:
    """Return the layout of the format: 8 bytes of length, JSON, numbers."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def entry(shape: Any = (1,), offsets: Any = (0, 4), kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": list(shape), "data_offsets": list(offsets)}


class Runs:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))


def test_a_file_is_kept_whole_and_found_by_its_name() -> None:
    kept = keep_weights("mine-1", GOOD)
    assert kept.shapes == {"a": (2, 3), "b": (4,)}
    assert kept.n_weights == 10
    assert open_weights("mine-1").path.read_bytes() == GOOD
    assert [found.name for found in list_weights()] == ["mine-1"]
    delete_weights("mine-1")
    assert list_weights() == []


def test_the_same_file_may_come_again_and_another_of_its_name_may_not() -> None:
    keep_weights("mine", GOOD)
    keep_weights("mine", GOOD)
    with pytest.raises(NameTakenError):
        keep_weights("mine", save_numpy({"a": np.zeros(1, np.float32)}))
    assert open_weights("mine").path.read_bytes() == GOOD


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_is_refused_and_never_opened(zipped: bool, tmp_path: Path) -> None:
    content = io.BytesIO()
    trace = tmp_path / "it-ran"
    torch.save({"a": Runs(str(trace))}, content, _use_new_zipfile_serialization=zipped)
    with pytest.raises(InvalidValueError, match="Opening one runs whatever program is in it"):
        keep_weights("evil", content.getvalue())
    assert not trace.exists()
    assert not weights_dir().exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_a_number_that_is_not_finite_is_refused_by_its_tensor(value: float, kind: type) -> None:
    numbers = np.ones(5, kind)
    numbers[3] = value
    with pytest.raises(InvalidValueError, match="Tensor 'bad' holds a number that is infinite"):
        check_weights(save_numpy({"good": np.ones(2, np.float32), "bad": numbers}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_the_same_holds_for_bfloat16(value: float) -> None:
    with pytest.raises(InvalidValueError, match="'bad'"):
        check_weights(save_torch({"bad": torch.tensor([1.0, value], dtype=torch.bfloat16)}))
    largest = torch.tensor([torch.finfo(torch.bfloat16).max, -0.0], dtype=torch.bfloat16)
    assert check_weights(save_torch({"large": largest})) == {"large": (2,)}


NO_FILE = "This is no safetensors file. Choose a file that ends in .safetensors."
TORN = "The file contradicts itself at tensor 'a'; get it again."


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", NO_FILE),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), NO_FILE),
        (GOOD[:30], NO_FILE),
        (written_by_hand({}), NO_FILE),
        (written_by_hand([1]), NO_FILE),
        (written_by_hand(b"[" * 5000), NO_FILE),
        (written_by_hand({"a": entry()}, bytes(4), length=2**63), NO_FILE),
        (written_by_hand({"a": entry(), "b": entry()}, bytes(4)), NO_FILE),  # they overlap
        (written_by_hand({"a": entry(offsets=(4, 8))}, bytes(8)), NO_FILE),  # a hole
        (written_by_hand({"a": entry()}, bytes(8)), NO_FILE),  # bytes that belong to nobody
        (GOOD[:-1], TORN),
        (written_by_hand({"a": 3}, bytes(4)), TORN),
        (written_by_hand({"a": entry(shape=(10**9,))}, bytes(4)), TORN),  # the 1.5 KB file of 10^9 numbers
        (written_by_hand({"a": entry(shape=(-1,))}, bytes(4)), TORN),
        (written_by_hand({"a": entry(shape=(1.0,))}, bytes(4)), TORN),
        (written_by_hand({"a": entry(offsets=(0, 400))}, bytes(4)), TORN),
        (
            written_by_hand({"a": entry(kind="F8_E4M3")}, bytes(4)),
            "Tensor 'a' is of the kind F8_E4M3, which no network here has.",
        ),
    ],
)
def test_what_is_no_safetensors_is_refused_in_one_sentence(content: bytes, text: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        keep_weights("bad", content)
    assert str(refused.value) == text
    assert list_weights() == []


def test_the_order_of_tensors_in_the_header_does_not_matter() -> None:
    header = {"b": entry(offsets=(4, 8)), "a": entry(), "__metadata__": {"format": "pt"}}
    assert check_weights(written_by_hand(header, bytes(8))) == {"b": (1,), "a": (1,)}


@pytest.mark.parametrize("name", ["", "../up", "UPPER", "a b", "x" * 65, ".hidden"])
def test_a_name_that_could_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(InvalidValueError):
        keep_weights(name, GOOD)
    with pytest.raises(UnknownNameError):
        open_weights(name)


def test_a_file_that_was_damaged_later_is_left_out_of_the_list_and_can_be_deleted() -> None:
    path = keep_weights("mine", GOOD).path
    path.write_bytes(GOOD[:20])
    assert list_weights() == []
    with pytest.raises(InvalidValueError):
        open_weights("mine")
    delete_weights("mine")
    assert not path.exists()


def test_a_header_whose_length_begins_like_a_pickle_is_none(home: Path) -> None:
    """640 is 0x0280, little-endian bytes 80 02: the first bytes of a pickle of protocol 2."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    content = (640).to_bytes(8, "little") + header.ljust(640) + np.float32(1).tobytes()
    assert content.startswith(pickle.dumps({}, protocol=2)[:2])
    assert keep_weights("mine", content).shapes == {"w": (1,)}
