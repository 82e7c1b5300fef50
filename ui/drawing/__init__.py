"""Marks that a visitor draws on a picture: boxes and brush strokes, by mouse, finger, keys or numbers."""
