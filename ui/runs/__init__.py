"""The Runs page: its table, what can be done with a run, runs beside each other, the tree of them."""
