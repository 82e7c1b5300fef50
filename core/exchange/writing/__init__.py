"""The Python that a run becomes: its sections, each with only the lines that this run needs."""
