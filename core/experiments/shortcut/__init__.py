"""The shortcut booth: a network that learns a cue instead of the disease, and how that is found out."""
