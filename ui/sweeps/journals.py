"""The journals of sweeps, read on from where anybody's last look ended."""

from pathlib import Path

import streamlit as st

from core.experiments.sweeps.journal import Journal
from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.store import Sweep


@st.cache_resource(max_entries=64, show_spinner=False)
def _journal(folder: str, made: int) -> Journal:
    """Return a journal that is read on, for everybody who looks at the sweep.

    `made` tells a sweep from a deleted one that had its name.
    """
    return Journal(Path(folder))


def trials_of(sweep: Sweep) -> tuple[TrialRecord, ...]:
    """Return the trials of a sweep; only what was added since the last look is read."""
    made = (sweep.folder / "config.json").stat().st_mtime_ns
    return _journal(str(sweep.folder), made).trials()
