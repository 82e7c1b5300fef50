"""Zips of runs that are traps, torn, or made to harm: one sentence each, and the home stays as it was."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidValueError, UserError
from core.exchange.archive import write_archive
from core.exchange.arrival import import_run
from core.exchange.arriving import is_ours
from core.language import N_, Message
from core.runs.store import DEMO_RUN, Run, open_run
from tests.tiny_dataset import write_tiny

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The files of the zip of a small run, made once."""
    from core.jobs import control

    folder = tmp_path_factory.mktemp("there")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        patch.setattr(control, "_launch", lambda folder, module: None)
        write_tiny(n_images=32)
        run = _trained(epochs=2)
        write_archive(run, folder / "run.zip")
    with zipfile.ZipFile(folder / "run.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _trained(**changes: Any) -> Run:
    from core.training import launch, worker
    from core.training.config import parse_config
    from tests.exchanged import CONFIG

    run = launch.launch(parse_config({**CONFIG, **changes}))
    worker.main(run.folder)
    return run


def packed(path: Path, members: Members) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def contents_of(home: Path) -> dict[str, bytes | None]:
    """Return every file and folder of a home with its bytes."""
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else None
        for path in sorted(home.rglob("*"))
    }


def changed_json(members: Members, name: str, change: Callable[[dict[str, Any]], object]) -> Members:
    record = json.loads(members[name])
    change(record)
    return {**members, name: json.dumps(record).encode()}


def put(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        for part in path[:-1]:
            record = record[part]
        record[path[-1]] = value

    return change


def parquet(table: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    table.to_parquet(content, index=False)
    return content.getvalue()


def split(**columns: Any) -> bytes:
    table = {"sample_id": [0, 1], "label": ["clear", "finding"], "split": ["train", "val"]}
    return parquet(pd.DataFrame({**table, **columns}))


def weights_with(members: Members, *, number: float) -> bytes:
    """Return the weights with their last number replaced."""
    content = members["best.safetensors"]
    return content[:-4] + struct.pack("<f", number)


def shorter_weights(members: Members) -> bytes:
    from safetensors.numpy import load, save

    tensors = load(members["best.safetensors"])
    tensors.pop("classifier.bias")
    return save(tensors)


def lines_with(members: Members, **values: Any) -> bytes:
    lines = members["metrics.jsonl"].splitlines()
    last = {**json.loads(lines[-1]), **values}
    return b"\n".join([*lines[:-1], json.dumps(last).encode()]) + b"\n"


BOMB = np.zeros(80_000_000, np.uint8).tobytes()
HARMFUL: dict[str, Callable[[Members], Members]] = {
    "a file of no run": lambda m: {**m, "run.py": b"import os"},
    "a pickle": lambda m: {**m, "last.pt": b"\x80\x04"},
    "an epoch": lambda m: {**m, "epochs/1.pt": b"\x80\x04"},
    "a way out": lambda m: {**m, "../escaped.json": b"{}"},
    "an absolute path": lambda m: {**m, "/tmp/escaped.json": b"{}"},
    "a deep frame": lambda m: {**m, "replay/a/1.npz": b""},
    "another split's predictions": lambda m: {**m, "predictions/tiny.test.parquet": b""},
    "no request": lambda m: {name: content for name, content in m.items() if name != "config.json"},
    "no split": lambda m: {name: content for name, content in m.items() if name != "split.parquet"},
    "weights without a card": lambda m: {n: content for n, content in m.items() if n != "model.json"},
    "a card without weights": lambda m: {n: content for n, content in m.items() if n != "best.safetensors"},
    "a torn request": lambda m: {**m, "config.json": m["config.json"][:100]},
    "deep brackets": lambda m: {**m, "config.json": b"[" * 100_000},
    "a data set above": lambda m: changed_json(m, "config.json", put("config", "dataset", value="../../x")),
    "an unknown field": lambda m: changed_json(m, "config.json", put("config", "run_this", value="rm")),
    "an unknown network": lambda m: changed_json(m, "config.json", put("config", "model", value="other")),
    "times that are none": lambda m: changed_json(m, "status.json", put("created_at", value="yesterday")),
    "times without a zone": lambda m: changed_json(
        m, "status.json", put("launched_at", value="2026-01-01T00:00:00")
    ),
    "times before the calendar": lambda m: changed_json(
        m, "status.json", put("created_at", value="0001-01-01T00:00:00+14:00")
    ),
    "another network's card": lambda m: changed_json(m, "model.json", put("model", value="mlp")),
    "one class": lambda m: changed_json(m, "model.json", put("class_names", value=["clear"])),
    "two classes of a name": lambda m: changed_json(m, "model.json", put("class_names", value=["a", "a"])),
    "endless names": lambda m: changed_json(m, "model.json", put("class_names", value=["a" * 9999, "b"])),
    "statistics of no number": lambda m: {
        **m, "model.json": m["model.json"].replace(b'"mean":', b'"mean": [NaN], "gone":')
    },
    "weights of no number": lambda m: {**m, "best.safetensors": weights_with(m, number=float("nan"))},
    "weights that are a pickle": lambda m: {**m, "best.safetensors": b"PK\x03\x04" + bytes(200)},
    "weights that are torn": lambda m: {**m, "best.safetensors": m["best.safetensors"][:-8]},
    "weights of a tensor less": lambda m: {**m, "best.safetensors": shorter_weights(m)},
    "a loss of no number": lambda m: {**m, "metrics.jsonl": lines_with(m, val_loss=1e300)},
    "epochs in disorder": lambda m: {**m, "metrics.jsonl": m["metrics.jsonl"] + lines_with(m, epoch=1)},
    "an epoch before the first": lambda m: {
        **m, "metrics.jsonl": lines_with(m, epoch=0).splitlines()[-1] + b"\n"
    },
    "counts below 0": lambda m: {**m, "metrics.jsonl": lines_with(m, val_predicted=[-1, 3])},
    "a table of confusion that is none": lambda m: {
        **m, "metrics.jsonl": lines_with(m, val_confusion=[[1], [1, 2, 3]])
    },
    "a split that is none": lambda m: {**m, "split.parquet": b"PAR1" + bytes(100) + b"PAR1"},
    "an unknown side": lambda m: {**m, "split.parquet": split(split=["train", "exam"])},
    "an image twice": lambda m: {**m, "split.parquet": split(sample_id=[1, 1])},
    "an unknown class": lambda m: {**m, "split.parquet": split(label=["clear", "=cmd()"])},
    "samples of no number": lambda m: {**m, "split.parquet": split(sample_id=["a", "b"])},
    "predictions that are none": lambda m: {**m, "predictions/tiny.val.parquet": split()},
    "a frame that is no zip": lambda m: {**m, "replay/1.npz": b"no zip", "replay/about.json": ABOUT},
    "a bomb": lambda m: {**m, "replay/1.npz": BOMB},
}  # fmt: skip
ABOUT = json.dumps(
    {
        "class_names": ["clear", "finding"],
        "positive_class": "finding",
        "simulated": False,
        "points": [],
        "truth": [],
        "n_val": 0,
        "map_of": "positive",
        "has_maps": False,
    }
).encode()


@pytest.mark.parametrize("harm", HARMFUL)
def test_what_could_harm_is_refused_in_one_sentence_and_leaves_nothing(
    home: Path, tmp_path: Path, members: Members, harm: str
) -> None:
    (home / "checkpoints" / "kept").mkdir(parents=True)
    before = contents_of(home)
    archive = packed(tmp_path / "run.zip", HARMFUL[harm](members))
    with pytest.raises(UserError) as refused:
        import_run(archive)
    said = str(refused.value)
    assert 20 < len(said) < 300
    assert said.endswith(".")
    assert str(tmp_path) not in said
    assert contents_of(home) == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"\x1f\x8b" + bytes(300), b"%PDF-1.7"])
