"""Background jobs of any kind: a folder with a status, a lock, a log, a place in the queue."""
