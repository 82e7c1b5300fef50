"""What is written about a run, in every form: HTML, PDF, the model card, the table, all together.

Covers: one page, or the full report, in the language of the context. Does not cover: whether the labels are
right, which nobody who was not there can tell.
"""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Final, Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from core.evaluation.decisions import Threshold
from core.language import _, language
from core.report.facts import lead, threshold_words
from core.report.full import full_report
from core.report.gathering import study_of
from core.report.html import to_html
from core.report.model_card import card_fields, model_card_md
from core.report.one_page import one_page
from core.report.pdf import NO_PDF, report_pdf
from core.report.study import NOT_FOR_DIAGNOSIS, Asked, Study
from core.report.table import predictions_csv

__all__ = [
    "Kind",
    "bundle",
    "card_fields",
    "html_of",
    "model_card_md",
    "predictions_csv",
    "report_html",
    "report_pdf",
]

Kind = Literal["one page", "full"]
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can name: the same run, the same bytes


def report_html(
    run_id: str,
    split: str = "val",
    dataset_id: str | None = None,
    *,
    mapping: dict[str, str] | None = None,
    threshold: Threshold = 0.5,
    code: str = "en",
    kind: Kind = "one page",
) -> str:
    """Return the report of a run as HTML that stands alone; the network is asked where it was not yet.

    Parameters
    ----------
    run_id, split, dataset_id, mapping, threshold
        As in `core.report.study.Asked`.
    code
        The language: "en" or "zh_Hans".
    kind
        "one page", or "full".
    """
    asked = Asked(run_id, split, dataset_id, mapping or {}, threshold)
    with language(code):
        return html_of(study_of(asked), kind)


def html_of(study: Study, kind: Kind = "one page") -> str:
    """Return the report of a study as HTML, in the language of the context."""
    return to_html(one_page(study) if kind == "one page" else full_report(study))


def bundle(study: Study) -> bytes:
    """Return everything as one zip: both reports, their PDF where it can be made, the card, the table."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, part in _files(study):
            archive.writestr(_entry(name), part)
    return content.getvalue()


def _files(study: Study) -> Iterator[tuple[str, bytes]]:
    has_pdf = True
    for name, kind in (("one_page", "one page"), ("full", "full")):
        html = html_of(study, "one page" if kind == "one page" else "full")
        yield f"{name}.html", html.encode()
        pdf = report_pdf(html)
        has_pdf = isinstance(pdf, bytes)
        if isinstance(pdf, bytes):
            yield f"{name}.pdf", pdf
    yield "model_card.md", model_card_md(study).encode()
    yield "model_card.json", json.dumps(card_fields(study), ensure_ascii=False, indent=1).encode()
    yield "predictions.csv", predictions_csv(study).encode("utf-8-sig")  # the sign by which Excel knows it
    yield "README.txt", _readme(study, has_pdf=has_pdf).encode()


def _readme(study: Study, *, has_pdf: bool) -> str:
    lines = [_(NOT_FOR_DIAGNOSIS), "", study.background.run_id, lead(study), threshold_words(study)]
    lines += [
        "",
        _(
            "one_page is for a reader in a hurry, full has every number, model_card goes along with the"
            " weights, predictions has one row an image. Patients are numbered anew in it."
        ),
    ]
    if not has_pdf:
        lines += ["", str(NO_PDF)]
    return "\n".join(lines) + "\n"


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, date_time=_DATE)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
