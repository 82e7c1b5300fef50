"""A small HTTP server for the tests of downloads: it keeps to RFC 9110, until it is told to misbehave."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What it serves, how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    etag: str | None = '"one"'
    has_ranges: bool = True
    tells_length: bool = True
    status: int = 0  # answer this instead of the file
    location: str = ""  # with a 3xx status
    content_type: str = "application/octet-stream"
    cut_after: list[int] = field(default_factory=list)  # bytes of the next bodies, then the line is cut
    chunk: int = 64 * 1024
    pause_seconds: float = 0.0  # between the chunks
    range_shift: int = 0  # answer another part than was asked for
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range
    stall_after: list[int] = field(default_factory=list)  # bytes of the next bodies, then silence
    is_over: threading.Event = field(default_factory=threading.Event)
    base: str = ""


@contextmanager
def serving(server: FileServer) -> Iterator[FileServer]:
    """Serve on the loopback address until the end of the block; `server.base` is its address."""
    http = _Http(("127.0.0.1", 0), _Handler)
    http.told = server
    server.base = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        http.shutdown()
        http.server_close()
        thread.join()


class _Http(ThreadingHTTPServer):
    told: FileServer


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        told = self.server.told
        told.asked.append((self.path, self.headers.get("Range")))
        content = told.files.get(self.path.partition("?")[0])
        if told.status or content is None:
            self._refuse(told.status or 404)
            return
        start = self._start()
        if start and start >= len(content):
            self._refuse(416)
        else:
            self._send(content, start)

    def _start(self) -> int:
        told = self.server.told
        asked = self.headers.get("Range")
        if not asked or not told.has_ranges or self.headers.get("If-Range") not in (None, told.etag):
            return 0
        return int(asked.removeprefix("bytes=").rstrip("-")) + told.range_shift

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        if self.server.told.location:
            self.send_header("Location", self.server.told.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, content: bytes, start: int) -> None:
        told, body = self.server.told, content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", told.content_type)
        if told.etag:
            self.send_header("ETag", told.etag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if told.tells_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stops_at = (told.stall_after or told.cut_after or [len(body)])[0]
        self._write(body[:stops_at])
        if told.stall_after:
            told.stall_after.pop(0)
            told.is_over.wait()
        elif told.cut_after:
            told.cut_after.pop(0)

    def _write(self, body: bytes) -> None:
        told = self.server.told
        try:
            for place in range(0, len(body), told.chunk):
                self.wfile.write(body[place : place + told.chunk])
                if told.pause_seconds:
                    time.sleep(told.pause_seconds)
        except OSError:
            pass  # the other side has gone, which is a thing that is tested
