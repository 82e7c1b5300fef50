"""Experiments: one thing changed, the rest kept, and an answer with an interval. Each runs as one job."""
