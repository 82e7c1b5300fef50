"""The one picture of a step, for a room: large, without controls, and without words that need explaining."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.errors import UserError
from core.experiments.rivals.catalog import RIVALS
from core.explanation.film import film, in_large_pixels, network_view, outlined
from core.figures.presenting import Range, add_band, dots, enlarged, ranges, two_lines
from core.figures.theme import GREY, label
from core.language import N_, Message, _
from ui import answers, cache, maps
from ui.charts import show_figure, show_pixels
from ui.explain import computed
from ui.explain.case import network_of
from ui.messages import escape
from ui.navigation import entry_of, go_to
from ui.story.told import REFERRED, Told

_HEIGHT = 385  # pixels: what a screen of 1280 x 720 has room for
_LARGE_HEIGHT = 690
_MOST_FILMS = 8
_SIDE = 320  # pixels
_MOST_REFERRED = 0.8


def patients(told: Told) -> None:
    """Two classes of films, the first of each patient, or the numbers alone where the films are gone."""
    names = told.run.card.class_names[:3]
    columns = 4 if len(names) < 3 else 6  # three rows of four would not fit on one screen
    for name in names:
        st.markdown(f"**{escape(name)}**")
        chosen = answers.one_film_each(told.run, name)[:columns]
        if chosen:
            _films(told, chosen, columns=columns)
        else:
            st.caption(_("None of the images to judge by has this label."))


def computer(told: Told) -> None:
    """The film, and the small picture that is all the network gets of it."""
    image = cache.image(told.run.config.dataset, _example(told))
    small = network_view(image, told.run.card.preprocessing)
    left, right = st.columns(2)
    with left:
        show_pixels(film(image), alt=_("The image as a person sees it"), caption=_("What you see"))
    with right:
        show_pixels(
            in_large_pixels(small), alt=_("The same image in large squares"), caption=_("What it gets")
        )


def learning(told: Told) -> None:
    """How wrong it still was, each time it had seen all images."""
    epochs = told.run.epochs
    x = np.array([float(epoch.epoch) for epoch in epochs])
    figure = two_lines(
        x,
        {
            _("images it practised on"): np.array([epoch.train_loss for epoch in epochs]),
            _("images it had never seen"): np.array([epoch.val_loss for epoch in epochs]),
        },
        title=_("Does it err less and less?"),
        of=(_("times it has seen all practice images"), _("how wrong it is")),
    )
    figure.update_xaxes(dtick=max(1, -(-len(epochs) // 10)))  # there is no half a time
    _chart(figure, told, key="learning")


def good(told: Told) -> None:
    """A dot for each image: found, overlooked, alarmed, left in peace."""
    if told.positive is None:
        wrong = told.found.n_samples - told.n_right
        counts = {"right": (_("named correctly"), told.n_right), "wrong": (_("named wrongly"), wrong)}
    else:
        sick, healthy = told.sides.sick, told.sides.healthy
        counts = {
            "found": (_("found"), sick.called),
            "missed": (_("overlooked"), sick.n - sick.called),
            "alarmed": (_("alarmed for nothing"), healthy.called),
            "calm": (_("rightly left in peace"), healthy.n - healthy.called),
        }
    title = _("Each dot is one image") if told.found.n_samples <= 1000 else _("Each dot is several images")
    _chart(dots(counts, title=title), told, key="good")


def sure(told: Told) -> None:
    """The range of each number that fits the data."""
    names = (
        {"sensitivity": _("found"), "specificity": _("left in peace")}
        if told.positive
        else {"accuracy": _("named correctly")}
    )
    rows = []
    for name, title in names.items():
        metric = told.judged.metrics[name]
        if metric.value is not None:
            rows.append(_range(title, metric.value, metric.low, metric.high))
    figure = ranges(rows, title=_("How far off the truth may be"), x=_("of 100"))
    _chart(figure, told, key="sure")


def misses(told: Told) -> None:
    """What it overlooked, the surest mistakes first; where there is nothing, all that it found."""
    if not told.missed:
        good(told)
        return
    _films(told, told.missed[:_MOST_FILMS], columns=4)


def whom(told: Told) -> None:
    """The groups of the attribute in which it does worst."""
    if told.group is None:
        return
    worst, table = told.group
    groups = [group for group in table.groups if group.attribute == worst.attribute and not group.too_small]
    rows = [
        _range(
            str(_group_name(group.value, group.metric.n)),
            group.metric.value,
            group.metric.low,
            group.metric.high,
        )
        for group in groups
        if group.metric.value is not None
    ]
    whole = table.whole
    if whole.value is not None:
        name = _("everyone ({n} images)", n=whole.n)
        rows.append(_range(name, whole.value, whole.low, whole.high, is_bold=False))
    x = _("found, of 100") if told.positive else _("named correctly, of 100")
    title = _("By group: {attribute}", attribute=label(str(worst.title)))
    _chart(ranges(rows, title=title, x=x), told, key="whom")


def clinic(told: Told) -> None:
    """1,000 people as dots."""
    people = told.ward
    if people is None:
        return
    counts = {
        "found": (_("found"), people.found),
        "missed": (_("overlooked"), people.missed),
        "alarmed": (_("alarmed for nothing"), people.alarmed),
        "calm": (_("rightly left in peace"), people.calm),
    }
    _chart(dots(counts, title=_("1,000 people")), told, key="clinic")


def clinic_at_desk(told: Told) -> None:
    """1,000 people, and the way to where their numbers can be set."""
    clinic(told)
    if entry_of("ward") is not None and st.button(_("Set how common it is"), key="story-to-ward"):
        go_to("ward")


def refers(told: Told) -> None:
    """The mistakes among the rest, for each share that a doctor takes over."""
    curve = told.curve
    if curve is None:
        return
    kept = curve.referred <= _MOST_REFERRED  # of the last few images nothing can be said
    x = 100 * curve.referred[kept]
    figure = two_lines(
        x,
        {_("mistakes left"): 100 * curve.error[kept]},
        title=_("Do fewer mistakes remain?"),
        of=(_("passed on to a doctor, of 100"), _("wrong among the rest, of 100")),
    )
    add_band(figure, x, 100 * curve.low[kept], 100 * curve.high[kept])
    figure.add_vline(x=100 * REFERRED, line={"dash": "dot", "width": 3, "color": GREY})
    _chart(figure, told, key="refer")


def simple(told: Told) -> None:
    """Of 100 pairs, one with and one without: how often each method puts the right one first."""
    answer = told.rivals
    if answer is None:
        return
    rows = []
    own = answer.network.metrics.get("auroc")
    if own is not None and own.value is not None:
        rows.append(_range(_("the computer"), own.value, own.low, own.high))
    for rival in answer.rivals:
        area = rival.metrics.get("auroc")
        if area is not None and area.value is not None and not RIVALS[rival.name].needs_network:
            title = _(RIVALS[rival.name].title)
            rows.append(_range(title, area.value, area.low, area.high, is_bold=False))
    title = _("Who picks the ill one of two?")
    _chart(ranges(rows, title=title, x=_("of 100 (a coin: 50)")), told, key="simple")


def looking(told: Told) -> None:
    """The image, and the same with what counted."""
    subject = answers.subject_of_sample(told.run.config.dataset, _example(told))
    with st.spinner(_("Asking the computer…")):
        values = computed.probabilities(network_of(told.run), subject)
        name = told.positive or max(values, key=values.__getitem__)
        answer = maps.compute(told.run, subject, "grad_cam", told.run.card.class_names.index(name))
    left, right = st.columns(2)
    with left:
        mask = answers.lesion_mask(told.run, subject)
        pixels = film(subject.image)
        caption = None if mask is None else _("Green line: where it really is")
        show_pixels(pixels if mask is None else outlined(pixels, mask), alt=_("The image"), caption=caption)
    with right:
        maps.show_map(told.run, subject, answer, opacity=0.6)
        said = _("For '{name}': {value:.0f} of 100", name=name, value=100 * values[name])
        st.caption(escape(said))


def limits(told: Told) -> None:
    """What was not done, to be pointed at."""
    missing = (
        _("Images of your own patients"),
        _("Several hospitals, several machines"),
        _("A test whether it takes a shortcut: a marker, a machine, a ward"),
        _("A study that was planned in advance"),
        _("An approval for clinical use"),
    )
    with st.container(border=True, key="card-story-limits"):
        for sentence in missing:
            st.markdown(f":red[:material/cancel:] {_('{what}: **not done**', what=sentence)}")


def _chart(figure: go.Figure, told: Told, *, key: str) -> None:
    """Show a chart; for a room twice, and the style sheet chooses by the size of the screen."""
    with st.container(key=f"chart-small-{key}"):
        show_figure(figure, key=f"story-plain-{key}", height=_HEIGHT)
    if told.in_room:
        with st.container(key=f"chart-large-{key}"):
            show_figure(enlarged(figure), key=f"story-large-{key}", height=_LARGE_HEIGHT)


def _example(told: Told) -> int:
    """Return an image that it called right, the surest, or the first."""
    right = [int(place) for place in np.flatnonzero(told.called == told.found.y_true)]
    index = told.found.positive_index
    hits = [place for place in right if index is None or told.found.y_true[place] == index] or right or [0]
    score = told.found.y_score[hits, told.found.y_true[hits]]
    return int(told.found.sample_ids[hits[int(score.argmax())]])


def _films(told: Told, sample_ids: list[int], *, columns: int) -> None:
    with st.container(key=f"story-films-{sample_ids[0] if sample_ids else 'none'}"):
        for start in range(0, len(sample_ids), columns):
            for column, sample_id in zip(
                st.columns(columns, wrap=False), sample_ids[start : start + columns], strict=False
            ):
                with column:
                    _one_film(told, sample_id)


def _one_film(told: Told, sample_id: int) -> None:
    try:
        image = cache.image(told.run.config.dataset, sample_id)
    except (UserError, OSError):
        st.caption(_("This picture is no longer there."))
        return
    show_pixels(film(image, shortest_side=_SIDE), alt=_("Image {n}", n=sample_id))


def _group_name(value: Message, n: int) -> Message:
    return Message(text=N_("{value} ({n} images)"), values={"value": value, "n": n})


def _range(name: str, value: float, low: float | None, high: float | None, *, is_bold: bool = True) -> Range:
    scaled = [None if end is None else 100 * end for end in (low, high)]
    return Range(name, 100 * value, scaled[0], scaled[1], is_bold)
