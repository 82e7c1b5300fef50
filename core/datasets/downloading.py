"""Fetch one file of known address and checksum: resumed where it broke off, checked at its end.

Covers: https, and plain http on the loopback address alone; redirects, each looked at; the system's proxy
settings. Does not cover: an address that a user types, for whoever may choose the address can make this
machine ask others.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from core.datasets.download_answers import (
    check_address,
    check_answer,
    facts_of,
    host_of,
    is_from_the_start,
    is_local_http,
    is_the_rest,
    why_unreachable,
)
from core.datasets.download_parts import Part
from core.errors import DownloadError, JobStoppedError, StateError
from core.language import N_, Message

Progress = Callable[[float, Message], None]

PAUSES_SECONDS: Final = (1.0, 3.0, 8.0)  # before each new attempt after one that brought nothing
_CONNECT_SECONDS: Final = 10.0
_SILENCE_SECONDS: Final = 20.0  # a server that says nothing for so long is gone
_CHUNK_BYTES: Final = 256 * 1024
_MOST_REDIRECTS: Final = 5
_LEFT_FREE_BYTES: Final = 200 * 1000**2  # of the disk, for everything else
_BROKEN: Final = (requests.RequestException, HTTPError, ConnectionError, TimeoutError)


@dataclass(frozen=True)
class RemoteFile:
    """What is to be fetched.

    Attributes
    ----------
    url
        Its address.
    md5
        Its checksum, 32 hexadecimal digits.
    most_bytes
        More than so many are refused.
    more_bytes
        How much room is needed besides, for what is made of it.
    """

    url: str
    md5: str
    most_bytes: int
    more_bytes: int = 0


def _silent(_share: float, _message: Message) -> None:
    """Show no progress."""


def download(
    remote: RemoteFile,
    target: Path,
    *,
    progress: Progress = _silent,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Fetch a file to `target`, going on from what an earlier attempt left.

    Parameters
    ----------
    remote
        What to fetch.
    target
        Where it will be: it is there only when it is whole and right.
    progress
        Called with the share done, in [0, 1], and a sentence.
    should_stop
        Asked at each piece; if it says yes, what has come is kept for the next attempt.

    Raises
    ------
    DownloadError
        The server cannot be reached, refuses, or does not send what was announced.
    StateError
        The disk has too little room.
    JobStoppedError
        `should_stop` said yes.
    """
    part = Part(target)
    for _attempt in range(2):
        _Transfer(remote, part, progress, should_stop).run()
        if md5_of(part.path, progress=progress, should_stop=should_stop) == remote.md5:
            part.finish()
            return
        part.forget()
    text = N_(
        "What {host} sends as '{file}' is not the file that was announced: its checksum (MD5) is wrong."
        " It was deleted; try again later."
    )
    raise DownloadError(text, host=host_of(remote.url), file=target.name)


def md5_of(
    path: Path, *, progress: Progress = _silent, should_stop: Callable[[], bool] = lambda: False
) -> str:
    """Return the MD5 of a file, 32 hexadecimal digits: it tells damage, and is no defence against malice."""
    digest = hashlib.md5(usedforsecurity=False)
    progress(1.0, Message(text=N_("The file is being checked.")))
    with path.open("rb") as file:
        while content := file.read(_CHUNK_BYTES):
            if should_stop():
                raise JobStoppedError
            digest.update(content)
    return digest.hexdigest()


