"""What to know about a data set before training on it: its size, its patients, its positive class."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.datasets.shipped import shipped_names
from core.datasets.store import set_positive_class
from core.language import _, ngettext
from ui.messages import escape, guard


def dataset_facts(info: DatasetInfo) -> None:
    """Show how many images, patients and classes there are."""
    with st.container(horizontal=True, key="dataset-facts"):
        st.metric(_("Images"), info.n_images)
        st.metric(_("Patients"), info.n_patients if info.n_patients is not None else _("not known"))
        st.metric(_("Classes"), len(info.class_names))
        st.metric(_("Pixels"), _("colour") if info.n_channels == 3 else _("grey"))
    if info.description:
        st.caption(escape(_(info.description)))


def dataset_warnings(info: DatasetInfo) -> None:
    """Say what decides whether a score on this data means anything."""
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
    if info.n_patients is None:
        st.info(_("It is not known which images belong to one patient, so nobody can keep them together."))
    if info.n_skipped:
        n = info.n_skipped
        st.caption(ngettext("One file was skipped at import.", "{n} files were skipped at import.", n))


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
