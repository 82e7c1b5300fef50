"""Data sets: what there is, importing, splitting, and the files that hold them."""
