"""The profile by topic, each folded and drawn when it is opened: charts, tables, more images."""

from collections.abc import Callable
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.profiling.records import Profile, ShortcutTest, Spread
from core.datasets.profiling.shortcuts import LIMITS
from core.datasets.profiling.stored import Means
from core.datasets.records import DatasetInfo
from core.figures.distributions import class_counts, split_counts
from core.figures.profile import GROUP_TITLES, alone_predicts, grey_levels_by_class, spread_by_class
from core.language import N_, _, joined
from ui.cache import png_bytes
from ui.charts import show_figure
from ui.messages import escape
from ui.pickers import SPLIT_TITLES
from ui.profile_pictures import show_deciding, show_group, show_suspects
from ui.session import full

_MOST_GROUPS: Final = 8
_MEAN_WIDTH: Final = 150  # pixels of the screen
_MOST_SUSPECTS: Final = 12
_SAME: Final = {
    "size": N_("All images have the same size: nothing to learn from it."),
    "file": N_("All files are of the same kind: nothing to learn from it."),
    "frame": N_("The frame is the same in all images: nothing to learn from it."),
    "brightness": N_("All images are equally bright: nothing to learn from it."),
}


def topics(info: DatasetInfo, profile: Profile, means: Means) -> None:
    """Show each topic in a fold of its own."""
    found: tuple[tuple[str, str, Callable[[], None]], ...] = (
        ("shortcuts", _("What alone predicts the label"), lambda: _shortcuts(info, profile)),
        ("copies", _("Copies"), lambda: _copies(info, profile)),
        ("labels", _("Labels worth a second look"), lambda: _labels(info, profile)),
        ("classes", _("Classes and splits"), lambda: _classes(info, profile)),
        ("files", _("Sizes and files"), lambda: _files(profile)),
        ("grey", _("Grey levels and mean images"), lambda: _grey(info, profile, means)),
    )
    for name, title, show in found:
        fold = st.expander(title, key=f"profile-fold-{name}", on_change="rerun")
        if fold.open:
            with fold:
                show()


def _shortcuts(info: DatasetInfo, profile: Profile) -> None:
    if profile.shortcuts.reason is not None:
        st.info(escape(profile.shortcuts.reason))
        return
    st.markdown(
        _(
            "A small model is given nothing but these facts and asked about patients it never saw. Lines are"
            " 95 % intervals. A fact that is no finding should stay near 0.5; brightness may know more, for a"
            " disease can be bright."
        )
    )
    show_figure(
        alone_predicts(profile.shortcuts, profile.mislabels), key="profile-alone", simulated=info.simulated
    )
    for test in profile.shortcuts.tests:
        _group(info, profile, test)


def _group(info: DatasetInfo, profile: Profile, test: ShortcutTest) -> None:
    st.markdown(f"##### {_(GROUP_TITLES[test.group])}", anchors=False)
    if test.deciding is None:
        st.caption(_(_SAME[test.group]))
        return
    look, suspicious = LIMITS[test.group]
    rule = _(
        "Worth a look where the interval lies above {look:.2f}, suspicious above {suspicious:.2f}.",
        look=look,
        suspicious=suspicious,
    )
    st.caption(rule)
    if test.group == "file":  # a fact that an image has or has not: numbers say more than a spread
        _kinds(profile)
        return
    if test.verdict != "quiet":  # the ends of any fact look like a rule, even where there is none
        show_deciding(info, test, most=4 if full() else 3)
    figure = spread_by_class(test.deciding.spans, str(test.deciding.feature))
    show_figure(figure, key=f"profile-spread-{test.group}", simulated=info.simulated)


def _copies(info: DatasetInfo, profile: Profile) -> None:
    copies = profile.copies
    text = _(
        "Identical pictures: {exact} groups. Nearly identical: {near} groups. Films of one patient in one"
        " split with one label may look alike; there are {harmless} such groups, which do no harm."
    )
    st.markdown(
        text.format(
            exact=copies.exact.n_groups, near=copies.near.n_groups, harmless=copies.near.n_within_patient
        )
    )
    with st.container(horizontal=True, gap="medium"):
        for group in copies.groups[:_MOST_GROUPS]:
            alike = _("correlation {r:.2f}", r=group.likeness)
            show_group(info, group, title=_("identical") if group.exact else alike)
    n_more = copies.exact.n_groups + copies.near.n_groups - _MOST_GROUPS
    if n_more > 0:
        st.caption(_("and {n} more", n=n_more))


