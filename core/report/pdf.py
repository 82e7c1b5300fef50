"""A page of HTML as PDF, where WeasyPrint and the libraries that it needs are there.

WeasyPrint (BSD) draws with Pango, which laptops often lack: then there is one sentence, and the HTML prints
as well from any browser. Nothing is fetched: an address that is not part of the page itself is refused.
"""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from PIL import ImageFile

from core.language import N_, Message

if TYPE_CHECKING:
    from types import ModuleType

_SIZES: Final = (
    '<body class="one-page">',
    '<body class="one-page tight">',
    '<body class="one-page tight tightest">',
)

NO_PDF: Final = Message(
    text=N_(
        "No PDF can be made here, because WeasyPrint or the Pango library that it needs is not installed."
        " Take the HTML: it prints the same from any browser."
    )
)


@cache
def problem() -> Message | None:
    """Return why no PDF can be made here, or None where it can. The first call takes a second."""
    return None if _weasyprint() is not None else NO_PDF


def report_pdf(html: str) -> bytes | Message:
    """Return a page of HTML as PDF, or why there is none.

    Parameters
    ----------
    html
        As `core.report.html.to_html` makes it.
    """
    weasyprint = _weasyprint()
    if weasyprint is None:
        return NO_PDF
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    for page in _ever_smaller(html):
        drawn = weasyprint.HTML(string=page, url_fetcher=fetcher).render()
        if len(drawn.pages) == 1:
            break
    content: bytes = drawn.write_pdf()
    return content


def _ever_smaller(html: str) -> Iterator[str]:
    """Return a page as it is; then, where it is to be one, with ever smaller letters."""
    yield html
    start = next((one for one in _SIZES if one in html), None)
    if start is not None:
        yield from (html.replace(start, smaller, 1) for smaller in _SIZES[_SIZES.index(start) + 1 :])


def _weasyprint() -> "ModuleType | None":
    """Import WeasyPrint, which tells Pillow to take half a picture for a whole one: that is taken back."""
    refuses_half = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        import weasyprint
    except (ImportError, OSError):  # without Pango its import ends in an OSError
        return None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = refuses_half
    return weasyprint  # type: ignore[no-any-return]
