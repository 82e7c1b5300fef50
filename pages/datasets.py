"""Workbench: the data sets that are there, what to know before training on them, and how to bring in more."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.datasets.shipped import shipped_names
from core.datasets.store import delete_dataset
from core.figures.distributions import class_counts
from core.language import _
from ui import cache
from ui.charts import show_figure
from ui.controls import (
    Key,
    escape,
    full,
    glossary_chips,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    self_check,
    use_language,
)
from ui.dataset_view import dataset_facts, dataset_warnings, positive_class
from ui.films import film_alt, film_png, one_film_each
from ui.import_form import import_form, job_progress, phantom_form

_SHOWN_PER_CLASS = 3


def main() -> None:
    shown = lesson_header("datasets")
    job_progress()
    info = pick_dataset()
    if info is not None:
        dataset_facts(info)
        dataset_warnings(info)
        left, right = st.columns(2, gap="large")
        with left:
            show_figure(class_counts(info.class_counts), key="datasets-classes", simulated=info.simulated)
            positive_class(info)
        with right:
            _films(info)
        _actions(info)
    with st.expander(_("Bring your own images"), icon=":material/upload_file:", expanded=info is None):
        import_form()
    with st.expander(_("Make simulated films"), icon=":material/radiology:"):
        phantom_form()
    glossary_chips(shown)
    lesson_more(shown)
    self_check("datasets", shown)
    if info is not None:
        next_button("train", _("Train on this data set"))


def _films(info: DatasetInfo) -> None:
    """Show the first films of each class, so that a difference that is not the disease may be seen."""
    for name in info.class_names[:6]:
        st.markdown(f"**{escape(name)}**")
        with st.container(horizontal=True, gap="small"):
            for sample_id in one_film_each(info, name, _SHOWN_PER_CLASS):
                st.image(film_png(info, sample_id, side=256), alt=film_alt(info, sample_id), width=118)


def _actions(info: DatasetInfo) -> None:
    if full():
        with st.expander(_("Table of samples")):
            st.dataframe(cache.samples(info.dataset_id).head(500), hide_index=True, width="stretch")
    if info.dataset_id not in shipped_names() and st.button(_("Delete this data set"), key="dataset-delete"):
        _confirm_delete(info.dataset_id)


def _confirm_delete(dataset_id: str) -> None:
    @st.dialog(_("Delete this data set?"))
    def ask() -> None:
        use_language()
        text = _(
            "'{name}' and its images will be gone from Lightbox. The files you imported stay as they are."
        )
        st.markdown(text.format(name=escape(dataset_id)))
        if st.button(_("Delete for good"), type="primary", key="dataset-delete-confirm"):
            with guard():
                delete_dataset(dataset_id)
                st.session_state.pop(Key.DATASET, None)
                st.rerun()

    ask()


main()
