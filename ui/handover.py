"""What a lesson hands over to Train: a pipeline or augmentations, as JSON in the session."""

import json
from collections.abc import Iterable
from typing import Any

import streamlit as st

from core.language import _
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.records import AugmentationStep, Preprocessing
from ui.augmentation.choosing import in_words
from ui.session import Key, recall


def send_preprocessing(dataset_id: str, preprocessing: Preprocessing) -> None:
    """Let the next run of a data set use this pipeline."""
    _send(dataset_id, preprocessing_fields(preprocessing))


def preprocessing_fields(preprocessing: Preprocessing) -> dict[str, Any]:
    """Return the fields of TrainingConfig that say this; the image size is that of the last resize step.

    Without a resize step no size is said, and TrainingConfig refuses the pipeline.
    """
    fields: dict[str, Any] = {"preprocessing": preprocessing.model_dump(mode="json")}
    sizes = [step.parameters["size"] for step in preprocessing.active("image") if step.name == "resize"]
    return fields | ({"image_size": sizes[-1]} if sizes else {})


def send_augmentations(dataset_id: str, steps: tuple[AugmentationStep, ...]) -> None:
    """Let the next run of a data set use these augmentations."""
    _send(dataset_id, {"augmentations": [step.model_dump(mode="json") for step in steps]})


def handed_over(dataset_id: str) -> dict[str, Any]:
    """Return the fields of TrainingConfig that lessons handed over for a data set; empty if none did."""
    sent = json.loads(recall(Key.HANDOVER, "{}"))
    return dict(sent["fields"]) if sent.get("dataset") == dataset_id else {}


def show_handover(dataset_id: str) -> dict[str, Any]:
    """Say what was handed over and offer to forget it; return it as `handed_over` does."""
    fields = handed_over(dataset_id)
    if "preprocessing" in fields:
        sent = Preprocessing.model_validate(fields["preprocessing"])
        names = ", ".join(_(PREPROCESSING_STEPS[step.name].title) for step in sent.steps if step.enabled)
        text = _(
            "With the preprocessing from lesson 2: {steps}; {size} pixels.",
            steps=names,
            size=fields["image_size"],
        )
        st.caption(text)
    if "augmentations" in fields:
        steps = [AugmentationStep.model_validate(step) for step in fields["augmentations"]]
        if steps:
            st.caption(_("With the augmentations from lesson 3: {steps}.", steps=in_words(steps)))
        else:
            st.caption(_("Without augmentations, as chosen in lesson 3."))
    if fields:
        st.button(_("Take the usual ones"), key="handover-forget", type="tertiary", on_click=_forget)
    return fields


def _send(dataset_id: str, fields: dict[str, Any]) -> None:
    kept = handed_over(dataset_id)
    _begin_anew(fields)
    st.session_state[Key.HANDOVER] = json.dumps({"dataset": dataset_id, "fields": kept | fields})


def _forget() -> None:
    _begin_anew(json.loads(recall(Key.HANDOVER, "{}")).get("fields", {}))
    st.session_state.pop(Key.HANDOVER, None)


def _begin_anew(names: Iterable[str]) -> None:
    """Let the widgets of Train begin anew, with what is handed over now."""
    for name in names:
        for key in [str(key) for key in st.session_state if str(key).startswith(f"train-{name}")]:
            del st.session_state[key]
