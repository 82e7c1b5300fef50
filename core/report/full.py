"""The full report: what the one page says, worked out, with every group, curve and mistake."""

from collections.abc import Iterator
from typing import Final

from core.evaluation.paired_sentences import difference_words
from core.experiments.rivals.sentences import phrase_of, verdict_of
from core.language import _, current_language
from core.report import parts
from core.report.benefit import benefit
from core.report.blocks import (
    Block,
    Document,
    Drawings,
    Facts,
    Photos,
    Points,
    Section,
    Statements,
    Table,
    Words,
)
from core.report.facts import SPLITS, data_facts, in_brackets, lead, limits, threshold_words, training_facts
from core.report.guidelines import SOURCES
from core.report.missing import missing_from
from core.report.pictures import photos_of
from core.report.study import NOT_FOR_DIAGNOSIS, Study

_MOST_PHOTOS: Final = 24


def full_report(study: Study) -> Document:
    """Return the full report."""
    return Document(
        title=_("What '{run}' can and cannot do: the full report", run=study.background.run_id),
        subtitle=threshold_words(study),
        lead=lead(study),
        simulated=study.background.simulated,
        language=current_language(),
        kind="full",
        sections=tuple(_sections(study)),
        notice=_(NOT_FOR_DIAGNOSIS),
    )


def _sections(study: Study) -> Iterator[Section]:
    statements = Statements(missing_from(study))
    sources = Words("; ".join(f"{name}: {source}" for name, source in SOURCES.items()), is_small=True)
    yield Section(_("What a reader of such a study would miss here"), (statements, sources), is_red=True)
    yield Section(_("On whom"), (Facts(data_facts(study)), sides_table(study)))
    yield Section(_("How it was trained"), (Facts(training_facts(study)),))
    yield Section(_("How well, how sure"), tuple(_numbers(study)))
    yield Section(_("Curves and calibration"), (Drawings(parts.pictures(study)), *_calibration(study)))
    yield from benefit(study)
    yield Section(_("On whom does it work?"), _groups(study))
    yield Section(_("Against simple rivals"), _rivals(study))
    yield Section(_("What it gets wrong"), _wrong(study))
    yield Section(_("What it is for, and its limits"), (Points(limits(study)),))


def sides_table(study: Study) -> Table:
    """Return how the run's own data are divided: images, patients, and images by class."""
    names = study.predictions.class_names[:8]
    rows = []
    for side in study.background.sides:
        patients = "–" if side.n_patients is None else f"{side.n_patients:,}"
        counts = [f"{side.class_counts.get(name, 0):,}" for name in names]
        rows.append((_(SPLITS[side.split]), f"{side.n_images:,}", patients, *counts))
    caption = _("The split of {dataset}.", dataset=study.background.own_dataset)
    return Table((_("Split"), _("Images"), _("Patients"), *names), tuple(rows), caption)


def _numbers(study: Study) -> Iterator[Block]:
    yield parts.worked_table(study)
    yield from parts.class_tables(study)
    yield Drawings((parts.interval_picture(study),), is_wide=True)
    if study.evaluation.notes:
        yield Points(tuple(str(note) for note in study.evaluation.notes))


def _calibration(study: Study) -> tuple[Words, ...]:
    temperature = study.background.temperature
    if temperature is None:
        return ()
    text = _(
        "A temperature of {value:.2f}, fitted on {n} validation images, takes their log loss from"
        " {before:.3f} to {after:.3f} nats. The probabilities in this report are those before it.",
        value=temperature.value,
        n=temperature.n,
        before=temperature.log_loss_before,
        after=temperature.log_loss_after,
    )
    return (Words(text, is_small=True),)


def _groups(study: Study) -> tuple[Block, ...]:
    table = study.groups
    if table is None or not table.groups:
        return (Words(_("Nothing is known of these images by which groups could be made.")),)
    return (Drawings((parts.group_picture(table),), is_wide=True), parts.group_table(table))


def _rivals(study: Study) -> tuple[Block, ...]:
    rivals = study.background.rivals
    if rivals is None:
        return (Words(_("They were not asked. The Evaluate page does that: view 'Simple rivals'.")),)
    header = (_("Rival"), _("AUROC"), _("Network minus rival"), _("Seconds to train"))
    rows = [
        (
            str(phrase_of(rival.name, rivals)),
            in_brackets(rival.metrics["auroc"]) if "auroc" in rival.metrics else str(rival.problem or "–"),
            "–" if rival.difference is None else str(difference_words(rival.difference)),
            f"{rival.fit_seconds + rival.measure_seconds:.1f}",
        )
        for rival in rivals.rivals
    ]
    return (Words(str(verdict_of(rivals).sentence)), Table(header, tuple(rows)))


def _wrong(study: Study) -> tuple[Block, ...]:
    n, total = len(study.mistakes), study.predictions.n_samples
    said = Words(
        _("{n} of {total} images are called wrong; those first where it was surest.", n=n, total=total)
    )
    if not study.mistakes:
        return (said,)
    notes = (
        [] if study.asked.with_pictures else [Words(_("Pictures are left out of this copy."), is_small=True)]
    )
    return (said, *notes, Photos(photos_of(study, study.mistakes[:_MOST_PHOTOS])))
