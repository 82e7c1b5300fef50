"""The sections of a run in their order, and the script that they make.

sections = sections_of(recipe)
text = script(recipe, sections)
"""

import re
from typing import Final

from core.exchange.writing import branch, data, learning, loop, network
from core.exchange.writing.augmentation import augmentation
from core.exchange.writing.recipe import Recipe
from core.exchange.writing.sections import Section
from core.exchange.writing.settings import settings
from core.language import N_, Message

# What stands in the code -> what must be imported for it, in the order of the imports.
_STANDARD: Final = (
    (r"\bargparse\.", "import argparse"),
    (r"\bhashlib\.", "import hashlib"),
    (r"\bmath\.", "import math"),
    (r"\bPath[.(]", "from pathlib import Path"),
)
_PLAIN: Final = (
    (r"\bnp\.", "import numpy as np"),
    (r"\bpd\.", "import pandas as pd"),
    (r"\btorch\.", "import torch"),
    (r"\bImage\.", "from PIL import Image"),
    (r"", "<metrics>"),
    (r"\b(Tensor|nn)\b", "<torch>"),
    (r"\bfunctional\.", "from torch.nn import functional"),
    (r"\bmodels\.", "from torchvision import models"),
    (r"\binception\.", "from torchvision.models import inception"),
)
_METRICS: Final = (
    "average_precision_score",
    "balanced_accuracy_score",
    "f1_score",
    "matthews_corrcoef",
    "roc_auc_score",
)

_OPTIONS: Final = """FOLDER = Path(__file__).resolve().parent
parser = argparse.ArgumentParser(description="Train as the run did. Not for diagnosis.")
parser.add_argument("--data", type=Path, default=FOLDER, help="where the folder images/ lies")
DATA = parser.parse_args().data"""


def sections_of(recipe: Recipe) -> list[Section]:
    """Return the parts of the script and the notebook, in the order in which they run."""
    parts = [*_places(recipe), *_reading(recipe), *_network(recipe), *_going_on(recipe), *_training(recipe)]
    return [part for part in parts if part.code]


def script(recipe: Recipe, sections: list[Section]) -> str:
    """Return train.py; it needs torch, torchvision, numpy, pandas, Pillow and scikit-learn alone."""
    chosen = [section for section in sections if section.only != "notebook"]
    body = "\n\n\n".join(section.commented(number) for number, section in enumerate(chosen, start=1))
    return f"{_head(recipe)}\n\n{imports(body)}\n\n{body}\n"


def imports(code: str) -> str:
    """Return the lines that import what `code` uses, as ruff sorts them."""
    standard = [line for needle, line in _STANDARD if re.search(needle, code)]
    plain = [line for needle, line in _PLAIN if re.search(needle, code)]
    found = [name for name in _METRICS if re.search(rf"\b{name}\(|\({name}\)", code)]
    metrics = f"from sklearn.metrics import {', '.join(found)}"
    parts = [name for name in ("Tensor", "nn") if re.search(rf"\b{name}\b", code)]
    filled = {"<metrics>": metrics if found else "", "<torch>": f"from torch import {', '.join(parts)}"}
    lines = [filled.get(line, line) for line in plain]
    return "\n".join([*standard, "", *(line for line in lines if line)])


def _head(recipe: Recipe) -> str:
    n = recipe.n_epochs_done
    compared = " and holds it against the run's own" if n else ""
    simulated = "The images are SIMULATED: no patient is behind them.\n" if recipe.simulated else ""
    usage = "    python train.py                   trains, writes curve.csv" + compared
    if recipe.pictures.is_plain:
        usage += "\n    python train.py --data FOLDER     the pictures lie elsewhere, in FOLDER/images"
    return f'''"""The run {recipe.run_id} of Lightbox as a script: {recipe.config.model}, step by step.

{usage}

For teaching and demonstration only, never for diagnosis.
{simulated}"""'''


