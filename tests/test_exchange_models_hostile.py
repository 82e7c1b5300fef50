"""Models that are traps, torn, or contradict themselves: one sentence each, nothing built, nothing left."""

import io
import json
import os
import pickle
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ImportRefusedError, InvalidValueError
from core.exchange.models import brought as brought_module
from core.exchange.models.brought import brought_from, brought_from_zip
from core.exchange.models.taking_in import import_model
from core.runs.store import list_runs
from tests.models_exchanged import (
    GONE,
    Files,
    files_of,
    packed,
    steps_with,
    with_card,
    with_header,
    with_tensors,
    with_weights,
)
from tests.trained import make_run_of

LAST = "classifier.bias"
FEATURE = "classifier.weight"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("there")))
        return files_of(make_run_of(("clear", "finding"), "there"))


def _set(name: str, value: float) -> Callable[[dict[str, Any]], None]:
    def change(tensors: dict[str, Any]) -> None:
        tensors[name].flat[0] = value

    return change


def _overlap(header: dict[str, Any]) -> None:
    header[LAST]["data_offsets"] = [0, 8]


def _kind(name: str, kind: type) -> Callable[[dict[str, Any]], None]:
    def change(tensors: dict[str, Any]) -> None:
        tensors[name] = tensors[name].astype(kind)

    return change


def _steps(name: str, **parameters: Any) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        return with_card(preprocessing={"steps": steps_with(files, name, **parameters)})(files)

    return change


def _begun(entry: bytes) -> Callable[[bytes], bytes]:
    """Put an entry before all others of the header."""

    def change(weights: bytes) -> bytes:
        text = b"{" + entry + b", " + weights[9:]
        length = int.from_bytes(weights[:8], "little") + len(entry) + 2
        return length.to_bytes(8, "little") + text

    return change


def _in_utf16(weights: bytes) -> bytes:
    length = int.from_bytes(weights[:8], "little")
    text = weights[8 : 8 + length].decode().encode("utf-16")
    return len(text).to_bytes(8, "little") + text + weights[8 + length :]


