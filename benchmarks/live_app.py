"""Serve the live panel alone, started as app.py starts Lightbox, for the measurement in live_panel.py."""

from pathlib import Path

import streamlit as st

from app import _lifespan

app = st.App(Path(__file__).with_name("live_screen.py"), lifespan=_lifespan)
