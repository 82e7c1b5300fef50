"""What a reader of such a study would miss here, the gravest first.

The one list of rules. Each comes from an item of a checklist for reports of diagnostic accuracy (STARD 2015),
of prediction models (TRIPOD+AI) or of AI in medical imaging (CLAIM 2024). Does not cover what no program can
see: whether the question was worth asking, and whether the labels are right.
"""

from typing import Final

from core.language import Message
from core.report import missing_design, missing_numbers, missing_people
from core.report.rule import Rule, Statement
from core.report.study import Study

RULES: Final[tuple[Rule, ...]] = (*missing_design.RULES, *missing_people.RULES, *missing_numbers.RULES)


def missing_from(study: Study) -> tuple[Statement, ...]:
    """Return what is missing, the gravest first."""
    found = []
    for rule in RULES:
        text = rule.ask(study)
        if text is not None:
            items = tuple(f"{checklist} {item}" for checklist, item in rule.items)
            found.append(Statement(rule.name, Message(text=rule.short), text, items))
    return tuple(found)
