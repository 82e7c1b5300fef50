"""Public sets of medical images by name, terms and address: where to go for real ones.

Terms are stated where the set's own pages state them plainly; elsewhere the answer is to read them. They can
change, so they are read again before use.
"""

from dataclasses import dataclass
from typing import Final

from core.language import N_

_READ: Final = N_("see its terms")


@dataclass(frozen=True)
class PublicSet:
    """A set that anyone can apply for or download.

    Attributes
    ----------
    name
        As its makers write it.
    machine
        Its key in `core.datasets.tour.MACHINES`; empty for a mixture.
    shows, terms
        Marked texts.
    address
        Where it, or the paper that describes it, is found.
    """

    name: str
    machine: str
    shows: str
    terms: str
    address: str


PUBLIC_SETS: Final[tuple[PublicSet, ...]] = (
    PublicSet(
        "ChestX-ray14",
        "xray",
        N_("112,120 chest films; 14 findings, taken from reports by a program"),
        N_("free to use; name the source (NIH Clinical Center) and cite the paper"),
        "https://nihcc.app.box.com/v/ChestXray-NIHCC",
    ),
    PublicSet(
        "CheXpert",
        "xray",
        N_("224,316 chest films; 14 observations, some marked as uncertain"),
        N_("research agreement to sign; see its terms"),
        "https://stanfordmlgroup.github.io/competitions/chexpert/",
    ),
    PublicSet(
        "LUNA16",
        "ct",
        N_("888 chest CTs from LIDC-IDRI; nodules of 3 mm and more that three of four readers saw"),
        "CC BY 4.0",
        "https://luna16.grand-challenge.org/Data/",
    ),
    PublicSet(
        "BraTS",
        "mri",
        N_("brain tumours in four MRI contrasts, outlined by readers; a new edition each year"),
        N_("registration; see its terms"),
        "https://www.synapse.org/brats",
    ),
    PublicSet(
        "BUSI",
        "ultrasound",
        N_("780 breast pictures: normal, benign, malignant, with outlines"),
        _READ,
        "https://doi.org/10.1016/j.dib.2019.104863",
    ),
    PublicSet(
        "CAMELYON16",
        "histology",
        N_("lymph node slides with metastases outlined"),
        "CC0",
        "https://camelyon17.grand-challenge.org/Data/",
    ),
    PublicSet(
        "EyePACS",
        "fundus",
        N_("fundus pictures with five grades of diabetic retinopathy, from a Kaggle competition"),
        _READ,
        "https://www.kaggle.com/c/diabetic-retinopathy-detection",
    ),
    PublicSet(
        "Messidor",
        "fundus",
        N_("1,200 fundus pictures with grades of diabetic retinopathy"),
        N_("on request; see its terms"),
        "https://www.adcis.net/en/third-party/messidor/",
    ),
    PublicSet(
        "ISIC Archive",
        "fundus",
        N_("photographs of moles and skin tumours: colour pictures of another kind"),
        N_("each picture its own: CC0, CC BY or CC BY-NC"),
        "https://www.isic-archive.com",
    ),
    PublicSet(
        "MedMNIST",
        "",
        N_("small pictures from many of these machines, ready to train on; see Data sets here"),
        N_("CC BY 4.0; its DermaMNIST CC BY-NC 4.0"),
        "https://medmnist.com",
    ),
)
