"""A page of its own for the test of the tree of runs: `?n=` runs, some of them branches, and a group."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.evaluation.run_row import BestMetric, RunRow
from core.runs.records import Parent
from ui.runs.tree import run_tree

STATES = ("completed", "failed", "stopped", "interrupted", "queued", "completed")
HOSTILE = '<img src="x" onerror="document.title = 1"> **bold**'


def row(number: int) -> RunRow:
    parent = None if number % 7 == 0 else Parent(run=f"run-{number - number % 7:04d}", epoch=number % 7)
    if number % 7 == 5:
        parent = Parent(run=f"run-{number - 1:04d}")
    return RunRow(
        run_id=f"run-{number:04d}",
        state=STATES[number % len(STATES)],
        dataset=HOSTILE,
        model="small_cnn",
        parent=parent,
        changed={"learning_rate": (0.01, 0.003)} if parent else {},
        best=BestMetric(name="auroc", value=0.9, low=0.85, high=0.95, n=100, positive_class=HOSTILE),
        created_at=f"2026-01-01T00:{number:04d}",
    )


rows = [row(number) for number in range(int(st.query_params.get("n", "7")))]
rows += [
    RunRow(
        run_id=f"seed-{n}", group="seeds", parent=Parent(run="run-0000"), state="completed", created_at="2"
    )
    for n in range(3)
]
st.session_state["language"] = "en"
clicked = run_tree(rows, [st.session_state.get("clicked", "")])
if clicked is not None and clicked != st.session_state.get("clicked"):
    st.session_state["clicked"] = clicked
    st.rerun()
st.markdown(f"Chosen: {st.session_state.get('clicked', 'none')}")