def _places(recipe: Recipe) -> list[Section]:
    title, text = N_("Where things lie"), N_("This file, its table and its pictures lie in one folder.")
    options = _OPTIONS if recipe.pictures.is_plain else _OPTIONS.splitlines()[0]
    here = "FOLDER = DATA = Path.cwd()" if recipe.pictures.is_plain else "FOLDER = Path.cwd()"
    return [
        _section(title, text, options, only="script"),
        _section(title, text, here, only="notebook"),
        _section(
            N_("Settings"),
            N_("Every number that decides the run. Change one at a time, and look at what it does."),
            settings(recipe) + ("\n\ntorch.set_num_threads(THREADS)" if recipe.threads is not None else ""),
        ),
    ]


def _reading(recipe: Recipe) -> list[Section]:
    return [
        _section(
            N_("Data"),
            N_(
                "A row for each picture: its file, its class, and on which side of the split it stands. No"
                " patient stands on two sides. The test images are not touched here: judge on them once, at"
                " the end."
            )
            if recipe.patients_apart
            else N_(
                "A row for each picture: its file, its class, and on which side of the split it stands. The"
                " test images are not touched here: judge on them once, at the end."
            ),
            data.TABLE,
        ),
        _section(
            N_("Preprocessing"),
            N_("From stored values to the picture that is kept, in whole numbers from 0 to 65535."),
            data.preprocessing(recipe),
        ),
        _section(
            N_("Range of the inputs"),
            N_("A network learns best from numbers around 0."),
            data.rescaling(recipe),
        ),
        _section(
            N_("Augmentation"),
            N_(
                "Random changes to each training image, drawn anew every time it is seen. Each image gets"
                " numbers of its own: torchvision's transforms would draw once for a whole batch."
            ),
            augmentation(recipe.config.augmentations, recipe.n_channels),
        ),
    ]


def _network(recipe: Recipe) -> list[Section]:
    text = N_("The network with its first weights, which the seed decides.")
    if recipe.starts_from_file:
        text = N_("The network. It begins with weights that come along in start.pt.")
    if recipe.branch is not None:
        text = N_("The network. It goes on with the weights in start.pt.")
    return [
        _section(N_("Network"), text, network.network(recipe)),
        _section(N_("Loss"), N_("What is made smaller by training."), learning.loss(recipe)),
        _section(
            N_("Optimizer"), N_("The rule that turns gradients into steps."), learning.optimizer(recipe)
        ),
    ]


def _going_on(recipe: Recipe) -> list[Section]:
    if recipe.branch is None:
        return []
    title = N_("Where it goes on")
    text = N_(
        "The run is a branch: it goes on from epoch {epoch} of the run {run}. Beside the weights, this is"
        " what it takes up from there."
    )
    values = {"epoch": recipe.branch.epoch, "run": recipe.branch.run}
    code = branch.going_on(recipe.branch, recipe.config, n_unfrozen=recipe.stages[0].n_unfrozen)
    return [Section(Message(text=title), Message(text=text, values=values), code)]


def _training(recipe: Recipe) -> list[Section]:
    return [
        _section(
            N_("Batches"),
            N_("The order of the images is drawn anew for each epoch, from the seed and the epoch alone."),
            loop.batches(recipe),
        ),
        _section(
            N_("Schedule"), N_("How the learning rate changes in the course."), learning.schedule(recipe)
        ),
        _section(
            N_("Validation"),
            N_("How good the network is on images of which it has learned nothing."),
            loop.validation(recipe),
        ),
        _section(
            N_("Training"),
            N_("One epoch after another: look at every training image, then at the validation images."),
            loop.training(recipe),
        ),
        _section(N_("The curve"), N_("What came of it, and whether it is the run's."), loop.ending(recipe)),
    ]


def _section(title: str, text: str, code: str, only: str = "") -> Section:
    return Section(Message(text=title), Message(text=text), code, only)  # type: ignore[arg-type]
