"""One number of a network by hand against the network itself, and the end of a network against torch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from core.datasets.store import open_dataset
from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.landscape.directions import last_layer
from core.models.neuron.activations import ACTIVATIONS, activate, slope
from core.models.neuron.answer import Softmax, WeightedSum
from core.models.neuron.layer import Norm
from core.models.neuron.probing import probe
from core.runs.checkpoints import load_model
from core.runs.store import DEMO_RUN, open_run
from core.transforms.preprocessing import to_input


@pytest.fixture(scope="module")
def demo():
    return load_model(open_run(DEMO_RUN))


@pytest.fixture(scope="module")
def film(demo):
    image = open_dataset("phantoms").image(3)
    return torch.from_numpy(to_input(image, demo.preprocessing, demo.statistics))[None]


def hooked(model, inputs, names):
    """What the network itself has after each of its modules."""
    found, hooks = {}, []
    for name in names:
        module = model.get_submodule(name)
        hooks.append(
            module.register_forward_hook(lambda _m, _i, out, name=name: found.update({name: out.clone()}))
        )
    with torch.no_grad():
        model(inputs)
    for hook in hooks:
        hook.remove()
    return found


@pytest.mark.parametrize("block", [0, 1, 2])
def test_the_stepped_numbers_of_the_demo_run_are_the_networks_own(demo, film, block):
    parts = ("convolution", "norm", "activation", "pool")
    names = [f"blocks.{block}.{part}" for part in parts]
    found = hooked(demo.model, film, names)
    layer = probe(demo.model, film, name=names[0]).layer
    assert (layer.name, layer.activation, layer.pooling.kind) == (names[0], "relu", "max")
    n_maps, height, width = layer.activated.shape
    for number, row, column in [
        (0, 0, 0), (3, 5, 7), (n_maps - 1, height - 1, width - 1), layer.strongest(), (7, 2, width - 1),
    ]:  # fmt: skip
        chain = layer.chain(number, row, column)
        summed, normed, activated, pooled = (found[name][0] for name in names)
        assert chain.total == pytest.approx(float(summed[number, row, column]), abs=1e-5)
        assert chain.normed == pytest.approx(float(normed[number, row, column]), abs=1e-5)
        assert chain.activated == pytest.approx(float(activated[number, row, column]), abs=1e-5)
        assert chain.pooled == pytest.approx(float(pooled[number, row // 2, column // 2]), abs=1e-5)
        assert chain.window[chain.window_place] == pytest.approx(chain.activated, abs=1e-5)


def test_the_last_sum_of_the_demo_run_is_its_logit_and_softmax_its_probability(demo, film):
    with torch.no_grad():
        logits = demo.model(film)[0]
    layer = last_layer(demo.model, (film, torch.tensor([0])))
    sums = [WeightedSum(layer.features[0], layer.weights[k], layer.bias[k]) for k in range(2)]
    assert [one.logit for one in sums] == pytest.approx(logits.tolist(), abs=1e-5)
    assert len(sums[0].contributions) == 64
    expected = logits.double().softmax(dim=0).tolist()
    assert Softmax(np.array([one.logit for one in sums])).probabilities == pytest.approx(expected, abs=1e-5)


def test_no_hook_stays_and_all_convolutions_are_named_in_order(demo, film):
    found = probe(demo.model, film)
    assert found.names == tuple(f"blocks.{block}.convolution" for block in range(3))
    assert found.layer.name == "blocks.0.convolution"
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in demo.model.modules())


class Odd(nn.Module):
    """Strides, groups, dilation, a bias, an activation in place and one without a module."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(2, 4, 5, stride=2, padding=2)
        self.act = nn.SiLU(inplace=True)
        self.two = nn.Conv2d(4, 4, 3, groups=2, padding=2, dilation=2)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.three = nn.Conv2d(4, 6, (1, 3), padding="same")
        self.mean = nn.AvgPool2d(2)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = self.act(self.one(x))
        x = self.pool(torch.relu(self.two(x)))
        return self.head(self.mean(self.three(x)).mean(dim=(2, 3)))


@pytest.mark.parametrize(("name", "activation", "kind"), [("one", "silu", None), ("two", "relu", "max"),
                                                          ("three", None, "mean")])  # fmt: skip
def test_other_convolutions_are_made_by_hand_too(name, activation, kind):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, inputs = Odd().eval(), torch.randn(1, 2, 20, 17)
    layer = probe(model, inputs, name=name).layer
    assert layer.activation == activation
    assert (layer.pooling.kind if layer.pooling else None) == kind
    found = hooked(model, inputs, ["pool", "mean"])
    _n, height, width = layer.activated.shape
    for number, row, column in [(0, 0, 0), (3, 3, 4), (2, height - 1, 1), (1, 2, width - 1)]:
        chain = layer.chain(number, row, column)
        assert chain.total == pytest.approx(float(layer.summed[number, row, column]), abs=1e-5)
        assert chain.activated == pytest.approx(float(layer.activated[number, row, column]), abs=1e-5)
    if name == "two":  # 3 x 3 windows, 2 apart, from 1 outside on: row 3 is in the window of row 2 first
        assert layer.chain(1, 3, 4).pooled == pytest.approx(float(found["pool"][0, 1, 2, 2]), abs=1e-5)
    if name == "three":
        assert layer.chain(1, 3, 2).pooled == pytest.approx(float(found["mean"][0, 1, 1, 1]), abs=1e-5)
        assert layer.chain(1, 3, 4).pooled is None  # the fifth column is left out


