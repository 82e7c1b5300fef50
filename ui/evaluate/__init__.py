"""Evaluate: what is judged, at which operating point, and the views of it."""
