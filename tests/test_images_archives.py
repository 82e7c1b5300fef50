"""Archives: what is in them comes out under its own name, and nothing else happens, whatever they try."""

import os
import random
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ImportRefusedError
from core.images import zip_checks
from core.images.archives import Budgets, archive_kind, unpack
from tests.hostile.archives import (
    DEVICE,
    LINK,
    PIPE,
    Forged,
    deflated_zeros,
    forge,
    honest,
    ordinary,
    overlapping,
    quoting,
    zip_bytes,
)

OUT = "leads out of its folder or has backslashes"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "into"


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if not path.is_dir()
    }


def refused(archive: Path, into: Path, match: str, **budgets: int) -> str:
    """Unpack, expect a refusal, and see that nothing is left, inside or outside."""
    before = set(archive.parent.iterdir())
    with pytest.raises(ImportRefusedError, match=match) as caught:
        unpack(archive, into, budgets=Budgets(**budgets))
    assert files_below(into) == {}
    assert set(archive.parent.iterdir()) <= before | {into}
    return str(caught.value)


# What is unpacked


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_lie_at_their_names_with_their_content(tmp_path: Path, into: Path, method: int) -> None:
    content = {
        "NORMAL/a.png": b"a" * 5000,
        "PNEUMONIA/a.png": b"b",
        "PNEUMONIA/deep/b.png": b"",
        "labels.csv": b"c",
    }
    members = unpack(ordinary(tmp_path / "a.zip", content, method), into)
    assert [member.name for member in members] == list(content)
    assert all(member.path == into / member.name for member in members)
    assert [member.size_bytes for member in members] == [5000, 1, 0, 1]
    assert files_below(into) == content


def test_only_this_user_can_read_what_comes_out(tmp_path: Path, into: Path) -> None:
    (member,) = unpack(ordinary(tmp_path / "a.zip", {"a/b": b"1"}), into)
    if os.name == "posix":
        assert [path.stat().st_mode & 0o777 for path in (into, into / "a", member.path)] == [
            0o700,
            0o700,
            0o600,
        ]


def test_what_a_system_adds_is_left_out(tmp_path: Path, into: Path) -> None:
    files = {"__MACOSX/A/._a.png": b"x", "A/a.png": b"a", "A/.DS_Store": b"x", "A/Thumbs.db": b"x", "A/": b""}
    members = unpack(ordinary(tmp_path / "a.zip", files), into)
    assert [member.name for member in members] == ["A/a.png"]


def test_two_entries_of_one_name_get_a_number(tmp_path: Path, into: Path) -> None:
    entries = [
        honest("a/f.png", b"1"),
        honest("a/f.png", b"2"),
        honest("A/F.png", b"3"),
        honest("a/f-2.png", b"4"),
    ]
    members = unpack(forge(tmp_path / "a.zip", entries), into)
    assert [member.name for member in members] == ["a/f.png", "a/f-2.png", "A/F-3.png", "a/f-2-2.png"]
    assert sorted(files_below(into).values()) == [b"1", b"2", b"3", b"4"]


def test_an_archive_inside_becomes_a_folder_of_its_name(tmp_path: Path, into: Path) -> None:
    train = zip_bytes({"NORMAL/a.png": b"1"})
    test = zip_bytes({"test/NORMAL/b.png": b"2"})
    content = {"sets/train.zip": train, "sets/test.ZIP": test, "labels.csv": b"3"}
    members = unpack(ordinary(tmp_path / "a.zip", content, zipfile.ZIP_STORED), into)
    expected = {"labels.csv": b"3", "sets/train/NORMAL/a.png": b"1", "sets/test/NORMAL/b.png": b"2"}
    assert files_below(into) == expected
    assert {member.name for member in members} == set(expected)


