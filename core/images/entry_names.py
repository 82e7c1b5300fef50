"""The name of a zip entry, as the archive wrote it, made fit for a path of ours and for a screen."""

import os
import re
import unicodedata
import zipfile
from pathlib import PurePosixPath
from typing import Final

from core.errors import ImportRefusedError
from core.language import N_

_UTF8: Final = 0x800  # APPNOTE.TXT 4.4.4: the name is UTF-8
_MAX_PART_BYTES: Final = 200  # file systems take 255; a number may be added
_MAX_PARTS: Final = 16
_MAX_NAME_BYTES: Final = 1024
_VISIBLE: Final = "\N{REPLACEMENT CHARACTER}"  # for what would be invisible or would turn text round
# Control, format (writing direction, zero width), surrogate, private use, unassigned; line separators.
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_NOT_ON_WINDOWS: Final = re.compile(r'[<>:"|?*]')
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_SYSTEM: Final = ("__macosx", "thumbs.db", "desktop.ini")


def decoded_name(info: zipfile.ZipInfo) -> str:
    """Return an entry's name as its maker meant it.

    Without the UTF-8 flag the standard says code page 437, but many programs write UTF-8 all the same, and
    Chinese Windows GB 2312, whose byte pairs hardly occur in Western names.
    """
    if info.flag_bits & _UTF8:
        return info.orig_filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:  # a later Python decoded it otherwise
        return info.orig_filename
    for encoding in ("utf-8", "gb2312"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def safe_name(name: str, *, number: int) -> str | None:
    """Return a name as a relative path with `/`, or None for what is no content of the importer's.

    Invisible and direction-changing characters become U+FFFD, overlong parts are cut before their ending.

    Raises
    ------
    ImportRefusedError
        The name of entry `number` leads out of its folder, or is beyond all measure.
    """
    if name.startswith("/") or "\\" in name or _DRIVE.match(name) or ".." in name.split("/"):
        text = N_(
            "The name of entry {number} of the archive leads out of its folder or has backslashes: nothing is"
            " unpacked. Pack the files again with another program."
        )
        raise ImportRefusedError(text, number=number)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if len(parts) > _MAX_PARTS or len(name.encode(errors="replace")) > _MAX_NAME_BYTES:
        text = N_("Entry {number} of the archive lies too deep in folders, or its name is too long.")
        raise ImportRefusedError(text, number=number)
    if not parts or any(part.startswith(".") or part.lower() in _SYSTEM for part in parts):
        return None
    return "/".join(map(_safe_part, parts))


def numbered(name: str, taken: set[str]) -> str:
    """Return `name`, or with a number before its ending if it is taken; what is returned is taken then.

    Upper and lower case are one name, as some file systems have it.
    """
    path, unique, number = PurePosixPath(name), name, 2
    while unique.casefold() in taken:
        unique = str(path.with_name(f"{path.stem}-{number}{path.suffix}"))
        number += 1
    taken.add(unique.casefold())
    return unique


def _safe_part(part: str) -> str:
    shown = "".join(_VISIBLE if unicodedata.category(letter) in _INVISIBLE else letter for letter in part)
    if os.name == "nt":
        shown = _NOT_ON_WINDOWS.sub("_", shown).rstrip(" .") or "_"
        shown = f"_{shown}" if _DEVICES.fullmatch(shown) else shown
    return _cut(unicodedata.normalize("NFC", shown))


def _cut(part: str) -> str:
    if len(part.encode()) <= _MAX_PART_BYTES:
        return part
    ending = PurePosixPath(part).suffix
    ending = ending if len(ending.encode()) <= 16 else ""
    kept = part.encode()[: _MAX_PART_BYTES - len(ending.encode())].decode(errors="ignore")
    return kept + ending
