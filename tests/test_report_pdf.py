"""The report as PDF: the one page is one page, and without the libraries there is one sentence."""

import builtins
import logging
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from core.language import language
from core.report import one_page, pdf, pictures
from core.report.gathering import with_groups
from core.report.study import Asked, Study
from core.report.writing import bundle, html_of
from core.workspace import ROOT
from tests.report_studies import card_of, draw, info_of, study_of
from tests.test_report_documents import MANY

needs_pango = pytest.mark.skipif(pdf.problem() is not None, reason="WeasyPrint finds no Pango here")


def pages_of(study: Study, kind: Any = "one page") -> list[str]:
    """Return the words of each page of a report."""
    import pypdfium2

    content = pdf.report_pdf(html_of(study, kind))
    assert isinstance(content, bytes)
    document = pypdfium2.PdfDocument(content)
    words = []
    for page in document:
        text = page.get_textpage()
        words.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return words


def worst() -> Study:
    """Return what takes most room: long names, forty classes, and everything missing that can be."""
    found = draw(900, names=MANY, known=False)
    info = info_of(
        found, title="A data set with a title that is long " * 3, licence="A licence " * 12, n_skipped=9
    )
    return study_of(
        found,
        Asked("run-1", "val", threshold=tuple(0.01 + 0.02 * place for place in range(40))),
        n_unusable=9,
        card=card_of(found, simulated=True),
        info=info,
        n_corrected=12,
        temperature=None,
        n_seeds=1,
        ages=(),
        centres=(),
        attributes=(),
        n_readers=0,
    )


def as_much_as_is_roomy() -> Study:
    """Return what takes most room of that for which letters are not made smaller."""
    found = draw(190, names=("no consolidati", "any lung shado"), known=False)
    return study_of(
        found,
        Asked("run-1", "val"),
        info=info_of(found, title="A data set with a title that is long " * 3),
        temperature=None,
        n_seeds=1,
        centres=(),
    )


def mapped() -> Study:
    """Return another data set whose five classes stand for the run's two."""
    pairs = {f"another_name_of_a_finding_{place}": ("healthy", "ill")[place % 2] for place in range(5)}
    about = Asked("run-1", "all", "elsewhere", pairs, 0.3)
    return study_of(draw(600), about, temperature=None, n_seeds=1, centres=(), attributes=(), ages=())


def long_of_two() -> Study:
    found = draw(names=("no " + "pneumothorax or effusion " * 3, "either " + "pneumothorax or effusion " * 3))
    return study_of(
        found, Asked("run-" + "x" * 60, "val"), run_id="run-" + "x" * 60, temperature=None, n_seeds=1
    )


@pytest.fixture
def with_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every image that was called wrong be shown: a grey square of no data set."""
    buffer = BytesIO()
    Image.new("L", (112, 112), 90).save(buffer, format="PNG")
    address = "data:image/png;base64," + b64encode(buffer.getvalue()).decode()
    monkeypatch.setattr(pictures, "_dataset", lambda study: study)
    monkeypatch.setattr(pictures, "_address", lambda dataset, sample_id: address)


@needs_pango
@pytest.mark.usefixtures("with_photos")
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (study_of, "en"),
        pytest.param(worst, "en", marks=pytest.mark.slow),
        pytest.param(as_much_as_is_roomy, "en", marks=pytest.mark.slow),
        (mapped, "en"),
        pytest.param(study_of, "zh_Hans", marks=pytest.mark.slow),
        pytest.param(worst, "zh_Hans", marks=pytest.mark.slow),
        pytest.param(long_of_two, "en", marks=pytest.mark.slow),
        pytest.param(long_of_two, "zh_Hans", marks=pytest.mark.slow),
    ],
)
def test_the_one_page_is_one_page(make: Callable[[], Study], code: str) -> None:
    with language(code):
        assert len(pages_of(make())) == 1


@needs_pango
@pytest.mark.usefixtures("with_photos")
def test_letters_become_smaller_until_one_page_is_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_page, "_has_much_to_say", lambda study, n: False)
    html = html_of(worst())
    assert '<body class="one-page">' in html
    assert len(list(pdf._ever_smaller(html))) == 3
    assert len(pages_of(worst())) == 1


def test_a_full_report_is_not_made_smaller() -> None:
    assert len(list(pdf._ever_smaller(html_of(study_of(), "full")))) == 1


def test_letters_are_smaller_only_where_there_is_much_to_say() -> None:
    makers = (study_of, as_much_as_is_roomy, worst, mapped, long_of_two)
    found = {make.__name__: html_of(make()) for make in makers}
    tight = {name for name, html in found.items() if '<body class="one-page tight">' in html}
    assert tight == {"worst", "mapped", "long_of_two"}


@needs_pango
def test_every_printed_page_says_what_it_is_not_for() -> None:
    words = pages_of(with_groups(study_of()), "full")
    assert len(words) >= 3
    for place, page in enumerate(words, start=1):
        assert "never for diagnosis." in page
        assert f"{place} / {len(words)}" in page


def without_weasyprint(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    """Let the import of WeasyPrint fail, as it does without the package, or without Pango."""
    real = builtins.__import__

    def imported(name: str, *given: Any, **named: Any) -> Any:
        if name == "weasyprint":
            raise problem
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", imported)
    pdf.problem.cache_clear()


@pytest.fixture(autouse=True)
def _forget() -> Any:
    yield
    pdf.problem.cache_clear()


@pytest.mark.parametrize("problem", [ImportError("no package"), OSError("cannot load library 'libpango'")])
def test_without_the_libraries_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    without_weasyprint(monkeypatch, problem)
    assert pdf.problem() == pdf.NO_PDF
    assert pdf.report_pdf("<p>words</p>") == pdf.NO_PDF


def test_without_the_libraries_the_bundle_has_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    without_weasyprint(monkeypatch, ImportError())
    with ZipFile(BytesIO(bundle(study_of()))) as archive:
        assert archive.namelist() == [
            "one_page.html",
            "full.html",
            "model_card.md",
            "model_card.json",
            "predictions.csv",
            "README.txt",
        ]
        readme = archive.read("README.txt").decode()
    assert "never for diagnosis." in readme
    assert str(pdf.NO_PDF) in readme


@needs_pango
def test_nothing_is_fetched_for_a_pdf(tmp_path: Any) -> None:
    """A picture on disk, and one elsewhere, are refused; WeasyPrint then draws the page without them."""
    picture = tmp_path / "secret.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>secret</text></svg>')
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        made = pdf.report_pdf(
            f'<img src="{picture.as_uri()}"><img src="https://example.invalid/a.png"><p>x</p>'
        )
    finally:
        logger.removeHandler(handler)
    assert isinstance(made, bytes)
    assert sum("disallowed protocol" in line for line in heard) == 2


def test_half_a_picture_is_still_refused_after_a_pdf_was_asked_for() -> None:
    """WeasyPrint's import lets Pillow take half a file for a whole one, in all of the server."""
    code = (
        "from PIL import ImageFile; from core.report import pdf; pdf.problem();"
        "assert not ImageFile.LOAD_TRUNCATED_IMAGES"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
