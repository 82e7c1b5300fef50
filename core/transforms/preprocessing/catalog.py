"""What can be done to an image before a network sees it. Order is display order."""

from typing import Final

from core.language import N_
from core.transforms.preprocessing.parameters import (
    ChannelsParameters,
    NormaliseParameters,
    ResizeParameters,
    StandardiseParameters,
    WindowParameters,
)
from core.transforms.records import StepSpec

PREPROCESSING_STEPS: Final[dict[str, StepSpec]] = {
    "window": StepSpec(
        name="window",
        title=N_("Window"),
        summary=N_("Turns the scanner's values into grey levels from 0 (black) to 1 (white)."),
        caution=N_("What lies outside the window is black or white for good: a finding there is lost."),
        source="DICOM PS3.3 C.11.2.1.2",
        stage="image",
        group="grey levels",
        takes="any",
        makes_grey_levels=True,
        parameters=WindowParameters,
        builder="core.transforms.preprocessing.grey_levels:window",
    ),
    "channels": StepSpec(
        name="channels",
        title=N_("Grey or colour"),
        summary=N_("Gives every image the same number of channels."),
        caution=N_("Grey from colour throws the colour away; colour from grey adds nothing."),
        source="ITU-R BT.601",
        stage="image",
        group="colour",
        parameters=ChannelsParameters,
        builder="core.transforms.preprocessing.colour:channels",
    ),
    "resize": StepSpec(
        name="resize",
        title=N_("Resize"),
        summary=N_("Gives every image the same size; small findings may vanish here."),
        caution=N_(
            "A finding smaller than a new pixel vanishes; without antialias it becomes a false pattern."
        ),
        source="Pillow, Image.resize",
        stage="image",
        group="geometry",
        takes="any",
        keeps_geometry=False,
        parameters=ResizeParameters,
        builder="core.transforms.preprocessing.geometry:resize",
    ),
    "normalise": StepSpec(
        name="normalise",
        title=N_("Normalise"),
        summary=N_("Scales the values to a fixed range."),
        caution=N_("Per image, one bright marker sets the scale of the whole picture."),
        source="min-max scaling",
        stage="tensor",
        group="network",
        parameters=NormaliseParameters,
        builder="core.transforms.preprocessing.network_range:normalise",
    ),
    "standardise": StepSpec(
        name="standardise",
        title=N_("Standardise"),
        summary=N_("Subtracts the mean and divides by the standard deviation (not by the variance)."),
        caution=N_("Statistics of other images than the training ones shift every input of the network."),
        source="LeCun et al. 1998, Efficient BackProp",
        stage="tensor",
        group="network",
        parameters=StandardiseParameters,
        builder="core.transforms.preprocessing.network_range:standardise",
    ),
}
