"""What can be done to an image: preprocessing steps and augmentations, each in the catalogue of its room."""

from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.preprocessing.catalog import PREPROCESSING_STEPS

__all__ = ["AUGMENTATIONS", "PREPROCESSING_STEPS"]