class _Transfer:
    """A file on its way: asks, appends what comes, and asks again where the connection broke off."""

    def __init__(
        self, remote: RemoteFile, part: Part, progress: Progress, should_stop: Callable[[], bool]
    ) -> None:
        self._remote = remote
        self._host = host_of(remote.url)
        self._part = part
        self._progress = progress
        self._should_stop = should_stop
        self._session = requests.Session()
        self._session.trust_env = not is_local_http(remote.url)  # a proxy is for what is outside

    def run(self) -> None:
        """Bring the whole file into its part."""
        n_in_vain = 0
        with self._session:
            while not self._part.is_whole:
                n_before = self._part.n_bytes
                try:
                    if self._bring_more():
                        return
                except _BROKEN as error:
                    if self._part.n_bytes == 0:
                        raise self._no_way(error) from error
                n_in_vain = 0 if self._part.n_bytes > n_before else n_in_vain + 1
                if n_in_vain > len(PAUSES_SECONDS):
                    raise self._broken_off()
                self._pause(PAUSES_SECONDS[max(n_in_vain - 1, 0)])

    def _bring_more(self) -> bool:
        """Take what one answer brings; return whether the file is whole."""
        with self._ask(self._part) as answer:
            if is_the_rest(answer, self._part):
                return self._append(answer)
            if is_from_the_start(answer):
                return self._begin(answer)
        self._part.forget()  # another part than the one that was asked for, or none: the file has changed
        with self._ask(self._part) as answer:
            return self._begin(answer)

    @contextmanager
    def _ask(self, part: Part) -> Iterator[requests.Response]:
        """Ask for what is missing, following redirects one by one."""
        headers = {"User-Agent": "Lightbox", "Accept-Encoding": "identity"}
        if (facts := part.facts) is not None:
            headers["Range"] = f"bytes={part.n_bytes}-"
            headers |= {"If-Range": facts.validator} if facts.validator else {}
        url = self._remote.url
        for _redirect in range(_MOST_REDIRECTS + 1):
            self._check_stop()
            check_address(url, within=self._remote.url)
            times = (_CONNECT_SECONDS, _SILENCE_SECONDS)
            with self._session.get(
                url, headers=headers, stream=True, allow_redirects=False, timeout=times
            ) as answer:
                if not answer.is_redirect:
                    is_past_the_end = answer.status_code == requests.codes.requested_range_not_satisfiable
                    if not (is_past_the_end and facts is not None):
                        check_answer(answer, url)
                    yield answer
                    return
                url = urljoin(url, answer.headers["Location"])
        text = N_("{host} leads from one address to the next without end. Try again later.")
        raise DownloadError(text, host=self._host)

    def _begin(self, answer: requests.Response) -> bool:
        facts = facts_of(answer)
        self._check_size(facts.total or 0)
        self._check_room(facts.total or self._remote.most_bytes)
        self._part.begin(facts)
        return self._append(answer)

    def _append(self, answer: requests.Response) -> bool:
        facts = self._part.facts or facts_of(answer)
        n = self._part.n_bytes
        with self._part.path.open("ab") as file:
            while content := answer.raw.read1(_CHUNK_BYTES, decode_content=False):
                n += len(content)
                self._check_size(n)
                file.write(content)
                self._progress(n / (facts.total or self._remote.most_bytes), _told(n, facts.total))
                self._check_stop()
        return facts.total is None or n >= facts.total

    def _check_stop(self) -> None:
        if self._should_stop():
            raise JobStoppedError

    def _check_size(self, n_bytes: int) -> None:
        most = self._remote.most_bytes
        if n_bytes > most:
            self._part.forget()
            text = N_("{host} sends {n} MB, and the file can have {most} MB at most. Nothing was kept.")
            raise DownloadError(text, host=self._host, n=megabytes(n_bytes), most=megabytes(most))

    def _check_room(self, n_bytes: int) -> None:
        needed = n_bytes + self._remote.more_bytes + _LEFT_FREE_BYTES
        self._part.path.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._part.path.parent).free + self._part.n_bytes
        if free < needed:
            text = N_(
                "The disk has {free} MB left, and the file with its pictures needs {needed} MB. Make room, or"
                " choose smaller pictures."
            )
            raise StateError(text, free=megabytes(free), needed=megabytes(needed))

    def _no_way(self, error: Exception) -> DownloadError:
        text = N_(
            "There is no way from here to {host}: {reason}. Check the network; or fetch {url} on another"
            " computer and import the file."
        )
        return DownloadError(text, host=self._host, reason=why_unreachable(error), url=self._remote.url)

    def _broken_off(self) -> DownloadError:
        text = N_(
            "The connection to {host} breaks off again and again. The {n} MB that came are kept; start again"
            " to go on from there."
        )
        return DownloadError(text, host=self._host, n=megabytes(self._part.n_bytes))

    def _pause(self, seconds: float) -> None:
        n, facts = self._part.n_bytes, self._part.facts
        share = n / (facts.total if facts and facts.total else self._remote.most_bytes)
        text = N_("The connection broke off at {n} MB; it is tried again.")
        self._progress(min(share, 1.0), Message(text=text, values={"n": megabytes(n)}))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._check_stop()
            time.sleep(0.05)


def _told(n: int, total: int | None) -> Message:
    text = N_("{n} of {total} MB have come.") if total else N_("{n} MB have come.")
    return Message(text=text, values={"n": megabytes(n), "total": megabytes(total or n)})


def megabytes(n_bytes: int) -> str:
    """Return a number of bytes in MB (10^6), as it is written."""
    return f"{n_bytes / 1e6:.1f}" if n_bytes < 100e6 else f"{n_bytes / 1e6:.0f}"