class Runs:
    """A pickle that makes a folder when it is opened."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(Path(os.environ["LIGHTBOX_HOME"]) / "it-ran"),)


HUGE = (2**40).to_bytes(8, "little")
HTML = "<script>alert(1)</script>"
HALF = {"mean": [0.5], "std": [0.5], "low": [0.0], "high": [1.0]}
CONTRADICTS = "contradicts itself"
NO_WEIGHTS = "no safetensors file"
SPOILT: dict[str, tuple[Callable[[Files], Files], str]] = {
    "weights cut short": (with_weights(lambda w: w[:-10]), f"{CONTRADICTS}|{NO_WEIGHTS}"),
    "weights with a tail": (with_weights(lambda w: w + b"tail"), NO_WEIGHTS),
    "a header of a terabyte": (with_weights(lambda w: HUGE + w[8:]), NO_WEIGHTS),
    "a header longer than it is": (with_weights(lambda w: (10**5).to_bytes(8, "little") + w[8:]), NO_WEIGHTS),
    "empty weights": (with_weights(lambda w: b""), NO_WEIGHTS),
    "a pickle for weights": (with_weights(lambda w: pickle.dumps(Runs())), "core convert"),
    "a pickle in torch's zip": (with_weights(lambda w: b"PK\x03\x04" + w), "core convert"),
    "a pickle for a card": (lambda f: {**f, "model.json": pickle.dumps(Runs())}, "core convert"),
    "offsets that overlap": (with_header(_overlap), NO_WEIGHTS),
    "an offset below zero": (with_header(lambda h: h[LAST].update(data_offsets=[-8, 0])), CONTRADICTS),
    "a kind of number that is none": (with_header(lambda h: h[LAST].update(dtype="F1")), "of the kind F1"),
    "a shape beyond the bytes": (with_header(lambda h: h[LAST].update(shape=[2**31, 2**31])), CONTRADICTS),
    "a tensor named twice": (with_weights(_begun(b'"' + LAST.encode() + b'": 0')), NO_WEIGHTS),
    "notes that are no texts": (with_header(lambda h: h.update(__metadata__={"a": 1})), NO_WEIGHTS),
    "an offset that is true": (with_header(lambda h: h[LAST].update(data_offsets=[True, 9])), CONTRADICTS),
    "a header in UTF-16": (with_weights(_in_utf16), NO_WEIGHTS),
    "double precision": (with_tensors(_kind(LAST, np.float64)), "float64 numbers, and has to hold float32"),
    "half precision": (with_tensors(_kind(FEATURE, np.float16)), "float16 numbers"),
    "whole numbers": (with_tensors(_kind(LAST, np.int32)), "i32 numbers"),
    "a tensor less": (with_tensors(lambda t: t.pop(LAST)), f"tensor '{LAST}' is missing"),
    "a tensor more": (with_tensors(lambda t: t.update(extra=np.zeros(1, np.float32))), "no tensor 'extra'"),
    "a tensor called HTML": (
        with_tensors(lambda t: t.update({HTML: np.zeros(1, np.float32)})), "has no tensor '<script>",
    ),
    "infinity": (with_tensors(_set(LAST, np.inf)), "infinite or not a number"),
    "not a number": (with_tensors(_set(FEATURE, np.nan)), "infinite or not a number"),
    "three classes for two": (
        with_card(class_names=["a", "b", "c"], positive_class=None), "is 2 x .* and has to be 3 x",
    ),
    "one class": (with_card(class_names=["a"], positive_class=None), "names 1 classes"),
    "ten thousand classes": (
        with_card(class_names=[str(n) for n in range(10_000)], positive_class=None), "names 10000 classes",
    ),
    "a class twice": (with_card(class_names=["a", "a"], positive_class="a"), "names a class twice"),
    "a class of a book": (with_card(class_names=["a" * 300, "b"], positive_class="b"), "longer than 200"),
    "no positive class of two": (with_card(positive_class=None), "one of two classes as the positive"),
    "a positive class of none": (with_card(positive_class="other"), "one of two classes as the positive"),
    "another network": (with_card(model="mlp"), "not the weights of mlp"),
    "an unknown network": (with_card(model="../../etc"), "no network '../../etc'"),
    "three channels for one": (with_card(n_channels=3), "contradicts itself: its step 'channels'"),
    "two channels": (with_card(n_channels=2), "'n_channels' is not right"),
    "a pipeline in colour": (_steps("channels", n_channels=3), "contradicts itself: its step 'channels'"),
    "pixels beyond measure": (with_card(image_size=100_000), "image_size"),
    "pixels below zero": (with_card(image_size=-16), "image_size"),
    "no pixels": (with_card(image_size=0), "image_size"),
    "a resize to other pixels": (_steps("resize", size=32), "makes 32 pixels, and its network takes 16"),
    "a resize beyond measure": (_steps("resize", size=10**6), "'size' of the step 'resize'"),
    "a step that nobody has": (
        with_card(preprocessing={"steps": [{"name": "os.system"}]}), "no preprocessing step 'os.system'",
    ),
    "no steps": (with_card(preprocessing={"steps": []}), "model.json cannot be used"),
    "statistics of two channels": (
        with_card(statistics={name: value * 2 for name, value in HALF.items()}), "its statistics have 2",
    ),
    "statistics that are none": (
        with_card(statistics={**HALF, "mean": [float("nan")]}), "'statistics.mean.*' is not right",
    ),
    "a deviation below zero": (with_card(statistics={**HALF, "std": [-1.0]}), "model.json cannot be used"),
    "a mean beyond measure": (with_card(statistics={**HALF, "mean": [1e308]}), "statistics that no images"),
    "darkest over brightest": (with_card(statistics={**HALF, "low": [1.0], "high": [0.0]}), "no images"),
    "fields of a later version in the pipeline": (
        with_card(preprocessing={"steps": [{"name": "window", "secret": 1}]}), "model.json cannot be used",
    ),
    "a field less": (with_card(class_names=GONE), "'class_names' is not right"),
    "a metric of no number": (
        with_card(metrics={"val": {"auroc": {"value": float("inf"), "n": 3}}}), "a metric that is no number",
    ),
    "a metric beyond its range": (
        with_card(metrics={"val": {"auroc": {"value": 7.5, "n": 3}}}), "'auroc' a value that it cannot have",
    ),
    "images below zero": (with_card(n_train_images=-1), "that cannot be"),
    "a book for a name": (with_card(run="a" * 10_000), "far too long"),
    "a card that is a list": (lambda f: {**f, "model.json": b"[]"}, "model.json cannot be used"),
    "a card cut short": (lambda f: {**f, "model.json": f["model.json"][:200]}, "no card of a model"),
    "a card of brackets": (lambda f: {**f, "model.json": b"[" * 200_000}, "no card of a model"),
    "a card of 5 MB": (lambda f: {**f, "model.json": b" " * 5_000_000}, "at most 4 MB are read"),
}  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_spoilt_model_is_refused_in_a_sentence_before_a_network_is_built(
    spoil: str, files: Files, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought_module.Brought, "load", lambda self: pytest.fail("built"))
    change, sentence = SPOILT[spoil]
    spoilt = change(files)
    with pytest.raises(ImportRefusedError, match=sentence) as refusal:
        brought_from(spoilt["best.safetensors"], spoilt["model.json"])
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400
    archive = home / "m.zip"
    archive.write_bytes(packed(spoilt))
    with pytest.raises(ImportRefusedError):
        import_model(archive)
    assert [path.name for path in home.rglob("*")] == ["m.zip"]


def _entry(name: str, *, mode: int = stat.S_IFREG) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (mode | 0o644) << 16
    return info


def _zip(*entries: tuple[zipfile.ZipInfo | str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as archive:
        for name, part in entries:
            if isinstance(name, zipfile.ZipInfo):
                name.compress_type = kind
            archive.writestr(name, part)
    return content.getvalue()


def _tar(files: Files) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, part in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(part)
            archive.addfile(info, io.BytesIO(part))
    return content.getvalue()


def _forged(files: Files) -> bytes:
    """Let the directory claim that the card has more bytes than it has."""
    content = bytearray(packed(files))
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = (len(files["model.json"]) + 4).to_bytes(4, "little")
    return bytes(content)


ZIPS: dict[str, tuple[Callable[[Files], bytes], str]] = {
    "no zip": (lambda f: b"hello", "damaged, or no zip"),
    "an empty file": (lambda f: b"", "damaged, or no zip"),
    "an empty zip": (lambda f: _zip(), "no model of Lightbox"),
    "a zip cut short": (lambda f: packed(f)[:-30], "damaged, or no zip"),
    "a tar": (_tar, "This is a tar archive"),
    "a way out": (lambda f: packed({**f, "../out": b""}), "no model of Lightbox"),
    "an absolute path": (lambda f: packed({**f, "/tmp/out": b""}), "no model of Lightbox"),
    "a foreign file": (lambda f: packed({**f, "run.py": b""}), "no model of Lightbox"),
    "a file less": (lambda f: packed({"model.json": f["model.json"]}), "no model of Lightbox"),
    "a link": (
        lambda f: _zip(*f.items(), (_entry("model.onnx", mode=stat.S_IFLNK), b"/etc/passwd")), "a link",
    ),
    "a bomb": (
        lambda f: _zip((_entry("best.safetensors"), bytes(30_000_000)), ("model.json", f["model.json"]),
                       kind=zipfile.ZIP_DEFLATED), NO_WEIGHTS,
    ),
    "a card that is a bomb": (
        lambda f: _zip(("best.safetensors", f["best.safetensors"]), (_entry("model.json"), bytes(9_000_000)),
                       kind=zipfile.ZIP_DEFLATED), "at most 4 MB",
    ),
    "a forged size": (_forged, "no model of Lightbox|damaged|share the same bytes"),
    "torch's zip": (lambda f: packed({"archive/data.pkl": b"\x80"}), "core convert"),
    "a directory of torch": (
        lambda f: packed({f"archive/{name}": b"" for name in ("data.pkl", *range(100))}), "core convert",
    ),
    "a bare pickle": (lambda f: pickle.dumps(Runs()), "core convert"),
    "a directory without end": (lambda f: b"PK\x03\x04" + b"PK\x01\x02" * 100_000, "no model of Lightbox"),
}  # fmt: skip


@pytest.mark.parametrize("trap", ZIPS)
def test_a_zip_that_is_a_trap_is_refused_in_a_sentence(trap: str, files: Files, home: Path) -> None:
    make, sentence = ZIPS[trap]
    (home / "m.zip").write_bytes(make(files))
    with pytest.raises(ImportRefusedError, match=sentence):
        brought_from_zip((home / "m.zip").read_bytes())
    with pytest.raises(ImportRefusedError, match=sentence):
        import_model(home / "m.zip", name="trap")
    assert [path.name for path in home.rglob("*")] == ["m.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(files: Files) -> None:
    content = _zip(*files.items(), ("model.json", files["model.json"]))
    with pytest.raises(ImportRefusedError, match="each once"):
        brought_from_zip(content)


def test_class_names_of_html_are_data_and_unknown_fields_are_left_out(files: Files, home: Path) -> None:
    names = [HTML, "finding"]
    spoilt = with_card(class_names=names, positive_class=HTML, of_another_version={"a": [1]})(files)
    (home / "m.zip").write_bytes(packed(spoilt))
    run = import_model(home / "m.zip", name="html")
    assert run.card.class_names == tuple(names)
    assert "of_another_version" not in json.loads((run.folder / "model.json").read_bytes())


def test_a_name_that_cannot_be_a_runs_is_refused_before_the_file_is_read(home: Path) -> None:
    with pytest.raises(InvalidValueError, match="cannot name a run"):
        import_model(home / "none.zip", name="../x")
    with pytest.raises(ImportRefusedError, match="is no file"):
        import_model(home / "none.zip")
    assert [run.run_id for run in list_runs() if not run.is_shipped] == []
