"""A batch that does not fit is halved; what ends the work ends it at once and leaves nothing."""

import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor, nn

from core.explanation.attribution import explain
from core.explanation.catalog import EXPLAINERS
from core.explanation.memory import OutOfMemoryError, batch_size
from core.explanation.methods.paths import integrated_gradients
from core.explanation.question import Watched
from core.explanation.settings import ExplainSettings
from core.models.catalog import MODELS
from core.runs.checkpoints import LoadedModel
from tests.explained import QUICK, LinearModel, ask, draw, load, snapshot

MANY = ("smoothgrad", "integrated_gradients", "gradient_shap", "occlusion", "feature_ablation", "lime")
SETTINGS = ExplainSettings(n_steps=8, n_samples=16, n_cells=16, window=0.25, stride=1)
SAYINGS: dict[str, Callable[[], Exception]] = {
    "cuda": lambda: torch.OutOfMemoryError("CUDA out of memory."),
    "cpu": lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 12 bytes"),
    "python": MemoryError,
    "other": lambda: RuntimeError("size mismatch, m1: [1 x 2], m2: [3 x 4]"),
}


class Narrow(nn.Module):
    """A network for which memory is short from a size of batch on."""

    def __init__(self, inner: nn.Module, most: int, saying: str) -> None:
        super().__init__()
        self.inner, self.most, self.saying = inner, most, saying

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise SAYINGS[self.saying]()
        return self.inner(x)


def narrow(most: int, saying: str = "cpu") -> LoadedModel:
    loaded = load()
    return LoadedModel(Narrow(loaded.model, most, saying).eval(), loaded.card)


class Stopped(Exception):
    pass


def assert_same_map(found: np.ndarray, expected: np.ndarray) -> None:
    """The last digits depend on the size of a batch, and so does the side of a ReLU's bend."""
    assert_allclose(found, expected, rtol=0, atol=0.02 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("method", "saying"), [*((name, "cpu") for name in MANY), ("lime", "cuda"), ("lime", "python")]
)
def test_a_batch_that_does_not_fit_is_halved_and_the_map_is_the_same(method: str, saying: str) -> None:
    answer = explain(narrow(3, saying), draw(), method, 1, settings=SETTINGS)
    usual = explain(load(), draw(), method, 1, settings=SETTINGS)
    assert_same_map(answer.values, usual.values)
    said = [str(note) for note in answer.notes if note not in usual.notes]
    assert len(said) == 1
    assert said[0].startswith("The memory was short: 2 images were worked on at a time in place of ")


def test_a_shortage_that_every_round_of_steps_meets_is_told_once() -> None:
    class Bend(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(x.sum(dim=(1, 2, 3)) - 0.97)[:, None]

    question = ask(Narrow(Bend(), 3, "cpu"), torch.full((1, 1, 2, 2), 0.25), steps=(10, 11, 100))
    answer = integrated_gradients(question)
    assert answer.n_steps == 100
    assert [str(note).startswith("The memory was short") for note in answer.notes].count(True) == 1


@pytest.mark.parametrize("method", MANY)
def test_one_at_a_time_gives_the_same_map(method: str) -> None:
    answer = explain(narrow(1), draw(), method, 1, settings=SETTINGS)
    usual = explain(load(), draw(), method, 1, settings=SETTINGS)
    assert_same_map(answer.values, usual.values)


@pytest.mark.parametrize("method", EXPLAINERS)
def test_the_end_of_all_memory_is_one_sentence(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_given: object) -> None:
        raise SAYINGS["cpu"]()

    loaded = load()
    before = snapshot(loaded.model)
    monkeypatch.setattr(nn.Conv2d, "forward", short)
    with pytest.raises(OutOfMemoryError) as refused:
        explain(loaded, draw(), method, 1, settings=SETTINGS)
    assert str(refused.value) == (
        "There is too little memory for this method on this network, even for one image at a time. Choose"
        " another method, or close other programs."
    )
    assert snapshot(loaded.model) == before


def test_an_error_of_another_kind_is_not_taken_for_one_of_memory() -> None:
    with pytest.raises(RuntimeError, match="size mismatch"):
        explain(narrow(0, "other"), draw(), "smoothgrad", 1, settings=SETTINGS)


def test_the_first_batch_is_what_the_catalog_says_would_fit() -> None:
    question = ask(LinearModel(torch.zeros(1, 1, 224, 224)), torch.zeros(1, 1, 224, 224))
    sizes = {}
    for name in ("small_cnn", "resnet18", "densenet121", "vit_b_16"):
        object.__setattr__(question, "spec", MODELS[name])
        sizes[name] = batch_size(question)
    assert sizes == {"small_cnn": 8, "resnet18": 8, "densenet121": 4, "vit_b_16": 3}
    assert batch_size(question, backward=False) == 6


@pytest.mark.parametrize("method", EXPLAINERS)
def test_a_cancelled_explanation_ends_at_once_and_leaves_nothing(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, told, asked = load(), [], []
    loaded.model.train()
    before = snapshot(loaded.model)
    passes = Watched.__call__
    monkeypatch.setattr(Watched, "__call__", lambda self, x: (asked.append(len(x)), passes(self, x))[1])

    def stop(fraction: float) -> None:
        told.append(fraction)
        if fraction > 0:
            raise Stopped

    with pytest.raises(Stopped):
        explain(loaded, draw(), method, 1, settings=SETTINGS, progress=stop)
    assert told[-1] == max(told)
    assert sum(asked) <= 32 if method in MANY else not asked
    assert len(asked) <= 3
    assert snapshot(loaded.model) == before
    assert all(parameter.grad is None for parameter in loaded.model.parameters())
    again = explain(loaded, draw(), method, 1, settings=SETTINGS)  # no lock is held
    loaded.model.eval()
    assert_array_equal(again.values, explain(loaded, draw(), method, 1, settings=SETTINGS).values)


def test_the_private_copy_goes_with_the_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[weakref.ref[nn.Module]] = []
    import core.explanation.attribution as attribution

    def copied(model: nn.Module) -> nn.Module:
        copy = made(model)
        kept.append(weakref.ref(copy))
        return copy

    made = attribution.private_copy
    monkeypatch.setattr(attribution, "private_copy", copied)
    for method in EXPLAINERS:
        explain(load(), draw(), method, 1, settings=QUICK)
    gc.collect()
    assert len(kept) == len(EXPLAINERS)
    assert not any(copy() for copy in kept)


@pytest.mark.parametrize("method", MANY)
def test_progress_is_told_with_every_batch(method: str) -> None:
    told: list[float] = []
    settings = SETTINGS.model_copy(update={"n_steps": 24, "n_samples": 40, "n_cells": 36})
    explain(load(), draw(), method, 1, settings=settings, progress=told.append)
    assert told == sorted(told)
    assert len(set(told)) >= 3
    assert np.max(told) == 1
