"""The shortcut booth on its page: the cue, the two networks, their maps, and one film that tells."""
