"""The form of a training run: three controls at Basic, all fields at Full, and marks at what was changed."""

from typing import Any, Final

import streamlit as st
from pydantic import BaseModel

from core.datasets.records import DatasetInfo, SplitConfig
from core.language import N_, _
from core.models.catalog import MODELS
from core.runs.store import Run, list_runs
from core.training.config import TrainingConfig, differences, parse_config
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui.augmentation.choosing import in_words
from ui.fields import field_widget
from ui.handover import handed_over, show_handover
from ui.session import Key, full, recall

BASIC_FIELDS: Final = ("model", "epochs", "learning_rate")
_GROUPS: Final = (
    (N_("Images and network"), ("image_size", "pretrained", "augmentations")),
    (N_("How it learns"), ("optimizer", "batch_size", "schedule", "weight_decay", "patience", "balance")),
    (N_("Who is in which part"), tuple(f"split.{name}" for name in SplitConfig.model_fields)),
    (N_("Machine and chance"), ("seed", "device", "precision", "keep_epochs")),
)
_AS_BEFORE: Final = N_("as set before")
_FOLDS: Final = ("split.n_folds", "split.fold")
_OWN_MACHINE: Final = (
    "threads",
    "preprocessing",
)  # not in the form: they follow from the machine and the data


def training_form(info: DatasetInfo, previous: Run | None) -> TrainingConfig:
    """Show the form and return the config it describes.

    Parameters
    ----------
    info
        The data set to train on.
    previous
        The run whose settings the form begins with; what differs from them is marked.

    Raises
    ------
    UserError
        The settings do not go together (an image too small for the network).
    """
    reference = _reference(info, previous)
    values = _first_values(info, reference) | show_handover(info.dataset_id)
    start = parse_config(values)
    for name in BASIC_FIELDS:
        _fill_in(values, name, start, reference, previous)
    if full():
        for title, names in _GROUPS:
            with st.expander(_(title)):
                for name in names:
                    if name not in _FOLDS or values["split"]["scheme"] == "k-fold":
                        _fill_in(values, name, start, reference, previous)
    return parse_config(values | {"threads": None})


def settings_now(info: DatasetInfo) -> TrainingConfig:
    """Return what Train would be asked for now, without showing its form.

    That is: the settings of the last run, what lessons handed over, and the form's widgets as they were left;
    but for the augmentations, which stand as they were handed over.

    Raises
    ------
    UserError
        The settings do not go together.
    """
    previous, _before = latest_runs(info)
    values = _first_values(info, _reference(info, previous)) | handed_over(info.dataset_id)
    names = [*BASIC_FIELDS, *(name for _title, group in _GROUPS if full() for name in group)]
    for name in names:
        outer, _dot, inner = name.rpartition(".")
        key = _key(name, previous)
        if inner != "augmentations" and key in st.session_state:
            (values[outer] if outer else values)[inner] = st.session_state[key]
    return parse_config(values | {"threads": None})


def latest_runs(info: DatasetInfo) -> tuple[Run | None, Run | None]:
    """Return the run of a data set that Train begins from, its newest, and the one before it."""
    runs = {run.run_id: run for run in list_runs() if info.is_called(run.config.dataset)}
    run = runs.get(recall(Key.LIVE_RUN, ""), next(iter(runs.values()), None))
    parent = run.request.parent if run else None
    return run, runs.get(parent.run) if parent else None


def changes(config: TrainingConfig, previous: TrainingConfig) -> dict[str, tuple[Any, Any]]:
    """Return what a visitor changed, (value now, value then) by field, without what follows from it."""
    found = differences(config, previous)
    return {name: pair for name, pair in found.items() if name.split(".")[0] not in _OWN_MACHINE}


def reset_form(run: Run | None) -> None:
    """Put every widget of the form back to the settings of `run`, or to the defaults."""
    for name in [*BASIC_FIELDS, *(name for _title, names in _GROUPS for name in names)]:
        st.session_state.pop(_key(name, run), None)
    st.session_state.pop(f"{_key('augmentations', run)}-preset", None)


def field_title(name: str) -> str:
    """Return the shown title of a field by its dotted name."""
    model: type[BaseModel] = SplitConfig if name.startswith("split.") else TrainingConfig
    field = model.model_fields.get(name.rpartition(".")[2])
    return _(field.title) if field and field.title else name


def _reference(info: DatasetInfo, previous: Run | None) -> TrainingConfig:
    return previous.config if previous else parse_config({"dataset": info.dataset_id})


def _first_values(info: DatasetInfo, reference: TrainingConfig) -> dict[str, Any]:
    return reference.model_dump(mode="json") | {"dataset": info.dataset_id}


def _fill_in(
    values: dict[str, Any], name: str, start: TrainingConfig, reference: TrainingConfig, previous: Run | None
) -> None:
    """Show one field's widget, which begins with `start`, and put what was chosen into `values`."""
    outer, _dot, inner = name.rpartition(".")
    owner: BaseModel = start.split if outer else start
    place = values[outer] if outer else values
    key = _key(name, previous)
    if inner == "augmentations":
        place[inner] = _augmentations(start, key)
        return
    options = list(MODELS) if inner == "model" else None
    place[inner] = field_widget(
        type(owner),
        inner,
        getattr(owner, inner),
        key=key,
        reference=(reference.split if outer else reference) if previous else None,
        options=options,
        names=(lambda model: _(MODELS[model].title)) if options else None,
    )


def _augmentations(start: TrainingConfig, key: str) -> list[dict[str, Any]]:
    """Let the visitor take a preset and add to it or leave out; what is kept keeps its parameters."""
    before = {step.name: step for step in _pick_preset(start, key)}
    field = TrainingConfig.model_fields["augmentations"]
    if key not in st.session_state:
        st.session_state[key] = list(before)
    chosen = st.multiselect(
        _(str(field.title)),
        list(AUGMENTATIONS),
        format_func=lambda name: _(AUGMENTATIONS[name].title),
        help=_(str(field.description)),
        key=key,
        persist_state="session",
    )
    steps = [before.get(name) or AugmentationStep(name=name) for name in chosen]
    if steps:
        st.caption(_("{steps}. Lesson 3 shows them and sets their parameters.", steps=in_words(steps)))
    return [step.model_dump(mode="json") for step in steps]


def _pick_preset(start: TrainingConfig, key: str) -> tuple[AugmentationStep, ...]:
    """Let the visitor choose a preset, or what the form began with where that is none; return its steps."""
    offers = {name: preset.steps for name, preset in AUGMENTATION_PRESETS.items()}
    first = next((name for name, steps in offers.items() if steps == start.augmentations), _AS_BEFORE)
    if first == _AS_BEFORE:
        offers = {_AS_BEFORE: start.augmentations} | offers
    titles = {name: preset.title for name, preset in AUGMENTATION_PRESETS.items()}
    if st.session_state.get(f"{key}-preset") not in offers:
        st.session_state[f"{key}-preset"] = first

    def take() -> None:
        st.session_state[key] = [step.name for step in offers[st.session_state[f"{key}-preset"]]]

    name = st.selectbox(
        _("Preset of augmentations"),
        list(offers),
        format_func=lambda offer: _(titles.get(offer, _AS_BEFORE)),
        key=f"{key}-preset",
        on_change=take,
        persist_state="session",
    )
    return offers[name]


def _key(name: str, previous: Run | None) -> str:
    """Return a widget's key: another run to begin with means other widgets, which show its settings."""
    return f"train-{name.replace('.', '-')}" + (f"-{previous.run_id}" if previous else "")
