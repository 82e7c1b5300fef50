"""The preprocessing that a visitor tries out: its form, its statistics, and what it does to one film."""

from __future__ import annotations

from typing import Any, Final, Literal

import streamlit as st

from core.datasets.records import DatasetInfo, SplitConfig
from core.language import N_, _
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing import fit_statistics, image_part, trace, unit
from core.transforms.preprocessing.following import PixelStep, follow
from core.transforms.preprocessing.pipeline import StepTrace
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep
from ui import cache
from ui.fields import field_widget
from ui.session import full

MOST_FITTED: Final = 256  # training images that the statistics of this page are fitted on
SIZES: Final = (16, 32, 64, 96, 128, 192, 256)
_Last = Literal["standardise", "normalise", "both", "none"]
_LAST: Final[dict[_Last, str]] = {
    "standardise": N_("Standardise"),
    "normalise": N_("Normalise"),
    "both": N_("first normalise, then standardise"),
    "none": N_("neither"),
}
_MANUAL_ONLY: Final = ("center", "width")


def pick_pipeline(info: DatasetInfo) -> Preprocessing:
    """Let the visitor choose the image size, and at Full everything else; return the pipeline."""
    size = _pick_size()
    steps: dict[str, dict[str, Any]] = {
        "window": {},
        "channels": {"n_channels": info.n_channels},
        "resize": {"size": size},
        "standardise": {},
    }
    if full():
        with st.expander(_("Every parameter of every step"), expanded=True):
            steps = _all_parameters(info, size)
    return Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=parameters) for name, parameters in steps.items())
    )


def followed(
    info: DatasetInfo, sample_id: int, preprocessing: Preprocessing, *, row: int, column: int
) -> list[PixelStep]:
    """Return the story of one pixel; the first call fits the statistics on training films."""
    json = preprocessing.model_dump_json()
    return follow(_traced(info.dataset_id, info.revision, sample_id, json), row, column)


def n_fitted(info: DatasetInfo) -> int:
    """Return on how many training images the statistics of `followed` are fitted."""
    return len(_training_ids(info.dataset_id, info.revision))


@st.cache_data(max_entries=32, show_spinner=False)
def _training_ids(dataset_id: str, revision: str) -> list[int]:
    from core.datasets.splits import make_split

    split = make_split(cache.samples(dataset_id), SplitConfig())
    ids = [int(sample_id) for sample_id in split.loc[split["split"] == "train", "sample_id"]]
    return ids[:: max(1, -(-len(ids) // MOST_FITTED))]


@st.cache_data(max_entries=64, show_spinner=False)
def _statistics(dataset_id: str, revision: str, preprocessing_json: str) -> ChannelStatistics:
    preprocessing = Preprocessing.model_validate_json(preprocessing_json)
    dataset = cache.dataset(dataset_id)
    pictures = (
        unit(image_part(dataset.image(sample_id), preprocessing))
        for sample_id in _training_ids(dataset_id, revision)
    )
    return fit_statistics(pictures, preprocessing)


@st.cache_resource(max_entries=8, show_spinner=False)
def _traced(dataset_id: str, revision: str, sample_id: int, preprocessing_json: str) -> list[StepTrace]:
    preprocessing = Preprocessing.model_validate_json(preprocessing_json)
    statistics = _statistics(dataset_id, revision, preprocessing_json)
    return trace(cache.image(dataset_id, sample_id), preprocessing, statistics)


def _pick_size() -> int:
    field = PREPROCESSING_STEPS["resize"].parameters.model_fields["size"]
    st.session_state.setdefault("preprocess-size", 64)
    size: int = st.select_slider(
        _(str(field.title)),
        SIZES,
        format_func=lambda side: f"{side} x {side}",
        help=_(str(field.description)),
        key="preprocess-size",
        persist_state="session",
    )
    return size


def _all_parameters(info: DatasetInfo, size: int) -> dict[str, dict[str, Any]]:
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown(f"**{_(PREPROCESSING_STEPS['window'].title)}**")
        window = _form("window", "mode")
        if window["mode"] == "manual":
            window |= _form("window", *_MANUAL_ONLY)
    with middle:
        st.markdown(f"**{_(PREPROCESSING_STEPS['resize'].title)}**")
        resize = {"size": size, **_form("resize", "interpolation", "antialias", "fit")}
    with right:
        st.markdown(f"**{_('Range')}**")
        last = st.selectbox(
            _("Last step"),
            list(_LAST),
            format_func=lambda name: _(_LAST[name]),
            key="preprocess-last",
            persist_state="session",
            help=_("Normalise gives a fixed range; standardise a mean near 0 and a spread near 1."),
        )
        names = {"both": ("normalise", "standardise"), "none": ()}.get(last, (last,))
        ranges = {name: _form(name, *PREPROCESSING_STEPS[name].parameters.model_fields) for name in names}
    return {"window": window, "channels": {"n_channels": info.n_channels}, "resize": resize, **ranges}


def _form(step: str, *names: str) -> dict[str, Any]:
    """Show the widgets of a step's parameters, made from their pydantic fields."""
    parameters = PREPROCESSING_STEPS[step].parameters
    return {
        name: field_widget(
            parameters, name, parameters.model_fields[name].default, key=f"preprocess-{step}-{name}"
        )
        for name in names
    }
