"""What a reader of such a study would miss here, the gravest first.

The one list of rules. Each comes from an item of a checklist for reports of diagnostic accuracy (STARD 2015),
of prediction models (TRIPOD+AI) or of AI in medical imaging (CLAIM 2024). Does not cover what no program can
see: whether the question was worth asking, and whether the labels are right.
"""

from typing import Final

from core.language import Message
from core.report import missing_design, missing_numbers, missing_people
from core.report.guidelines import cited
from core.report.rule import Rule, Statement
from core.report.study import Study

# The gravest first: what makes the numbers void, then what flatters them, then what they do not tell.
ORDER: Final = (
    "simulated",
    "random labels",
    "learned from",
    "shared patients",
    "same pictures",
    "shared with training",
    "other images",
    "undefined",
    "a coin",
    "beaten",
    "test unopened",
    "test reopened",
    "not external",
    "independence unknown",
    "not beaten",
    "threshold chosen here",
    "few",
    "patients unknown",
    "labels corrected",
    "classes left out",
    "left out",
    "threshold unchosen",
    "one centre",
    "centre unknown",
    "one age",
    "age unknown",
    "reference unknown",
    "spectrum unknown",
    "common here",
    "no attributes",
    "uncalibrated",
    "balanced",
    "made small",
    "not explained",
    "one training",
    "no rivals",
    "no readers",
    "skipped",
)
_ALL: Final = (*missing_design.RULES, *missing_people.RULES, *missing_numbers.RULES)
RULES: Final[tuple[Rule, ...]] = tuple(sorted(_ALL, key=lambda rule: ORDER.index(rule.name)))


def missing_from(study: Study) -> tuple[Statement, ...]:
    """Return what is missing, the gravest first."""
    found = []
    for rule in RULES:
        text = rule.ask(study)
        if text is not None:
            items = tuple(cited(*item) for item in rule.items)
            found.append(Statement(rule.name, Message(text=rule.short), text, items))
    return tuple(found)