def test_progress_is_told_and_may_stop_the_unpacking(tmp_path: Path, into: Path) -> None:
    class Stopped(Exception):
        pass

    shares: list[float] = []

    def progress(share: float) -> None:
        shares.append(share)
        if share == 1:
            raise Stopped

    with pytest.raises(Stopped):
        unpack(ordinary(tmp_path / "a.zip", {"a": b"12", "b": b"34"}), into, progress=progress)
    assert shares == [0.5, 1.0]
    assert files_below(into) == {}


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("photo\u202egnp.exe", "photo\ufffdgnp.exe"),
        ("a\u200bb\x07c\n.png", "a\ufffdb\ufffdc\ufffd.png"),
        ("e\u0301.png", "\u00e9.png"),
        ("肺炎/患者.png", "肺炎/患者.png"),
        ("./a//b/./c.png", "a/b/c.png"),
        ("\u2028line.png", "\ufffdline.png"),
        ("x" * 240 + ".png", "x" * 196 + ".png"),
        ("肺" * 100, "肺" * 66),
    ],
)
def test_odd_names_are_made_visible_and_harmless(tmp_path: Path, into: Path, name: str, becomes: str) -> None:
    (member,) = unpack(forge(tmp_path / "a.zip", [honest(name, b"1")]), into)
    assert member.name == becomes
    assert files_below(into) == {becomes: b"1"}


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot have these letters in a name")
def test_markup_in_a_name_is_kept_for_it_may_be_a_class(tmp_path: Path, into: Path) -> None:
    name = "<img src=x onerror=alert(1)>/a:b?.png"
    (member,) = unpack(forge(tmp_path / "a.zip", [honest(name, b"1")]), into)
    assert member.name == name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("肺炎/影像.png".encode("gb2312"), "肺炎/影像.png"),
        ("肺炎/影像.png".encode(), "肺炎/影像.png"),
        ("Müller/für.png".encode("cp437"), "Müller/für.png"),
        (b"a\xff\xfe.png", None),
    ],
)
def test_names_without_the_utf8_flag_are_read_as_their_maker_meant(
    tmp_path: Path, into: Path, raw: bytes, name: str | None
) -> None:
    (member,) = unpack(
        forge(tmp_path / "a.zip", [Forged(raw, b"1", size=1, crc=zlib.crc32(b"1"), flags=0)]), into
    )
    assert name is None or member.name == name
    assert member.path.read_bytes() == b"1"


# What is refused


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "a/../../evil.png",
        "/etc/cron.d/evil",
        "C:/evil.png",
        "c:evil.png",
        "..\\evil.png",
        "a\\b.png",
        "\\\\server\\share",
        "a/..",
        "..",
    ],
)
def test_names_that_lead_out_are_refused_and_nothing_is_written(
    tmp_path: Path, into: Path, name: str
) -> None:
    archive = forge(tmp_path / "a.zip", [honest("good.png", b"1"), honest(name, b"2")])
    message = refused(archive, into, OUT)
    assert "entry 2" in message and "evil" not in message
    assert not (tmp_path / "evil.png").exists()


@pytest.mark.parametrize("mode", [LINK, DEVICE, PIPE])
@pytest.mark.parametrize("made_by", [3, 19])
def test_links_and_devices_are_refused(tmp_path: Path, into: Path, mode: int, made_by: int) -> None:
    entries = [honest("link", b"/etc/passwd", mode=mode, made_by=made_by), honest("link/x", b"1")]
    refused(forge(tmp_path / "a.zip", entries), into, "Entry 1 of the archive is a link or a device")


def test_a_file_and_a_folder_of_one_name_are_refused(tmp_path: Path, into: Path) -> None:
    refused(forge(tmp_path / "a.zip", [honest("a", b"1"), honest("a/b", b"2")]), into, "one name for a file")
    refused(forge(tmp_path / "b.zip", [honest("a/b", b"1"), honest("a", b"2")]), into, "one name for a file")


@pytest.mark.parametrize(
    ("method", "name"), [(12, "bzip2"), (14, "LZMA"), (9, "Deflate64"), (93, "Zstandard"), (77, "77")]
)
def test_rare_compressions_are_refused_by_name(tmp_path: Path, into: Path, method: int, name: str) -> None:
    refused(forge(tmp_path / "a.zip", [honest("a", b"1", method=method)]), into, f"compressed as {name};")


