"""What the report view makes and keeps: the background of a run, and each form when it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.errors import UserError
from core.language import N_, current_language
from core.report import gathering, writing
from core.report.pdf import NO_PDF
from core.report.study import Asked, Background, Study, ThresholdFrom
from ui import answers, cache
from ui.evaluate.judged import Judged, Threshold, evaluation, predictions
from ui.later import in_this_language
from ui.operating import is_by_target

_SECONDS_KEPT: Final = 60  # looks, corrections and rivals come while somebody works


@dataclass(frozen=True)
class Form:
    """One form of a report: its name, its title, how its file ends, what it is for a browser."""

    name: str
    title: str
    ending: str
    mime: str
    write: Callable[[Study], bytes]
    needs_pdf: bool = False

    def file_name(self, study: Study) -> str:
        """Return the name of its file, which says what it is not."""
        asked = study.asked
        return f"{asked.run_id}-{asked.split}-{self.name}-not-for-diagnosis{self.ending}"


def _pdf(study: Study, kind: writing.Kind = "one page") -> bytes:
    made = writing.report_pdf(writing.html_of(study, kind))
    return made if isinstance(made, bytes) else str(NO_PDF).encode()


FORMS: Final = (
    Form("one-page", N_("One page (PDF)"), ".pdf", "application/pdf", _pdf, needs_pdf=True),
    Form(
        "one-page",
        N_("One page (HTML)"),
        ".html",
        "text/html",
        lambda study: writing.html_of(study, "one page").encode(),
    ),
    Form(
        "full",
        N_("Full report (PDF)"),
        ".pdf",
        "application/pdf",
        lambda study: _pdf(study, "full"),
        needs_pdf=True,
    ),
    Form(
        "full",
        N_("Full report (HTML)"),
        ".html",
        "text/html",
        lambda study: writing.html_of(study, "full").encode(),
    ),
    Form(
        "model-card",
        N_("Model card"),
        ".md",
        "text/markdown",
        lambda study: writing.model_card_md(study).encode(),
    ),
    Form(
        "predictions",
        N_("Predictions (CSV)"),
        ".csv",
        "text/csv",
        lambda study: writing.predictions_csv(study).encode("utf-8-sig"),
    ),
    Form("all", N_("Everything (zip)"), ".zip", "application/zip", writing.bundle),
)


@st.cache_resource(max_entries=16, ttl=_SECONDS_KEPT, show_spinner=False)
def _background(case: Judged, changed: int, revision: str, _asked: Asked) -> Background:
    return gathering.background_of(_asked, predictions(case))


def study_of(case: Judged, threshold: Threshold, *, with_pictures: bool) -> Study:
    """Return what is known of a case at a threshold; what does not move with it is kept for a minute."""
    asked = Asked(
        case.run_id,
        case.split,
        case.dataset_id,
        dict(case.mapping),
        threshold,
        _where_from(case),
        with_pictures=with_pictures,
    )
    background = _background(case, answers.changed_ns(case.run), _revision(case), asked)
    _n_usable, n_out = answers.n_usable(case.run, case.split, case.dataset_id, case.mapping)
    return gathering.judge(
        asked,
        background,
        predictions(case),
        evaluation=evaluation(case, threshold),
        n_left_out=n_out,
    )


def make(form: Form, study: Study) -> Callable[[], bytes]:
    """Return what writes a form when its button is pressed."""
    return in_this_language(lambda: form.write(gathering.with_groups(study)))


def one_page_html(study: Study) -> str:
    """Return the one page; it needs no subgroups."""
    return writing.html_of(study, "one page")


def key_of(study: Study) -> str:
    """Return what a page that is shown is a page of."""
    return repr((study.asked, current_language()))


def _revision(case: Judged) -> str:
    try:
        return cache.dataset(case.shown_dataset).info.revision
    except UserError:  # it is no longer there, and the report says so
        return ""


def _where_from(case: Judged) -> ThresholdFrom:
    """Return where the threshold is from: a target is reached on validation, a slider is moved by hand."""
    on_validation = case.dataset_id is None and case.split == "val"
    if is_by_target(case.run):
        return "judged images" if on_validation else "validation"
    return "unknown"
