"""Predictions of a run on a split, and what they say about it."""
