"""A run as a zip for a student: the script, the notebook, the pictures, and what came of it here.

    write_bundle(run, out)

The script and the notebook need torch, torchvision, numpy, pandas, Pillow and scikit-learn, and no Lightbox.
Patients are not named in it, not even by their pseudonyms.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from core.datasets.exporting import safe_cell
from core.datasets.pictures import read_picture
from core.datasets.store import Dataset, open_dataset
from core.exchange.archive import NOTICE_NAME, member, notice
from core.exchange.bundle_readme import readme, requirements
from core.exchange.writing.branch import start_of
from core.exchange.writing.notebook import notebook
from core.exchange.writing.recipe import Recipe, recipe_of
from core.exchange.writing.script import script, sections_of
from core.language import N_, Message
from core.runs.store import Run
from core.workspace import replacing

MOST_BYTES: Final = 200_000_000  # of pictures: with more, the script leaves without them
Progress = Callable[[float, Message], None]

_CURVE: Final = ("epoch", "train_loss", "val_loss", "val_accuracy", "val_auroc", "learning_rate")


def with_pictures(recipe: Recipe, *, most_bytes: int = MOST_BYTES) -> bool:
    """Tell whether the pictures come along; prepared ones always do, for nobody else can make them."""
    return not recipe.pictures.is_plain or recipe.pictures.n_bytes <= most_bytes


def write_bundle(
    run: Run,
    out: Path,
    *,
    most_bytes: int = MOST_BYTES,
    progress: Progress = lambda _share, _message: None,
) -> Recipe:
    """Write the zip with the script of a run.

    Parameters
    ----------
    run
        Any run; one that has not begun leaves as a script of its settings.
    out
        The file to write; one that is there is replaced when the new one is whole.
    most_bytes
        With larger pictures the script leaves without them: 0 leaves them out in any case.
    progress
        Called with the share of the pictures that are packed, in [0, 1], and a sentence; what it raises ends
        the work and leaves nothing.

    Raises
    ------
    StateError
        The run goes on from a state that is not here, or its images are not here.
    UserError
        The weights that it began with are not here.
    """
    recipe = recipe_of(run)
    sections = sections_of(recipe)
    packed = with_pictures(recipe, most_bytes=most_bytes)
    dataset = open_dataset(run.config.dataset)
    with replacing(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        texts = {
            NOTICE_NAME: notice(),
            "README.md": readme(recipe, with_pictures=packed),
            "train.py": script(recipe, sections),
            "train.ipynb": notebook(recipe, sections),
            "requirements.txt": requirements(recipe),
            "split.csv": _table(recipe),
            **({"expected_curve.csv": _curve(run)} if recipe.n_epochs_done else {}),
        }
        for name, text in texts.items():
            archive.writestr(member(name), text)
        if recipe.starts_from_file:
            archive.writestr(member("start.pt"), _first_weights(recipe))
        elif recipe.branch is not None:
            archive.writestr(member("start.pt"), start_of(recipe.branch, recipe.config))
        if packed:
            _pack_pictures(archive, recipe, dataset, progress)
    return recipe


def picture_name(sample_id: int) -> str:
    """Return what a picture is called, as in the export of its data set."""
    return f"images/{sample_id:06d}.png"


def _table(recipe: Recipe) -> str:
    """Return split.csv: a row for each picture, in the order of the run's split."""
    split, text = recipe.split, io.StringIO(newline="")
    columns: dict[str, list[object]] = {
        "sample": [int(number) for number in split["sample_id"]],
        "file": [picture_name(int(number)) for number in split["sample_id"]],
        "label": [safe_cell(label) for label in split["label"]],
        "class": [recipe.class_names.index(label) for label in split["label"]],
        "split": list(split["split"]),
    }
    if recipe.pictures.levels is not None:
        for name in ("black", "white", "inverted"):
            if recipe.pictures.constant(name) is None:
                columns[name] = recipe.pictures.levels[name].tolist()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _curve(run: Run) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CURVE)
    for epoch in run.epochs:
        writer.writerow(["" if (value := getattr(epoch, name)) is None else value for name in _CURVE])
    return text.getvalue()


def _pack_pictures(archive: zipfile.ZipFile, recipe: Recipe, dataset: Dataset, progress: Progress) -> None:
    if not recipe.pictures.is_plain:
        _pack_prepared(archive, recipe, dataset, progress)
        return
    text, total = N_("Picture {n} of {total} is being packed."), len(recipe.split)
    files = dataset.samples.set_index("sample_id")["file"]
    for n, sample_id in enumerate(recipe.split["sample_id"], start=1):
        path = dataset.folder / "files" / files[sample_id]
        archive.writestr(member(picture_name(int(sample_id))), _png(recipe, path))
        progress(n / total, Message(text=text, values={"n": n, "total": total}))


def _png(recipe: Recipe, path: Path) -> bytes:
    """Return a picture as PNG; of values that PNG cannot hold, the 16 bits that split.csv speaks of."""
    if path.suffix == ".png":
        return path.read_bytes()
    content = io.BytesIO()
    Image.fromarray(recipe.pictures.values.stored(read_picture(path))).save(content, format="PNG")
    return content.getvalue()


def _pack_prepared(archive: zipfile.ZipFile, recipe: Recipe, dataset: Dataset, progress: Progress) -> None:
    """Write the pictures after all image steps, (n, C, H, W) uint16, in the order of the split."""
    from core.training.picture_cache import cached_pictures

    text = N_("Preparing images: {percent} %")

    def say(share: float) -> None:
        progress(share, Message(text=text, values={"percent": int(100 * share)}))

    cached = cached_pictures(dataset, recipe.preprocessing, say)
    row_of = {int(number): row for row, number in enumerate(dataset.samples["sample_id"])}
    rows = [row_of[int(number)] for number in recipe.split["sample_id"]]
    with archive.open(member("prepared.npy"), "w", force_zip64=True) as file:
        header = {"descr": "<u2", "fortran_order": False, "shape": (len(rows), *cached.shape[1:])}
        np.lib.format.write_array_header_1_0(file, header)
        for piece in _pieces(rows):
            file.write(np.ascontiguousarray(cached[piece], dtype="<u2").tobytes())


def _pieces(rows: list[int], n: int = 256) -> Iterator[list[int]]:
    return (rows[first : first + n] for first in range(0, len(rows), n))


def _first_weights(recipe: Recipe) -> bytes:
    """Return the state of the network before its first step, as torch.load(weights_only=True) reads it."""
    import torch

    from core.models.build import build_model
    from core.training.starting_weights import initialise

    model = build_model(
        recipe.spec.name,
        n_classes=len(recipe.class_names),
        n_channels=recipe.n_channels,
        image_size=recipe.config.image_size,
        auxiliary=bool(recipe.spec.auxiliary),
        pretrained=recipe.config.pretrained,
        seed=recipe.config.seed,
    )
    initialise(model, recipe.config, recipe.spec, class_names=recipe.class_names)
    content = io.BytesIO()
    torch.save(model.state_dict(), content)
    return content.getvalue()
