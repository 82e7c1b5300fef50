"""The model card: what a network is for, on whom it was tried, how well, and what to beware of.

The sections are those of Mitchell and others 2019 (arXiv:1810.03993, figure 1). The same facts stand in
`card_fields`: a model.json with the metrics of this split and one field more, which is still read as one.
"""

from typing import Any, Final

from core.language import _, joined
from core.report import parts
from core.report.blocks import Block, Facts, Points, Section, Statements, Words
from core.report.facts import data_facts, lead, limits, threshold_words, training_facts
from core.report.full import sides_table
from core.report.markdown import to_markdown
from core.report.missing import missing_from
from core.report.study import NOT_FOR_DIAGNOSIS, Study
from core.runs.records import CardMetric, ModelCard

CITATION: Final = "Mitchell 2019, arXiv:1810.03993"


def model_card_md(study: Study) -> str:
    """Return the model card as Markdown."""
    title = _("Model card: {run}", run=study.background.run_id)
    notice = _(NOT_FOR_DIAGNOSIS)
    if study.background.simulated:
        notice = f"{notice} {_('SIMULATED')}."
    foot = _("The sections are those of {source}.", source=CITATION)
    return to_markdown(title, notice, _sections(study), foot=foot)


def card_fields(study: Study) -> dict[str, Any]:
    """Return the fields of model.json, with the metrics judged here, and `model_card`."""
    card = study.background.card
    judged = {
        name: CardMetric(value=one.value, low=one.low, high=one.high, n=one.n, method=one.method)
        for name, one in study.evaluation.metrics.items()
    }
    metrics = card.metrics | {_split_name(study): judged}
    whole = ModelCard.model_validate(card.model_dump() | {"metrics": metrics})
    said = {
        "notice": _(NOT_FOR_DIAGNOSIS),
        "threshold": study.asked.threshold,
        "missing": [
            {"name": one.name, "text": str(one.text), "items": [str(item) for item in one.items]}
            for one in missing_from(study)
        ],
        "limits": list(limits(study)),
        "source": CITATION,
    }
    return whole.model_dump(mode="json") | {"model_card": said}


def _split_name(study: Study) -> str:
    split = study.asked.split
    return f"{study.asked.dataset_id}.{split}" if study.is_external else split


def _sections(study: Study) -> tuple[Section, ...]:
    statements = missing_from(study)
    return (
        Section(_("Model details"), (Facts(training_facts(study)),)),
        Section(_("Intended use"), (Points(limits(study)[:2]),)),
        Section(_("Factors"), (_factors(study),)),
        Section(_("Metrics"), (Words(threshold_words(study)), Words(_why()))),
        Section(_("Evaluation data"), (Facts(data_facts(study)),)),
        Section(_("Training data"), (sides_table(study),)),
        Section(_("Quantitative analyses"), tuple(_numbers(study))),
        Section(_("Ethical considerations"), (Words(_ethics(study)),)),
        Section(_("Caveats and recommendations"), (Points(limits(study)[2:]), Statements(statements))),
    )


def _factors(study: Study) -> Words:
    names = study.background.attributes
    if not names:
        return Words(_("Nothing is known of these images by which groups could be made."))
    return Words(_("Groups can be made by: {names}.", names=joined(names)))


def _why() -> str:
    return _(
        "Each number stands with its interval and its n. AUROC needs no threshold; sensitivity and"
        " specificity hold for this one."
    )


def _numbers(study: Study) -> list[Block]:
    blocks: list[Block] = [
        Words(lead(study)),
        parts.metric_table(study, names=tuple(study.evaluation.metrics)),
    ]
    blocks += parts.class_tables(study)
    if study.groups is not None and study.groups.groups:
        blocks.append(parts.group_table(study.groups))
    return blocks


def _ethics(study: Study) -> str:
    if study.background.simulated:
        return _("The images are drawn by a computer: no patient stands behind them.")
    return _(
        "Patients stand behind these images. Lightbox keeps no names and counts patients under pseudonyms;"
        " whether they were asked, and who may use the images, is for the data set's licence to say."
    )
