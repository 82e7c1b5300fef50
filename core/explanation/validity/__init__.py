"""Which method may be asked of which network: measured, and kept as a table."""
