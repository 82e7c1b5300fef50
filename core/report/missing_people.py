"""Rules about who stands behind the images: patients, centres, ages, and who said what is to be seen."""

from typing import Final

import numpy as np

from core.datasets.columns import words_of
from core.language import N_, Message
from core.report.guidelines import CLAIM, STARD, TRIPOD
from core.report.rule import Rule
from core.report.study import Study

_SEVERITY: Final = {
    "severity",
    "severe",
    "grade",
    "stage",
    "size",
    "lesion",
    "严重程度",
    "分级",
    "分期",
    "大小",
}
_COMMON: Final = 0.1  # a finding in a tenth of the images is far more than in most clinics that screen


def _patients_unknown(study: Study) -> Message | None:
    patients = study.predictions.patient_ids
    n = study.predictions.n_samples
    unknown = n if patients is None else sum(one is None for one in patients.tolist())
    if not unknown:
        return None
    text = N_(
        "The patient of {n} of {total} images is not known. If some share one, the intervals are too narrow,"
        " and the same person may stand on both sides of the split."
    )
    return Message(text=text, values={"n": unknown, "total": n})


def _one_centre(study: Study) -> Message | None:
    centres = study.background.centres
    if study.background.simulated or len(centres) != 1:
        return None
    text = N_("All images are from one centre ('{name}'): how it does elsewhere is not known.")
    return Message(text=text, values={"name": centres[0]})


def _centre_unknown(study: Study) -> Message | None:
    if study.background.simulated or study.background.centres:
        return None
    text = N_(
        "Where and when the images were taken, in how many centres, and by which rule patients came in is not"
        " recorded."
    )
    return Message(text=text)


def _one_age(study: Study) -> Message | None:
    ages = study.background.ages
    if len(ages) != 1:
        return None
    text = N_("All patients whose age is known are of one band ({name}): it says nothing about others.")
    return Message(text=text, values={"name": ages[0]})


def _age_unknown(study: Study) -> Message | None:
    if study.background.ages:
        return None
    text = N_(
        "The ages are not known. What was learned on children's X-rays says nothing about adults, and the"
        " other way round."
    )
    return Message(text=text)


def _reference_unknown(study: Study) -> Message | None:
    if study.background.simulated:
        return None
    text = N_(
        "Who said what is to be seen on each image, with which experience, and whether two agreed, is not"
        " recorded. If that was one reader, the network learned that reader's errors."
    )
    return Message(text=text)


def _spectrum_unknown(study: Study) -> Message | None:
    words = {word for name in study.background.attributes for word in words_of(name)}
    if study.background.simulated or words & _SEVERITY:
        return None
    text = N_(
        "How severe the findings are, and what those without them have instead, is not recorded. If only"
        " plain cases and healthy people came in, a clinic is harder."
    )
    return Message(text=text)


def _labels_corrected(study: Study) -> Message | None:
    n = study.background.n_corrected
    if not n:
        return None
    text = N_(
        "{n} labels were corrected after the training. If they were looked at because the network disagreed,"
        " the numbers flatter it."
    )
    return Message(text=text, values={"n": n})


def _no_attributes(study: Study) -> Message | None:
    if study.background.attributes:
        return None
    text = N_(
        "Nothing is known of the patients but the label: whether it works alike for women and men, young and"
        " old, on each machine, cannot be asked."
    )
    return Message(text=text)


def _common_here(study: Study) -> Message | None:
    share = study.prevalence
    if study.predictions.positive_class is None:
        return _shares_of_many(study)
    if share is None or share < _COMMON:
        return None
    text = N_(
        "'{name}' is on {percent} % of these images. Where it is rarer, most alarms are false: the predictive"
        " values hold for no other prevalence."
    )
    values: dict[str, str | int | float | bool | None | Message] = {
        "name": study.predictions.positive_class,
        "percent": f"{100 * share:.0f}",
    }
    return Message(text=text, values=values)


def _shares_of_many(study: Study) -> Message | None:
    n = study.predictions.n_samples
    if not n:
        return None
    text = N_(
        "The classes have from {least} to {most} % of these images. Where they come in other shares, accuracy"
        " and predictive values are others."
    )
    counts = np.bincount(study.predictions.y_true, minlength=len(study.predictions.class_names))
    least, most = (f"{100 * count / n:.0f}" for count in (counts.min(), counts.max()))
    if least == most:
        text = N_(
            "Each class has {percent} % of these images. Where they come in other shares, accuracy and"
            " predictive values are others."
        )
        return Message(text=text, values={"percent": least})
    return Message(text=text, values={"least": least, "most": most})


def _no_readers(study: Study) -> Message | None:
    if study.background.n_readers:
        return None
    return Message(text=N_("Nobody knows how clinicians would have done on the same images."))


RULES: Final[tuple[Rule, ...]] = (
    Rule("patients unknown", N_("Patients not known"), ((CLAIM, "20"), (STARD, "24")), _patients_unknown),
    Rule("one centre", N_("One centre only"), ((TRIPOD, "6a"), (STARD, "8")), _one_centre),
    Rule(
        "centre unknown",
        N_("Centres, dates, admission: not known"),
        ((TRIPOD, "6a"), (STARD, "8"), (STARD, "9")),
        _centre_unknown,
    ),
    Rule("one age", N_("One age band only"), ((STARD, "20"), (CLAIM, "36")), _one_age),
    Rule("age unknown", N_("Ages not known"), ((STARD, "20"), (CLAIM, "36")), _age_unknown),
    Rule(
        "reference unknown",
        N_("Who labelled it is not known"),
        ((STARD, "10b"), (TRIPOD, "8b"), (CLAIM, "16")),
        _reference_unknown,
    ),
    Rule("spectrum unknown", N_("Severity not known"), ((STARD, "21a"), (STARD, "21b")), _spectrum_unknown),
    Rule("labels corrected", N_("Labels changed since"), ((STARD, "13b"), (CLAIM, "17")), _labels_corrected),
    Rule("no attributes", N_("No subgroups can be made"), ((TRIPOD, "23a"), (STARD, "17")), _no_attributes),
    Rule(
        "common here",
        N_("Shares of classes not those of a clinic"),
        ((STARD, "9"), (STARD, "26")),
        _common_here,
    ),
    Rule("no readers", N_("Not compared with clinicians"), ((CLAIM, "41"), (STARD, "27")), _no_readers),
)
