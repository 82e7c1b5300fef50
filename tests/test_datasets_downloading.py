"""A download: resumed where it broke off, checked at its end, and one sentence for each way to fail."""

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.datasets import downloading
from core.datasets.download_answers import check_address
from core.datasets.download_parts import Part, ServerFacts
from core.datasets.downloading import RemoteFile, download
from core.errors import DownloadError, JobStoppedError, LightboxError, StateError
from core.language import Message
from tests.file_server import FileServer, serving

CONTENT = np.random.default_rng(1).bytes(300_000)
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(downloading, "PAUSES_SECONDS", (0.0, 0.0, 0.0))
    with serving(FileServer(files={"/set.npz": CONTENT})) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / "set.npz"


def remote(server: FileServer, *, md5: str = MD5, most: int = 1_000_000, more: int = 0) -> RemoteFile:
    return RemoteFile(f"{server.base}/set.npz", md5, most_bytes=most, more_bytes=more)


def refusal(server: FileServer, target: Path, **changes: int) -> str:
    with pytest.raises(LightboxError) as caught:
        download(remote(server, **changes), target)
    assert not target.exists()
    return str(caught.value)


def put_part(target: Path, n: int, facts: ServerFacts | None) -> None:
    target.parent.mkdir(parents=True)
    if facts is not None:
        Part(target).begin(facts)
    Part(target).path.write_bytes(CONTENT[:n])


def test_a_file_comes_whole_and_leaves_nothing_beside_it(server: FileServer, target: Path) -> None:
    shares = []
    download(remote(server), target, progress=lambda share, message: shares.append((share, str(message))))
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    assert [share for share, _text in shares] == sorted(share for share, _text in shares)
    assert shares[-2:] == [(1.0, "0.3 of 0.3 MB have come."), (1.0, "The file is being checked.")]


def test_it_comes_without_an_announced_length(server: FileServer, target: Path) -> None:
    server.tells_length = False
    download(remote(server), target)
    assert target.read_bytes() == CONTENT


def test_a_cut_connection_is_gone_on_from(server: FileServer, target: Path) -> None:
    server.cut_after = [100_000, 50_000]
    download(remote(server), target)
    assert target.read_bytes() == CONTENT
    assert [asked for _path, asked in server.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_server_that_falls_silent_is_asked_again(
    server: FileServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "_SILENCE_SECONDS", 0.3)
    server.stall_after = [70_000]
    download(remote(server), target)
    assert target.read_bytes() == CONTENT
    assert [asked for _path, asked in server.asked] == [None, "bytes=70000-"]


def test_a_line_that_is_always_cut_is_given_up_and_its_bytes_are_kept(
    server: FileServer, target: Path
) -> None:
    server.cut_after = [100_000, 0, 0, 0, 0]
    said = refusal(server, target)
    assert said.startswith(
        "The connection to 127.0.0.1 breaks off again and again. The 0.1 MB that came are kept"
    )
    assert Part(target).n_bytes == 100_000
    download(remote(server), target)
    assert target.read_bytes() == CONTENT
    assert server.asked[-1][1] == "bytes=100000-"


def test_a_stop_keeps_what_came_and_the_next_attempt_goes_on(server: FileServer, target: Path) -> None:
    answers = iter([False, False, True])
    server.chunk = 50_000
    with pytest.raises(JobStoppedError):
        download(remote(server), target, should_stop=lambda: next(answers))
    n_kept = Part(target).n_bytes
    assert 0 < n_kept < len(CONTENT)
    download(remote(server), target)
    assert target.read_bytes() == CONTENT
    assert server.asked[-1][1] == f"bytes={n_kept}-"


def test_a_slow_server_can_be_stopped_between_its_drops(server: FileServer, target: Path) -> None:
    server.chunk, server.pause_seconds = 1000, 0.01
    n_asked = 0

    def stop_at_the_fifth() -> bool:
        nonlocal n_asked
        n_asked += 1
        return n_asked >= 5

    with pytest.raises(JobStoppedError):
        download(remote(server), target, should_stop=stop_at_the_fifth)
    assert Part(target).n_bytes < 100_000


@pytest.mark.parametrize(
    "changes",
    [{"has_ranges": False}, {"etag": '"two"'}, {"range_shift": 7}],
    ids=["no ranges", "another file", "another part"],
)
def test_it_starts_over_where_it_cannot_go_on(
    server: FileServer, target: Path, changes: dict[str, object]
) -> None:
    put_part(target, 1000, ServerFacts(etag='"one"', total=len(CONTENT)))
    for name, value in changes.items():
        setattr(server, name, value)
    download(remote(server), target)
    assert target.read_bytes() == CONTENT
    assert server.asked[0][1] == "bytes=1000-"


def test_a_weak_tag_is_no_ground_to_go_on_from() -> None:
    facts = ServerFacts(etag='W/"one"', last_modified="Mon, 30 Oct 2023 20:34:52 GMT")
    assert facts.validator == "Mon, 30 Oct 2023 20:34:52 GMT"
    assert ServerFacts(etag='W/"one"').validator is None


def test_bytes_of_which_nothing_is_known_are_not_gone_on_from(server: FileServer, target: Path) -> None:
    put_part(target, 1000, None)
    download(remote(server), target)
    assert [asked for _path, asked in server.asked] == [None]


def test_a_part_that_is_longer_than_the_file_is_dropped(server: FileServer, target: Path) -> None:
    put_part(target, 1000, ServerFacts(etag='"one"', total=len(CONTENT)))
    Part(target).path.write_bytes(CONTENT + b"more")
    download(remote(server), target)
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_whole_needs_no_server(server: FileServer, target: Path) -> None:
    put_part(target, len(CONTENT), ServerFacts(etag='"one"', total=len(CONTENT)))
    download(remote(server), target)
    assert target.read_bytes() == CONTENT
    assert server.asked == []


def test_a_damaged_part_is_found_by_its_checksum_and_fetched_anew(server: FileServer, target: Path) -> None:
    put_part(target, 1000, ServerFacts(etag='"one"', total=len(CONTENT)))
    Part(target).path.write_bytes(bytes(1000))
    download(remote(server), target)
    assert target.read_bytes() == CONTENT
    assert [asked for _path, asked in server.asked] == ["bytes=1000-", None]


def test_a_wrong_checksum_is_tried_twice_and_then_said(server: FileServer, target: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        download(remote(server, md5="0" * 32), target)
    assert str(caught.value) == (
        "What 127.0.0.1 sends as 'set.npz' is not the file that was announced: its checksum (MD5) is wrong."
        " It was deleted; try again later."
    )
    assert len(server.asked) == 2
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, "127.0.0.1 refuses this computer (403)."),
        (404, "127.0.0.1 has no such file (404): http://127.0.0.1:"),
        (410, "127.0.0.1 has no such file (410): http://127.0.0.1:"),
        (429, "127.0.0.1 is asked too often just now (429). Wait a few minutes and start again."),
        (500, "127.0.0.1 has a problem of its own (500). Try again later."),
        (503, "127.0.0.1 has a problem of its own (503). Try again later."),
        (418, "127.0.0.1 answers 418 instead of sending the file. Try again later."),
        (204, "127.0.0.1 answers 204 instead of sending the file. Try again later."),
    ],
)
def test_each_refusal_is_one_sentence(server: FileServer, target: Path, status: int, sentence: str) -> None:
    server.status = status
    assert refusal(server, target).startswith(sentence)
    assert len(server.asked) == 1


