"""A step asks the device for no number: on a GPU each such question would stop the queue of its work.

On the CPU nothing waits, but the question is the same operation, and can be counted. Not so the focal loss:
torch's one_hot looks at its labels on a CPU, and on CUDA it does not.
"""

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from core.training.config import TrainingConfig, parse_config
from core.training.engine import Engine
from core.training.memory import CarefulStep
from core.training.pipeline import Inputs, PreparedData
from core.training.steps import engine_for, training_steps
from core.training.watching import Divergence, Watch
from core.transforms.preprocessing import channel_statistics, default_preprocessing

CPU = torch.device("cpu")
N_BATCHES = 6
ASKING = (torch.ops.aten._local_scalar_dense, torch.ops.aten.is_nonzero)


class Questions(TorchDispatchMode):
    """Counts how often a number is brought from a tensor into Python."""

    def __init__(self) -> None:
        super().__init__()
        self.n = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.n += func.overloadpacket in ASKING
        return func(*args, **(kwargs or {}))


def data() -> PreparedData:
    draws = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 65536, (4 * N_BATCHES, 1, 28, 28), generator=draws).to(torch.uint16)
    rows = torch.arange(len(pixels))
    statistics = channel_statistics((pixels.numpy() / 65535).transpose(1, 0, 2, 3))
    parts = {"train": rows, "val": rows[:0], "test": rows[:0]}
    return PreparedData(pixels, rows % 2, parts, statistics, default_preprocessing(28, 1))


def an_epoch(config: TrainingConfig, prepared: PreparedData) -> tuple[Questions, Engine, Watch]:
    engine = engine_for(prepared, config, n_classes=2, positive_index=1)
    watch = Watch(engine, Divergence(2, N_BATCHES))
    inputs = Inputs(prepared, config.augmentations, CPU)
    careful = CarefulStep(engine, lambda message: None)
    with Questions() as questions:
        for step in training_steps(engine, inputs, prepared, config, epoch=1, step=careful):
            watch.add(step)
    return questions, engine, watch


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": "momentum", "gradient_clip": 0.5},
        {"optimizer": "rmsprop", "schedule": "one-cycle"},
        {"balance": "class weights"},
        {"precision": "bfloat16", "label_smoothing": 0.1, "augmentations": [{"name": "flip_horizontal"}]},
    ],
    ids=["defaults", "clipping", "one-cycle", "class weights", "bfloat16"],
)
def test_no_step_waits_for_a_number(changes: dict[str, Any]) -> None:
    config = parse_config({"dataset": "any", "batch_size": 4, "image_size": 28, "device": "cpu", **changes})
    questions, engine, watch = an_epoch(config, data())
    assert engine.progress.step == N_BATCHES
    assert questions.n == 0
    watch.look()
    assert engine.progress.n_images == 4 * N_BATCHES


def test_a_question_would_be_counted() -> None:
    loss = torch.ones(())
    with Questions() as questions:
        loss.item()
        float(loss)
        bool(loss > 0)
    assert questions.n == 3
