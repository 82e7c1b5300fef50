"""A study with its names cut to what one page has room for; the full report has them whole."""

from dataclasses import replace

from core.datasets.records import DatasetInfo
from core.evaluation.records import Evaluation
from core.report.study import Background, Study
from core.report.svg import cut

_LONGEST_CLASS = 20
_LONGEST_TITLE = 44


def shortened(study: Study) -> Study:
    """Return the study with long names cut in their middle; classes stay apart."""
    names = study.predictions.class_names
    short = dict(zip(names, _apart(names), strict=True))
    positive = study.predictions.positive_class
    found = replace(
        study.predictions,
        class_names=tuple(short.values()),
        positive_class=None if positive is None else short[positive],
    )
    mistakes = tuple(
        replace(one, true_class=short[one.true_class], called_class=short[one.called_class])
        for one in study.mistakes
    )
    evaluation = _evaluation(study.evaluation, short)
    background = _background(study.background)
    return replace(study, predictions=found, mistakes=mistakes, evaluation=evaluation, background=background)


def _apart(names: tuple[str, ...]) -> list[str]:
    short = [cut(name, _LONGEST_CLASS) for name in names]
    return [
        name if short.count(name) == 1 else f"{cut(name, _LONGEST_CLASS - 5)} #{place}"
        for place, name in enumerate(short, start=1)
    ]


def _evaluation(evaluation: Evaluation, short: dict[str, str]) -> Evaluation:
    positive = evaluation.positive_class
    return evaluation.model_copy(
        update={
            "class_names": tuple(short[name] for name in evaluation.class_names),
            "positive_class": None if positive is None else short[positive],
            "per_class": {short[name]: found for name, found in evaluation.per_class.items()},
        }
    )


def _background(background: Background) -> Background:
    return replace(
        background,
        run_id=cut(background.run_id, _LONGEST_TITLE),
        own_dataset=cut(background.own_dataset, _LONGEST_TITLE),
        info=None if background.info is None else _info(background.info),
    )


def _info(info: DatasetInfo) -> DatasetInfo:
    title, licence = cut(info.title, _LONGEST_TITLE), cut(info.licence, _LONGEST_TITLE)
    return info.model_copy(update={"title": title, "licence": licence})
