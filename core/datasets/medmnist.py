"""What the classes of the MedMNIST files are called: medmnist/info.py of version 2 (Yang et al. 2023).

Only the names are kept here, for importing `medmnist` would load torch. ChestMNIST is not among them: its
images have several labels each.
"""

import re
from typing import Final

_ORGANS: Final = (
    *("bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right", "liver", "lung-left"),
    *("lung-right", "pancreas", "spleen"),
)
CLASS_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "pathmnist": (
        *("adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle", "normal colon mucosa"),
        *("cancer-associated stroma", "colorectal adenocarcinoma epithelium"),
    ),
    "dermamnist": (
        *("actinic keratoses and intraepithelial carcinoma", "basal cell carcinoma"),
        *(
            "benign keratosis-like lesions",
            "dermatofibroma",
            "melanoma",
            "melanocytic nevi",
            "vascular lesions",
        ),
    ),
    "octmnist": ("choroidal neovascularization", "diabetic macular edema", "drusen", "normal"),
    "pneumoniamnist": ("normal", "pneumonia"),
    "retinamnist": ("grade 0", "grade 1", "grade 2", "grade 3", "grade 4"),
    "breastmnist": ("malignant", "normal, benign"),
    "bloodmnist": (
        *("basophil", "eosinophil", "erythroblast", "immature granulocytes", "lymphocyte", "monocyte"),
        *("neutrophil", "platelet"),
    ),
    "tissuemnist": (
        *("Collecting Duct, Connecting Tubule", "Distal Convoluted Tubule", "Glomerular endothelial cells"),
        *("Interstitial endothelial cells", "Leukocytes", "Podocytes", "Proximal Tubule Segments"),
        "Thick Ascending Limb",
    ),
    "organamnist": _ORGANS,
    "organcmnist": _ORGANS,
    "organsmnist": _ORGANS,
}

_FILE: Final = re.compile(r"([a-z]+mnist)(?:_\d+)?", re.IGNORECASE)


def class_names_of(stem: str, n_classes: int) -> tuple[str, ...]:
    """Return the class names of a file such as "pneumoniamnist_224"; "class 0", ... if they are not known."""
    match = _FILE.fullmatch(stem)
    known = CLASS_NAMES.get(match[1].lower(), ()) if match else ()
    return known if len(known) >= n_classes else tuple(f"class {number}" for number in range(n_classes))
