"""What both networks scored, where their maps lie, and how many answers the cue flips."""

from typing import Final

import streamlit as st

from core.evaluation.digits import rounded
from core.evaluation.records import MetricValue
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.records import SIDES, ShareOfMap, ShortcutAnswer, ShortcutRequest, Side
from core.experiments.shortcut.sentences import finding, verdict
from core.experiments.shortcut.story import whole_story
from core.explanation.catalog import EXPLAINERS
from core.figures.shortcut import Course, Measured, Pair, paired_rows, two_courses
from core.language import N_, Message, _
from core.statistics.shares import Share
from ui.charts import show_figure
from ui.messages import escape, simulated_badge
from ui.shortcut.strip import show_strip

_ICONS: Final = {"fell": ":material/report:", "unclear": ":material/balance:", "none": ":material/check:"}
_FALL: Final = N_("Validation {val}, clean test {clean}; the control has {control}")
_SHARE: Final = N_(
    "{method}: {shortcut} of the map lies on the cue, {times} times what chance has ({chance}); of the"
    " control's, {control} ({other} times)"
)
_COURSE: Final = N_("{by} grey levels brighter move the answer by {shortcut}; the control's by {control}")


def show_scores(request: ShortcutRequest, answer: ShortcutAnswer) -> None:
    """Say what was found, and draw validation and clean test of both networks."""
    found = verdict(answer)
    splendid, plain = (
        _("Validation looks splendid. And the clean test?"),
        _("What does validation say, and what the clean test?"),
    )
    st.subheader(splendid if found == "fell" else plain, anchor=False)
    simulated_badge()
    show_strip(request, whole_story(answer, epochs=request.epochs))
    box = st.error if found == "fell" else st.info
    box(escape(finding(answer)), icon=_ICONS[found])
    val, clean, control = answer.shortcut.val, answer.shortcut.clean, answer.control.clean
    rows = (
        Pair(_("Validation, {n} films", n=val.n), _metric(val), _metric(answer.control.val)),
        Pair(_("Clean test, {n} films", n=clean.n), _metric(clean), _metric(control)),
    )
    if any(one.value is not None for one in (val, clean, control)):
        values = {"val": _number(val), "clean": _number(clean), "control": _number(control)}
        title = Message(text=_FALL, values=dict(values))
        figure = paired_rows(rows, title=title, axis=_("AUROC for 'finding', 95 % interval"), line=0.5)
        show_figure(figure, key="shortcut-scores", simulated=True)
    st.caption(_counted(request, answer))


def show_peaks(answer: ShortcutAnswer) -> None:
    """Draw on how many films the highest point of the map lies on the cue."""
    both = [
        (one, other)
        for one, other in _both(answer)
        if one.peak.n and other.peak.n  # occlusion gives whole squares the same: there is no highest point
    ]
    if not both:
        return
    rows = [
        Pair(_row(one, one.peak, other.peak), _share(one.peak), _share(other.peak), mark=one.by_chance)
        for one, other in both
    ]
    first, second = both[0]
    title = _(
        "{method}: the highest point lies on the cue in {k} of {n} films; with the control in {other_k} of"
        " {other_n}",
        method=_(EXPLAINERS[first.method].title),
        k=_hits(first.peak),
        n=first.peak.n,
        other_k=_hits(second.peak),
        other_n=second.peak.n,
    )
    figure = paired_rows(rows, title=title, axis=_("Of the films, 95 % interval"), percent=True)
    show_figure(figure, key="shortcut-peaks", simulated=True)


def show_gauge(answer: ShortcutAnswer) -> None:
    """Draw how much of the maps lies on the cue."""
    both = _both(answer)
    if not both:
        return
    rows = [
        Pair(_row(one, one.share, other.share), _share(one.share), _share(other.share), mark=one.by_chance)
        for one, other in both
    ]
    first, second = both[0]
    values = {
        "method": Message(text=EXPLAINERS[first.method].title),
        "shortcut": _percent(first.share.value),
        "control": _percent(second.share.value),
        "chance": _percent(first.by_chance),
        "times": _times(first),
        "other": _times(second),
    }
    figure = paired_rows(
        rows,
        title=Message(text=_SHARE, values=dict(values)),
        axis=_("Share on the cue, 95 % interval"),
        percent=True,
    )
    show_figure(figure, key="shortcut-gauge", simulated=True)
    st.caption(
        _(
            "Maps for the class 'finding', on clean test films that bear the cue of 'finding'. The box is"
            " small and a map covers the whole film, so most of any map lies elsewhere: compare with chance"
            " and with the control, not with 100 %. A method that does not find the cue has failed here, not"
            " the cue. Maps that are empty ({empty} of the network with the shortcut, {other} of its control)"
            " or have no single highest point are not counted there.",
            empty=sum(one.n_empty for one, _other in both),
            other=sum(other.n_empty for _one, other in both),
        )
    )


