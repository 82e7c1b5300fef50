"""One click out of a problem whose field is not in sight: the nearest value that goes with the rest."""

import json
from typing import Any, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.language import _
from core.models.catalog import MODELS
from core.training.config import Problem, TrainingConfig
from ui.messages import escape

_MENDED: Final = "train-mended"  # JSON: the fields that were mended, for one data set
_SIZE_STEP: Final = 4  # an image size is a multiple of it
_MENDABLE: Final = (
    "image_size",
    "batch_size",
    "pretrained",
    "weights_from",
    "head_epochs",
    "unfrozen_blocks",
    "warmup_epochs",
    "schedule",
    "focal_alpha",
    "best_by",
    "device",
)


def mended(info: DatasetInfo) -> dict[str, Any]:
    """Return the fields that were mended for a data set since its last launch."""
    kept = json.loads(st.session_state.get(_MENDED, "{}"))
    return dict(kept["fields"]) if kept.get("dataset") == info.dataset_id else {}


def forget_mended(name: str | None = None) -> None:
    """Forget what was mended, or one field of it: it has become a run's settings, or is wanted no more."""
    kept = json.loads(st.session_state.pop(_MENDED, "{}"))
    if name is not None and kept.get("fields", {}).pop(name, None) is not None:
        st.session_state[_MENDED] = json.dumps(kept)


def offer_mending(problem: Problem, config: TrainingConfig, info: DatasetInfo, *, key: str) -> None:
    """Offer to put a field that is not in sight to the nearest value that goes with the rest."""
    if problem.field not in _MENDABLE:
        return
    value = mending_value(problem.field, config)
    title = _(str(TrainingConfig.model_fields[problem.field].title))
    label = _("Set '{field}' back", field=title)
    if problem.field == "image_size":
        label = _("Use {size} pixels", size=value)
    kept = mended(info) | {problem.field: value}
    st.button(label, key=key, on_click=_keep, args=(info.dataset_id, kept))


def mending_value(field: str, config: TrainingConfig) -> Any:
    """Return the value that mends a problem of a field: its default, or the network's smallest size."""
    if field == "image_size":
        return -(-MODELS[config.model].smallest_size // _SIZE_STEP) * _SIZE_STEP
    return TrainingConfig.model_fields[field].default


def show_problem(problem: Problem, *, key: str) -> None:
    """Say what cannot be trained and why, where its field is."""
    with st.container(key=key):
        st.error(escape(problem.reason), icon=":material/warning:")


def _keep(dataset_id: str, fields: dict[str, Any]) -> None:
    st.session_state[_MENDED] = json.dumps({"dataset": dataset_id, "fields": fields})
    for name in fields:
        for key in [str(key) for key in st.session_state if str(key).startswith(f"train-{name}")]:
            del st.session_state[key]