_QUICK = ("small_cnn", "xray_cnn", "digit_cnn", "resnet18", "googlenet", "mobilenet_v3_small")


@pytest.mark.parametrize(
    "name", [name if name in _QUICK else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]
)
def test_the_first_convolution_and_the_last_sum_of_every_network_are_made_by_hand(name):
    spec = MODELS[name]
    size = spec.usual_size if spec.needs_size else max(64, spec.smallest_size)
    model = build_model(name, n_classes=3, n_channels=3, image_size=size).eval()
    inputs = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = model(inputs)[0].numpy()
    np.testing.assert_allclose(last_layer(model, (inputs, torch.tensor([0]))).logits[0], logits, atol=1e-4)
    layer = probe(model, inputs).layer
    assert (layer is None) == (spec.first_convolution is None)
    if layer is None:
        return
    assert layer.name == spec.first_convolution
    for place in [layer.strongest(), (0, 0, 0), tuple(side - 1 for side in layer.activated.shape)]:
        chain = layer.chain(*place)
        assert chain.total == pytest.approx(float(layer.summed[place]), abs=1e-4)
        assert chain.activated == pytest.approx(float(layer.activated[place]), abs=1e-4)


def test_a_network_without_convolutions_has_none_to_show():
    model = nn.Sequential(nn.Flatten(), nn.Linear(256, 2)).eval()
    found = probe(model, torch.zeros(1, 1, 16, 16))
    assert found.names == () and found.layer is None


def test_an_untrained_norm_leaves_numbers_nearly_alone():
    model = build_model("small_cnn", n_classes=2, n_channels=1).eval()
    norm = probe(model, torch.zeros(1, 1, 16, 16)).layer.norms[0]
    assert norm == Norm(mean=0, variance=1, epsilon=1e-5, scale=1, shift=0)
    assert norm.apply(2.0) == pytest.approx(2 / np.sqrt(1 + 1e-5))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_slopes_are_those_of_torch(name):
    function = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
                "silu": nn.functional.silu, "hardswish": nn.functional.hardswish,
                "gelu": nn.functional.gelu}[name]  # fmt: skip
    for number in (-4.0, -0.7, 0.3, 2.5):
        x = torch.tensor(number, dtype=torch.float64, requires_grad=True)
        value = function(x)
        value.backward()
        assert activate(name, number) == pytest.approx(value.item(), abs=1e-12)
        assert slope(name, number) == pytest.approx(x.grad.item(), abs=1e-12)


def test_softmax_by_hand():
    # ln 2 and ln 6: powers 2 and 6, sum 8
    answer = Softmax(np.log([2.0, 6.0]))
    assert answer.powers == pytest.approx([2, 6])
    assert answer.probabilities == pytest.approx([0.25, 0.75])
    assert answer.cross_entropy(0) == pytest.approx(np.log(4))
    assert answer.slopes(0) == pytest.approx([-0.75, 0.75])


@pytest.mark.parametrize("temperature", [0.25, 1.0, 4.0])
def test_the_slopes_are_those_of_autograd_at_any_temperature(temperature):
    logits = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64, requires_grad=True)
    loss = nn.functional.cross_entropy(logits[None] / temperature, torch.tensor([1]))
    loss.backward()
    answer = Softmax(logits.detach().numpy(), temperature)
    assert answer.cross_entropy(1) == pytest.approx(loss.item(), rel=1e-12)
    assert answer.slopes(1) == pytest.approx(logits.grad.tolist(), abs=1e-12)


def test_a_high_temperature_makes_the_answer_even_and_a_low_one_sure():
    answer = Softmax(np.array([0.0, 1.0]))
    assert replace(answer, temperature=100.0).probabilities == pytest.approx([0.5, 0.5], abs=0.01)
    assert replace(answer, temperature=0.1).probabilities[1] > 0.999


def test_huge_logits_give_numbers_that_can_be_read():
    answer = Softmax(np.array([0.0, 900.0]))
    assert answer.taken_off == 900 and answer.powers.tolist() == [0.0, 1.0]
    assert answer.cross_entropy(0) == pytest.approx(900)


def test_the_strongest_of_a_sum_are_those_that_add_or_take_most():
    one = WeightedSum(np.array([1.0, 2.0, 3.0]), np.array([0.5, -2.0, 0.1]), 0.25)
    assert one.contributions == pytest.approx([0.5, -4.0, 0.3])
    assert one.logit == pytest.approx(-2.95)
    assert one.strongest(2) == [1, 0]
