"""In what two pipelines differ, in words: steps that only one has, another order, other parameters."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from core.language import N_, Message
from core.transforms.preprocessing.catalog import PREPROCESSING_STEPS
from core.transforms.records import Preprocessing, PreprocessingStep


def differences(one: Preprocessing, other: Preprocessing) -> list[Message]:
    """Return in what `one` differs from `other`; an empty list if both do the same.

    Steps that are switched off do nothing and are left out.
    """
    mine, theirs = _active(one), _active(other)
    found: list[Message] = []
    names = [step.name for step in mine], [step.name for step in theirs]
    for what, a, b, c, d in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if what == "equal":
            for step, before in zip(mine[a:b], theirs[c:d], strict=True):
                found += _parameters(step, before)
            continue
        found += _only(mine[a:b], theirs, N_("Only here: {step}."), N_("At another place here: {step}."))
        found += _only(theirs[c:d], mine, N_("Only in the other: {step}."), "")
    return found


def _active(preprocessing: Preprocessing) -> list[PreprocessingStep]:
    return [*preprocessing.active("image"), *preprocessing.active("tensor")]


def _only(
    steps: Sequence[PreprocessingStep], others: Sequence[PreprocessingStep], text: str, moved: str
) -> list[Message]:
    """Tell of steps at one place; one that the other pipeline has somewhere else has `moved`."""
    elsewhere = {step.name for step in others}
    chosen = [(step, moved if step.name in elsewhere else text) for step in steps]
    return [Message(text=text, values={"step": _title(step)}) for step, text in chosen if text]


def _parameters(step: PreprocessingStep, before: PreprocessingStep) -> list[Message]:
    fields = PREPROCESSING_STEPS[step.name].parameters.model_fields
    text = N_("{step}, {field}: {value} here, {other} in the other.")
    return [
        Message(
            text=text,
            values={
                "step": _title(step),
                "field": Message(text=str(field.title)),
                "value": step.parameters[name],
                "other": before.parameters[name],
            },
        )
        for name, field in fields.items()
        if step.parameters[name] != before.parameters[name]
    ]


def _title(step: PreprocessingStep) -> Message:
    return Message(text=PREPROCESSING_STEPS[step.name].title)
