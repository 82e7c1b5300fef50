"""Run a network over the images of a data set, about as fast as it can compute.

Pictures that a training has prepared are read as they are: the same bits, and nothing is decoded. Others are
decoded ahead in threads while the network computes. The numbers are those of one image at a time, within
rounding, whatever the batches and the device.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.store import Dataset
from core.jobs.cores import n_cores
from core.models.build import model_spec
from core.models.last_features import LastFeatures
from core.runs.checkpoints import LoadedModel
from core.runs.exclusive import exclusive
from core.training.devices import arranged, choose_memory_format, put_on
from core.training.picture_cache import kept_pictures
from core.training.pipeline import Inputs, PreparedData
from core.transforms.preprocessing import image_part
from core.transforms.preprocessing.colour import check_channels

CPU: Final = torch.device("cpu")
# Of the activations of a batch: about what a processor's caches hold, larger batches are slower there; a GPU
# wants many images to be busy with.
_BATCH_BYTES: Final = {"cpu": 32 << 20, "cuda": 1 << 30, "mps": 1 << 28}
_MOST_IMAGES: Final = {"cpu": 64, "cuda": 512, "mps": 256}
_FEWEST_IMAGES: Final = 8
_AHEAD_BYTES: Final = 1 << 21  # of inputs that are made from prepared pictures at once
_MOST_AHEAD: Final = 16  # batches of them
_BATCHES_AHEAD: Final = 2  # decoded while the network computes
_KEPT_BYTES: Final = 31 << 20


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network says of n images.

    Attributes
    ----------
    logits
        ndarray of shape (n, k), float32.
    features
        ndarray of shape (n, d), float32: what enters the last linear layer; None where nobody asked.
    """

    logits: NDArray[np.float32]
    features: NDArray[np.float32] | None = None


def answers_on(
    loaded: LoadedModel,
    dataset: Dataset,
    sample_ids: NDArray[np.int64],
    *,
    device: torch.device = CPU,
    with_features: bool = False,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Answers:
    """Ask a network about images of a data set.

    Parameters
    ----------
    loaded
        A network that nobody else uses: it is moved to the device and stays there.
    sample_ids
        ndarray of shape (n,), int64: which images, in which order; n may be 0.
    device
        Where it computes, in float32.
    progress
        Called with the fraction that is answered, after each batch; what it raises ends the work.

    Raises
    ------
    InvalidValueError
        An image has another number of channels than the network takes.
    UnreadableImageError
        A picture of the data set is damaged.
    """
    _keep_memory()
    memory_format = choose_memory_format("auto", device, "float32")
    put_on(loaded.model, device, memory_format)
    size, n = batch_size(loaded, device), len(sample_ids)
    layer = loaded.model.get_submodule(model_spec(loaded.card.model).head[-1])
    features = LastFeatures(layer) if with_features else None
    found, n_done = [torch.zeros((0, len(loaded.class_names)))], 0
    with features.of(np.arange(n)) if features else nullcontext(), exclusive(loaded.model) as model:
        for inputs in _inputs(loaded, dataset, sample_ids, size, device):
            with torch.inference_mode():
                found.append(model(arranged(inputs, memory_format)).float().cpu())  # (B, C, H, W) -> (B, k)
            n_done += len(inputs)
            progress(n_done / n)
    return Answers(torch.cat(found).numpy(), features.taken() if features else None)


@cache
def _keep_memory() -> None:
    """Have the C library keep what one batch has freed for the next one, up to twice as much as this block.

    glibc gives large blocks back to the system at once and gets them anew, page by page, with every batch: in
    a fresh process a small network then takes twice as long. It stops doing so for blocks as large as one
    that it saw freed, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD). With other C libraries nothing changes.
    """
    torch.empty(_KEPT_BYTES, dtype=torch.uint8)  # never touched, so it takes no memory


def batch_size(loaded: LoadedModel, device: torch.device = CPU) -> int:
    """Return how many images are asked about at once: what a device computes fast, and has memory for."""
    spec = model_spec(loaded.card.model)
    side = loaded.card.image_size or spec.usual_size
    each = max(1.0, spec.activation_bytes * (side / spec.usual_size) ** 2)
    n = _BATCH_BYTES[device.type] / each
    return int(min(_MOST_IMAGES[device.type], max(_FEWEST_IMAGES, n)))


def _inputs(
    loaded: LoadedModel, dataset: Dataset, sample_ids: NDArray[np.int64], size: int, device: torch.device
) -> Iterator[Tensor]:
    """Yield what the network gets, (B, C, H, W) float32, in order."""
    kept = kept_pictures(dataset, loaded.preprocessing)
    if kept is not None:
        ready, rows = _ready(loaded, kept, device), torch.tensor(sample_ids)  # a sample's id is its row
        # Small batches are made some at a time: between two passes of a network the processor's caches have
        # forgotten how inputs are made.
        n_bytes = 4 * kept[0].size * size
        n_ahead = min(_MOST_AHEAD, max(1, _AHEAD_BYTES // n_bytes))
        for part in torch.split(rows, size * n_ahead) if len(rows) else ():
            yield from torch.split(ready.evaluation(part)[0], size)
        return
    for pictures in _decoded(loaded, dataset, sample_ids, size):
        yield _ready(loaded, pictures, device).evaluation(torch.arange(len(pictures)))[0]


def _ready(loaded: LoadedModel, pictures: NDArray[np.uint16], device: torch.device) -> Inputs:
    check_channels(pictures.shape[1], loaded.card.n_channels)
    labels = torch.zeros(len(pictures), dtype=torch.int64)
    data = PreparedData(torch.from_numpy(pictures), labels, {}, loaded.statistics, loaded.preprocessing)
    return Inputs(data, (), device, n_classes=len(loaded.class_names))


def _decoded(
    loaded: LoadedModel, dataset: Dataset, sample_ids: NDArray[np.int64], size: int
) -> Iterator[NDArray[np.uint16]]:
    """Yield batches of pictures, (B, C, H, W), decoded in threads a few batches ahead."""
    ids, waiting = iter(sample_ids.tolist()), deque[Future[NDArray[np.uint16]]]()

    def picture(sample_id: int) -> NDArray[np.uint16]:
        return image_part(dataset.image(sample_id), loaded.preprocessing)

    with ThreadPoolExecutor(n_cores()) as pool:
        try:
            waiting.extend(pool.submit(picture, one) for one in islice(ids, _BATCHES_AHEAD * size))
            while waiting:
                batch = [waiting.popleft().result() for _ in range(min(size, len(waiting)))]
                waiting.extend(pool.submit(picture, one) for one in islice(ids, len(batch)))
                yield np.stack(batch)
        finally:
            for future in waiting:
                future.cancel()
