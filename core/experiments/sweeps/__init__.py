"""Sweeps: the same training with many settings, by Optuna. Only study, importance and worker import it."""
