"""What can be done to an image before a network sees it. Order is display order."""

from typing import Final

from core.language import N_
from core.transforms.preprocessing.filter_parameters import (
    BilateralParameters,
    ClaheParameters,
    EqualiseParameters,
    GaussianParameters,
    MedianParameters,
    UnsharpParameters,
)
from core.transforms.preprocessing.geometry_parameters import (
    CropBodyParameters,
    CropBordersParameters,
    ResampleParameters,
)
from core.transforms.preprocessing.parameters import (
    ChannelsParameters,
    GammaParameters,
    InvertParameters,
    NormaliseParameters,
    PercentileClipParameters,
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
    "percentile_clip": StepSpec(
        name="percentile_clip",
        title=N_("Percentile clip"),
        summary=N_("Finds black and white in each image's own values, a few extreme pixels left out."),
        caution=N_(
            "Each image gets its own scale: the same tissue is another grey in each, and Hounsfield"
            " units are lost."
        ),
        source="Hyndman and Fan 1996, definition 7",
        stage="image",
        group="grey levels",
        takes="any",
        makes_grey_levels=True,
        parameters=PercentileClipParameters,
        builder="core.transforms.preprocessing.grey_levels:percentile_clip",
    ),
    "invert": StepSpec(
        name="invert",
        title=N_("Invert"),
        summary=N_("Makes black white and white black."),
        caution=N_("MONOCHROME1 is turned round by the window already: turned round again, bones are black."),
        source="DICOM PS3.3 C.7.6.3.1.2",
        stage="image",
        group="grey levels",
        parameters=InvertParameters,
        builder="core.transforms.preprocessing.grey_levels:invert",
    ),
    "gamma": StepSpec(
        name="gamma",
        title=N_("Gamma"),
        summary=N_("Brightens or darkens the middle greys; black and white stay."),
        caution=N_(
            "Contrast moves from one end to the other: what is gained in the dark is lost in the"
            " bright parts."
        ),
        source="Gonzalez and Woods, Digital Image Processing, chapter 3",
        stage="image",
        group="grey levels",
        parameters=GammaParameters,
        builder="core.transforms.preprocessing.grey_levels:gamma",
    ),
    "crop_borders": StepSpec(
        name="crop_borders",
        title=N_("Crop the borders"),
        summary=N_("Cuts the same part off every image: frames, markers, rulers."),
        caution=N_("Whatever lies at the border goes too: costophrenic angles, skin, a nodule in the apex."),
        source="numpy, basic slicing",
        stage="image",
        group="geometry",
        takes="any",
        keeps_geometry=False,
        parameters=CropBordersParameters,
        builder="core.transforms.preprocessing.geometry:crop_borders",
    ),
    "crop_body": StepSpec(
        name="crop_body",
        title=N_("Crop to the body"),
        summary=N_("Keeps the box around the largest bright region and cuts off the air around it."),
        caution=N_(
            "A bright border or a plate can be larger than the body, and a dark lung at the edge may"
            " be cut off: look at many images."
        ),
        source="Otsu 1979, doi:10.1109/TSMC.1979.4310076",
        stage="image",
        group="geometry",
        keeps_geometry=False,
        parameters=CropBodyParameters,
        builder="core.transforms.preprocessing.body:crop_body",
    ),
    "resize": StepSpec(
        name="resize",
        title=N_("Resize"),
        summary=N_("Gives every image the same size; small findings may vanish here."),
        caution=N_(
            "A finding smaller than a new pixel vanishes; without antialias it becomes a false pattern."
        ),
        source="Pillow, Image.resize; OpenCV, INTER_AREA",
        stage="image",
        group="geometry",
        takes="any",
        keeps_geometry=False,
        parameters=ResizeParameters,
        builder="core.transforms.preprocessing.geometry:resize",
    ),
    "resample": StepSpec(
        name="resample",
        title=N_("Resample to a spacing"),
        summary=N_(
            "Gives every image pixels of the same size in mm, so that a nodule has the same size in all."
        ),
        caution=N_(
            "The pictures then differ in size; where the file's spacing is wrong or is that of the"
            " detector, so is the result."
        ),
        source="DICOM PS3.3 10.7.1.3",
        stage="image",
        group="geometry",
        takes="any",
        keeps_geometry=False,
        parameters=ResampleParameters,
        builder="core.transforms.preprocessing.geometry:resample",
    ),
    "equalise": StepSpec(
        name="equalise",
        title=N_("Equalise the histogram"),
        summary=N_("Spreads the grey levels so that each is as frequent as any other."),
        caution=N_(
            "Noise in large even regions becomes contrast, and equal grey no longer means equal tissue."
        ),
        source="Gonzalez and Woods, Digital Image Processing, chapter 3",
        stage="image",
        group="contrast",
        parameters=EqualiseParameters,
        builder="core.transforms.preprocessing.contrast:equalise",
    ),
    "clahe": StepSpec(
        name="clahe",
        title=N_("CLAHE"),
        summary=N_("Equalises tile by tile, with a limit that keeps noise down."),
        caution=N_(
            "Brightness is no longer comparable across the picture: a large opacity can be flattened away."
        ),
        source="Zuiderveld 1994, Graphics Gems IV; OpenCV createCLAHE",
        stage="image",
        group="contrast",
        parameters=ClaheParameters,
        builder="core.transforms.preprocessing.contrast:clahe",
    ),
    "gaussian": StepSpec(
        name="gaussian",
        title=N_("Gaussian blur"),
        summary=N_("Averages each pixel with its neighbours: less noise, less detail."),
        caution=N_(
            "Fine detail goes with the noise: microcalcifications, septal lines, a hairline fracture."
        ),
        source="scipy.ndimage.gaussian_filter",
        stage="image",
        group="filter",
        takes="any",
        parameters=GaussianParameters,
        builder="core.transforms.preprocessing.filters:gaussian",
    ),
    "median": StepSpec(
        name="median",
        title=N_("Median filter"),
        summary=N_("Takes the middle value around each pixel: single false pixels vanish, edges stay."),
        caution=N_(
            "What is smaller than half of the square vanishes as if it were noise: microcalcifications first."
        ),
        source="Huang, Yang and Tang 1979, doi:10.1109/TASSP.1979.1163188",
        stage="image",
        group="filter",
        takes="any",
        parameters=MedianParameters,
        builder="core.transforms.preprocessing.filters:median",
    ),
    "bilateral": StepSpec(
        name="bilateral",
        title=N_("Bilateral filter"),
        summary=N_("Averages only neighbours that are alike: smooth areas, sharp edges."),
        caution=N_(
            "A faint lesion is alike enough to be averaged away, and smooth areas look cleaner than they are."
        ),
        source="Tomasi and Manduchi 1998, doi:10.1109/ICCV.1998.710815",
        stage="image",
        group="filter",
        parameters=BilateralParameters,
        builder="core.transforms.preprocessing.filters:bilateral",
    ),
    "unsharp": StepSpec(
        name="unsharp",
        title=N_("Unsharp mask"),
        summary=N_("Adds back what a blur takes away, so that edges look sharper."),
        caution=N_(
            "It strengthens noise as well and draws halos beside edges that look like a line or a"
            " thin pneumothorax."
        ),
        source="Gonzalez and Woods, Digital Image Processing, chapter 3",
        stage="image",
        group="filter",
        parameters=UnsharpParameters,
        builder="core.transforms.preprocessing.filters:unsharp",
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
