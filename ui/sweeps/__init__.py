"""The Sweeps page: what to vary, the sweep at work, and what it found."""
