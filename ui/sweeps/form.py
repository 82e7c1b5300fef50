"""The form of a sweep: what to vary, how often, and Start. Basic asks for two things."""

from typing import Final

import streamlit as st

from core.datasets.store import open_dataset
from core.errors import LightboxError
from core.experiments.sweeps.points import grid_values
from core.experiments.sweeps.records import MOST_FIELDS, SweepRequest, sifted_grid
from core.experiments.sweeps.space import Dimension, check_dimension, sweepable_fields
from core.experiments.sweeps.store import start_sweep
from core.experiments.sweeps.suggesting import FIRST_FIELDS, suggested
from core.language import _
from core.runs.store import Run
from core.training.config import TrainingConfig, facts_of
from ui.fields import field_widget
from ui.messages import error_box, escape, guard
from ui.session import full
from ui.sweeps.base import config_of, say_base, time_guess
from ui.sweeps.ranges import choose_dimension
from ui.sweeps.words import field_title, range_text

CHOSEN: Final = "sweeps-pick"  # the name of the sweep that is shown
_FEW, _MANY, _USUAL = 4, 24, 8


def sweep_form(run: Run) -> None:
    """Ask what to vary around the settings of a run, and start."""
    config = config_of(run)
    say_base(run, config)
    request = _full_request(run, config) if full() else _basic_request(run, config)
    if request is None:
        return
    guess = time_guess(run, request.n_trials, request.n_workers)
    label = _("Start: {n} trainings", n=request.n_trials)
    if st.button(label, key="sweeps-start", type="primary", icon=":material/tune:"):
        with guard():
            started = start_sweep(request)
            st.session_state[CHOSEN] = started.name
            st.rerun()
    if guess:
        st.caption(guess)


def _basic_request(run: Run, config: TrainingConfig) -> SweepRequest:
    what, how_many = st.columns(2)
    with what:
        name = st.selectbox(
            _("Which setting?"),
            FIRST_FIELDS,
            format_func=field_title,
            key="sweeps-field",
            persist_state="session",
        )
    dimension = suggested(name, config)
    most = int(min(_MANY, dimension.n_values))
    with how_many:
        if most > _FEW:
            key = f"sweeps-n-{most}"
            st.session_state.setdefault(key, min(_USUAL, most))
            n_trials = st.slider(_("How many trainings?"), _FEW, most, key=key, persist_state="session")
        else:
            n_trials = most
    st.caption(
        _("Tried, drawn by lot: {setting} {values}.", setting=field_title(name), values=range_text(dimension))
    )
    return SweepRequest(config=config, space=(dimension,), n_trials=n_trials, base_run=run.run_id)


def _full_request(run: Run, config: TrainingConfig) -> SweepRequest | None:
    st.session_state.setdefault("sweeps-fields", ["learning_rate"])
    names = st.multiselect(
        _("Settings to vary"),
        sweepable_fields(),
        format_func=field_title,
        max_selections=MOST_FIELDS,
        key="sweeps-fields",
        persist_state="session",
    )
    if not names:
        st.info(_("Choose at least one setting to vary."), icon=":material/touch_app:")
        return None
    left, right = st.columns(2)
    with left:
        sampler = field_widget(SweepRequest, "sampler", "random", key="sweeps-sampler", names=_sampler_name)
    with right:
        pruner = field_widget(SweepRequest, "pruner", "none", key="sweeps-pruner", names=_pruner_name)
    space = tuple(
        choose_dimension(name, config, is_grid=sampler == "grid", key=f"sweeps-{run.run_id}")
        for name in names
    )
    request = SweepRequest(
        config=config, space=space, sampler=sampler, pruner=pruner, base_run=run.run_id, **_numbers(pruner)
    )
    return _with_number(request)


def _numbers(pruner: str) -> dict[str, int]:
    names = {"median": ["startup_trials", "warmup_epochs"], "none": []}.get(
        pruner, ["warmup_epochs", "reduction_factor"]
    )
    found = {}
    for place, name in zip(st.columns(2 + len(names)), ["n_workers", "seed", *names], strict=True):
        with place:
            first = SweepRequest.model_fields[name].default
            found[name] = int(field_widget(SweepRequest, name, first, key=f"sweeps-{name}"))
    return found


def _with_number(request: SweepRequest) -> SweepRequest | None:
    """Ask how many trials; a grid has as many as points, and says which it leaves out."""
    if request.sampler != "grid":
        n = int(field_widget(SweepRequest, "n_trials", 12, key="sweeps-n"))
        return request.model_copy(update={"n_trials": n})
    try:
        found = sifted_grid(_checked(request), facts_of(open_dataset(request.config.dataset).info))
    except LightboxError as error:
        error_box(error)
        return None
    st.caption(_("The grid has {n} points: {values}.", n=len(found.points), values=_sizes(request.space)))
    if found.n_impossible and found.reason is not None:
        st.caption(
            _(
                "{n} combinations are left out, for they cannot be trained. The first: {reason}",
                n=found.n_impossible,
                reason=escape(found.reason),
            )
        )
    if found.n_alike:
        st.caption(
            _("{n} combinations are left out: they differ only in a setting without effect.", n=found.n_alike)
        )
    return request.model_copy(update={"n_trials": max(1, len(found.points))})


def _checked(request: SweepRequest) -> SweepRequest:
    for dimension in request.space:
        check_dimension(dimension, request.config)
    return request


def _sizes(space: tuple[Dimension, ...]) -> str:
    return " × ".join(f"{len(grid_values(dimension))} {field_title(dimension.field)}" for dimension in space)


def _sampler_name(name: str) -> str:
    names = {"random": _("by lot"), "grid": _("every combination"), "tpe": _("learning (TPE)")}
    return names[name]


def _pruner_name(name: str) -> str:
    names = {
        "none": _("never"),
        "median": _("worse than the median"),
        "successive halving": _("successive halving"),
    }
    return names[name]
