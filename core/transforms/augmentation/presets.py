"""Augmentations that go together, with the reason for each choice. Order is display order."""

from typing import Final

from pydantic import BaseModel, ConfigDict

from core.language import N_
from core.transforms.records import AugmentationStep


class AugmentationPreset(BaseModel):
    """A list of augmentations under a name.

    Attributes
    ----------
    reason
        For which pictures it is, and why it holds what it holds.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    reason: str
    steps: tuple[AugmentationStep, ...]


def _step(name: str, **parameters: float) -> AugmentationStep:
    return AugmentationStep(name=name, parameters=parameters)


AUGMENTATION_PRESETS: Final[dict[str, AugmentationPreset]] = {
    "none": AugmentationPreset(
        name="none",
        title=N_("None"),
        reason=N_(
            "Every image is shown as it is, in every epoch. Quickest, and the right thing to compare with;"
            " with few images the network soon knows them by heart."
        ),
        steps=(),
    ),
    "light": AugmentationPreset(
        name="light",
        title=N_("Light"),
        reason=N_(
            "Changes so small that a reader would hardly notice them: safe for almost any picture, when you"
            " do not know yet what your images may undergo."
        ),
        steps=(
            _step("rotate", degrees=3),
            _step("translate", distance=0.03),
            _step("brightness", change=0.05),
            _step("contrast", change=0.05),
        ),
    ),
    "x-ray": AugmentationPreset(
        name="x-ray",
        title=N_("X-ray film"),
        reason=N_(
            "What differs between two films of one patient: a stance a little askew, a field a little"
            " larger or smaller, another exposure. No mirror image, for the heart has a side, and no"
            " change of proportions, for the width of the heart is a finding."
        ),
        steps=(
            _step("rotate", degrees=7),
            _step("crop", smallest=0.85, aspect=1),
            _step("brightness", change=0.15),
            _step("contrast", change=0.15),
        ),
    ),
    "microscopy": AugmentationPreset(
        name="microscopy",
        title=N_("Microscopy"),
        reason=N_(
            "A slide has no top and no side, so it may be mirrored and turned by any angle. Stain and light"
            " differ between laboratories, and the focus between fields of view."
        ),
        steps=(
            _step("flip_horizontal", probability=0.5),
            _step("flip_vertical", probability=0.5),
            _step("rotate", degrees=180),
            _step("brightness", change=0.2),
            _step("contrast", change=0.25),
            _step("blur", sigma=1),
        ),
    ),
}
