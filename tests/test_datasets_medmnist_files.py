"""The files of downloads/: where they come from, what is kept of them, and that no two fetch one at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from core.datasets.download_parts import Part, ServerFacts
from core.datasets.medmnist import find_set
from core.datasets.medmnist_files import MIRROR, address_of, delete_file, fetch, kept_files, path_of
from core.datasets.medmnist_info import read_sets
from core.errors import DownloadError, JobStoppedError, StateError
from tests.file_server import FileServer, serving
from tests.medmnist_source import npz_bytes, pretend


@pytest.fixture
def server(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    with serving(FileServer()) as running:
        pretend(monkeypatch, tmp_path, running)
        yield running
    read_sets.cache_clear()


def test_the_address_is_the_packages_or_the_same_name_at_the_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MIRROR, raising=False)
    entry = find_set("pneumoniamnist")
    assert address_of(entry, 64) == entry.file(64).url
    monkeypatch.setenv(MIRROR, "https://mirror.example.org/medmnist/")
    assert address_of(entry, 64) == "https://mirror.example.org/medmnist/pneumoniamnist_64.npz"
    monkeypatch.setenv(MIRROR, "http://mirror.example.org")
    with pytest.raises(DownloadError, match="which is no https address"):
        address_of(entry, 64)


def test_a_file_is_fetched_once_and_then_there_without_a_network(server: FileServer, home: Path) -> None:
    entry = find_set("pneumoniamnist")
    path = fetch(entry, 64)
    assert path == home / "downloads" / "pneumoniamnist_64.npz"
    assert path.read_bytes() == npz_bytes("pneumoniamnist", 64)
    server.status = 500
    assert fetch(entry, 64) == path
    assert [asked for asked, _range in server.asked] == ["/pneumoniamnist_64.npz"]


def test_a_file_that_the_disk_has_changed_is_fetched_anew(server: FileServer) -> None:
    entry = find_set("pneumoniamnist")
    path = fetch(entry, 28)
    path.write_bytes(b"damaged")
    assert fetch(entry, 28).read_bytes() == npz_bytes("pneumoniamnist")
    assert len(server.asked) == 2


def test_what_is_kept_is_listed_and_can_be_deleted(server: FileServer, home: Path) -> None:
    assert kept_files() == []
    entry, size = find_set("pneumoniamnist"), 28
    n_bytes = len(npz_bytes("pneumoniamnist"))
    fetch(entry, size)
    part = Part(path_of(entry, 64))
    part.begin(ServerFacts(total=5000))
    part.path.write_bytes(bytes(1200))
    listed = [(kept.size, kept.n_bytes, kept.is_whole, kept.total_bytes) for kept in kept_files()]
    assert listed == [(28, n_bytes, True, n_bytes), (64, 1200, False, 5000)]
    delete_file(entry, 28)
    delete_file(entry, 64)
    assert kept_files() == []
    assert [path.name for path in (home / "downloads").iterdir() if path.suffix != ".lock"] == []


@pytest.mark.usefixtures("server")
def test_a_file_is_not_deleted_while_it_is_fetched_and_not_fetched_twice_at_once(home: Path) -> None:
    entry = find_set("pneumoniamnist")
    path = fetch(entry, 28)
    said: list[str] = []
    with FileLock(path.with_name(f".{path.name}.lock")):
        with pytest.raises(StateError, match="'pneumoniamnist.npz' is being downloaded just now"):
            delete_file(entry, 28)
        with pytest.raises(JobStoppedError):
            fetch(entry, 28, progress=lambda _s, text: said.append(str(text)), should_stop=lambda: True)
    assert said == ["Somebody else is downloading this file; waiting for it."]
    assert path.exists()
