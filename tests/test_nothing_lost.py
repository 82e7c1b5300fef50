"""Whatever happens to an import, its data set is there whole or not at all, and the next attempt works."""

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import run
from core.datasets import pictures
from core.datasets.importing import ImportOptions, import_path
from core.datasets.store import list_datasets, open_dataset
from core.errors import ImportRefusedError, JobStoppedError, NameTakenError
from core.language import Message
from core.workspace import ROOT
from tests.import_sources import medmnist, put_npz, put_png

N_IMAGES = 12
NO_DISK = 3  # how tests.workers.small_disk_importer ends where nothing can be mounted


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for n in range(N_IMAGES):
        put_png(folder / "ab"[n % 2] / f"{n:02}.png")
    return folder


def do_import(source: Path, name: str = "new") -> None:
    import_path(source, ImportOptions(name=name))


def own_names() -> list[str]:
    return [info.dataset_id for info in list_datasets() if info.source == "folders"]


def is_whole(name: str = "new") -> bool:
    """Look at every image of the data set."""
    dataset = open_dataset(name)
    return [dataset.image(n).values.shape for n in range(len(dataset.samples))] == [(2, 2)] * N_IMAGES


def leftovers(home: Path) -> list[str]:
    return [path.name for path in (home / "datasets").glob(".*")]


def die(home: Path, source: Path, step: int) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tests.workers.dying_importer", str(source), str(step)]
    environment = {**os.environ, "LIGHTBOX_HOME": str(home)}
    return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, timeout=120)


def kill_at(steps: list[int], home: Path, source: Path) -> None:
    for step in steps:
        assert die(home, source, step).returncode == -signal.SIGKILL, step
        if own_names():  # killed after the folder took its name
            assert is_whole()
            shutil.rmtree(home / "datasets" / "new")
    do_import(source)
    assert is_whole()
    assert leftovers(home) == []


def n_steps(source: Path, tmp_path: Path) -> int:
    done = die(tmp_path / "counted", source, 0)
    assert done.returncode == 0, done.stderr.decode()
    return int(done.stdout)


def test_a_kill_amid_the_pictures_leaves_nothing_that_counts(home: Path, source: Path) -> None:
    kill_at([N_IMAGES], home, source)


@pytest.mark.slow
def test_kills_at_ten_random_points_leave_nothing_that_counts(
    home: Path, source: Path, tmp_path: Path
) -> None:
    steps = random.Random(20261121).sample(range(1, n_steps(source, tmp_path) + 1), 10)
    kill_at(sorted(steps), home, source)


@pytest.mark.slow
def test_kills_at_the_last_steps_leave_all_or_nothing(home: Path, source: Path, tmp_path: Path) -> None:
    last = n_steps(source, tmp_path)
    kill_at(list(range(last - 4, last + 1)), home, source)


def test_a_lock_whose_folder_was_never_made_goes_too(home: Path, source: Path) -> None:
    lock = home / "datasets" / ".new-0.lock"
    lock.parent.mkdir()
    lock.touch()
    do_import(source, "one")
    assert lock.exists()  # it may belong to a process that is about to make its folder
    os.utime(lock, (0, 0))
    do_import(source, "two")
    assert leftovers(home) == []


def test_of_two_imports_of_one_name_the_first_to_end_wins_and_the_other_is_told(
    home: Path, source: Path
) -> None:
    """The second runs as a whole while the first is at its third image."""

    def cut_in(share: float, _message: Message) -> None:
        if share == 2 / N_IMAGES:
            do_import(source)

    with pytest.raises(NameTakenError, match="There is already a data set named 'new'"):
        import_path(source, ImportOptions(name="new"), progress=cut_in)
    assert is_whole()
    assert leftovers(home) == []


def test_two_imports_at_once_both_end_whole(home: Path, source: Path) -> None:
    def cut_in(share: float, _message: Message) -> None:
        if share == 2 / N_IMAGES:
            do_import(source, "other")

    import_path(source, ImportOptions(name="new"), progress=cut_in)
    assert is_whole("new")
    assert is_whole("other")
    assert leftovers(home) == []


def test_a_stopped_import_leaves_nothing(home: Path, source: Path) -> None:
    with pytest.raises(JobStoppedError):
        import_path(source, ImportOptions(name="new"), should_stop=iter([False] * 5 + [True]).__next__)
    assert own_names() == []
    assert leftovers(home) == []
    do_import(source)
    assert is_whole()


def test_a_source_that_is_removed_meanwhile_is_told_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "large"
    for n in range(200):  # more than is read ahead
        put_png(source / "ab"[n % 2] / f"{n:03}.png")
    kept = tmp_path / "moved"

    def remove(share: float, _message: Message) -> None:
        if share > 0 and not kept.exists():
            source.rename(kept)

    with pytest.raises(ImportRefusedError, match="is gone. Nothing was kept; bring the files back"):
        import_path(source, ImportOptions(name="new"), progress=remove)
    assert own_names() == []
    assert leftovers(home) == []
    kept.rename(source)
    do_import(source)
    assert open_dataset("new").info.n_images == 200


# A full disk


def test_a_disk_that_fills_up_is_told_on_the_command_line(
    home: Path, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = []

    def keep(name: str, _content: bytes, folder: Path) -> None:
        written.append(name)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / name))

    with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(pictures, "keep", keep)
        patch.setattr(sys, "argv", ["core", "import", str(source), "--name", "new"])
        run()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"({os.strerror(errno.ENOSPC)}); check the free space on the disk" in said
    assert own_names() == []
    assert leftovers(home) == []
    do_import(source)
    assert is_whole()


def test_a_full_disk_is_not_taken_for_a_damaged_array_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    put_npz(tmp_path / "x.npz", **medmnist())
    with monkeypatch.context() as patch, pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        patch.setattr("core.datasets.npz_layout.shutil.copyfileobj", fill)
        do_import(tmp_path / "x.npz")
    do_import(tmp_path / "x.npz")
    assert open_dataset("new").info.n_images == 12
    assert leftovers(home) == []


@pytest.mark.slow
def test_an_import_onto_a_full_disk_is_told_and_works_on_a_larger_one(tmp_path: Path) -> None:
    """A disk of 1 MB in a mount namespace of its own: however this ends, nothing stays mounted."""
    draw = np.random.default_rng(0)
    source, home = tmp_path / "source", tmp_path / "small"
    home.mkdir()
    for n in range(40):  # 2.5 MB that cannot be squeezed
        path = source / "ab"[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures.encode(draw.integers(0, 256, (256, 256), dtype=np.uint8))[1])
    own_mounts = ["unshare", "--mount", "--propagation", "private"]
    may_mount = shutil.which(own_mounts[0]) is not None and (
        subprocess.run([*own_mounts, "true"], check=False, capture_output=True).returncode == 0
    )
    if not may_mount:
        pytest.skip("no small disk can be mounted here: that takes Linux and the rights of an administrator")
    command = [*own_mounts, sys.executable, "-m", "tests.workers.small_disk_importer", str(home), str(source)]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, timeout=180)
    if done.returncode == NO_DISK:
        pytest.skip("no small disk can be mounted here")
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["ends"] == ["failed", "completed"]
    assert "No space left on device" in found["told"]
    assert (found["left"], found["kept"], found["sizes"]) == ([], [], [40])
