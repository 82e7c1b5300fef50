"""How long an explanation takes once the network is in memory."""

import time

import numpy as np
import torch

from benchmarks.records import Sample
from core.explanation.attribution import explain
from core.models.build import build_model
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.preprocessing import channel_statistics, default_preprocessing

_SIZE = 224
_N_TIMES = 20


def grad_cam() -> Sample:
    """Seconds for Grad-CAM on a random ResNet-18, 224 px, one thread, after two that are not counted."""
    torch.set_num_threads(1)
    inputs = np.random.default_rng(0).normal(size=(1, _SIZE, _SIZE)).astype(np.float32)
    loaded = _random_resnet(inputs)
    seconds = []
    for _ in range(_N_TIMES + 2):
        began = time.perf_counter()
        explain(loaded, inputs, "grad_cam", 0)
        seconds.append(time.perf_counter() - began)
    return Sample(tuple(seconds[2:]))


def _random_resnet(inputs: np.ndarray) -> LoadedModel:
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
    return LoadedModel(build_model("resnet18", n_classes=2, n_channels=1).eval(), card)
