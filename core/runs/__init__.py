"""Training runs on disk: their folder, their records, their checkpoints."""
