"""Who stands on which side of a split: dots, a table, and what it does to the score."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.datasets.records import DatasetInfo, SplitConfig
from core.datasets.sides import SidesReport, count_sides
from core.datasets.splits import hash_of, make_split
from core.figures.sides import patient_dots
from core.language import _
from ui import cache
from ui.charts import show_figure
from ui.fields import field_widget
from ui.messages import escape
from ui.pickers import SPLIT_TITLES
from ui.session import full


@dataclass(frozen=True)
class _Divided:
    report: SidesReport
    split_hash: str


@st.cache_data(max_entries=32, show_spinner=False)
def _divided(dataset_id: str, revision: str, config_json: str) -> _Divided:
    dataset = cache.dataset(dataset_id)
    split = make_split(dataset.samples, SplitConfig.model_validate_json(config_json))
    return _Divided(count_sides(dataset.samples, split, dataset.info.class_names), hash_of(split))


def pick_split_config(*, key: str) -> SplitConfig:
    """Let the visitor choose whether patients stay together; at Full the whole split."""
    values: dict[str, object] = {}
    values["by_patient"] = field_widget(SplitConfig, "by_patient", True, key=f"{key}-together")
    if not full():
        return SplitConfig.model_validate(values)
    names = ["scheme", "seed"]
    left, right = st.columns(2)
    for name, place in zip(names, (left, right), strict=True):
        with place:
            values[name] = _field(name, key)
    if values["scheme"] == "k-fold":
        with left:
            values["n_folds"] = _field("n_folds", key)
        with right:
            values["fold"] = _field("fold", key)
    return SplitConfig.model_validate(values)


def _field(name: str, key: str) -> object:
    return field_widget(SplitConfig, name, SplitConfig.model_fields[name].default, key=f"{key}-{name}")


def sides_report(info: DatasetInfo, config: SplitConfig) -> SidesReport:
    """Return who stands where if a data set is split as `config` says."""
    return _divided(info.dataset_id, info.revision, config.model_dump_json()).report


def show_split(info: DatasetInfo, config: SplitConfig) -> None:
    """Show the sides of a split and say what is wrong with them, if anything is."""
    report = sides_report(info, config)
    _verdict(info, report, config)
    if report.n_patients:
        show_figure(patient_dots(report), key="images-sides", simulated=info.simulated)
    _table(report)
    if full():
        divided = _divided(info.dataset_id, info.revision, config.model_dump_json())
        st.caption(
            _(
                "Fingerprint of this split: {hash}. Each run keeps its own; two runs with the same one were"
                " judged on the same images.",
                hash=f"`{divided.split_hash}`",
            )
        )


def _verdict(info: DatasetInfo, report: SidesReport, config: SplitConfig) -> None:
    if report.n_patients is None:
        st.warning(
            _(
                "This data set does not say which images belong to one patient ({n} images), so nobody can"
                " check who stands on both sides; a score may be too good.",
                n=info.n_images,
            )
        )
    elif report.n_shared:
        st.warning(
            _(
                "{n} of {total} patients stand on more than one side: {met} of {held_out} validation and test"
                " images show somebody whom the network has already met in training. It can recognise the"
                " person instead of the disease, so the score comes out too good. With labels drawn at random"
                " such a split reached an accuracy of 1.00 in our experiment, and 0.51 with patients kept"
                " together.",
                n=report.n_shared,
                total=report.n_patients,
                met=report.n_met,
                held_out=report.n_held_out,
            )
        )
    else:
        st.success(
            _(
                "All images of a patient stand on one side: {held_out} validation and test images, and none"
                " of them shows somebody whom the network has met in training.",
                held_out=report.n_held_out,
            )
        )
    if info.splits and config.scheme == "source":
        st.caption(
            _("This is the split that the data came with; where it had no validation part, one is carved.")
        )


def _table(report: SidesReport) -> None:
    """Show the counts with a column a side: many classes make it longer, not wider."""
    rows: dict[str, list[int | None]] = {}
    if report.n_patients is not None:
        rows[_("Patients")] = [side.n_patients for side in report.sides]
    rows[_("Images")] = [side.n_images for side in report.sides]
    for name in report.sides[0].class_counts:
        title = _("of class '{name}'", name=escape(name))
        rows[title] = [side.class_counts[name] for side in report.sides]
    titles = [_(SPLIT_TITLES[side.split]) for side in report.sides]
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=titles), border="horizontal")
