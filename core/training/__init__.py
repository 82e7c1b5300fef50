"""Training: its configuration, its pipeline, its loop and its worker process."""
