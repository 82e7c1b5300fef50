"""Give each patient a name that means nothing outside this home: HMAC-SHA256 under a key that stays here.

The same patient has the same pseudonym in every data set of one home, so that images of one person can be
kept together; without the key nobody can find out whose it is by trying names.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from core.workspace import home

_KEY_BYTES: Final = 32
_HEX_DIGITS: Final = 16


def pseudonym(identifier: str, key: bytes) -> str:
    """Return what stands for `identifier` in this home: 16 hex digits."""
    return hmac.new(key, identifier.strip().encode(), hashlib.sha256).hexdigest()[:_HEX_DIGITS]


def load_key() -> bytes:
    """Return this home's key of 32 bytes, made at the first call; its file can be read by its owner alone."""
    path = home() / "pseudonym.key"
    if not path.exists():
        _make_key(path)
    return bytes.fromhex(path.read_text(encoding="ascii"))


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # unlike a rename, this leaves the key of another process that was first
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
