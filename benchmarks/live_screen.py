"""The live panel alone: the screen of live_app.py."""

import streamlit as st

from ui.live import live_run

with st.container(key="page-live"):
    st.write("Live panel")
    live_run("live")
