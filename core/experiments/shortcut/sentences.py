"""What the booth found, in one sentence with its numbers."""

from typing import Final, Literal

from core.evaluation.digits import rounded
from core.experiments.shortcut.records import ShortcutAnswer
from core.language import N_, Message

Verdict = Literal["fell", "unclear", "none"]
_CLEARLY: Final = 0.05  # of AUROC between validation and clean test: less is said to be little
_FELL: Final = N_(
    "Validation said {val}, the clean test says {clean}. The control, trained on the same films with the cue"
    " like a coin, reaches {control} there: the shortcut cost {cost} AUROC ({low} to {high})."
)
_UNCLEAR: Final = N_(
    "Validation said {val}, the clean test says {clean}, and the control reaches {control} there. The"
    " difference of {signed} AUROC ({low} to {high}) has 0 in its interval: no harm can be told."
)
_NONE: Final = N_(
    "Validation said {val}, the clean test says {clean}, and the control reaches {control} there: no"
    " loss to the cue is seen ({signed} AUROC, {low} to {high})."
)
_NOT_DEFINED: Final = N_("A class has no film in one of the parts, so there is no AUROC to compare.")


def verdict(answer: ShortcutAnswer) -> Verdict:
    """Tell whether the shortcut's network is worse than its control on the clean test."""
    low, high = answer.cost.low, answer.cost.high
    if low is None or high is None:
        return "unclear" if answer.cost.value < -_CLEARLY else "none"
    if high < 0:
        return "fell"
    return "unclear" if answer.cost.value < 0 else "none"


def finding(answer: ShortcutAnswer) -> Message:
    """Return what was found."""
    val, clean, control = (
        one.value for one in (answer.shortcut.val, answer.shortcut.clean, answer.control.clean)
    )
    if val is None or clean is None or control is None:
        return Message(text=_NOT_DEFINED)
    known: dict[str, str | int | float | bool | None | Message]
    known = {"val": rounded(val), "clean": rounded(clean), "control": rounded(control)}
    cost, found = answer.cost, verdict(answer)
    if found == "none" or cost.low is None or cost.high is None:
        return Message(text=_NONE if found == "none" else _UNCLEAR, values=known | _signed(answer))
    if found == "unclear":
        return Message(text=_UNCLEAR, values=known | _signed(answer))
    ends = {"cost": rounded(-cost.value), "low": rounded(-cost.high), "high": rounded(-cost.low)}
    return Message(text=_FELL, values=known | dict(ends))


def _signed(answer: ShortcutAnswer) -> dict[str, str | int | float | bool | None | Message]:
    numbers = {"signed": answer.cost.value, "low": answer.cost.low, "high": answer.cost.high}
    return {name: "–" if one is None else f"{one:+.2f}" for name, one in numbers.items()}
