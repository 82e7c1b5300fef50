"""How often a network's answer changes under the augmentations, and what the mean over draws does."""

from core.datasets.records import DatasetInfo
from core.transforms.records import AugmentationStep


def stability_section(info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...]) -> None:
    """Show how steady a checkpoint's answer is on a film and over the validation split."""
