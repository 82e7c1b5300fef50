"""Metrics and their intervals: numpy, scipy and scikit-learn, no torch."""