def _labels(info: DatasetInfo, profile: Profile) -> None:
    found = profile.mislabels
    if found.reason is not None:
        st.info(escape(found.reason))
        return
    st.markdown(
        _(
            "Each image was judged by a simple model that saw neither it nor its patient (cross-validated, on"
            " 32 pixels). Listed are those whose label got a probability below 0.2 while another class did"
            " better than usual. This test can miss, and it can accuse wrongly."
        )
    )
    show_suspects(info, found.suspects[:_MOST_SUSPECTS])
    if found.n_suspects > _MOST_SUSPECTS:
        st.caption(_("and {n} more", n=found.n_suspects - _MOST_SUSPECTS))
    if full() and found.suspects:
        rows = [
            {
                _("Image"): suspect.sample_id,
                _("Label"): suspect.label,
                _("Looks like"): suspect.looks_like,
                _("Probability of its label"): round(suspect.p_label, 3),
                _("Probability of the other"): round(suspect.p_other, 3),
            }
            for suspect in found.suspects
        ]
        st.dataframe(rows, hide_index=True, width="stretch")


def _classes(info: DatasetInfo, profile: Profile) -> None:
    counts = profile.counts
    show_figure(class_counts(counts.by_class), key="profile-classes", simulated=info.simulated)
    if counts.by_split:
        if counts.split == "default":
            st.caption(_("The data came without a split; this is the one a run makes by default (70/20/10)."))
        by_split = {_(SPLIT_TITLES[name]): own for name, own in counts.by_split.items()}
        show_figure(split_counts(by_split), key="profile-splits", simulated=info.simulated)
        ratios = joined(
            (
                _("{split} {ratio:.1f}", split=_(SPLIT_TITLES[name]), ratio=ratio)
                if ratio is not None
                else _("{split}: a class has no image", split=_(SPLIT_TITLES[name]))
                for name, ratio in counts.split_imbalance.items()
            ),
            "; ",
        )
        st.caption(_("Images of the largest class for each of the smallest: {ratios}.", ratios=ratios))


def _files(profile: Profile) -> None:
    """Show each fact of the files by class: medians with the middle 90 %, and numbers of images."""
    if profile.counts.spans:
        st.markdown(_("Median, and the middle 90 % of the images:"))
        rows = [
            {_("Fact"): _(spans.name)} | {name: _span(span) for name, span in spans.by_class.items()}
            for spans in profile.counts.spans
        ]
        st.dataframe(rows, hide_index=True, width="stretch")
    _kinds(profile)


def _kinds(profile: Profile) -> None:
    st.markdown(_("Number of images:"))
    numbers = [
        {_("Fact"): _(kinds.name), _("Value"): _("not known") if value == "-" else value} | dict(own)
        for kinds in profile.counts.kinds
        for value, own in kinds.counts.items()
    ]
    st.dataframe(numbers, hide_index=True, width="stretch")


def _span(span: Spread) -> str:
    if span.low == span.high:
        return f"{span.median:.4g}"
    return _("{median:.4g} ({low:.4g} to {high:.4g})", median=span.median, low=span.low, high=span.high)


def _grey(info: DatasetInfo, profile: Profile, means: Means) -> None:
    st.markdown(_("Mean image of each class, every picture stretched to a square:"))
    with st.container(horizontal=True, gap="small"):
        for name, picture in zip(profile.class_names, means.pictures, strict=True):
            if profile.counts.by_class.get(name):
                alt = _("Mean image of the class '{name}'.", name=name)
                st.image(_enlarged(picture), width=_MEAN_WIDTH, caption=escape(name), alt=alt)
    figure = grey_levels_by_class(profile.grey_levels)
    show_figure(figure, key="profile-grey", simulated=info.simulated)


def _enlarged(picture: NDArray[np.uint8]) -> bytes:
    return png_bytes(picture.repeat(3, axis=0).repeat(3, axis=1))
