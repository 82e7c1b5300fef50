"""The server in the flesh: its headers, and that it never loads torch by itself."""

import asyncio
import base64
import hashlib
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import pytest

from core.workspace import ROOT
from tests.browser.driver import Server, running_server
from ui.headers import content_security_policy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("home")) as started:
        yield started


def fetch(address: str) -> tuple[HTTPMessage, str]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.headers, answer.read().decode()


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health"])
def test_every_answer_carries_the_security_headers(server: Server, path: str) -> None:
    headers, _content = fetch(server.address + path)
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval'" not in headers["Content-Security-Policy"].replace("'wasm-unsafe-eval'", "")


def test_the_policy_allows_the_inline_script_that_is_served_and_no_other(server: Server) -> None:
    headers, content = fetch(server.address + "/")
    scripts = re.findall(r"<script>(.*?)</script>", content, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in scripts]
    assert re.findall(r"'sha256-([^']+)'", headers["Content-Security-Policy"]) == digests
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_a_page_without_inline_script_gets_no_hash() -> None:
    assert "sha256" not in content_security_policy("<html></html>")


def test_the_server_listens_to_this_machine_alone() -> None:
    assert 'address = "127.0.0.1"' in (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")


def test_the_shell_and_the_toolkit_do_not_load_torch(tmp_path: Path) -> None:
    code = (
        "import sys, app, ui.shell, ui.controls, ui.cache, ui.live, ui.hero;"
        "print(sorted({'torch', 'torchvision', 'captum'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"


def test_an_upload_stays_in_memory_while_it_arrives() -> None:
    from starlette.formparsers import MultiPartParser

    import app

    limit_mb = int(re.search(r"maxUploadSize = (\d+)", (ROOT / ".streamlit/config.toml").read_text())[1])
    assert app.MultiPartParser is MultiPartParser
    assert MultiPartParser.spool_max_size > limit_mb * 1024**2


def test_what_a_killed_import_left_goes_after_a_day_though_nobody_imports_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole files of patients may lie there: an old one goes with the first tidying, a new one stays."""
    import app

    job, staged = home / "jobs" / "import-x-0", home / "jobs" / f"staging-{'0' * 16}"
    fresh = home / "jobs" / f"staging-{'1' * 16}"
    for folder in (job / "source", staged, fresh):
        folder.mkdir(parents=True)
        (folder / "Miller, Anna.dcm").touch()
    for old in (job / "source", staged):
        os.utime(old, (0, 0))
    done = asyncio.Event()

    async def first_hour(_seconds: float) -> None:
        done.set()
        await asyncio.Event().wait()

    async def serve() -> None:
        monkeypatch.setattr("ui.tidying.asyncio.sleep", first_hour)
        async with app._lifespan(app.app):
            await done.wait()

    monkeypatch.setattr(app, "start_probe", lambda: None)
    monkeypatch.setattr(app.gc, "freeze", lambda: None)
    asyncio.run(serve())
    assert not staged.exists()
    assert not (job / "source").exists()
    assert fresh.exists()
