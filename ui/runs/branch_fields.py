"""What a branch changes: the fields that may change in the middle of a training, as the form shows them."""

from typing import Any, Final

import streamlit as st

from core.language import N_, _
from core.models.catalog import MODELS
from core.runs.store import Run
from core.training.config import TrainingConfig, differences, unchecked_config
from core.training.config.stages import plan, stage_of
from ui import cache
from ui.fields import changed_mark
from ui.training.one_field import FormState, widget_of
from ui.training.sections import applies

_FOLDED: Final = (
    "augmentations",
    *("loss", "focal_gamma", "focal_alpha", "label_smoothing", "balance"),
    *("optimizer", "momentum", "batch_size", "weight_decay", "dropout", "gradient_clip"),
    *("schedule", "warmup_epochs", "step_epochs", "plateau_patience", "rate_factor"),
    *("best_by", "patience", "seed", "keep_epochs"),
)
_AS_BEFORE: Final = "as before"
_EVERYTHING: Final = "everything"


def branch_fields(run: Run, epoch: int) -> dict[str, Any]:
    """Show the fields of a branch after an epoch; return what was changed, by field.

    The learning rate stands open, and so do the epochs where none would be left; the rest is folded.
    """
    start = _start(run, epoch)
    now = _now(run, start)
    state = FormState(cache.dataset(run.config.dataset).info, start, now, run, (), ())
    open_ones = ("epochs", "learning_rate") if epoch >= run.config.epochs else ("learning_rate",)
    values = run.config.model_dump(mode="json")
    for name in open_ones:
        values[name] = _draw(name, run, state)
    with st.expander(_("More that may change"), key="branch-more"):
        frozen = _learning(run, epoch)
        columns = st.columns(2)
        folded = [name for name in ("epochs", *_FOLDED) if name not in open_ones and applies(name, now)]
        for number, name in enumerate(folded):
            with columns[number % 2]:
                values[name] = _draw(name, run, state)
    changed = differences(unchecked_config(values), run.config)
    return {name: values[name] for name in dict.fromkeys(name.partition(".")[0] for name in changed)} | frozen


def _draw(name: str, run: Run, state: FormState) -> Any:
    return widget_of(name, state, _key(name, run, state.start))


def _key(name: str, run: Run, start: TrainingConfig) -> str:
    # where the parent's epochs are over, the widget begins with more of them: it is another one
    more = "-more" if name == "epochs" and start.epochs != run.config.epochs else ""
    return f"branch-{name}{more}-{run.run_id}"


def _start(run: Run, epoch: int) -> TrainingConfig:
    """Return what the fields begin with: the parent's settings, with epochs left to train."""
    config = run.config
    if config.epochs > epoch:
        return config
    more = min(epoch + max(1, config.epochs // 2), 500)
    return config.model_copy(update={"epochs": more})


def _now(run: Run, start: TrainingConfig) -> TrainingConfig:
    """Return what the widgets stand at, before they are drawn."""
    values = start.model_dump(mode="json")
    for name in ("learning_rate", "epochs", *_FOLDED):
        key = _key(name, run, start)
        if key in st.session_state and name != "augmentations":
            values[name] = st.session_state[key]
    return unchecked_config(values)


def _learning(run: Run, epoch: int) -> dict[str, Any]:
    """Let the visitor choose which part learns from here on; return the fields that say so."""
    config, key = run.config, f"branch-learning-{run.run_id}"
    choices = _choices(config, epoch)
    label = _("What learns from here on")
    if st.session_state.get(key, _AS_BEFORE) not in choices:
        st.session_state[key] = _AS_BEFORE
    if st.session_state.get(key, _AS_BEFORE) != _AS_BEFORE:
        label = changed_mark(label)
    chosen = st.selectbox(
        label,
        list(choices),
        format_func=_learning_title,
        key=key,
        help=_(
            "What is frozen keeps its weights from this epoch on; the rest learns with the same schedule."
        ),
        persist_state="session",
    )
    return choices[chosen]


def _choices(config: TrainingConfig, epoch: int) -> dict[str, dict[str, Any]]:
    """Return what may learn from an epoch on, by name, each with the fields that say so."""
    stage = stage_of(plan(config), epoch + 1)
    choices: dict[str, dict[str, Any]] = {_AS_BEFORE: {}}
    if stage.name == "frozen":
        choices[_EVERYTHING] = {"freeze_after": 0}
    elif stage.name == "head":
        choices[_EVERYTHING] = {"head_epochs": epoch, "unfreeze": "all"}
    elif stage.n_unfrozen is not None:
        choices[_EVERYTHING] = {"unfreeze": "all"}
    most = len(MODELS[config.model].blocks) if stage.n_unfrozen is None else stage.n_unfrozen
    for n in range(most):
        choices[str(n)] = {"freeze_all_but": n}
    return choices


def _learning_title(name: str) -> str:
    titles = {
        _AS_BEFORE: N_("as before"),
        _EVERYTHING: N_("the whole network"),
        "0": N_("the head alone"),
        "1": N_("the head and the last block"),
    }
    if name in titles:
        return _(titles[name])
    return _("the head and the last {n} blocks", n=name)
