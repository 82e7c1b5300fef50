"""The sandbox: whatever a decoder does, the caller gets one sentence, and the next call works."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from core.errors import ImportRefusedError, NameTakenError, StateError, UnreadableImageError
from core.images import MedicalImage, Window, decoder_process, read, sandbox
from core.images.frames import BrokenFrameError
from core.images.sandbox import Sandbox, pack_image, unpack_image
from core.language import Message, language
from core.workspace import ROOT

DAMAGED = "it is damaged, or encoded in a way that Lightbox does not know."
CRASHED = "it made the decoder fail, so it is damaged or was made to do harm."
MEMORY = "reading it takes more memory than Lightbox gives to one file."
ECHO = "tests.hostile.tasks:echo"
MISBEHAVE = "tests.hostile.tasks:misbehave"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, or needs limits that Linux has")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """One sandbox for the attacks, each of which leaves it working."""
    with Sandbox(task=MISBEHAVE, seconds=2.0, memory_bytes=768 * 1024**2) as sandbox:
        sandbox.call(b"", {"how": "well"})
        yield sandbox


def png(values: Any = None) -> bytes:
    stream = BytesIO()
    shown = np.arange(256, dtype=np.uint8).reshape(8, 32) if values is None else values
    Image.fromarray(shown).save(stream, "PNG")
    return stream.getvalue()


# The way there and back


def test_content_and_options_arrive_and_the_answer_comes_back() -> None:
    content = bytes(range(256)) * 1000
    with Sandbox(task=ECHO) as sandbox:
        record, buffers = sandbox.call(content, {"name": "film ⚕", "frame": None})
    assert buffers == [content]
    assert record["options"] == {"name": "film ⚕", "frame": None}
    assert record["pid"] != os.getpid()


def test_one_process_serves_many_calls() -> None:
    with Sandbox(task=ECHO) as sandbox:
        assert len({sandbox.call(b"")[0]["pid"] for _ in range(5)}) == 1


def test_read_is_what_images_read_is() -> None:
    direct, boxed = read(png()), sandbox.read(png(), name="a")
    np.testing.assert_array_equal(direct.values, boxed.values)
    assert {**vars(direct), "values": 0} == {**vars(boxed), "values": 0}
    assert boxed.values.flags.writeable


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32"])
@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3)])
def test_every_fact_of_an_image_survives_packing(dtype: str, shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)[::-1]
    note = Message(text="{n} frames: the middle one is read.", values={"n": 3})
    image = MedicalImage(
        values=values,
        value_range=(-1024.0, 3071.5),
        windows=(
            Window(center=40, width=400, explanation="brain"),
            Window(center=1, width=2, function="SIGMOID"),
        ),
        inverted=True,
        modality="CT",
        pixel_spacing_mm=(0.5, 0.25),
        frame=1,
        n_frames=3,
        source_format="DICOM",
        bits_stored=12,
        patient_id="p",
        study_id="s",
        series_id=None,
        image_id="i",
        attributes={"sex": "F"},
        notes=(note,),
    )
    back = unpack_image(*pack_image(image))
    np.testing.assert_array_equal(back.values, values)
    assert back.values.dtype == values.dtype
    assert {**vars(back), "values": 0} == {**vars(image), "values": 0}


@pytest.mark.parametrize(
    "lie",
    [
        {"shape": (4, 5)},
        {"shape": (3, 5, 4)},
        {"shape": (15,)},
        {"dtype": "object"},
        {"dtype": "float64"},
        {"shape": (-3, -5)},
        {"shape": (2**40, 2**40)},
    ],
)
def test_a_record_that_contradicts_its_bytes_is_no_image(lie: dict[str, Any]) -> None:
    record, buffers = pack_image(MedicalImage(np.zeros((3, 5), np.uint8), (0, 255)))
    record["array"] |= lie
    with pytest.raises((BrokenFrameError, UnreadableImageError)):
        unpack_image(record, buffers)


def test_errors_arrive_as_what_they_were_and_can_be_translated(box: Sandbox) -> None:
    with pytest.raises(UnreadableImageError) as caught:
        box.call(b"", {"how": "refuse"})
    assert str(caught.value) == "The picture has no pixels: its size is 0 x 7."
    assert caught.value.message.values == {"width": 0, "height": 7}
    with language("pseudo"):
        assert str(caught.value).startswith("⟦")
    with pytest.raises(ImportRefusedError, match="More than 3 files"):
        box.call(b"", {"how": "refuse_import"})
    with pytest.raises(NameTakenError, match="already a data set named 'films'"):
        box.call(b"", {"how": "name_taken"})


def test_a_file_is_named_in_the_error_that_it_causes() -> None:
    with pytest.raises(UnreadableImageError) as caught:
        sandbox.read(b"GIF89a" + bytes(40), name="film.png")
    assert str(caught.value) == "'film.png' cannot be read: it is no PNG, JPEG, TIFF or DICOM file."


# What a decoder does to us


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("segfault", CRASHED),
        pytest.param("abort", CRASHED, marks=pytest.mark.slow),
        ("exit", CRASHED),
        ("sleep", "reading it took longer than 2.0 seconds and was stopped."),
        pytest.param(
            "spin", "reading it took longer than 2.0 seconds and was stopped.", marks=pytest.mark.slow
        ),
        pytest.param("allocate", MEMORY, marks=linux),
        pytest.param("allocate_and_swallow", DAMAGED, marks=[linux, pytest.mark.slow]),
        ("panic", DAMAGED),
        pytest.param("system_exit", DAMAGED, marks=pytest.mark.slow),
        pytest.param("recurse", DAMAGED, marks=pytest.mark.slow),
        ("value_error", DAMAGED),
        pytest.param("garbage", CRASHED, marks=linux),
        pytest.param("promise_too_much", CRASHED, marks=linux),
        pytest.param("promise_a_long_header", CRASHED, marks=[linux, pytest.mark.slow]),
        pytest.param("half_an_answer", CRASHED, marks=[linux, pytest.mark.slow]),
        pytest.param("nested_answer", CRASHED, marks=linux),
        pytest.param("format_attack", CRASHED, marks=linux),
        pytest.param("foreign_error", CRASHED, marks=[linux, pytest.mark.slow]),
    ],
)
def test_each_end_of_a_decoder_is_one_sentence_and_the_next_call_works(
    box: Sandbox, how: str, reason: str
) -> None:
    with pytest.raises(UnreadableImageError) as caught:
        box.call(b"", {"how": how, "name": "film.dcm"})
    assert str(caught.value) == f"'film.dcm' cannot be read: {reason}"
    assert "Smith" not in repr(caught.value.message)
    assert box.call(b"", {"how": "well"})[0] == {"how": "well"}


def test_what_a_library_prints_is_no_answer(box: Sandbox) -> None:
    assert box.call(b"", {"how": "print"})[0] == {"how": "print"}


@pytest.mark.parametrize("how", ["write", pytest.param("write_low", marks=linux), "program"])
def test_a_decoder_writes_nothing(box: Sandbox, tmp_path: Path, how: str) -> None:
    where = tmp_path / "written"
    with pytest.raises(UnreadableImageError):
        box.call(b"", {"how": how, "where": str(where)})
    assert not where.exists() or where.stat().st_size == 0


def test_a_decoder_removes_nothing(box: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    with pytest.raises(UnreadableImageError):
        box.call(b"", {"how": "remove", "where": str(tmp_path / "kept")})
    assert (tmp_path / "kept").read_text() == "kept"


def test_a_decoder_connects_to_nobody(box: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        with pytest.raises(UnreadableImageError):
            box.call(b"", {"how": "connect", "port": server.getsockname()[1]})
        with pytest.raises(TimeoutError):
            server.accept()


def test_without_limits_of_the_system_the_parent_looks_at_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(task="tests.hostile.tasks:nap", seconds=10_000) as sandbox:
        sandbox.call(b"")
        monkeypatch.setattr(decoder_process, "_SYSTEM_HOLDS_MEMORY", False)
        monkeypatch.setattr(decoder_process, "_resident_bytes", lambda _pid: 2**40)
        with pytest.raises(UnreadableImageError, match="takes more memory"):
            sandbox.call(b"", {"seconds": 10_000})


def test_a_file_that_cannot_fit_is_refused_before_it_is_sent() -> None:
    with Sandbox(task=ECHO, memory_bytes=3 * 1024**2) as sandbox:
        with pytest.raises(UnreadableImageError, match="'a' cannot be read: it has 2 MB, and at most 1 MB"):
            sandbox.call(bytes(2 * 1024**2), {"name": "a"})


# The process itself


@linux
def test_a_worker_has_no_heavy_module_no_settings_and_one_thread() -> None:
    os.environ["LIGHTBOX_TEST_SECRET"] = "secret"
    try:
        with Sandbox(task="tests.hostile.tasks:surroundings") as sandbox:
            found, _ = sandbox.call(b"")
    finally:
        del os.environ["LIGHTBOX_TEST_SECRET"]
    heavy = {"torch", "torchvision", "streamlit", "pandas", "sklearn", "plotly", "pyarrow"}
    assert not heavy & set(found["modules"])
    assert not any(name.startswith(("LIGHTBOX", "STREAMLIT")) for name in found["environment"])
    assert (found["threads"], found["stdin"]) == (1, "")


def test_a_worker_that_dies_between_two_calls_is_replaced_and_no_file_blamed() -> None:
    with Sandbox(task=ECHO) as sandbox:
        first = sandbox.call(b"")[0]["pid"]
        psutil.Process(first).kill()
        psutil.wait_procs([psutil.Process(first)] if psutil.pid_exists(first) else [], timeout=10)
        assert sandbox.call(b"")[0]["pid"] != first


def test_a_decoder_that_cannot_start_is_no_fault_of_the_file() -> None:
    with Sandbox(task="tests.hostile.tasks:no_such_task") as sandbox:
        with pytest.raises(StateError, match="does not start"):
            sandbox.call(b"")


def test_close_ends_the_processes_and_a_later_call_says_so() -> None:
    sandbox = Sandbox(2, task=ECHO)
    pid = sandbox.call(b"")[0]["pid"]
    sandbox.close()
    sandbox.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(StateError, match="no longer read"):
        sandbox.call(b"")


def test_a_sandbox_that_is_forgotten_leaves_no_process() -> None:
    sandbox = Sandbox(task=ECHO)
    pid = sandbox.call(b"")[0]["pid"]
    del sandbox
    gc.collect()
    assert not psutil.pid_exists(pid)


def test_close_does_not_wait_for_a_decoder_that_hangs() -> None:
    sandbox = Sandbox(task="tests.hostile.tasks:nap", seconds=10_000)
    sandbox.call(b"")
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(sandbox.call, b"", {"seconds": 10_000})
        while not sandbox._idle.empty():
            time.sleep(0.01)
        sandbox.close()
        assert isinstance(hanging.exception(), UnreadableImageError | StateError)


@linux
@pytest.mark.parametrize("doing", ["idle", pytest.param("busy", marks=pytest.mark.slow)])
def test_a_worker_dies_with_its_parent(doing: str) -> None:
    script = (
        "import sys, threading, time\n"
        "from core.images.sandbox import Sandbox\n"
        "sandbox = Sandbox(task='tests.hostile.tasks:nap', seconds=1.0)\n"
        "print(sandbox.call(b'')[0]['pid'], flush=True)\n"
        "work = threading.Thread(target=sandbox.call, args=(b'', {'seconds': 60}))\n"
        "sys.argv[1] == 'busy' and work.start()\n"
        "time.sleep(0.3); print('now', flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, doing], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout:
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.stdout.readline()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    _, alive = psutil.wait_procs([worker], timeout=20)
    assert not alive


# Many at once


def test_many_threads_may_call() -> None:
    with Sandbox(2, task=ECHO) as sandbox, ThreadPoolExecutor(8) as threads:
        contents = [bytes([number]) * number * 100 for number in range(120)]
        answers = list(threads.map(sandbox.call, contents))
    assert [buffers for _, buffers in answers] == [[content] for content in contents]


def test_threads_that_call_while_others_crash_get_their_own_answers() -> None:
    def ask(how: str) -> object:
        try:
            return sandbox.call(b"", {"how": how})[0]["how"]
        except UnreadableImageError as error:
            return str(error).endswith(CRASHED)

    with Sandbox(2, task=MISBEHAVE) as sandbox, ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, ["well", "exit", "well", "well"] * 3))
    assert answers == ["well", True, "well", "well"] * 3


def test_map_keeps_the_order_and_gives_errors_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(png())
    items: list[tuple[Any, bytes | Path, dict[str, Any]]] = [
        ("a", png(), {}),
        ("b", b"no picture", {"name": "b.png"}),
        ("c", tmp_path / "film", {}),
        ("d", tmp_path / "gone", {}),
        ("e", tmp_path, {}),
    ]
    with Sandbox(2) as sandbox:
        found = list(sandbox.map(items))
    assert [key for key, _ in found] == ["a", "b", "c", "d", "e"]
    results = dict(found)
    assert isinstance(results["a"], tuple) and isinstance(results["c"], tuple)
    assert str(results["b"]) == "'b.png' cannot be read: it is no PNG, JPEG, TIFF or DICOM file."
    assert str(results["d"]) == "It cannot be opened: No such file or directory."
    assert str(tmp_path) not in f"{results['d']}{results['e']}"


def test_map_uses_all_workers_and_reads_ahead_a_little_only() -> None:
    taken = []

    def items() -> Iterator[tuple[int, bytes, dict[str, Any]]]:
        for number in range(60):
            taken.append(number)
            yield number, b"", {"seconds": 0.02}

    pids = set()
    with Sandbox(2, task="tests.hostile.tasks:nap") as sandbox:
        for number, result in sandbox.map(items()):
            assert not isinstance(result, UnreadableImageError)
            pids.add(result[0]["pid"])
            assert len(taken) - number <= 7
    assert len(pids) == 2 and len(taken) == 60


def test_map_holds_few_large_results_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_HELD_BYTES", 1000)
    taken = []

    def items() -> Iterator[tuple[int, bytes, dict[str, Any]]]:
        for number in range(8):
            taken.append(number)
            yield number, bytes(800), {}
            time.sleep(0.05)

    with Sandbox(3, task=ECHO) as box:
        assert [number for number, _ in box.map(items())] == list(range(8))


def test_a_consumer_that_stops_early_leaves_nothing_running() -> None:
    with Sandbox(2, task="tests.hostile.tasks:nap") as box:
        results = box.map((number, b"", {"seconds": 0.01}) for number in range(1_000_000))
        next(results)
        results.close()
        assert box._idle.qsize() == 2
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("sandbox")]
        assert box.call(b"")[0]


def test_an_error_of_the_items_themselves_passes_through_map() -> None:
    def items() -> Iterator[tuple[int, bytes, dict[str, Any]]]:
        yield 0, b"", {}
        raise ImportRefusedError("the source is gone")

    with Sandbox(task=ECHO) as box:
        with pytest.raises(ImportRefusedError, match="gone"):
            list(box.map(items()))
