"""The MedMNIST sets in our own words: what each shows, and what to know before a score on it is believed."""

from dataclasses import dataclass
from typing import Final, Literal

from core.language import N_

Kind = Literal[
    "axial",
    "blood",
    "coronal",
    "fundus",
    "histology",
    "retina layers",
    "sagittal",
    "skin",
    "tissue",
    "ultrasound",
    "x-ray",
    "x-ray of a child",
]


@dataclass(frozen=True)
class About:
    """A set in our own words; `shows`, `source` and `caveats` are marked texts.

    Attributes
    ----------
    kind
        What sort of picture it is: chooses the drawing beside it.
    shows
        What is to be seen.
    source
        Where the pictures come from.
    caveats
        What to know before a score is believed.
    """

    kind: Kind
    shows: str
    source: str
    caveats: tuple[str, ...] = ()


ABOUT: Final[dict[str, About]] = {
    "pathmnist": About(
        "histology",
        N_("Patches of stained bowel tissue, from mucosa to tumour."),
        N_("Slides of two clinics: NCT-CRC-HE-100K and CRC-VAL-HE-7K"),
        (
            N_(
                "Training and validation patches are from the same slides; only the test patches are from"
                " another clinic. Expect a lower score there than in validation."
            ),
        ),
    ),
    "chestmnist": About(
        "x-ray",
        N_("Chest X-rays with up to 14 findings each."),
        N_("30,805 patients of the NIH Clinical Center: ChestX-ray14"),
        (
            N_(
                "A program read the findings out of written reports: some are wrong, in training and in"
                " test alike."
            ),
        ),
    ),
    "dermamnist": About(
        "skin",
        N_("Pigmented spots of the skin through a dermatoscope, seven diagnoses."),
        N_("HAM10000, collected in Vienna and Queensland"),
        (
            # Abhishek, Jain, Hamarneh 2025, doi 10.1038/s41597-025-04382-5
            N_(
                "Many spots were photographed several times, and the split does not keep them together:"
                " scores are too good."
            ),
        ),
    ),
    "octmnist": About(
        "retina layers",
        N_("The layers of the retina in cross-section (OCT), three diseases and normal."),
        N_("Kermany, Zhang, Goldbaum 2018"),
    ),
    "pneumoniamnist": About(
        "x-ray of a child",
        N_("Chest X-rays of children, with pneumonia and without."),
        N_("Kermany, Zhang, Goldbaum 2018"),
    ),
    "retinamnist": About(
        "fundus",
        N_("The back of the eye in five grades of diabetic retinopathy."),
        N_("The DeepDRiD challenge"),
    ),
    "breastmnist": About(
        "ultrasound",
        N_("Ultrasound of the breast, malignant against everything else."),
        N_("780 pictures: Al-Dhabyani and others 2020"),
        (N_("Healthy breasts and benign lumps are one class here."),),
    ),
    "bloodmnist": About(
        "blood",
        N_("Single blood cells of healthy people, eight kinds."),
        N_("Acevedo and others 2020"),
    ),
    "tissuemnist": About(
        "tissue",
        N_("Cells of the kidney's cortex under the microscope, eight kinds."),
        N_("Broad Bioimage Benchmark Collection: BBBC051"),
        (
            N_(
                "All cells are from three pieces of tissue, and the split was drawn among cells: it says"
                " nothing about the next patient."
            ),
        ),
    ),
    "organamnist": About(
        "axial",
        N_("Eleven organs in CT, cut crosswise (axial)."),
        N_("Liver Tumor Segmentation Benchmark (LiTS)"),
    ),
    "organcmnist": About(
        "coronal",
        N_("Eleven organs in CT, from the front (coronal)."),
        N_("Liver Tumor Segmentation Benchmark (LiTS)"),
    ),
    "organsmnist": About(
        "sagittal",
        N_("Eleven organs in CT, from the side (sagittal)."),
        N_("Liver Tumor Segmentation Benchmark (LiTS)"),
    ),
}
