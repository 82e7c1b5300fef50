"""What `make bench` runs: the budgets of the design, measured here and printed, never a timed test."""
