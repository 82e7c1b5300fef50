"""Augmentation: random changes of the training images, drawn anew each time they are seen.

The catalogue, its parameters and the presets load no torch; `batch` and `draws` do.
"""
