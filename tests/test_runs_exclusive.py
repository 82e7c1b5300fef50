"""A network that visitors share: one at a time, and put back as it was."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from torch import nn

from core.runs.exclusive import exclusive


def network() -> nn.Sequential:
    model = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(3))
    model.train()
    model[1].eval()
    return model


def test_each_part_gets_its_mode_back_even_after_a_failure() -> None:
    model = network()
    with exclusive(model) as alone:
        assert alone is model
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == [True, True, False]
    with pytest.raises(ZeroDivisionError), exclusive(model):
        _ = 1 / 0
    assert [module.training for module in model.modules()] == [True, True, False]


def test_two_visitors_never_use_one_network_at_once() -> None:
    model, inside, most = network(), [], []

    def visit(number: int) -> None:
        for _round in range(50):
            with exclusive(model):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(visit, range(4)))
    assert most == [1] * 200


def test_another_network_is_not_waited_for() -> None:
    done = threading.Event()

    def use_another() -> None:
        with exclusive(network()):
            done.set()

    with exclusive(network()):
        threading.Thread(target=use_another).start()
        assert done.wait(5)


def test_the_same_visitor_may_enter_twice() -> None:
    model = network()
    with exclusive(model), exclusive(model):
        assert not model.training
    assert model.training
