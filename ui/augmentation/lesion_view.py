"""How many lesions the augmentations push out of the picture, or below what can be seen."""

from core.datasets.records import DatasetInfo
from core.transforms.records import AugmentationStep


def lesion_section(info: DatasetInfo, steps: tuple[AugmentationStep, ...]) -> None:
    """Show what happens to the lesions of a data set that knows where they are."""
