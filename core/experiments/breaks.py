"""Seven mistakes in preprocessing that are made in earnest, to be made on purpose. No torch here.

Their order is the order in which they happen between the scanner and the network; several at once are made
in this order.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict

from core.language import N_


class Break(BaseModel):
    """One entry of BREAKS.

    Attributes
    ----------
    name, title
        Its key, and what a switch calls it.
    summary
        What goes wrong, and how it comes about.
    look_for
        Where to see it.
    noticed
        How it is found out, and how it is kept from happening.
    source
        Where it is written down.
    example
        A machine of core.datasets.tour whose picture shows the harm where one's own cannot; "" for none.
    builder
        The function (situation, borrowed) -> Damage, as "module:function".
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    look_for: str
    noticed: str
    source: str
    example: str = ""
    builder: str


BREAKS: Final[dict[str, Break]] = {
    "early_8_bits": Break(
        name="early_8_bits",
        title=N_("Cut to 8 bits too early"),
        summary=N_(
            "All stored values are squeezed into 256 levels before the window is chosen, as when a DICOM file"
            " is first saved as an 8-bit PNG or JPEG."
        ),
        look_for=N_("Steps where there were smooth shades: a narrow window has only a few levels left."),
        noticed=N_(
            "Count the different values: 256 or fewer in a CT that should have thousands. Convert after the"
            " window, or keep 16 bits."
        ),
        source="DICOM PS3.3 C.11.2",
        example="ct",
        builder="core.experiments.breaking:cut_early",
    ),
    "forget_monochrome1": Break(
        name="forget_monochrome1",
        title=N_("Forget MONOCHROME1"),
        summary=N_(
            "Some machines store bright as low. The header says so in one word, MONOCHROME1, and a reader"
            " that takes the pixels alone never sees it: the film is a negative."
        ),
        look_for=N_("Black bones, white lungs."),
        noticed=N_(
            "At once by anybody who looks, but a training job does not look. Often only some files of a set"
            " have it: look at one image of every machine."
        ),
        source="DICOM PS3.3 C.7.6.3.1.2",
        builder="core.experiments.breaking:forget_monochrome1",
    ),
    "swapped_channels": Break(
        name="swapped_channels",
        title=N_("Swap red and blue"),
        summary=N_(
            "OpenCV reads a file as blue, green, red; nearly everything else as red, green, blue. Training"
            " with one and predicting with the other swaps two channels."
        ),
        look_for=N_("Wrong hues: in stained tissue blue nuclei turn red. Grey pictures do not change."),
        noticed=N_("Show the picture that the network gets, not the file that it came from."),
        source="OpenCV, imread",
        example="histology",
        builder="core.experiments.breaking:swap_channels",
    ),
    "wrong_window": Break(
        name="wrong_window",
        title=N_("Wrong window"),
        summary=N_(
            "The window of another examination is used: soft tissue of a CT (-160 to 240) copied from a"
            " tutorial, or the brain's on another part of the body."
        ),
        look_for=N_("Large parts that are all white or all black: what was in them is gone for good."),
        noticed=N_("Many pixels at exactly 0 or 1. Keep the window with the network, never in a script."),
        source="DICOM PS3.3 C.11.2.1.2",
        builder="core.experiments.breaking:use_wrong_window",
    ),
    "aspect_ratio": Break(
        name="aspect_ratio",
        title=N_("Stretch the picture"),
        summary=N_(
            "Training and prediction make a square in two ways: one stretches the picture, the other keeps"
            " its shape and adds borders."
        ),
        look_for=N_("Hearts too slim or too wide, round nodules that are oval, black borders."),
        noticed=N_("Compare height and width of something round. The shape of the heart is a diagnosis."),
        source="torchvision, Resize",
        builder="core.experiments.breaking:distort",
    ),
    "test_statistics": Break(
        name="test_statistics",
        title=N_("Statistics of the test split"),
        summary=N_(
            "Mean and standard deviation are taken from the test images (or from all images, which is as"
            " wrong), not from the training images."
        ),
        look_for=N_(
            "Usually nothing to see. The harm is a leak, not a picture: the test has helped to build what it"
            " is to judge, so its score can no longer be trusted as that of new patients."
        ),
        noticed=N_(
            "By reading the code alone: split first, fit afterwards. Larger steps that are fitted before the"
            " split, such as choosing features, make scores out of nothing."
        ),
        source="Kaufman et al. 2012, doi:10.1145/2382577.2382579",
        builder="core.experiments.breaking:use_test_statistics",
    ),
    "foreign_statistics": Break(
        name="foreign_statistics",
        title=N_("Another data set's statistics"),
        summary=N_(
            "Mean and standard deviation of other images are used, such as the three numbers of ImageNet that"
            " stand in every tutorial."
        ),
        look_for=N_(
            "The same picture in other numbers: all values that the network gets are moved and stretched."
        ),
        noticed=N_(
            "The mean of what the network gets is not near 0. Statistics belong in the same file as the"
            " weights."
        ),
        source="torchvision, models",
        builder="core.experiments.breaking:use_foreign_statistics",
    ),
}