def test_a_bzip2_bomb_of_212_bytes_is_refused(tmp_path: Path, into: Path) -> None:
    archive = ordinary(tmp_path / "a.zip", {"a": bytes(16 * 1024**2)}, zipfile.ZIP_BZIP2)
    assert archive.stat().st_size < 500
    refused(archive, into, "compressed as bzip2;")


@pytest.mark.parametrize("flags", [0x1, 0x41, 0x2000])
def test_a_password_is_named_as_the_reason(tmp_path: Path, into: Path, flags: int) -> None:
    refused(forge(tmp_path / "a.zip", [honest("a", b"1" * 20, flags=flags)]), into, "protected by a password")


def test_a_deflate_bomb_is_refused_by_its_own_claim(tmp_path: Path, into: Path) -> None:
    size = 96 * 1024**2
    bomb = Forged(b"a.png", deflated_zeros(size), method=8, size=size)
    refused(forge(tmp_path / "a.zip", [bomb]), into, "10[0-9]+ times its size, which no images have")


def test_a_bomb_that_claims_to_be_small_ends_at_its_claim(tmp_path: Path, into: Path) -> None:
    bomb = Forged(b"a.png", deflated_zeros(96 * 1024**2), method=8, size=1000, crc=zlib.crc32(bytes(1000)))
    archive = forge(tmp_path / "a.zip", [bomb])
    (member,) = unpack(archive, into)  # zipfile reads no further than the claim
    assert member.path.stat().st_size == 1000


@pytest.mark.parametrize("claim", [0, 5, 20, 2**32 - 2])
def test_a_forged_size_is_found(tmp_path: Path, into: Path, claim: int) -> None:
    forged = Forged(b"a.png", b"0123456789", size=claim, crc=zlib.crc32(b"0123456789"))
    budgets = {"file_bytes": 2**33, "total_bytes": 2**33, "free_bytes": 2**33}
    refused(forge(tmp_path / "a.zip", [forged]), into, "damaged", **budgets)


def test_a_nested_bomb_shares_the_budget_of_the_archive_around_it(tmp_path: Path, into: Path) -> None:
    inner = zip_bytes({f"{number}.png": bytes(4 * 1024**2) for number in range(8)})
    outer = {f"{number}.zip": inner for number in range(16)}
    refused(ordinary(tmp_path / "a.zip", outer), into, "times its size", free_bytes=32 * 1024**2)


def test_archives_are_opened_one_level_deep(tmp_path: Path, into: Path) -> None:
    innermost = zip_bytes({"a.png": b"1"})
    archive = ordinary(tmp_path / "a.zip", {"b.zip": zip_bytes({"c.zip": innermost})})
    refused(archive, into, "archives that hold archives")


def test_an_archive_that_holds_itself_ends(tmp_path: Path, into: Path) -> None:
    content = zip_bytes({"a.png": b"1"})
    for _ in range(5):
        content = zip_bytes({"r.zip": content, "s.zip": content})
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", into, "archives that hold archives")


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path, into: Path) -> None:
    refused(overlapping(tmp_path / "a.zip", 200, bytes(10_000)), into, "share the same bytes")
    refused(quoting(tmp_path / "b.zip", b"kernel"), into, "share the same bytes")


def test_60_000_entries_are_refused_quickly_and_by_number(tmp_path: Path, into: Path) -> None:
    archive = forge(tmp_path / "a.zip", [Forged(f"{number}".encode(), b"") for number in range(60_000)])
    refused(archive, into, "holds 60000 files; at most 50000 are unpacked")


def test_a_directory_of_a_gigabyte_is_not_read(
    tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_checks, "_MAX_DIRECTORY_BYTES", 100_000)
    archive = forge(tmp_path / "a.zip", [Forged(b"x" * 60_000, b""), Forged(b"y" * 60_000, b"")])
    refused(archive, into, "list of files is too long")


