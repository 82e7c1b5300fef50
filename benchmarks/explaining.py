"""How long an explanation takes once the network is in memory: beside passes of the bare network.

A random ResNet-18, 224 px. A pass is forward and backward to the image, with weights that ask for no
gradient: the least that a gradient can cost. Both sides take turns; on the CPU one
thread works and its processor time counts, on a GPU the clock on the wall, the work waited for. What is timed
is the whole of `explain`, the private copy of the network and all.
"""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.records import Sample, Skipped
from benchmarks.turns import in_turns, ratios
from core.explanation.attribution import explain
from core.explanation.copying import private_copy
from core.explanation.passes import estimated_passes
from core.explanation.settings import ExplainSettings
from core.models.build import build_model
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.preprocessing import channel_statistics, default_preprocessing

_SIZE: Final = 224
_STEPS: Final = ExplainSettings(n_steps=50)
_WINDOWS: Final = ExplainSettings(window=32 / _SIZE, stride=0.5)
_TURNS: Final = {"grad_cam": 40, "saliency": 40, "integrated_gradients": 5, "occlusion": 5}
_FORWARD_BATCH: Final = 16  # images at a time of the bare forward pass: the quickest of 1, 2, 4, ... 32


def grad_cam() -> Sample:
    """Processor seconds for Grad-CAM on one CPU thread."""
    loaded, inputs = _on("cpu")
    seconds = in_turns({"ours": lambda: explain(loaded, inputs, "grad_cam", 0)}, _TURNS["grad_cam"])
    return Sample(tuple(seconds["ours"]))


def grad_cam_passes(device: str = "cpu") -> Sample:
    """Time of Grad-CAM over that of a pass."""
    return _over_passes("grad_cam", device)


def saliency_passes(device: str = "cpu") -> Sample:
    """Time of saliency over that of a pass."""
    return _over_passes("saliency", device)


def integrated_passes(device: str = "cpu") -> Sample:
    """Time of integrated gradients with 50 steps over that of 50 passes."""
    return _over_passes("integrated_gradients", device, _STEPS)


def occlusion_rate(device: str = "cpu") -> Sample:
    """Images/s of occlusion over those of the bare forward pass on as many images."""
    loaded, inputs = _on(device)
    n_images = estimated_passes("occlusion", _WINDOWS, _SIZE)
    model, batch = private_copy(loaded.model), _batch(inputs, device).repeat(_FORWARD_BATCH, 1, 1, 1)

    @torch.no_grad()
    def bare() -> None:
        for begin in range(0, n_images, _FORWARD_BATCH):
            model(batch[: n_images - begin])

    def ours() -> None:
        explain(loaded, inputs, "occlusion", 0, settings=_WINDOWS)

    seconds = _taken({"bare": bare, "ours": ours}, _TURNS["occlusion"], device)
    speed = n_images / float(np.median(seconds["ours"]))
    return Sample(ratios(seconds["bare"], seconds["ours"]), f"{speed:.0f} images/s, {n_images} places")


def gpu_grad_cam_passes() -> Sample:
    """Time of Grad-CAM over that of a pass, on a GPU."""
    return grad_cam_passes(_need_cuda())


def gpu_saliency_passes() -> Sample:
    """Time of saliency over that of a pass, on a GPU."""
    return saliency_passes(_need_cuda())


def gpu_integrated_passes() -> Sample:
    """Time of integrated gradients with 50 steps over that of 50 passes, on a GPU."""
    return integrated_passes(_need_cuda())


def gpu_occlusion_rate() -> Sample:
    """Images/s of occlusion over those of the bare forward pass, on a GPU."""
    return occlusion_rate(_need_cuda())


def _over_passes(method: str, device: str, settings: ExplainSettings | None = None) -> Sample:
    settings = settings or ExplainSettings()
    loaded, inputs = _on(device)
    n_passes = estimated_passes(method, settings, _SIZE)
    model, batch = private_copy(loaded.model), _batch(inputs, device)

    def bare() -> None:
        for _ in range(n_passes):
            torch.autograd.grad(model(batch.requires_grad_())[0, 0], batch)

    def ours() -> None:
        explain(loaded, inputs, method, 0, settings=settings)

    seconds = _taken({"bare": bare, "ours": ours}, _TURNS[method], device)
    medians = {name: 1000 * float(np.median(values)) for name, values in seconds.items()}
    note = f"{medians['ours']:.1f} ms, {n_passes} x {medians['bare'] / n_passes:.1f} ms"
    return Sample(ratios(seconds["ours"], seconds["bare"]), note)


def _taken(sides: dict[str, Callable[[], None]], n_turns: int, device: str) -> dict[str, NDArray[np.float64]]:
    if device == "cpu":
        return in_turns(sides, n_turns)
    waited_for = {name: _waited_for(work) for name, work in sides.items()}
    return in_turns(waited_for, n_turns, clock=time.perf_counter)


def _waited_for(work: Callable[[], None]) -> Callable[[], None]:
    def waited_for() -> None:
        work()
        torch.cuda.synchronize()

    return waited_for


def _need_cuda() -> str:
    if not torch.cuda.is_available():
        raise Skipped("there is no CUDA device here")
    return "cuda"


def _batch(inputs: NDArray[np.float32], device: str) -> Tensor:
    return torch.from_numpy(inputs)[None].to(device)


def _on(device: str) -> tuple[LoadedModel, NDArray[np.float32]]:
    torch.set_num_threads(1)
    inputs = np.random.default_rng(0).normal(size=(1, _SIZE, _SIZE)).astype(np.float32)
    card = ModelCard(
        run="benchmark",
        model="resnet18",
        class_names=("no finding", "finding"),
        positive_class="finding",
        n_channels=1,
        preprocessing=default_preprocessing(_SIZE, 1),
        statistics=channel_statistics(inputs),
        intended_use="",
        simulated=True,
        dataset="random",
        n_train_images=0,
        n_train_patients=None,
        best_epoch=0,
    )
    model = build_model("resnet18", n_classes=2, n_channels=1).eval().to(device)
    return LoadedModel(model, card), inputs
