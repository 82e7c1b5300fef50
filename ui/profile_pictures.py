"""The images that show a finding: copies side by side, doubtful labels, each class at the end of a fact."""

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st
from PIL import Image

from core.datasets.profiling.findings import Finding
from core.datasets.profiling.records import CopyGroup, Profile, ShortcutTest, Suspect
from core.datasets.records import DatasetInfo
from core.figures.distributions import class_counts
from core.images.display import to_uint8
from core.language import _
from ui import cache
from ui.cache import png_bytes
from ui.charts import show_figure
from ui.films import film_alt
from ui.messages import escape
from ui.pickers import SPLIT_TITLES

_SIDE: Final = 256  # pixels of a film's picture
_WIDTH: Final = 124  # on the screen
_MOST_CLASSES: Final = 6
_MOST_MEMBERS: Final = 6


def has_picture(profile: Profile, finding: Finding) -> bool:
    """Tell whether `picture_of` has something to show."""
    if finding.topic == "patients":
        return bool(profile.counts.overlap.n_patients)
    if finding.topic == "classes":
        return finding.severity == "look"
    return finding.topic != "shortcuts" or bool(finding.subject)


def picture_of(info: DatasetInfo, profile: Profile, finding: Finding) -> None:
    """Show the one picture that goes with a finding, if there is one."""
    if finding.topic == "copies":
        for group in copies_of(profile, finding)[:1]:
            show_group(info, group)
    elif finding.topic == "labels":
        show_suspects(info, profile.mislabels.suspects[:3])
    elif finding.topic == "patients":
        _show_patient(info)
    elif finding.topic == "classes":
        figure = class_counts(profile.counts.by_class)
        show_figure(figure, key="finding-classes", simulated=info.simulated, height=300)
    for test in profile.shortcuts.tests:
        if finding.topic == "shortcuts" and test.group == finding.subject:
            show_deciding(info, test, most=1 if len(profile.class_names) > 2 else 2)


def copies_of(profile: Profile, finding: Finding) -> list[CopyGroup]:
    """Return the groups of copies that a finding speaks of."""
    groups = [group for group in profile.copies.groups if group.exact == (finding.subject == "exact")]
    return [group for group in groups if finding.border is None or finding.border in group.borders]


def show_group(info: DatasetInfo, group: CopyGroup, *, title: str = "") -> None:
    """Show the images of a group side by side, each with its label and its split."""
    films = [
        (sample_id, _caption(_label(info, sample_id), side))
        for sample_id, side in zip(group.sample_ids[:_MOST_MEMBERS], group.sides, strict=False)
    ]
    with st.container(width="content", gap="xsmall"):
        if title:
            st.caption(title)
        show_films(info, films)
        if (more := group.n_images - len(films)) > 0:
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


def show_deciding(info: DatasetInfo, test: ShortcutTest, *, most: int) -> None:
    """Show each class where the fact that decides most is most its own; sizes are shown to one scale."""
    if test.deciding is None:
        return
    fact = escape(test.deciding.feature)
    st.caption(_("What decides most: {fact}. Each class where it is most itself:", fact=fact))
    classes = {name: ids[:most] for name, ids in list(test.deciding.examples.items())[:_MOST_CLASSES]}
    full_side = None
    if test.group == "size":
        table = cache.samples(info.dataset_id)
        shown = table.iloc[[sample_id for ids in classes.values() for sample_id in ids]]
        full_side = int(shown[["width", "height"]].to_numpy().max())
    if most == 1:
        films = [(ids[0], name) for name, ids in classes.items() if ids]
        show_films(info, films, full_side=full_side)
        return
    with st.container(horizontal=True, gap="medium"):
        for name, ids in classes.items():
            with st.container(width="content", gap="xxsmall"):
                st.markdown(f"**{escape(name)}**")
                show_films(info, [(sample_id, None) for sample_id in ids], full_side=full_side)


def show_films(
    info: DatasetInfo, films: Sequence[tuple[int, str | None]], *, full_side: int | None = None
) -> None:
    """Show films in a row that wraps, each with its caption, in squares of one size.

    Parameters
    ----------
    info
        The data set.
    films
        sample_ids with their captions.
    full_side
        How many pixels fill a square; None: each film fills its own.
    """
    with st.container(horizontal=True, gap="small"):
        for sample_id, caption in films:
            picture = _tile(info.dataset_id, info.revision, sample_id, full_side)
            shown = None if caption is None else escape(caption)
            st.image(picture, alt=film_alt(info, sample_id), width=_WIDTH, caption=shown)


@st.cache_data(max_entries=512, max_size="64mb", show_spinner=False)
def _tile(dataset_id: str, revision: str, sample_id: int, full_side: int | None) -> bytes:
    """Draw a film in the middle of a clear square, so that a row of films of all shapes is a row."""
    film = Image.fromarray(to_uint8(cache.image(dataset_id, sample_id)))
    scale = _SIDE / (full_side or max(film.size))
    size = (max(1, round(film.width * scale)), max(1, round(film.height * scale)))
    small = film.resize(size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX)
    square = Image.new("RGBA", (_SIDE, _SIDE), (0, 0, 0, 0))
    square.paste(small.convert("RGB"), ((_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2))
    return png_bytes(square)


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
