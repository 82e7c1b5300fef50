"""The images that show a finding: copies side by side, doubtful labels, each class at the end of a fact."""

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st

from core.datasets.profiling.findings import Finding
from core.datasets.profiling.records import CopyGroup, Deciding, Profile, Suspect
from core.datasets.records import DatasetInfo
from core.figures.distributions import class_counts
from core.language import _
from ui import cache
from ui.charts import show_figure
from ui.films import film_alt, film_png
from ui.messages import escape
from ui.pickers import SPLIT_TITLES

_SIDE: Final = 256  # pixels of a film's picture
_WIDTH: Final = 124  # on the screen
_MOST_CLASSES: Final = 6
_MOST_MEMBERS: Final = 6


def picture_of(info: DatasetInfo, profile: Profile, finding: Finding) -> None:
    """Show the one picture that goes with a finding, if there is one."""
    if finding.topic == "copies":
        for group in copies_of(profile, finding)[:1]:
            show_group(info, group)
    elif finding.topic == "labels":
        show_suspects(info, profile.mislabels.suspects[:3])
    elif finding.topic == "patients" and profile.counts.overlap.n_patients:
        _show_patient(info)
    elif finding.topic == "classes" and finding.severity == "look":
        show_figure(class_counts(profile.counts.by_class), key="finding-classes")
    for test in profile.shortcuts.tests:
        if finding.topic == "shortcuts" and test.group == finding.subject and test.deciding:
            show_deciding(info, test.deciding, most=2)


def copies_of(profile: Profile, finding: Finding) -> list[CopyGroup]:
    """Return the groups of copies that a finding speaks of."""
    groups = [group for group in profile.copies.groups if group.exact == (finding.subject == "exact")]
    return [group for group in groups if finding.border is None or finding.border in group.borders]


def show_group(info: DatasetInfo, group: CopyGroup) -> None:
    """Show the images of a group side by side, each with its label and its split."""
    films = [
        (sample_id, _caption(_label(info, sample_id), side))
        for sample_id, side in zip(group.sample_ids[:_MOST_MEMBERS], group.sides, strict=False)
    ]
    show_films(info, films)
    more = group.n_images - len(films)
    if more > 0:
        st.caption(_("and {n} more", n=more))


def show_suspects(info: DatasetInfo, suspects: Iterable[Suspect]) -> None:
    """Show doubtful images with what their label says and what they look like."""
    show_films(
        info,
        [
            (
                suspect.sample_id,
                _("label: {label}; looks like {other}", label=suspect.label, other=suspect.looks_like),
            )
            for suspect in suspects
        ],
    )


def show_deciding(info: DatasetInfo, deciding: Deciding, *, most: int) -> None:
    """Show each class where the fact that decides most is most its own, the classes side by side."""
    st.caption(
        _("What decides most: {fact}. Each class where it is most itself:", fact=escape(deciding.feature))
    )
    classes = list(deciding.examples.items())[:_MOST_CLASSES]
    with st.container(horizontal=True, gap="medium"):
        for name, sample_ids in classes:
            with st.container(width="content", gap="xxsmall"):
                st.markdown(f"**{escape(name)}**")
                with st.container(horizontal=True, gap="small"):
                    for sample_id in sample_ids[:most]:
                        _film(info, sample_id, None)


def show_films(info: DatasetInfo, films: Sequence[tuple[int, str | None]]) -> None:
    """Show films in a row that wraps, each with its caption."""
    with st.container(horizontal=True, gap="small"):
        for sample_id, caption in films:
            _film(info, sample_id, caption)


def _film(info: DatasetInfo, sample_id: int, caption: str | None) -> None:
    picture = film_png(info, sample_id, side=_SIDE)
    shown = None if caption is None else escape(caption)
    st.image(picture, alt=film_alt(info, sample_id), width=_WIDTH, caption=shown)


def _show_patient(info: DatasetInfo) -> None:
    """Show films of one patient who stands in more than one split."""
    samples = cache.samples(info.dataset_id)
    known = samples[samples["split"].notna() & samples["patient_id"].notna()]
    n_splits = known.groupby("patient_id")["split"].transform("nunique")
    films = known[n_splits > 1]
    if films.empty:
        return
    own = films[films["patient_id"] == films["patient_id"].iloc[0]].drop_duplicates("split")
    st.caption(_("One of them:"))
    show_films(
        info,
        [
            (int(sample_id), _caption(label, split))
            for sample_id, label, split in zip(own["sample_id"], own["label"], own["split"], strict=True)
        ],
    )


def _label(info: DatasetInfo, sample_id: int) -> str:
    return str(cache.samples(info.dataset_id)["label"].iloc[sample_id])


def _caption(label: str, split: str | None) -> str:
    if split is None:
        return label
    return _("{split} · {label}", split=_(SPLIT_TITLES[split]), label=label)