def test_the_entries_of_inner_archives_count(tmp_path: Path, into: Path) -> None:
    outer = {f"{number}.zip": zip_bytes({f"{n}": b"" for n in range(5)}) for number in range(3)}
    refused(ordinary(tmp_path / "a.zip", outer), into, "holds 13 files; at most 12", entries=12)


def test_budgets_of_a_file_and_of_all(tmp_path: Path, into: Path) -> None:
    archive = ordinary(
        tmp_path / "a.zip", {"a": bytes(3 * 1024**2), "b": bytes(3 * 1024**2)}, zipfile.ZIP_STORED
    )
    refused(archive, into, "Entry 1 of the archive has 3 MB; at most 2 MB", file_bytes=2 * 1024**2)
    refused(archive, into, "Unpacked, the archive has 6 MB; at most 5 MB", total_bytes=5 * 1024**2)


@pytest.mark.parametrize("name", ["a/" * 17 + "b", "n" * 1100])
def test_names_beyond_measure_are_refused(tmp_path: Path, into: Path, name: str) -> None:
    refused(
        forge(tmp_path / "a.zip", [honest(name, b"1")]), into, "too deep in folders, or its name is too long"
    )


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"Rar!\x1a\x07\x01", "RAR"),
        (b"7z\xbc\xaf'\x1c", "7z"),
        (bytes(257) + b"ustar\0", "tar"),
    ],
)
def test_other_archives_are_refused_by_name(tmp_path: Path, into: Path, head: bytes, kind: str) -> None:
    (tmp_path / "a.zip").write_bytes(head + bytes(600))
    refused(tmp_path / "a.zip", into, f"This is a {kind} archive; only zip is unpacked")
    assert archive_kind(head) == kind


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"hello" * 100])
def test_what_is_no_archive_is_refused_or_empty(tmp_path: Path, into: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    if content.startswith(b"PK\x05"):
        assert unpack(tmp_path / "a.zip", into) == []
    else:
        refused(tmp_path / "a.zip", into, "damaged, or no zip archive")


def test_an_entry_without_a_name_is_left_out(tmp_path: Path, into: Path) -> None:
    (member,) = unpack(forge(tmp_path / "a.zip", [honest("", b"1"), honest("a", b"2")]), into)
    assert member.name == "a"


def test_an_existing_file_or_link_below_the_folder_is_never_written(tmp_path: Path, into: Path) -> None:
    into.mkdir()
    (tmp_path / "outside").write_text("kept")
    (into / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(ImportRefusedError):
        unpack(ordinary(tmp_path / "a.zip", {"a": b"overwritten"}), into)
    assert (tmp_path / "outside").read_text() == "kept"


# Any bytes at all


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(st.text(min_size=1, max_size=30), max_size=6))
def test_any_names_stay_inside_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("names")
    entries = [
        honest(name.encode(errors="replace").decode(), name.encode(errors="replace")) for name in names
    ]
    try:
        members = unpack(forge(folder / "a.zip", entries), folder / "into")
    except ImportRefusedError:
        members = []
    for member in members:
        assert member.path.resolve().is_relative_to((folder / "into").resolve())
    assert {path.name for path in folder.iterdir()} <= {"a.zip", "into"}


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_bytes_turned_over_unpack_or_are_refused(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("turned")
    draw: Any = random.Random(seed)
    content = bytearray(zip_bytes({"NORMAL/a.png": b"abc" * 50, "b.zip": zip_bytes({"c": b"d" * 40})}))
    for _ in range(draw.randint(1, 6)):
        content[draw.randrange(len(content))] = draw.randrange(256)
    (folder / "a.zip").write_bytes(bytes(content))
    try:
        unpack(folder / "a.zip", folder / "into")
    except ImportRefusedError:
        assert files_below(folder / "into") == {}
    assert {path.name for path in folder.iterdir()} <= {"a.zip", "into"}
