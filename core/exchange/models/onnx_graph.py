"""A trained network as ONNX, for programs that have no PyTorch, and the proof that it answers the same.

The graph holds the network alone: it takes what model.json's preprocessing makes of an image, and gives
logits. Written with torch.onnx.export (docs.pytorch.org/docs/stable/onnx), which every network of the catalog
passes; checked with onnxruntime.
"""

import json
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from core.errors import StateError
from core.language import N_, Message
from core.models.build import model_spec
from core.runs.checkpoints import LoadedModel

MOST_DIFFERENCE: Final = 1e-4  # of a probability, between torch and onnxruntime
INPUT: Final = "image"
OUTPUT: Final = "logits"
_BATCH: Final = 16
_IMAGES: Final = {"test": N_("test images"), "val": N_("validation images")}
_NOTICE: Final = "For teaching and demonstration only, never for diagnosis."


@dataclass(frozen=True)
class OnnxCheck:
    """How far the probabilities of onnxruntime are from torch's.

    Attributes
    ----------
    n_images, n_split
        How many images were asked about, and how many their split has.
    split
        "test", or "val" where there is no test split; "" for noise, where the images are not here.
    largest_difference
        Of any probability of any image, in [0, 1].
    """

    n_images: int
    n_split: int
    split: str
    largest_difference: float

    @property
    def holds(self) -> bool:
        """Whether the file may leave."""
        return self.largest_difference <= MOST_DIFFERENCE  # NaN does not

    @property
    def words(self) -> Message:
        """The result in one sentence."""
        values: dict[str, Any] = {
            "difference": f"{self.largest_difference:.1e}",
            "most": f"{MOST_DIFFERENCE:.0e}",
        }
        counts = {"n": self.n_images, "total": self.n_split}
        if not self.split:
            text = N_(
                "ONNX checked on {n} images of noise, for the run's own are not here: no probability differs"
                " by more than {difference} (allowed: {most})."
            )
            return Message(text=text, values={**values, **counts})
        text = N_(
            "ONNX checked on {n} of {total} {images}: no probability differs by more than {difference}"
            " (allowed: {most}). No truth was looked at."
        )
        return Message(text=text, values={**values, **counts, "images": Message(text=_IMAGES[self.split])})


def write_onnx(loaded: LoadedModel, path: Path) -> None:
    """Write the network as one ONNX file: input (n, C, H, W) float32, output (n, classes) float32.

    Parameters
    ----------
    loaded
        A network that nobody else uses.

    Raises
    ------
    StateError
        It cannot be said in ONNX.
    """
    example = torch.zeros(2, *input_shape(loaded))  # (2, C, H, W): of 1 the exporter would make a constant
    with _quiet():
        try:
            program = torch.onnx.export(
                loaded.model,
                (example,),
                dynamo=True,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=({0: torch.export.Dim("n")},),
                verbose=False,
            )
        except (torch.onnx.OnnxExporterError, RuntimeError, NotImplementedError) as error:
            text = N_("{model} cannot be written as ONNX by this version of PyTorch.")
            raise StateError(text, model=loaded.card.model) from error
    if program is None:
        raise StateError(
            N_("{model} cannot be written as ONNX by this version of PyTorch."), model=loaded.card.model
        )
    program.model.metadata_props.update(metadata(loaded))
    program.save(str(path), external_data=False)


def input_shape(loaded: LoadedModel) -> tuple[int, int, int]:
    """Return (C, H, W) of what the network takes."""
    card = loaded.card
    resized = [
        step.parameters["size"] for step in card.preprocessing.active("image") if step.name == "resize"
    ]
    side = card.image_size or (int(resized[-1]) if resized else model_spec(card.model).usual_size)
    return card.n_channels, side, side


def metadata(loaded: LoadedModel) -> dict[str, str]:
    """Return what stands in the ONNX file beside the graph: what it is for, its classes, what it takes."""
    card = loaded.card
    channels, height, width = input_shape(loaded)
    told = {
        "temperature": None if card.calibration is None else card.calibration.temperature,
        "threshold": None if card.operating_point is None else card.operating_point.threshold,
    }
    return {
        "notice": _NOTICE,
        "intended_use": card.intended_use,
        "classes": json.dumps(list(card.class_names), ensure_ascii=False),
        "positive_class": card.positive_class or "",
        "input": f"float32, (n, {channels}, {height}, {width}), after the preprocessing of model.json with"
        " its statistics; that is not part of this graph",
        "output": "logits, (n, classes); their softmax is the probabilities",
        "preprocessing": card.preprocessing.model_dump_json(),
        "statistics": card.statistics.model_dump_json(),
        "made_with": "Lightbox",
        **{name: repr(value) for name, value in told.items() if value is not None},
    }


def largest_difference(
    loaded: LoadedModel,
    path: Path,
    inputs: Iterable[NDArray[np.float32]],
    progress: Callable[[int], None] = lambda n: None,
) -> tuple[int, float]:
    """Return how many images were asked about, and how far any probability of both runtimes is apart.

    Parameters
    ----------
    inputs
        ndarrays of shape (C, H, W), float32, ready for the network.
    progress
        Called with how many are done; what it raises ends the work.
    """
    session, n, largest = _session(path), 0, 0.0
    for batch in _batches(inputs):
        theirs = session.run([OUTPUT], {INPUT: batch})[0]
        with torch.inference_mode():
            ours = loaded.model(torch.from_numpy(batch)).numpy()  # (B, C, H, W) -> (B, k)
        apart = np.abs(
            softmax(np.asarray(theirs, np.float64), axis=1) - softmax(ours.astype(np.float64), axis=1)
        )
        largest = max(largest, float(apart.max())) if np.isfinite(apart).all() else float("nan")
        n += len(batch)
        progress(n)
        if np.isnan(largest):
            break
    return n, largest


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _batches(inputs: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    waiting: list[NDArray[np.float32]] = []
    for one in inputs:
        waiting.append(one)
        if len(waiting) == _BATCH:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what the exporter says about its own ways while it traces; errors still come."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
