"""What the curve coach says of a run: a card for each finding, below the chart that marks where it shows."""

import streamlit as st

from core.errors import UserError
from core.evaluation.coach import SILENT, Finding, coach_run
from core.language import N_, _
from core.runs.store import Run
from ui.cache import MetricsLog
from ui.messages import escape, guard
from ui.navigation import entry_of, go_to
from ui.training.again import go_again
from ui.training.curves import LETTERS

_PAGES = {
    "datasets": N_("Go to the data sets"),
    "leakage": N_("Go to the Leakage lab"),
    "images": N_("Look at the images"),
}


@st.cache_resource(max_entries=64, show_spinner=False)
def _asked(stamp: tuple[object, ...], _run: Run, _log: MetricsLog) -> tuple[Finding, ...]:
    with _log.lock:
        epochs, steps = list(_log.epochs), list(_log.steps)
    return coach_run(_run, epochs, steps)


def coach_findings(run: Run, log: MetricsLog) -> tuple[Finding, ...]:
    """Return what the coach says of a run; it is asked once an epoch, and in the first one at each line.

    A run whose folder cannot be read has no findings: others say so.
    """
    n_epochs = len(log.epochs)
    n_steps = 0 if n_epochs else len(log.steps)
    stamp = (run.run_id, str(run.folder), log.file_number, n_epochs, n_steps, run.state)
    try:
        return _asked(stamp, run, log)
    except UserError:
        return ()


def coach_view(run: Run, log: MetricsLog, findings: tuple[Finding, ...], *, key: str) -> None:
    """Show each finding with what to try; one quiet line where there is none.

    Parameters
    ----------
    run
        Whose curves they are.
    log
        Its lines: nothing is said before the first epoch has ended, unless there is a finding.
    findings
        What the coach says, the most important first.
    key
        Names the buttons.
    """
    if not findings:
        if log.epochs and run.state != "failed":
            st.caption(str(SILENT))
        return
    for letter, finding in zip(LETTERS, findings, strict=False):
        with st.container(border=True, key=f"{key}-coach-{letter}"):
            _card(run, finding, letter, key=f"{key}-coach-{letter}")


def _card(run: Run, finding: Finding, letter: str, *, key: str) -> None:
    st.markdown(f":violet-badge[**{letter}**] **{escape(finding.title)}** · {_where(finding)}")
    st.markdown(escape(finding.why))
    st.markdown(f":material/lightbulb: {escape(finding.advice)}")
    with st.container(horizontal=True, key=f"{key}-ways"):
        if finding.changes and st.button(
            _("Try this"),
            key=f"{key}-try",
            icon=":material/replay:",
            help=_("Opens the form of Train with this run's settings and this change; nothing starts yet."),
        ):
            with guard():
                go_again(run.run_id, finding.changes)
        if finding.page and entry_of(finding.page) and st.button(_(_PAGES[finding.page]), key=f"{key}-page"):
            go_to(finding.page)


def _where(finding: Finding) -> str:
    if finding.first_epoch == finding.last_epoch:
        return _("epoch {epoch}", epoch=finding.first_epoch)
    return _("epochs {first} to {last}", first=finding.first_epoch, last=finding.last_epoch)
