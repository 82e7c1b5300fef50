"""What to know about a data set before training on it: its size, its patients, its classes, its traps."""

from datetime import datetime

import streamlit as st

from core.datasets.records import UNLABELLED, DatasetInfo
from core.datasets.shipped import shipped_names
from core.datasets.store import set_positive_class
from core.figures.distributions import class_counts
from core.language import _, joined, ngettext
from ui.charts import show_figure
from ui.films import film_alt, film_png, one_film_each
from ui.messages import escape, guard
from ui.session import full

_SHOWN_PER_CLASS = 3
_MOST_CLASSES = 6


def overview(info: DatasetInfo) -> None:
    """Show how many images each class has, the positive one, and the first films of each."""
    left, right = st.columns(2, gap="large")
    with left:
        counts = {class_title(name): n for name, n in info.class_counts.items()}
        show_figure(class_counts(counts), key="datasets-classes", simulated=info.simulated)
        positive_class(info)
        if full():
            _record(info)
    with right:
        _films(info)


def class_title(name: str) -> str:
    """Return how a class is called: by its own name, unless it stands for having none."""
    return _("no class yet") if name == UNLABELLED else name


def can_train(info: DatasetInfo) -> bool:
    """Tell whether there are two classes or more, and one for each image."""
    return len(info.class_names) > 1 and UNLABELLED not in info.class_names


def dataset_facts(info: DatasetInfo) -> None:
    """Show how many images, patients and classes there are."""
    with st.container(horizontal=True, key="dataset-facts"):
        st.metric(_("Images"), info.n_images)
        st.metric(_("Patients"), info.n_patients if info.n_patients is not None else _("not known"))
        st.metric(_("Classes"), sum(name != UNLABELLED for name in info.class_names))
        st.metric(_("Pixels"), _("colour") if info.n_channels == 3 else _("grey"))
    if info.description:
        st.caption(escape(_(info.description)))


def dataset_warnings(info: DatasetInfo) -> None:
    """Say what decides whether a score on this data means anything."""
    _overlap(info)
    for caveat in info.caveats:
        st.warning(escape(caveat), icon=":material/warning:")
    if n := info.class_counts.get(UNLABELLED, 0):
        text = ngettext(
            "One image has no class yet. Give it one under Labels; until then nothing can be trained.",
            "{n} images have no class yet. Give them one under Labels; until then nothing can be trained.",
            n,
        )
        hint = (
            "" if full() else " " + _("Labels are corrected at the level Full: switch to it in the sidebar.")
        )
        st.warning(text + hint, icon=":material/label_off:")
    elif len(info.class_names) == 1:
        st.warning(
            _("All images belong to one class; a network needs two to tell apart."),
            icon=":material/warning:",
        )
    if info.n_patients is None:
        st.info(_("It is not known which images belong to one patient, so nobody can keep them together."))
    if info.n_skipped:
        n = info.n_skipped
        st.caption(ngettext("One file was skipped at import.", "{n} files were skipped at import.", n))


def _overlap(info: DatasetInfo) -> None:
    if info.overlap and info.overlap.n_patients:
        text = ngettext(
            "One patient stands on more than one side of the split that came with the data: scores will be"
            " too good.",
            "{n} patients stand on more than one side of the split that came with the data: scores will be"
            " too good.",
            info.overlap.n_patients,
        )
        st.warning(text, icon=":material/warning:")
    if info.overlap and info.overlap.n_duplicate_images:
        text = ngettext(
            "One picture stands on more than one side, pixel for pixel.",
            "{n} pictures stand on more than one side, pixel for pixel.",
            info.overlap.n_duplicate_images,
        )
        st.warning(text, icon=":material/warning:")


def positive_class(info: DatasetInfo) -> None:
    """Show the positive class of two, and let it be changed where the data set is the visitor's own."""
    if info.positive_class is None:
        return
    hint = _("Sensitivity, ROC and threshold speak of this class.")
    if info.dataset_id in shipped_names():
        st.caption(_("Positive class: {name}", name=escape(info.positive_class)), help=hint)
        return
    place = info.class_names.index(info.positive_class)
    key = f"positive-{info.dataset_id}"
    chosen = st.selectbox(_("Positive class"), info.class_names, index=place, help=hint, key=key)
    if chosen != info.positive_class:
        with guard():
            set_positive_class(info.dataset_id, chosen)
            st.rerun()


def _record(info: DatasetInfo) -> None:
    """Show what is written down about the data set, for whoever reports on it."""
    made = datetime.fromisoformat(info.created_at).astimezone().strftime("%Y-%m-%d")
    rows = {
        _("Name"): info.dataset_id,
        _("Former names"): joined(info.former_names),
        _("Licence"): info.licence or _("not known"),
        _("Made on"): made,
        _("Revision"): info.revision,
        _("Changes of labels"): str(info.n_edits),
        _("Kept columns"): joined(info.attributes),
    }
    st.table({escape(name): escape(value) for name, value in rows.items() if value}, border="horizontal")


def _films(info: DatasetInfo) -> None:
    """Show the first films of each class, so that a difference that is not the disease may be seen."""
    for name in info.class_names[:_MOST_CLASSES]:
        st.markdown(f"**{escape(class_title(name))}**")
        with st.container(horizontal=True, gap="small"):
            for sample_id in one_film_each(info, name, _SHOWN_PER_CLASS):
                st.image(film_png(info, sample_id, side=256), alt=film_alt(info, sample_id), width=108)
    if len(info.class_names) > _MOST_CLASSES:
        st.caption(_("{shown} of {n} classes are shown.", shown=_MOST_CLASSES, n=len(info.class_names)))