def test_what_is_no_zip_is_refused(home: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.zip"
    path.write_bytes(content)
    with pytest.raises(UserError):
        import_run(path)
    assert contents_of(home) == {}


def test_a_link_is_refused(home: Path, tmp_path: Path, members: Members) -> None:
    path = packed(tmp_path / "run.zip", members)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("env.json")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(link, "/etc/passwd")
    with pytest.raises(UserError, match="link"):
        import_run(path)
    assert contents_of(home) == {}


def test_a_file_twice_is_refused(home: Path, tmp_path: Path, members: Members) -> None:
    path = packed(tmp_path / "run.zip", members)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("config.json", members["config.json"])
    with pytest.raises(UserError, match="1 files that no run"):
        import_run(path)
    assert contents_of(home) == {}


def test_a_name_that_cannot_be_a_runs_is_refused(home: Path, tmp_path: Path, members: Members) -> None:
    with pytest.raises(InvalidValueError, match="cannot name a run"):
        import_run(packed(tmp_path / "run.zip", members), name="../up")
    assert contents_of(home) == {}


def test_a_card_cannot_choose_a_name_above(home: Path, tmp_path: Path, members: Members) -> None:
    changed = changed_json(members, "model.json", put("run", value="../../up"))
    assert import_run(packed(tmp_path / "guest.zip", changed)).run.run_id == "guest"


def test_the_name_of_the_run_that_ships_is_taken(home: Path, tmp_path: Path, members: Members) -> None:
    arrived = import_run(packed(tmp_path / "run.zip", members), name=DEMO_RUN)
    assert arrived.run.run_id == f"{DEMO_RUN}-2"
    assert open_run(DEMO_RUN).is_shipped


def test_a_sentence_that_is_not_ours_is_not_shown(home: Path, tmp_path: Path, members: Members) -> None:
    error = {"text": "{x:>999999999}", "values": {"x": 1}}
    failed = changed_json(members, "status.json", lambda record: record.update(state="failed", error=error))
    event = {"kind": "event", "what": "disk", "step": 1, "epoch": 0.1, "message": error}
    failed["metrics.jsonl"] += json.dumps(event).encode() + b"\n"
    run = import_run(packed(tmp_path / "run.zip", failed)).run
    assert str(run.status.error) == "What went wrong was not said in a way that can be shown here."
    assert b"999999999" not in (run.folder / "metrics.jsonl").read_bytes()


def test_only_our_own_sentences_are_ours() -> None:
    text = N_("The job was stopped.")
    assert is_ours(Message(text=text))
    assert not is_ours(Message(text="{x.__class__}", values={"x": 1}))
    assert not is_ours(Message(text=N_("{said} {more}"), values={"said": Message(text="{0.y}"), "more": ""}))
    assert not is_ours(Message(text=N_("{said} {more}"), values={"said": "without the other"}))


def test_a_frame_of_another_run_is_left_out(home: Path, tmp_path: Path, members: Members) -> None:
    content = io.BytesIO()
    np.savez(content, epoch=1, cases=np.zeros(99))
    changed = {**members, "replay/1.npz": content.getvalue(), "replay/about.json": ABOUT}
    run = import_run(packed(tmp_path / "run.zip", changed)).run
    assert not (run.folder / "replay").exists()