def test_a_sign_in_page_is_not_taken_for_the_file(server: FileServer, target: Path) -> None:
    server.content_type = "text/html; charset=utf-8"
    assert "perhaps this network wants you to sign in first" in refusal(server, target)


def test_a_redirect_is_followed(server: FileServer, target: Path) -> None:
    with serving(FileServer(status=302, location=f"{server.base}/set.npz")) as first:
        download(remote(first), target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://192.0.2.1/set.npz", "ftp://127.0.0.1/x"])
def test_a_redirect_to_anything_but_https_is_refused(server: FileServer, target: Path, address: str) -> None:
    server.status, server.location = 302, address
    assert refusal(server, target) == (
        f"The download leads to '{address}', which is no https address; nothing is fetched from there."
    )


def test_a_server_outside_may_not_lead_to_this_machine() -> None:
    with pytest.raises(DownloadError):
        check_address("http://127.0.0.1/set.npz", within="https://zenodo.org/set.npz")
    check_address("https://elsewhere.org/set.npz", within="https://zenodo.org/set.npz")


def test_redirects_in_a_circle_end(server: FileServer, target: Path) -> None:
    server.status, server.location = 302, "/set.npz"
    assert refusal(server, target).startswith("127.0.0.1 leads from one address to the next without end.")


@pytest.mark.parametrize("tells_length", [True, False])
def test_more_than_the_file_can_have_is_refused(server: FileServer, target: Path, tells_length: bool) -> None:
    server.tells_length = tells_length
    assert refusal(server, target, most=200_000).startswith(
        "127.0.0.1 sends 0.3 MB, and the file can have 0.2 MB"
    )
    assert not Part(target).path.exists()


def test_too_little_room_is_said_before_a_byte_is_kept(server: FileServer, target: Path) -> None:
    with pytest.raises(StateError, match=r"The disk has \d+ MB left, and the file with its pictures needs 1"):
        download(remote(server, more=10**15), target)
    assert not Part(target).path.exists()


def test_no_way_to_the_server_says_what_can_be_done(tmp_path: Path) -> None:
    with socket.socket() as closed:  # bound and not listening: whoever calls is refused
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/set.npz"
        with pytest.raises(DownloadError) as caught:
            download(RemoteFile(url, MD5, most_bytes=10**6), tmp_path / "set.npz")
    assert str(caught.value) == (
        "There is no way from here to 127.0.0.1: the connection fails. Check the network; or fetch "
        f"{url} on another computer and import the file."
    )


def test_a_name_that_nobody_knows_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_where: object, **_how: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DownloadError, match="zenodo.org: no server of this name is known here"):
        download(RemoteFile("https://zenodo.org/set.npz", MD5, most_bytes=10**6), tmp_path / "set.npz")


def test_what_came_is_told_in_megabytes() -> None:
    assert downloading.megabytes(12_340_000) == "12.3"
    assert downloading.megabytes(1_234_500_000) == "1234"
    assert str(Message(text="{n}", values={"n": downloading.megabytes(0)})) == "0.0"
