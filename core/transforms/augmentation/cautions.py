"""How loudly an augmentation's caution is to be said: it depends on the images and on the strength.

Covers: which way a body faces and lies, grey levels that are measurements, and unusually strong settings.
Does not cover: what the finding is; only the reader knows whether its size or its grey level matters.
"""

from collections.abc import Collection
from typing import Final, Literal

from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep

Loudness = Literal["none", "usual", "loud"]
_HAS_SIDES: Final = frozenset({"DX", "CR", "RG", "RF", "CT", "MR"})  # a body, seen from a known side
_MEASURED: Final = frozenset({"CT"})  # a stored value is a property of the tissue
_HAS_NO_SIDE: Final = frozenset({"SM", "GM"})  # what lies under a microscope
_FLIPS: Final = frozenset({"flip_horizontal", "flip_vertical"})
_GREY_LEVELS: Final = frozenset({"brightness", "contrast", "gamma"})
_STRONG: Final = 2.0  # times the default's distance from doing nothing


def loudness(step: AugmentationStep, modalities: Collection[str]) -> Loudness:
    """Return how loudly the caution of a step is to be said.

    Parameters
    ----------
    step
        What may be done.
    modalities
        Codes of the images' modalities (DICOM PS3.3 C.7.3.1.1.1); empty where they are not known.
    """
    known = frozenset(modalities)
    if known and known <= _HAS_NO_SIDE and step.name in _FLIPS | {"rotate"}:
        return "none"
    if step.name in _FLIPS and known & _HAS_SIDES:
        return "loud"
    if step.name in _GREY_LEVELS and known & _MEASURED:
        return "loud"
    return "loud" if is_strong(step) else "usual"


def is_strong(step: AugmentationStep) -> bool:
    """Tell whether a parameter is more than twice as far from doing nothing as it usually is."""
    spec = AUGMENTATIONS[step.name]
    usual = spec.parameters()
    for name, neutral in spec.neutral.items():
        distance = abs(getattr(usual, name) - neutral)
        if distance and abs(step.parameters[name] - neutral) > _STRONG * distance:
            return True
    return False
