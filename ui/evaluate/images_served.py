"""Small pictures of data sets at addresses of their own: a browser fetches those that it shows.

So a page names thousands of pictures and makes none. An address begins with a word drawn by lot when the
server starts: who was not given it by a page, say another site in the same browser, can't ask.
"""

import secrets
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

import streamlit as st
from PIL import Image
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.datasets.dataset import Dataset
from core.datasets.editing import edits_since
from core.datasets.records import DatasetInfo
from core.datasets.store import open_dataset
from core.errors import LightboxError
from core.images.display import to_uint8

SIDES: Final = (96, 176, 320)  # pixels of the longer side
_WORD: Final = secrets.token_urlsafe(18)
_HEADERS: Final = {
    "Cache-Control": "private, max-age=86400, immutable",  # the address names the revision
    "Cross-Origin-Resource-Policy": "same-origin",
}


def address(info: DatasetInfo, sample_id: int | str, *, side: int = 176) -> str:
    """Return where a browser finds a picture, `side` (one of SIDES) pixels large at most.

    `sample_id` may be a place holder that a script fills in.
    """
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    place = PurePosixPath("/", base, "films", _WORD, info.dataset_id, info.revision, str(side))
    return f"{place}/{sample_id}.jpg"


def _send_film(request: Request) -> Response:
    """Answer with the picture. It is no coroutine, so it is made in a thread of its own."""
    wanted = request.path_params
    content = b""
    if secrets.compare_digest(str(wanted["word"]), _WORD) and wanted["side"] in SIDES:
        with suppress(LightboxError, OSError):
            # What is deleted is gone; corrected labels leave pictures as they were.
            if edits_since(wanted["dataset"], wanted["revision"]) is not None:
                content = _film(wanted["dataset"], wanted["revision"], wanted["sample"], wanted["side"])
    if not content:
        return PlainTextResponse("There is no such picture.", status_code=404)
    return Response(content, media_type="image/jpeg", headers=_HEADERS)


ROUTES: Final = (
    Route("/films/{word}/{dataset}/{revision}/{side:int}/{sample:int}.jpg", _send_film, methods=["GET"]),
)


@lru_cache(maxsize=4096)  # some 5 KB each
def _film(dataset_id: str, revision: str, sample_id: int, side: int) -> bytes:
    return jpeg(_dataset(dataset_id, revision), sample_id, side=side)


@lru_cache(maxsize=4)
def _dataset(dataset_id: str, revision: str) -> Dataset:
    """Return a data set, whose table is read once for each state."""
    return open_dataset(dataset_id)


def jpeg(dataset: Dataset, sample_id: int, *, side: int) -> bytes:
    """Return a sample as a viewer would show it, as JPEG bytes of at most `side` pixels a side."""
    picture = Image.fromarray(to_uint8(dataset.image(sample_id)))
    picture.thumbnail((side, side))
    content = BytesIO()
    picture.save(content, format="JPEG", quality=90)
    return content.getvalue()
