"""What a source was recognised as: in a sentence, in numbers, and in its first pictures."""

from pathlib import Path, PurePosixPath
from typing import Final

import streamlit as st

from core.datasets.plan import ImportPlan, Preview
from core.datasets.records import UNLABELLED
from core.datasets.staging import preview_path
from core.figures.distributions import class_counts
from core.language import N_, _, joined, ngettext
from ui.charts import show_figure
from ui.dataset_view import class_title
from ui.messages import escape
from ui.pickers import SPLIT_TITLES
from ui.shell import ASSETS

_LAYOUTS: Final = {
    "folders": N_("A folder for each class"),
    "split_folders": N_("Folders for training, validation and test, with a folder for each class"),
    "csv": N_("A table with a row for each image"),
    "npz": N_("Arrays as MedMNIST's files have them"),
    "dicom": N_("DICOM files without class folders"),
}
_MOST_BARS: Final = 24
_WIDTH: Final = 108


def layout_title(plan: ImportPlan) -> str:
    """Return what was recognised, as a title."""
    if plan.layout == "folders" and not plan.class_counts:
        return _("Images without class folders")
    title = _(_LAYOUTS[plan.layout])
    return _("{layout}, of DICOM files", layout=title) if plan.is_dicom and plan.layout != "dicom" else title


def n_to_import(plan: ImportPlan) -> int:
    """Return how many images would come in, as far as is known before they are read."""
    return sum(plan.class_counts.values())


def plan_facts(plan: ImportPlan) -> None:
    """Show how many images, classes and patients there are, and how many files will be skipped."""
    classes = [name for name in plan.class_counts if name != UNLABELLED]
    with st.container(horizontal=True, key="bring-facts"):
        st.metric(_("Images"), n_to_import(plan) or plan.n_files)
        st.metric(_("Classes"), len(classes) or _("none yet"))
        st.metric(_("Patients"), plan.n_patients or _("not known"))
        st.metric(_("Will be skipped"), plan.n_skips)
    parts = []
    if plan.modalities:
        parts.append(joined(f"{escape(name)} ({n})" for name, n in plan.modalities.items()))
    if plan.n_series:
        parts.append(ngettext("one series", "{n} series", plan.n_series))
    if plan.splits:
        official = joined(f"{_(SPLIT_TITLES[name])} {n}" for name, n in _in_order(plan.splits))
        parts.append(_("official split: {parts}", parts=official))
    if parts:
        st.caption(" · ".join(parts))


def plan_pictures(staging: Path, plan: ImportPlan) -> None:
    """Show how many images each class has, beside the first pictures."""
    has_classes = len(plan.class_counts) > 1
    left, right = st.columns(2, gap="large") if has_classes else (None, st.container())
    if left is not None:
        with left:
            _counts(plan)
    with right:
        _previews(staging, plan)


def plan_warnings(plan: ImportPlan) -> None:
    """Say what the import would leave out, and what cannot be read."""
    for caveat in plan.caveats:
        st.warning(escape(caveat), icon=":material/warning:")
    if plan.n_unreadable:
        st.warning(
            _(
                "{n} of the {total} images that were read for real cannot be read. They will be skipped, and"
                " the report says why.",
                n=plan.n_unreadable,
                total=plan.n_looked_at,
            ),
            icon=":material/broken_image:",
        )
    if plan.n_patients is None and plan.class_counts:
        st.caption(_("It is not known which images belong to one patient, so nobody can keep them together."))
    for note in plan.notes:
        st.caption(escape(note))
    if plan.n_unlisted:
        n = plan.n_unlisted
        st.caption(
            ngettext(
                "One image is not named by the table and stays outside.",
                "{n} images are not named by the table and stay outside.",
                n,
            )
        )


def plan_skips(plan: ImportPlan) -> None:
    """List the files that will be skipped, and why."""
    if not plan.n_skips:
        return
    title = ngettext("One file will be skipped", "{n} files will be skipped", plan.n_skips)
    with st.expander(title, icon=":material/rule:"):
        rows = [{_("File"): skip.file, _("Why"): str(skip.reason)} for skip in plan.skips]
        st.dataframe(rows, hide_index=True, width="stretch", alt=_("Files that will be skipped, and why"))
        if plan.n_skips > len(plan.skips):
            st.caption(_("The first {n} of {total}.", n=len(plan.skips), total=plan.n_skips))


def _in_order(splits: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, splits[name]) for name in SPLIT_TITLES if name in splits]


def _counts(plan: ImportPlan) -> None:
    counts = {class_title(name): n for name, n in plan.class_counts.items()}
    if len(counts) <= _MOST_BARS:
        show_figure(class_counts(counts), key="bring-classes")
        return
    rows = [{_("Class"): name, _("Images"): n} for name, n in counts.items()]
    st.dataframe(rows, hide_index=True, width="stretch", alt=_("How many images each class has"))


def _previews(staging: Path, plan: ImportPlan) -> None:
    if not plan.previews:
        return
    st.html(ASSETS / "bring.css")
    st.markdown(f"**{_('The first pictures')}**")
    with st.container(horizontal=True, gap="small", key="bring-previews"):
        for preview in plan.previews:
            with st.container(width=_WIDTH, gap=None):
                _preview(staging, preview)


def _preview(staging: Path, preview: Preview) -> None:
    label = class_title(preview.label) if preview.label else _("no class yet")
    path = preview_path(staging, preview)
    if path is not None:
        alt = _("Image '{name}', class '{label}'.", name=preview.name, label=label)
        st.image(path.read_bytes(), width=_WIDTH, alt=alt)
    else:
        st.markdown(f":material/broken_image: {escape(preview.problem or _('It cannot be shown.'))}")
    st.caption(f"**{escape(label)}**  \n{escape(PurePosixPath(preview.name).name)}")
