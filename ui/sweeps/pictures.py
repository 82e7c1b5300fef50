"""The pictures of a sweep: at Basic the best so far, at Full all that can be seen in its trials."""

import streamlit as st

from core.datasets.store import open_dataset
from core.errors import UserError
from core.experiments.sweeps.importance import FEWEST_TRIALS, importances
from core.experiments.sweeps.records import SweepRequest, TrialRecord
from core.experiments.sweeps.store import Sweep
from core.figures import sweeps as figures
from core.figures.sweep_lines import parallel_coordinates
from core.language import _
from ui.charts import show_figure
from ui.sweeps.words import scores_of


def main_picture(sweep: Sweep, trials: tuple[TrialRecord, ...]) -> None:
    """Show the best so far."""
    request = sweep.request
    figure = figures.best_so_far(trials, scores_of(request), n_trials=request.n_trials)
    show_figure(figure, key="sweeps-best-so-far", simulated=is_simulated(request), height=360)


def pictures(sweep: Sweep, trials: tuple[TrialRecord, ...]) -> None:
    """Show the best so far, and one of the other views."""
    main_picture(sweep, trials)
    view = st.segmented_control(
        _("Look at"),
        ("curves", "together", "one by one", "importance"),
        format_func=_view_name,
        key="sweeps-view",
        default=None if "sweeps-view" in st.session_state else "curves",
        required=True,
        persist_state="session",
    )
    scores, simulated = scores_of(sweep.request), is_simulated(sweep.request)
    scored = [trial for trial in trials if trial.values and trial.state in ("done", "pruned")]
    if view == "curves":
        show_figure(
            figures.trial_curves(trials, scores), key="sweeps-curves", simulated=simulated, height=380
        )
    elif not scored:
        st.caption(_("Nothing to see yet: no trial has ended."))
    elif view == "together":
        figure = parallel_coordinates(scored, sweep.request.space, scores)
        show_figure(figure, key="sweeps-parallel", simulated=simulated, height=400)
        st.caption(_("Each line is a trial, pruned ones too."))
    elif view == "one by one":
        _slices(sweep, trials)
    else:
        _importance(sweep, trials)


def is_simulated(request: SweepRequest) -> bool:
    """Tell whether the images of a sweep are drawn by a program."""
    try:
        return open_dataset(request.config.dataset).info.simulated
    except UserError:  # it has been deleted since
        return False


def _slices(sweep: Sweep, trials: tuple[TrialRecord, ...]) -> None:
    scores, space = scores_of(sweep.request), sweep.request.space
    simulated = is_simulated(sweep.request)
    columns = st.columns(2) if len(space) > 1 else [st.container()]
    for place, dimension in enumerate(space):
        with columns[place % len(columns)]:
            figure = figures.slice_of(trials, dimension, scores)
            show_figure(figure, key=f"sweeps-slice-{dimension.field}", simulated=simulated)


def _importance(sweep: Sweep, trials: tuple[TrialRecord, ...]) -> None:
    done = tuple(trial for trial in trials if trial.value is not None)
    shares = _shares(sweep.name, done, sweep.request)
    if shares is None:
        text = _(
            "Too few trials to tell which setting matters: {n} have ended by themselves, and a forest needs"
            " {fewest} at least.",
            n=len(done),
            fewest=FEWEST_TRIALS,
        )
        st.info(text, icon=":material/forest:")
        return
    figure = figures.importance(shares, scores_of(sweep.request), n_trials=len(done))
    show_figure(figure, key="sweeps-importance", simulated=is_simulated(sweep.request))
    st.caption(
        _(
            "How much the score moved with each setting **within the range that was tried**; wider ranges"
            " give larger shares. With few trials it is rough, and it says nothing of the test split."
        )
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _shares(name: str, done: tuple[TrialRecord, ...], _request: SweepRequest) -> dict[str, float] | None:
    return importances(done, _request.space)


def _view_name(name: str) -> str:
    names = {
        "curves": _("Learning curves"),
        "together": _("Settings together"),
        "one by one": _("Settings one by one"),
        "importance": _("What mattered"),
    }
    return names[name]
