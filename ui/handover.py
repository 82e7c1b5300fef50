"""What the form of Train begins with beside the last run: as JSON in the session, for one data set.

Two senders share it. A lesson hands over `fields`: a pipeline or augmentations, which stay until they are
forgotten. "Again, but ..." (ui/training/again.py) names a `run` to begin from and `changes` to its settings;
both are forgotten when the next run starts.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import streamlit as st

from core.language import _, joined
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.records import AugmentationStep, Preprocessing
from ui.augmentation.choosing import in_words
from ui.session import Key, recall


@dataclass(frozen=True)
class Handover:
    """What was handed over for a data set.

    Attributes
    ----------
    fields
        Fields of TrainingConfig from lessons 2 and 3.
    run, changes
        The run to begin from instead of the last, and what to change in its settings, by dotted name.
    followed
        The run that the visitor followed then: who follows another one since has left `run` behind.
    """

    dataset: str
    fields: dict[str, Any] = field(default_factory=dict)
    run: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    followed: str | None = None


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


def present() -> Handover | None:
    """Return what was handed over last, for whichever data set; None if nothing was."""
    written = json.loads(recall(Key.HANDOVER, "{}"))
    return Handover(**written) if written else None


def hand_over(sent: Handover) -> None:
    """Let the next run begin so; what was handed over before is forgotten."""
    st.session_state[Key.HANDOVER] = json.dumps(asdict(sent))


def is_left_behind() -> bool:
    """Tell whether the visitor follows another run than when one was handed over."""
    sent = present()
    return sent is not None and sent.run is not None and sent.followed != recall(Key.LIVE_RUN)


def forget_run() -> None:
    """Begin from the last run again; what lessons handed over stays."""
    sent = present()
    if sent is not None and sent.fields:
        hand_over(Handover(sent.dataset, sent.fields))
    else:
        st.session_state.pop(Key.HANDOVER, None)


def forget_changes() -> None:
    """Begin from the run that was asked for as it was; what lessons handed over stays."""
    sent = present()
    if sent is not None and sent.changes:
        hand_over(replace(sent, changes={}))


def forget_change(name: str) -> None:
    """Hand one field over no more, by its dotted name; the others stay."""
    sent = present()
    if sent is not None and name in sent.changes | sent.fields:
        fields, changes = (_without(part, name) for part in (sent.fields, sent.changes))
        hand_over(replace(sent, fields=fields, changes=changes))


def handed_over(dataset_id: str) -> dict[str, Any]:
    """Return the fields of TrainingConfig that were handed over for a data set, by dotted name."""
    sent = present()
    return sent.changes | sent.fields if sent is not None and sent.dataset == dataset_id else {}


def show_handover(dataset_id: str) -> dict[str, Any]:
    """Say what lessons handed over and offer to forget it; return all that was, as `handed_over` does."""
    sent = present()
    fields = sent.fields if sent is not None and sent.dataset == dataset_id else {}
    if "preprocessing" in fields:
        pipeline = Preprocessing.model_validate(fields["preprocessing"])
        names = joined(_(PREPROCESSING_STEPS[step.name].title) for step in pipeline.steps if step.enabled)
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
        st.button(_("Take the usual ones"), key="handover-forget", type="tertiary", on_click=_forget_fields)
    return handed_over(dataset_id)


def _send(dataset_id: str, fields: dict[str, Any]) -> None:
    _begin_anew(fields)
    before = present()
    if before is None or before.dataset != dataset_id:
        before = Handover(dataset_id)
    hand_over(replace(before, fields=before.fields | fields))


def _forget_fields() -> None:
    sent = present()
    if sent is None:
        return
    _begin_anew(sent.fields)
    if sent.run is None:
        st.session_state.pop(Key.HANDOVER, None)
    else:
        hand_over(replace(sent, fields={}))


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def _begin_anew(names: Iterable[str]) -> None:
    """Let the widgets of Train begin anew, with what is handed over now."""
    for name in names:
        for key in [str(key) for key in st.session_state if str(key).startswith(f"train-{name}")]:
            del st.session_state[key]
