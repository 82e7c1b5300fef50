"""The time machine: how a network came to see, epoch by epoch."""
