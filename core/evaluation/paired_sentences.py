"""The paired answer in one sentence: "B is better by 0.03 AUROC (0.01 to 0.05)", or "Cannot tell"."""

from core.evaluation.paired_records import ALPHA, PairedAnswer, PairedMetric, paired_title
from core.language import N_, Message

_Values = dict[str, str | int | float | bool | None | Message]


def headline(answer: PairedAnswer, name: str, *, one: str, other: str) -> Message:
    """Return what is to be said of a metric of two runs.

    Parameters
    ----------
    answer
        What was found.
    name
        The metric.
    one, other
        What the two are called.
    """
    metric = answer.metrics[name]
    values: _Values = {
        "one": one,
        "other": other,
        "metric": paired_title(name, answer.positive_class),
        "of": of_whom(answer),
    }
    if metric.difference is None:
        return Message(text=N_("Cannot tell: {metric} is not defined for one of them."), values=values)
    if metric.low is None or metric.high is None:
        return _without_interval(metric, values)
    if metric.verdict == "cannot tell":
        return _undecided(answer, metric, values)
    ends = [abs(metric.difference), *sorted((abs(metric.low), abs(metric.high)))]
    shown = dict(zip(("gain", "low", "high"), alike(*ends), strict=True))
    winner = other if metric.verdict == "better" else one
    text = N_("{winner} is better by {gain} in {metric} ({low} to {high}), n = {of}.")
    return Message(text=text, values=values | shown | {"winner": winner})


def of_whom(answer: PairedAnswer) -> Message:
    """Return "121 images of 60 patients", or the images alone where nobody knows whose they are."""
    if answer.n_patients is None:
        return Message(text=N_("{n} images"), values={"n": answer.n_samples})
    values = {"n": answer.n_samples, "patients": answer.n_patients}
    return Message(text=N_("{n} images of {patients} patients"), values=dict(values))


def difference_words(metric: PairedMetric) -> Message:
    """Return "+0.03 (+0.01 to +0.05)"."""
    if metric.difference is None:
        return Message(text=N_("not defined"))
    if metric.low is None or metric.high is None:
        value = alike(metric.difference, sign=True)[0]
        return Message(text=N_("{value} (no interval)"), values={"value": value})
    value, low, high = alike(metric.difference, metric.low, metric.high, sign=True)
    return Message(text=N_("{value} ({low} to {high})"), values={"value": value, "low": low, "high": high})


def p_words(p: float | None) -> str:
    """Return a p value as one prints it; a dash where there is none."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def p_equals(p: float) -> str:
    """Return "p = 0.031", or "p < 0.001": no p is nought."""
    return f"p {p_words(p)}" if p < 0.001 else f"p = {p_words(p)}"


def patients_words(n: int | None) -> Message:
    """Return a number of patients rounded to two digits, or that there is none to be had."""
    if n is None:
        return Message(text=N_("not to be had"))
    return Message(text=N_("about {n}"), values={"n": f"{round_two(n):,}"})


def round_two(n: int) -> int:
    """Round to two digits: more would promise what an estimate cannot keep."""
    return int(float(f"{n:.2g}"))


def alike(*numbers: float, sign: bool = False) -> list[str]:
    """Return numbers with the same number of digits: two, or three where two would hide one that is not 0."""
    digits = 3 if any(0 < abs(number) < 0.005 for number in numbers) else 2
    shown = [f"{number:+.{digits}f}" if sign else f"{number:.{digits}f}" for number in numbers]
    return [text.lstrip("+-") if float(text) == 0 else text for text in shown]


def _without_interval(metric: PairedMetric, values: _Values) -> Message:
    if metric.difference == 0:
        text = N_("Cannot tell: in {metric} the two are the same on all {of}.")
    else:
        text = N_("Cannot tell: how sure the difference is cannot be measured on {of}.")
    return Message(text=text, values=values)


def _undecided(answer: PairedAnswer, metric: PairedMetric, values: _Values) -> Message:
    shown = dict(
        zip(
            ("value", "low", "high"),
            alike(metric.difference or 0, metric.low or 0, metric.high or 0, sign=True),
            strict=True,
        )
    )
    n = metric.patients_needed
    parts = values | shown | {"needed": "" if n is None else f"{round_two(n):,}"}
    if metric.p_corrected is not None and metric.p is not None and metric.p < ALPHA:
        text = N_(
            "Cannot tell with {of}: {other} differs by {value} in {metric} ({low} to {high}). Alone that"
            " would count as a difference; among so many comparisons it may be chance (corrected p = {p})."
        )
        parts["p"] = p_words(metric.p_corrected)
    elif n is None:
        text = N_("Cannot tell with {of}: {other} differs by {value} in {metric} ({low} to {high}).")
    elif n <= answer.n_groups:  # the interval is lopsided
        text = N_(
            "Cannot tell with {of}: {other} differs by {value} in {metric} ({low} to {high}), which is too"
            " close to call."
        )
    elif answer.n_patients is None:
        text = N_(
            "Cannot tell with {of}: {other} differs by {value} in {metric} ({low} to {high}). About {needed}"
            " images would be needed if the difference is what it seems."
        )
    else:
        text = N_(
            "Cannot tell with {of}: {other} differs by {value} in {metric} ({low} to {high}). About {needed}"
            " patients would be needed if the difference is what it seems."
        )
    return Message(text=text, values=parts)
