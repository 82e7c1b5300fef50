"""What can be done to an image: preprocessing steps and augmentations. Order is display order."""

from typing import Final

from core.language import N_
from core.transforms.parameters import (
    BrightnessContrastParameters,
    ChannelsParameters,
    CropParameters,
    FlipParameters,
    NormaliseParameters,
    ResizeParameters,
    RotateParameters,
    StandardiseParameters,
    WindowParameters,
)
from core.transforms.records import AugmentationSpec, StepSpec

PREPROCESSING_STEPS: Final[dict[str, StepSpec]] = {
    "window": StepSpec(
        name="window",
        title=N_("Window"),
        summary=N_("Turns the scanner's values into grey levels from 0 (black) to 1 (white)."),
        source="DICOM PS3.3 C.11.2.1.2",
        stage="image",
        parameters=WindowParameters,
        builder="core.transforms.steps:window",
    ),
    "channels": StepSpec(
        name="channels",
        title=N_("Grey or colour"),
        summary=N_("Gives every image the same number of channels."),
        source="ITU-R BT.601",
        stage="image",
        parameters=ChannelsParameters,
        builder="core.transforms.steps:channels",
    ),
    "resize": StepSpec(
        name="resize",
        title=N_("Resize"),
        summary=N_("Gives every image the same size; small findings may vanish here."),
        source="Pillow, Image.resize",
        stage="image",
        parameters=ResizeParameters,
        builder="core.transforms.steps:resize",
    ),
    "normalise": StepSpec(
        name="normalise",
        title=N_("Normalise"),
        summary=N_("Scales the values to a fixed range."),
        source="min-max scaling",
        stage="tensor",
        parameters=NormaliseParameters,
        builder="core.transforms.steps:normalise",
    ),
    "standardise": StepSpec(
        name="standardise",
        title=N_("Standardise"),
        summary=N_("Subtracts the mean and divides by the standard deviation (not by the variance)."),
        source="LeCun et al. 1998, Efficient BackProp",
        stage="tensor",
        parameters=StandardiseParameters,
        builder="core.transforms.steps:standardise",
    ),
}

AUGMENTATIONS: Final[dict[str, AugmentationSpec]] = {
    "flip_horizontal": AugmentationSpec(
        name="flip_horizontal",
        title=N_("Mirror left and right"),
        summary=N_("Shows some images as in a mirror."),
        caution=N_("On a chest film this moves the heart to the other side and mirrors the side marker."),
        stage="geometric",
        parameters=FlipParameters,
        builder="core.transforms.augmentation:flip_horizontal",
    ),
    "flip_vertical": AugmentationSpec(
        name="flip_vertical",
        title=N_("Mirror top and bottom"),
        summary=N_("Turns some images upside down."),
        caution=N_("Right for cells under a microscope; no chest film ever arrives upside down."),
        stage="geometric",
        parameters=FlipParameters,
        builder="core.transforms.augmentation:flip_vertical",
    ),
    "rotate": AugmentationSpec(
        name="rotate",
        title=N_("Rotate"),
        summary=N_("Turns the image a little; the corners that come in are black."),
        caution=N_("A few degrees are what a patient does; large angles are not."),
        stage="geometric",
        parameters=RotateParameters,
        builder="core.transforms.augmentation:rotate",
    ),
    "crop": AugmentationSpec(
        name="crop",
        title=N_("Crop and enlarge"),
        summary=N_("Shows a random part of the image at full size."),
        caution=N_("A small part may leave the finding out while the label still says that it is there."),
        stage="geometric",
        parameters=CropParameters,
        builder="core.transforms.augmentation:crop",
    ),
    "brightness_contrast": AugmentationSpec(
        name="brightness_contrast",
        title=N_("Brightness and contrast"),
        summary=N_("Makes the image lighter or darker, softer or harder."),
        caution=N_(
            "Where the grey level itself is the finding (HU in a CT), this teaches the network to ignore it."
        ),
        stage="intensity",
        parameters=BrightnessContrastParameters,
        builder="core.transforms.augmentation:brightness_contrast",
    ),
}