def show_flips(request: ShortcutRequest, answer: ShortcutAnswer) -> None:
    """Draw how many answers flip when the cue is swapped or painted out."""
    spec = CUES[request.cue]
    rows = [Pair(_("Cue swapped"), _share(answer.shortcut.swapped), _share(answer.control.swapped))]
    if answer.shortcut.painted is not None and answer.control.painted is not None:
        name = _("Cue of 'finding' painted out")
        rows.append(Pair(name, _share(answer.shortcut.painted), _share(answer.control.painted)))
    shortcut, control = answer.shortcut.swapped, answer.control.swapped
    title = _(
        "The swapped cue flips {k} of {n} answers; {other} of the control's",
        k=_hits(shortcut),
        n=shortcut.n,
        other=_hits(control),
    )
    axis = _("Calls that flip at 0.5, 95 % interval")
    show_figure(paired_rows(rows, title=title, axis=axis, percent=True), key="shortcut-flips", simulated=True)
    st.caption(
        _(
            "{swap}, and nothing else is changed. {n} films of {patients} patients; intervals by patient.",
            swap=_(spec.swap),
            n=shortcut.n,
            patients=shortcut.n_groups,
        )
    )


def show_brightness(answer: ShortcutAnswer) -> None:
    """Draw the answer as all clean films are made darker and brighter."""
    points = answer.brightness
    if not points:
        return
    st.markdown(
        _(
            "A brightness has no place: no map can point at it, and a share of the map on it means nothing."
            " What can be seen is how the answer goes with the brightness of the whole film."
        )
    )
    course = Course(
        tuple(point.by for point in points),
        *(tuple(_share(getattr(point, side)) or Measured(0.0) for point in points) for side in SIDES),
    )
    last, first = points[-1], next(point for point in points if point.by == 0)
    moved = {side: f"{_value(last, side) - _value(first, side):+.2f}" for side in SIDES}
    figure = two_courses(
        course,
        title=Message(text=_COURSE, values={"by": f"{last.by:g}", **moved}),
        x=_("Change of brightness (grey levels of 255)"),
        y=_("Mean probability of 'finding'"),
    )
    show_figure(figure, key="shortcut-brightness", simulated=True)
    st.caption(
        _(
            "Mean over {n} clean test films of {patients} patients, with its 95 % interval by patient.",
            n=last.shortcut.n,
            patients=last.shortcut.n_groups,
        )
    )


def _counted(request: ShortcutRequest, answer: ShortcutAnswer) -> str:
    counts = answer.agreement
    text = _(
        "Counted: the cue agrees with the label on {train} of {n_train} training films, {val} of {n_val}"
        " validation films and {clean} of {n_clean} clean test films ({patients} patients). The control"
        " learned from the same films, with the cue like a coin everywhere. Intervals cover which patients"
        " were asked, not the luck of a training: at Full another seed shows that.",
        train=counts["train"].n_agreeing,
        n_train=counts["train"].n_films,
        val=counts["val"].n_agreeing,
        n_val=counts["val"].n_films,
        clean=counts["clean"].n_agreeing,
        n_clean=counts["clean"].n_films,
        patients=counts["clean"].n_patients,
    )
    return text


def _both(answer: ShortcutAnswer) -> list[tuple[ShareOfMap, ShareOfMap]]:
    return list(zip(answer.shortcut.maps, answer.control.maps, strict=True))


def _row(of: ShareOfMap, one: Share, other: Share) -> str:
    """Return a method's name and on how many films both networks were asked."""
    method = _(EXPLAINERS[of.method].title)
    if one.n == other.n:
        return _("{method}, {n} films", method=method, n=one.n)
    return _("{method}, {n} and {other} films", method=method, n=one.n, other=other.n)


def _value(point: object, side: Side) -> float:
    share: Share = getattr(point, side)
    return share.value or 0.0


def _metric(metric: MetricValue) -> Measured | None:
    return None if metric.value is None else Measured(metric.value, metric.low, metric.high)


def _share(share: Share) -> Measured | None:
    return None if share.value is None else Measured(share.value, share.low, share.high)


def _number(metric: MetricValue) -> str:
    return "–" if metric.value is None else f"{rounded(metric.value)}"


def _percent(value: float | None) -> str:
    return "–" if value is None else _("{percent} %", percent=f"{100 * value:.1f}")


def _times(of: ShareOfMap) -> str:
    """Return how many times what chance has lies on the cue."""
    share = of.share.value
    return "–" if share is None or not of.by_chance else f"{share / of.by_chance:.1f}"


def _hits(share: Share) -> int:
    return round((share.value or 0.0) * share.n)
