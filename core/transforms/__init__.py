"""Preprocessing steps and augmentations: what is done to an image before the network sees it."""
