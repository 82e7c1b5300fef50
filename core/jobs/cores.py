"""How many cores this process may use."""

import os


def n_cores() -> int:
    """Return how many cores the system gives to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
