"""The story of a run, told step by step: to read at the desk, or to show in a room (presenter mode)."""
