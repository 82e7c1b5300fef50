"""Response headers that keep a page to itself: nothing is loaded from, sent to, or framed by anybody else.

Covers: scripts, styles, fonts, pictures and connections of every response of the server, WebSocket upgrades
aside. Does not cover: what the server itself fetches (nothing unless asked for weights or a public data
set).
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT: Final = re.compile(r"<script>(?P<code>.*?)</script>", re.DOTALL)
_FIXED: Final = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def content_security_policy(index_html: str | None = None) -> str:
    """Return the policy under which Streamlit works whole and reaches nobody else.

    Parameters
    ----------
    index_html
        The page that Streamlit serves; None reads the installed one. Its inline scripts are allowed by
        their sha256.
    """
    if index_html is None:
        index_html = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    # blob: carries the scripts of v2 components; wasm serves Streamlit's own charts
    scripts = " ".join(f"'sha256-{_sha256(code)}'" for code in _INLINE_SCRIPT.findall(index_html))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: 'wasm-unsafe-eval' {scripts}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob: data:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """ASGI middleware that sets the headers on each HTTP response."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {**_FIXED, "Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _sha256(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
