"""A private copy: the same weights, nothing of the original's hooks, and nobody in anybody's way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from core.explanation.attribution import explain
from core.explanation.catalog import EXPLAINERS
from core.explanation.copying import private_copy
from core.models.build import build_model
from core.runs.exclusive import exclusive
from tests.explained import QUICK, draw, load, snapshot


@pytest.mark.parametrize("name", ["small_cnn", "row_gru", pytest.param("resnet18", marks=pytest.mark.slow)])
def test_a_copy_shares_the_weights_and_gives_the_same_answers(name: str) -> None:
    model = build_model(name, n_classes=2, n_channels=1, image_size=32, seed=1).eval()
    copy, images = private_copy(model), torch.from_numpy(draw())[None]
    assert torch.equal(copy(images), model(images))
    named = dict(copy.named_parameters()) | dict(copy.named_buffers())
    for key, tensor in [*model.named_parameters(), *model.named_buffers()]:
        assert named[key].data_ptr() == tensor.data_ptr(), key
        assert named[key] is not tensor
    assert not set(copy.modules()) & set(model.modules())


def test_a_copy_asks_for_no_gradients_and_the_original_keeps_its_own() -> None:
    model = load().model.train()
    before = snapshot(model)
    copy = private_copy(model)
    assert not any(parameter.requires_grad for parameter in copy.parameters())
    assert not any(module.training for module in copy.modules())
    assert snapshot(model) == before


def test_no_hook_of_the_original_is_on_the_copy_nor_the_other_way_round() -> None:
    model = load().model
    called: list[str] = []
    model.register_forward_pre_hook(lambda *_given: called.append("pre"))
    model.register_forward_hook(lambda *_given, **_more: called.append("with"), with_kwargs=True)
    model.classifier.register_full_backward_hook(lambda *_given: called.append("backward"))
    model.register_state_dict_post_hook(lambda *_given: called.append("state"))
    copy, images = private_copy(model), torch.from_numpy(draw())[None].requires_grad_()
    copy(images).sum().backward()
    copy.state_dict()
    assert called == []
    copy.register_forward_hook(lambda *_given: called.append("copy"))
    model(images)
    assert called == ["pre", "with"]


def test_weights_replaced_in_the_copy_are_not_the_original_s() -> None:
    model = load().model
    before = snapshot(model)
    copy = private_copy(model)
    copy.classifier.weight = nn.Parameter(torch.zeros(3, 64))
    assert snapshot(model) == before


@pytest.mark.parametrize("method", EXPLAINERS)
def test_two_who_explain_the_same_network_at_once_get_the_maps_that_each_gets_alone(method: str) -> None:
    loaded = load()
    alone = [explain(loaded, draw(), method, target, settings=QUICK).values for target in (0, 1)]
    begin = Barrier(2)

    def together(target: int) -> list[np.ndarray]:
        begin.wait()
        return [explain(loaded, draw(), method, target, settings=QUICK).values for _ in range(3)]

    with ThreadPoolExecutor(2) as pool:
        for expected, found in zip(alone, pool.map(together, (0, 1)), strict=True):
            for values in found:
                assert_array_equal(values, expected)


def test_an_explanation_waits_for_nobody_who_has_the_network_alone() -> None:
    loaded = load()
    with exclusive(loaded.model), ThreadPoolExecutor(1) as pool:
        answer = pool.submit(explain, loaded, draw(), "saliency", 1).result(timeout=60)
    assert answer.values.any()
