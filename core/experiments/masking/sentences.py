"""What covering a box showed, in one honest sentence with its numbers."""

from typing import Final, Literal

from core.experiments.masking.records import MaskingAnswer
from core.language import N_, Message

Verdict = Literal["leans", "alike", "less", "alone"]
_LEANS: Final = N_(
    "Covering this box moves {box} % of the probability, covering as much elsewhere {other} %: {excess}"
    " points more ({low} to {high}; {who}), and more than each of {n_places} other boxes. The network leans"
    " on what is in this box. Whether that is the disease or a marker, this number does not know: look at"
    " what lies there."
)
_ALIKE: Final = N_(
    "Covering this box moves {box} % of the probability, covering as much elsewhere {other} %. The"
    " difference is {excess} points ({low} to {high}; {who}), and {n_more} of {n_places} other boxes move as"
    " much or more: no sign that the network leans on this box of all places. That is no proof that it does"
    " not."
)
_LESS: Final = N_(
    "Covering this box moves {box} % of the probability, covering as much elsewhere {other} %: {excess}"
    " points ({low} to {high}; {who}), and less than each of {n_places} other boxes. The network leans on"
    " this box less than on other places."
)
_ALONE: Final = N_(
    "Covering this box moves {box} % of the probability ({who}). It is so large that no box of its size finds"
    " room beside it, so there is nothing to compare with: covering so much hurts anyway. Draw a smaller one."
)


def verdict(answer: MaskingAnswer) -> Verdict:
    """Tell whether the box moves the answers more, or less, than each of the other places does."""
    if answer.excess.value is None:
        return "alone"
    low, high = answer.excess.low, answer.excess.high
    if low is not None and low > 0 and answer.n_as_much == 0:
        return "leans"
    is_least = answer.n_as_much == len(answer.places)
    return "less" if high is not None and high < 0 and is_least else "alike"


def finding(answer: MaskingAnswer) -> Message:
    """Return what was found."""
    found = verdict(answer)
    values: dict[str, str | int | float | bool | None | Message]
    values = {"box": _percent(answer.size.value), "who": who(answer)}
    if found == "alone":
        return Message(text=_ALONE, values=values)
    excess = answer.excess
    values |= {
        "other": _percent(answer.size_elsewhere.value),
        "excess": _points(excess.value),
        "low": _points(excess.low),
        "high": _points(excess.high),
        "n_more": answer.n_as_much,
        "n_places": len(answer.places),
    }
    return Message(text={"leans": _LEANS, "alike": _ALIKE, "less": _LESS}[found], values=values)


def who(answer: MaskingAnswer) -> Message:
    """Return "121 images of 60 patients", or the images alone where nobody knows whose they are."""
    if answer.n_patients is None:
        text = N_("{n} images whose patients are not known, so the true interval may be wider")
        return Message(text=text, values={"n": answer.n_images})
    values = {"n": answer.n_images, "patients": answer.n_patients}
    return Message(text=N_("{n} images of {patients} patients"), values=dict(values))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"
