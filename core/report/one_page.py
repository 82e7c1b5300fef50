"""The one page for a clinician: on whom, how sure, what it misses, and what is missing."""

from typing import Final

from core.language import _, current_language
from core.report import parts
from core.report.blocks import Block, Document, Drawings, Facts, Photos, Points, Section, Statements, Words
from core.report.facts import data_facts, lead, limits, threshold_words, training_facts
from core.report.missing import missing_from
from core.report.pictures import photos_of
from core.report.shortening import shortened
from core.report.study import NOT_FOR_DIAGNOSIS, Study

_MOST_PHOTOS: Final = 6
_N_WHOLE: Final = 4  # of what is missing: the gravest, said in full
_N_WHOLE_IF_TIGHT: Final = 3
_MANY_LINES: Final = 12
_LINES_A_CLASS: Final = 2  # in the legends of curves
_MOST_CLASSES: Final = 6
_LONG_NAME: Final = 14


def one_page(whole: Study) -> Document:
    """Return the one page; it fits on A4 whatever the number of classes and the length of their names."""
    study = shortened(whole)
    missing = missing_from(study)
    is_tight = _has_much_to_say(whole, len(missing))
    statements = Statements(missing, n_whole=_N_WHOLE_IF_TIGHT if is_tight else _N_WHOLE)
    return Document(
        title=_("What '{run}' can and cannot do", run=study.background.run_id),
        subtitle=threshold_words(study),
        lead=lead(study),
        simulated=study.background.simulated,
        language=current_language(),
        kind="one page",
        sections=(
            Section(_("What a reader of such a study would miss here"), (statements,), is_red=True),
            Section(_("On whom"), (Facts(data_facts(study)),), is_half=True),
            Section(_("How well, how sure"), (_metrics(study),), is_half=True),
            Section(_("At a glance"), (Drawings(_glance(study)),)),
            Section(_wrong_title(study), _wrong(study)),
            Section(_("How it was trained"), (Facts(training_facts(study)),), is_half=True),
            Section(_("What it is for, and its limits"), (Points(limits(study)[:3]),), is_half=True),
        ),
        notice=_(NOT_FOR_DIAGNOSIS),
        is_tight=is_tight,
    )


def _has_much_to_say(study: Study, n_missing: int) -> bool:
    names = study.predictions.class_names
    n_lines = n_missing + _LINES_A_CLASS * (min(len(names), _MOST_CLASSES) - 2) + len(study.asked.mapping)
    return n_lines > _MANY_LINES or max(map(len, names)) > _LONG_NAME


def _metrics(study: Study) -> Block:
    names = parts.HEADLINES if study.evaluation.positive_class else parts.HEADLINES_OF_MANY
    return parts.metric_table(study, names=names)


def _glance(study: Study) -> tuple[str, ...]:
    """Return four pictures: the two that say how sure come before the two that say how it is spread."""
    drawn = parts.pictures(study)  # of several classes four, of two five
    if len(drawn) <= 4:
        return drawn
    roc, _precision, scores, reliability, matrix = drawn
    return roc, scores, reliability, matrix


def _wrong_title(study: Study) -> str:
    n, total = len(study.mistakes), study.predictions.n_samples
    return _("What it gets wrong: {n} of {total}, the surest first", n=f"{n:,}", total=f"{total:,}")


def _wrong(study: Study) -> tuple[Block, ...]:
    if not study.mistakes:
        return (Words(_("Nothing at this threshold, on these images. That is no promise for others.")),)
    photos = photos_of(study, study.mistakes[:_MOST_PHOTOS])
    if not any(photo.address for photo in photos):
        why = _("The images cannot be shown: they are no longer there.")
        if not study.asked.with_pictures:
            why = _("Pictures are left out of this copy.")
        return (Words(why, is_small=True), Photos(photos[:3]))
    return (Photos(photos),)
