"""Augmentation: random changes of the training images, drawn anew each time they are seen.

The catalogue, its parameters, presets, strengths and old names load no torch; the rest does. `batch` is where
to begin.
"""
