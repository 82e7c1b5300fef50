"""A page of its own for the test of the drawing: boxes and strokes on a grey picture, and what is kept."""

import sys
from pathlib import Path

import numpy as np
import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.explanation.regions import Box
from ui.drawing.strokes import draw_marks

st.session_state["language"] = "en"
pixels = np.full((240, 320), 90, dtype=np.uint8)
drawn = draw_marks(pixels, key="drawing", alt="A grey picture.", most=2)
sides = [f"{mark.left:.2f}" if isinstance(mark, Box) else "stroke" for mark in drawn.marks]
st.markdown(f"The server has: {', '.join(sides) or 'nothing'}.")
