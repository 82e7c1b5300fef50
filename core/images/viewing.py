"""What the viewer asks of a file, answered in decoder processes of its own.

    file = ask_place(content, key=key)              # its size, and its place among the others
    view = ask_view(content, frame=0)               # one frame
    table = ask_header(content)                     # its header, in which nobody is named
    found = ask_identity(content)                   # kinds of identifying things, never their values

One pool serves all questions: a pool for each would be five times the memory. The visitor's file is never
decoded in the server's own process.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import LightboxError, UnreadableImageError
from core.images import clean_files
from core.images.burned_in import REASONS, suspicion_of_file
from core.images.frames import BrokenFrameError
from core.images.header import HeaderTable, rows_task
from core.images.identity import kinds_in
from core.images.identity_kinds import KINDS
from core.images.limits import unreadable
from core.images.reading import read, sniff
from core.images.sandbox import Result, Sandbox
from core.images.series import StudyFile
from core.images.study import FrameView, frame_task, header_task, unpack_study_file, unpack_view
from core.language import N_

_T = TypeVar("_T")
_WORKERS: Final = 2  # one visitor's slow file does not stop the other


class Found(BaseModel):
    """What a file says of whom it shows: kinds of things and reasons to look, never values.

    Attributes
    ----------
    kinds
        Out of `core.images.identity_kinds.KINDS`, most telling first.
    reasons
        Why text may be burned into the picture: out of `core.images.burned_in.REASONS`.
    """

    model_config = ConfigDict(frozen=True)

    kinds: tuple[str, ...]
    reasons: tuple[str, ...]


def ask_places(
    contents: Iterable[bytes], *, key: str
) -> Iterator[tuple[int, StudyFile | UnreadableImageError]]:
    """Yield (number from 0, place in its study or the reason why it cannot be read) for each file, in order.

    A picture that is no DICOM file has a size, frames, and no place among others.

    Parameters
    ----------
    key
        What pseudonyms are made with: the same for files that are to be compared.
    """
    items = ((number, content, {"ask": "place", "key": key}) for number, content in enumerate(contents))
    for number, outcome in _pool().map(items):
        if isinstance(outcome, UnreadableImageError):
            yield number, outcome
            continue
        try:
            yield number, unpack_study_file(outcome[0])
        except BrokenFrameError:
            yield number, _nonsense()


def ask_view(content: bytes, frame: int) -> FrameView:
    """Return one frame, from 0; UnreadableImageError if it cannot be read right."""
    return _asked(content, lambda answer: unpack_view(*answer), ask="frame", frame=frame)


def ask_header(content: bytes) -> HeaderTable:
    """Return the header of a DICOM file as rows; UnreadableImageError if there is none."""
    return _asked(content, lambda answer: HeaderTable.model_validate(answer[0]), ask="header")


def ask_identity(content: bytes) -> Found:
    """Return which kinds of identifying things a file holds, and why to look for text in its picture."""

    def known(answer: Result) -> Found:
        found = Found.model_validate(answer[0])  # its order is not trusted, nor its words
        return Found(
            kinds=tuple(kind for kind in KINDS if kind in found.kinds),
            reasons=tuple(reason for reason in REASONS if reason in found.reasons),
        )

    return _asked(content, known, ask="identity")


def ask_clean(content: bytes, *, key: str) -> bytes:
    """Return the DICOM file written anew without identity: see `core.images.clean_files`.

    Parameters
    ----------
    key
        64 hexadecimal digits: files that are cleaned under the same key stay one series.
    """
    return _asked(content, lambda answer: answer[1][0], ask="clean", key=key)


def warm_up() -> None:
    """Start the decoders in the background, so that the first picture need not wait for them."""
    if _warming.acquire(blocking=False):
        threading.Thread(target=_start, name="viewer-warm-up", daemon=True).start()


def answer(content: bytes, *, ask: str, **options: Any) -> tuple[dict[str, Any], list[bytes]]:
    """Answer one question about a file: the task of the viewer's sandbox."""
    return _TASKS[ask](content, **options)


def _place(content: bytes, *, key: str) -> tuple[dict[str, Any], list[bytes]]:
    if sniff(content) == "DICOM":
        return header_task(content, key=key)
    image = read(content)
    height, width = image.values.shape[:2]
    return StudyFile(rows=height, columns=width, n_frames=image.n_frames).model_dump(mode="json"), []


def _identity(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    reasons = suspicion_of_file(content, read(content))
    return {"kinds": sorted(kinds_in(content)), "reasons": list(reasons)}, []


_TASKS: Final[dict[str, Callable[..., tuple[dict[str, Any], list[bytes]]]]] = {
    "place": _place,
    "frame": frame_task,
    "header": rows_task,
    "identity": _identity,
    "clean": clean_files.clean,
}


def _asked(content: bytes, unpacked: Callable[[Result], _T], **options: Any) -> _T:
    try:
        return unpacked(_pool().call(content, options))
    except (BrokenFrameError, ValidationError, IndexError) as error:
        raise _nonsense() from error


def _nonsense() -> UnreadableImageError:
    return unreadable("", N_("it is damaged, or encoded in a way that Lightbox does not know"))


_starting: Final = threading.Lock()
_warming: Final = threading.Lock()  # taken once, and kept


@lru_cache(maxsize=1)
def _started() -> Sandbox:
    return Sandbox(_WORKERS, task="core.images.viewing:answer")


def _pool() -> Sandbox:
    """Return the viewer's own sandbox, made at first use; its processes end with this one."""
    with _starting:
        return _started()


def _start() -> None:
    question = {"ask": "place", "key": ""}
    with suppress(LightboxError):  # whoever asks next is told
        list(_pool().map((number, b"", question) for number in range(_WORKERS)))
