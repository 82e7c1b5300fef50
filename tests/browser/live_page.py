"""A page of its own for the test of the live chart: it follows the run named in the address."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ui.live import live_run

st.session_state["level"] = st.query_params.get("level", "basic")
live_run(st.query_params["run"], before=st.query_params.get("before"), is_whole=True)
