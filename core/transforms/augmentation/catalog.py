"""What can be changed at random in a training image. Order is display order."""

from typing import Final

from core.language import N_
from core.transforms.augmentation.parameters import (
    BrightnessContrastParameters,
    CropParameters,
    FlipParameters,
    RotateParameters,
)
from core.transforms.records import AugmentationSpec

AUGMENTATIONS: Final[dict[str, AugmentationSpec]] = {
    "flip_horizontal": AugmentationSpec(
        name="flip_horizontal",
        title=N_("Mirror left and right"),
        summary=N_("Shows some images as in a mirror."),
        caution=N_("On a chest film this moves the heart to the other side and mirrors the side marker."),
        source="torchvision.transforms.v2",
        stage="geometric",
        neutral={"probability": 0},
        parameters=FlipParameters,
        builder="core.transforms.augmentation.batch:flip_horizontal",
    ),
    "flip_vertical": AugmentationSpec(
        name="flip_vertical",
        title=N_("Mirror top and bottom"),
        summary=N_("Turns some images upside down."),
        caution=N_("Right for cells under a microscope; no chest film ever arrives upside down."),
        source="torchvision.transforms.v2",
        stage="geometric",
        neutral={"probability": 0},
        parameters=FlipParameters,
        builder="core.transforms.augmentation.batch:flip_vertical",
    ),
    "rotate": AugmentationSpec(
        name="rotate",
        title=N_("Rotate"),
        summary=N_("Turns the image a little; the corners that come in are black."),
        caution=N_("A few degrees are what a patient does; large angles are not."),
        source="torchvision.transforms.v2",
        stage="geometric",
        neutral={"degrees": 0},
        parameters=RotateParameters,
        builder="core.transforms.augmentation.batch:rotate",
    ),
    "crop": AugmentationSpec(
        name="crop",
        title=N_("Crop and enlarge"),
        summary=N_("Shows a random part of the image at full size."),
        caution=N_("A small part may leave the finding out while the label still says that it is there."),
        source="torchvision.transforms.v2",
        stage="geometric",
        neutral={"smallest": 1},
        parameters=CropParameters,
        builder="core.transforms.augmentation.batch:crop",
    ),
    "brightness_contrast": AugmentationSpec(
        name="brightness_contrast",
        title=N_("Brightness and contrast"),
        summary=N_("Makes the image lighter or darker, softer or harder."),
        caution=N_(
            "Where the grey level itself is the finding (HU in a CT), this teaches the network to ignore it."
        ),
        source="torchvision.transforms.v2",
        stage="intensity",
        neutral={"brightness": 0, "contrast": 0},
        parameters=BrightnessContrastParameters,
        builder="core.transforms.augmentation.batch:brightness_contrast",
    ),
}
