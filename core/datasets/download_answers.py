"""What a server's answer means for a download, and the sentence for each that is no file."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError

from core.datasets.download_parts import Part, ServerFacts
from core.errors import DownloadError
from core.language import N_, Message

_OK: Final = 200
_PARTIAL: Final = 206

_SENTENCES: Final[dict[int, str]] = {
    401: N_("{host} asks for a password (401). Fetch {url} in a browser and import the file."),
    403: N_("{host} refuses this computer (403). Fetch {url} in a browser and import the file."),
    404: N_(
        "{host} has no such file ({status}): {url}. Look for a newer Lightbox, or import a file you have."
    ),
    407: N_("The proxy of this network asks for a password (407). Set HTTPS_PROXY with name and password."),
    429: N_("{host} is asked too often just now (429). Wait a few minutes and start again."),
}


def check_answer(answer: requests.Response, url: str) -> None:
    """Raise a DownloadError, one sentence, for an answer that is neither the file nor a part of it."""
    status = answer.status_code
    host = host_of(url)
    if status not in (_OK, _PARTIAL):
        text = N_("{host} answers {status} instead of sending the file. Try again later.")
        if status >= 500:
            text = N_("{host} has a problem of its own ({status}). Try again later.")
        text = _SENTENCES.get(404 if status == 410 else status, text)
        raise DownloadError(text, host=host, status=status, url=url)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        text = N_(
            "{host} sends a web page instead of the file. Open a browser: perhaps this network wants you to"
            " sign in first."
        )
        raise DownloadError(text, host=host)


def is_the_rest(answer: requests.Response, part: Part) -> bool:
    """Tell whether the answer is the rest of the very file whose beginning has come (RFC 9110, 14.4)."""
    facts = part.facts
    if answer.status_code != _PARTIAL or facts is None:
        return False
    unit, _blank, place = answer.headers.get("Content-Range", "").partition(" ")
    span, _slash, total = place.partition("/")
    is_same_length = facts.total is None or total in ("*", str(facts.total))
    return unit == "bytes" and span.partition("-")[0] == str(part.n_bytes) and is_same_length


def is_from_the_start(answer: requests.Response) -> bool:
    """Tell whether the answer is the whole file."""
    return answer.status_code == _OK


def facts_of(answer: requests.Response) -> ServerFacts:
    """Return what the answer says of the whole file."""
    length = answer.headers.get("Content-Length", "")
    return ServerFacts(
        etag=answer.headers.get("ETag"),
        last_modified=answer.headers.get("Last-Modified"),
        total=int(length) if length.isascii() and length.isdigit() else None,
    )


def why_unreachable(error: Exception) -> Message:
    """Return why no answer came, in a few marked words."""
    inner = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(inner, NameResolutionError):
        return Message(text=N_("no server of this name is known here"))
    if isinstance(error, requests.exceptions.SSLError):
        return Message(text=N_("its certificate is not trusted here"))
    if isinstance(error, requests.exceptions.ProxyError):
        return Message(text=N_("the proxy of this network lets nothing through"))
    if isinstance(error, requests.Timeout):
        return Message(text=N_("it does not answer"))
    return Message(text=N_("the connection fails"))


def check_address(url: str, *, within: str) -> None:
    """Refuse an address that is neither https nor, for who began on the loopback address, http there.

    Parameters
    ----------
    url
        Where to go.
    within
        Where the download began.

    Raises
    ------
    DownloadError
    """
    if urlsplit(url).scheme == "https" or (is_local_http(url) and is_local_http(within)):
        return
    text = N_("The download leads to '{url}', which is no https address; nothing is fetched from there.")
    raise DownloadError(text, url=url)


def is_local_http(url: str) -> bool:
    """Tell whether an address is plain http on the loopback address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "http" and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:  # a name and no number
        return False


def host_of(url: str) -> str:
    """Return the name of the server."""
    return urlsplit(url).hostname or url
