"""A trained network as a zip: weights, card, the card to read, a notice, and ONNX if it is wanted and holds.

    check = write_model(run, Path("m.zip"), metrics=..., text=..., with_onnx=True)

Covers: the zip is written whole or not at all; an ONNX file that answers otherwise than the network does not
leave. The check asks both about the images of the test split and compares the answers with each other, never
with the truth: nothing of how good the network is comes to light, so it is no look at the test split.
"""

import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.store import Dataset, open_dataset
from core.errors import StateError, UserError
from core.evaluation.asked import check_samples
from core.exchange.archive import member, notice
from core.exchange.models.files import CARD_NAME, CARD_TEXT_NAME, NOTICE_NAME, ONNX_NAME, WEIGHTS_NAME
from core.exchange.models.onnx_graph import OnnxCheck
from core.language import N_, Message, _
from core.runs.records import CardCalibration, CardMetric, CardOperatingPoint, ModelCard
from core.runs.store import Run
from core.workspace import replacing

Progress = Callable[[float, Message], None]
Metrics = Mapping[str, Mapping[str, CardMetric]]
_N_NOISE: Final = 64
_WRITING: Final = N_("Writing the network as ONNX")
_CHECKING: Final = N_("Asking both about the same images")


def write_model(
    run: Run,
    out: Path,
    *,
    metrics: Metrics,
    text: str,
    calibration: CardCalibration | None = None,
    operating_point: CardOperatingPoint | None = None,
    with_onnx: bool = False,
    most_checked: int | None = None,
    progress: Progress = lambda share, message: None,
) -> OnnxCheck | None:
    """Write the zip of a run's best weights; the files of the run stay as they are.

    Parameters
    ----------
    out
        The file to write; one that is there is replaced when the new one is whole.
    metrics
        By split, then by name: they stand in model.json beside those that are there.
    text
        The model card as Markdown.
    calibration, operating_point
        They stand in model.json; None: those that are there.
    with_onnx
        Whether model.onnx comes along. It takes some seconds, with a large network half a minute.
    most_checked
        How many images of the split the check asks about at most, evenly spaced; None: all.

    Returns
    -------
    The check of model.onnx; None without it.

    Raises
    ------
    StateError
        There are no weights yet; or the network cannot be said in ONNX, or answers otherwise there.
    """
    card = run.card
    said = {
        "metrics": {**card.metrics, **{split: dict(found) for split, found in metrics.items()}},
        "calibration": calibration or card.calibration,
        "operating_point": operating_point or card.operating_point,
    }
    fuller = card.model_copy(update=said)
    with TemporaryDirectory() as folder:
        graph = Path(folder) / ONNX_NAME
        check = _checked_onnx(run, fuller, graph, most_checked, progress) if with_onnx else None
        with replacing(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            archive.writestr(member(NOTICE_NAME), _notice(card.intended_use, check))
            archive.writestr(member(CARD_NAME), fuller.model_dump_json(indent=1) + "\n")
            archive.writestr(member(CARD_TEXT_NAME), text)
            _put(archive, WEIGHTS_NAME, run.folder / WEIGHTS_NAME)
            if with_onnx:
                _put(archive, ONNX_NAME, graph)
    return check


def _put(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    info = member(name)
    info.compress_type = zipfile.ZIP_STORED  # numbers: pressing them gains nothing
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _notice(intended_use: str, check: OnnxCheck | None) -> str:
    lines = [notice().strip(), *([intended_use] if intended_use.strip() != notice().strip() else [])]
    if check is not None:
        lines += [
            "",
            _(
                "model.onnx holds the network alone: it takes images as the preprocessing in model.json makes"
                " them, and gives logits, whose softmax is the probabilities."
            ),
            str(check.words),
        ]
    return "\n".join(lines) + "\n"


def _checked_onnx(run: Run, card: ModelCard, path: Path, most: int | None, progress: Progress) -> OnnxCheck:
    from core.exchange.models import onnx_graph
    from core.runs.checkpoints import load_model

    progress(0.02, Message(text=_WRITING))
    loaded = replace(load_model(run), card=card)
    onnx_graph.write_onnx(loaded, path)
    split, dataset, sample_ids = _images_of(run)
    chosen = sample_ids if most is None else sample_ids[spaced(len(sample_ids), most)]
    total = len(chosen) or _N_NOISE

    def done(n: int) -> None:
        progress(0.4 + 0.55 * n / total, Message(text=_CHECKING))

    if dataset is None:
        shape = onnx_graph.input_shape(loaded)
        rng = np.random.default_rng(0)
        inputs = (rng.standard_normal(shape, dtype=np.float32) for _ in range(_N_NOISE))
    else:
        from core.transforms.preprocessing import to_input

        inputs = (
            to_input(dataset.image(int(one)), loaded.preprocessing, loaded.statistics) for one in chosen
        )
    n, largest = onnx_graph.largest_difference(loaded, path, inputs, done)
    check = OnnxCheck(n, len(sample_ids) or n, split, largest)
    if not check.holds:
        text = N_(
            "The ONNX file does not answer as the network does: a probability differs by {difference}, and at"
            " most {most} is allowed. It does not leave; the weights can, without it."
        )
        raise StateError(text, difference=f"{largest:.1e}", most=f"{onnx_graph.MOST_DIFFERENCE:.0e}")
    return check


def _images_of(run: Run) -> tuple[str, Dataset | None, NDArray[np.int64]]:
    """Return the split to check on, its data set and images; "" and None where they are not here."""
    nothing = ("", None, np.zeros(0, np.int64))
    try:
        dataset = open_dataset(run.config.dataset)
        check_samples(run, dataset.info.dataset_id)
        rows = run.split()
    except UserError:
        return nothing
    for split in ("test", "val"):
        ids = rows.loc[rows["split"] == split, "sample_id"].to_numpy(dtype=np.int64)
        if len(ids) and ids.max() < len(dataset.samples):
            return split, dataset, ids
    return nothing


def spaced(n: int, most: int) -> NDArray[np.int64]:
    """Return the places of at most `most` of n, evenly spaced from the first to the last."""
    return (
        np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))
        if n
        else np.zeros(0, np.int64)
    )
