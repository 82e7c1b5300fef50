"""What can be changed at random in a training image. Order is display order."""

from typing import Final

from core.language import N_
from core.transforms.augmentation.parameters import (
    BlurParameters,
    BrightnessParameters,
    ContrastParameters,
    CropParameters,
    CutmixParameters,
    ElasticParameters,
    EraseParameters,
    FlipParameters,
    GammaParameters,
    GaussianNoiseParameters,
    MixupParameters,
    PoissonNoiseParameters,
    RotateParameters,
    ScaleParameters,
    ShearParameters,
    TranslateParameters,
)
from core.transforms.records import AugmentationSpec

AUGMENTATIONS: Final[dict[str, AugmentationSpec]] = {
    "flip_horizontal": AugmentationSpec(
        name="flip_horizontal",
        title=N_("Mirror left and right"),
        summary=N_("Shows some images as in a mirror."),
        caution=N_(
            "On a chest film the heart comes to lie on the right and the side marker reads backwards: a"
            " rare disease, taught as if it were common."
        ),
        source="torchvision.transforms.v2.functional.horizontal_flip",
        stage="geometric",
        neutral={"probability": 0},
        parameters=FlipParameters,
        builder="core.transforms.augmentation.geometric:flip_horizontal",
    ),
    "flip_vertical": AugmentationSpec(
        name="flip_vertical",
        title=N_("Mirror top and bottom"),
        summary=N_("Turns some images upside down."),
        caution=N_(
            "Right for cells under a microscope. A chest film upside down is not a patient: free air rises"
            " and fluid sinks, and no film arrives so."
        ),
        source="torchvision.transforms.v2.functional.vertical_flip",
        stage="geometric",
        neutral={"probability": 0},
        parameters=FlipParameters,
        builder="core.transforms.augmentation.geometric:flip_vertical",
    ),
    "rotate": AugmentationSpec(
        name="rotate",
        title=N_("Rotate"),
        summary=N_("Turns the image a little; the corners that come in are black."),
        caution=N_(
            "A few degrees are what a patient does. A large angle is not, and the black corners it brings"
            " in are a mark that no real film carries."
        ),
        source="torchvision.transforms.v2.functional.rotate",
        stage="geometric",
        neutral={"degrees": 0},
        parameters=RotateParameters,
        builder="core.transforms.augmentation.geometric:rotate",
    ),
    "translate": AugmentationSpec(
        name="translate",
        title=N_("Shift"),
        summary=N_("Moves the image across and down; the strip that comes in is black."),
        caution=N_(
            "A finding near the edge, such as fluid in the lowest corner of a lung, can leave the picture"
            " while its label stays."
        ),
        source="torchvision.transforms.v2.functional.affine",
        stage="geometric",
        neutral={"distance": 0},
        parameters=TranslateParameters,
        builder="core.transforms.augmentation.geometric:translate",
    ),
    "scale": AugmentationSpec(
        name="scale",
        title=N_("Enlarge or shrink"),
        summary=N_("Changes the size of what is shown; around a smaller picture it is black."),
        caution=N_(
            "Where size is the finding, as with a large heart or a nodule measured in millimetres, this"
            " teaches the network to ignore it."
        ),
        source="torchvision.transforms.v2.functional.affine",
        stage="geometric",
        neutral={"change": 0},
        parameters=ScaleParameters,
        builder="core.transforms.augmentation.geometric:scale",
    ),
    "shear": AugmentationSpec(
        name="shear",
        title=N_("Slant"),
        summary=N_("Turns rectangles into parallelograms, as a tilted film would."),
        caution=N_(
            "Angles change: a curved spine, the angle of a joint or a hip's measure is no longer what was"
            " read."
        ),
        source="torchvision.transforms.v2.functional.affine",
        stage="geometric",
        neutral={"degrees": 0},
        parameters=ShearParameters,
        builder="core.transforms.augmentation.geometric:shear",
    ),
    "crop": AugmentationSpec(
        name="crop",
        title=N_("Crop and enlarge"),
        summary=N_("Shows a random part of the image at full size."),
        caution=N_(
            "A small part may leave the finding out while the label still says that it is there; other"
            " proportions make a slim heart look wide."
        ),
        source="torchvision.transforms.v2.functional.resized_crop",
        stage="geometric",
        neutral={"smallest": 1, "aspect": 1},
        parameters=CropParameters,
        builder="core.transforms.augmentation.geometric:crop",
    ),
    "elastic": AugmentationSpec(
        name="elastic",
        title=N_("Bend smoothly"),
        summary=N_("Bends the image as if it were printed on rubber."),
        caution=N_(
            "Soft tissue bends, bone does not: a large displacement makes wavy ribs, and smooths or invents"
            " the irregular border that tells a tumour."
        ),
        source="arXiv:1505.04597; doi:10.1109/42.796284",
        stage="geometric",
        neutral={"displacement": 0},
        parameters=ElasticParameters,
        builder="core.transforms.augmentation.geometric:elastic",
    ),
    "brightness": AugmentationSpec(
        name="brightness",
        title=N_("Brightness"),
        summary=N_("Makes the image lighter or darker."),
        caution=N_(
            "Where the grey level itself is the finding (HU in a CT), this teaches the network to ignore"
            " it; what becomes brighter than white is lost."
        ),
        source="torchvision.transforms.v2.functional.adjust_brightness",
        stage="intensity",
        neutral={"change": 0},
        parameters=BrightnessParameters,
        builder="core.transforms.augmentation.intensity:brightness",
    ),
    "contrast": AugmentationSpec(
        name="contrast",
        title=N_("Contrast"),
        summary=N_("Makes the image softer or harder."),
        caution=N_(
            "Less contrast makes a faint nodule hard to see for an eye, hardly for a network: lung and noise"
            " fade with it. Much more drives it into black or white, and there it is gone."
        ),
        source="torchvision.transforms.v2.functional.adjust_contrast",
        stage="intensity",
        neutral={"change": 0},
        parameters=ContrastParameters,
        builder="core.transforms.augmentation.intensity:contrast",
    ),
    "gamma": AugmentationSpec(
        name="gamma",
        title=N_("Gamma"),
        summary=N_("Lifts or lowers the middle greys and leaves black and white."),
        caution=N_(
            "It changes how dense a shadow looks beside another; the difference between fluid and air that"
            " a reader goes by is no longer the scanner's."
        ),
        source="torchvision.transforms.v2.functional.adjust_gamma",
        stage="intensity",
        neutral={"largest": 1},
        parameters=GammaParameters,
        builder="core.transforms.augmentation.intensity:gamma",
    ),
    "gaussian_noise": AugmentationSpec(
        name="gaussian_noise",
        title=N_("Gaussian noise"),
        summary=N_("Adds grain that is equally strong everywhere."),
        caution=N_(
            "Fine detail drowns first: the lines of early fibrosis or tiny calcifications may be gone while"
            " the label still names them."
        ),
        source="torchvision.transforms.v2.functional.gaussian_noise",
        stage="intensity",
        neutral={"deviation": 0},
        parameters=GaussianNoiseParameters,
        builder="core.transforms.augmentation.intensity:gaussian_noise",
    ),
    "poisson_noise": AugmentationSpec(
        name="poisson_noise",
        title=N_("Dose (Poisson noise)"),
        summary=N_("Shows the image as if fewer photons had made it: the lower the dose, the grainier."),
        caution=N_(
            "It counts photons where the picture is bright. On a film, where bone is white, that is the"
            " wrong way round; it also cannot give a noisy picture a better dose."
        ),
        source="torch.poisson, as a normal distribution of the same mean and variance",
        stage="intensity",
        neutral={"noise": 0},
        parameters=PoissonNoiseParameters,
        builder="core.transforms.augmentation.intensity:poisson_noise",
    ),
    "blur": AugmentationSpec(
        name="blur",
        title=N_("Blur"),
        summary=N_("Puts some images out of focus."),
        caution=N_(
            "Small and thin things go first: a hairline fracture or a tiny nodule may be gone while the"
            " label still says that it is there."
        ),
        source="torchvision.transforms.v2.functional.gaussian_blur",
        stage="intensity",
        neutral={"sigma": 0},
        parameters=BlurParameters,
        builder="core.transforms.augmentation.intensity:blur",
    ),
    "erase": AugmentationSpec(
        name="erase",
        title=N_("Erase a box"),
        summary=N_("Covers a box of the image with black."),
        caution=N_(
            "If the box covers the only finding, the label is wrong: the network is told that there is a"
            " disease in a picture that shows none."
        ),
        source="arXiv:1708.04896",
        stage="intensity",
        neutral={"area": 0},
        covers=True,
        parameters=EraseParameters,
        builder="core.transforms.augmentation.intensity:erase",
    ),
    "mixup": AugmentationSpec(
        name="mixup",
        title=N_("Mix two images (MixUp)"),
        summary=N_("Lays two images over each other and blends their labels in the same shares."),
        caution=N_(
            "A picture half healthy and half ill is no patient, and a small finding at a third of its"
            " contrast cannot be seen, yet counts for a third."
        ),
        source="arXiv:1710.09412",
        stage="mixing",
        neutral={"alpha": 0},
        parameters=MixupParameters,
        builder="core.transforms.augmentation.mixing:mixup",
    ),
    "cutmix": AugmentationSpec(
        name="cutmix",
        title=N_("Cut and paste (CutMix)"),
        summary=N_("Puts a box from another image into this one and blends their labels by area."),
        caution=N_(
            "The label counts area, not disease: a box from a sick lung without its finding still makes the"
            " picture partly sick."
        ),
        source="arXiv:1905.04899",
        stage="mixing",
        neutral={"alpha": 0},
        parameters=CutmixParameters,
        builder="core.transforms.augmentation.mixing:cutmix",
    ),
}
