"""Serve live_page.py as app.py serves Lightbox: what is imported is out of the garbage collector's way."""

from pathlib import Path

import streamlit as st

from app import _lifespan

app = st.App(Path(__file__).with_name("live_page.py"), lifespan=_lifespan)
