"""A task of a decoder that dies, hangs or lies where a file says so, and else does the import's."""

import os
import time
from typing import Any

from core.datasets.intake import prepare_several as prepare_well


def prepare_several(content: bytes, **options: Any) -> tuple[dict[str, Any], list[bytes]]:
    """Do what the first of these words in the content says: DIE, HANG or LIE."""
    if b"DIE" in content:
        os.abort()
    if b"HANG" in content:
        time.sleep(60)
    if b"LIE" in content:
        return {"images": [{"image": {"file": "../../escape.png"}, "size": 1}], "seconds": "none"}, [b"x"]
    return prepare_well(content, **options)
