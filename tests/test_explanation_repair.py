"""The repaired copy: the same answers, the original untouched, and the methods that need it are right."""

from collections.abc import Callable
from threading import Event, Thread

import pytest
import torch
from captum.attr import DeepLift, GuidedBackprop
from numpy.testing import assert_allclose
from torch import Tensor, nn

from core.errors import RepairError, UserError
from core.explanation.repair import repaired, without_rule
from core.explanation.rewriting import NONLINEAR
from core.explanation.windows import SpreadWindows, apart
from core.models.build import build_model
from core.models.catalog import MODELS
from tests.networks import images, size_of

pytestmark = pytest.mark.filterwarnings("ignore:Setting (forward|backward):UserWarning")


class Network(nn.Module):
    """What `forward` says, over a pair of named parts."""

    def __init__(self, forward: Callable[[nn.Module, Tensor], Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self.body = forward
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(self, x).sum(dim=(1, 2, 3))[:, None]


def pixels(*values: float) -> Tensor:
    return torch.tensor([[[values]]])  # (1, 1, 1, n)


def deep_lift(model: nn.Module, x: Tensor, baseline: Tensor) -> Tensor:
    return DeepLift(model).attribute(x.requires_grad_(), baseline, target=0).detach().flatten()


def missed(model: nn.Module, x: Tensor, baseline: Tensor) -> float:
    """How far the values are from adding up to the change of the answer."""
    with torch.no_grad():
        change = model(x) - model(baseline)
    return float(deep_lift(model, x, baseline).sum() - change)


# One with residuals and one without are quick; the others' turn comes in `make test-slow`.
SOME = ("small_cnn", "row_gru", "resnet18")
EVERY_PAIR = [
    pytest.param(name, n_channels, marks=() if name in SOME and n_channels == 1 else pytest.mark.slow)
    for name in MODELS
    for n_channels in (1, 3)
]


@pytest.mark.parametrize(("name", "n_channels"), EVERY_PAIR)
def test_repaired_network_gives_the_same_answers_in_every_size_of_batch(name: str, n_channels: int) -> None:
    size = size_of(name)
    model = build_model(name, n_classes=3, n_channels=n_channels, image_size=size, seed=1).eval()
    twin = repaired(model)
    with torch.no_grad():
        for n_images in (1, 3):
            batch = images(n_images, n_channels, size)
            assert_allclose(twin(batch).numpy(), model(batch).numpy(), atol=1e-6)
    shared = [part for part in twin.modules() if getattr(part, "inplace", False)]
    assert shared == []
    memory = {parameter.data_ptr() for parameter in model.parameters()}
    assert {parameter.data_ptr() for parameter in twin.parameters()} <= memory


def test_repair_leaves_the_original_bitwise_untouched() -> None:
    model = build_model("resnet18", n_classes=2, n_channels=1, image_size=32, seed=1)
    model.train()
    model.layer1[0].eval()
    calls: list[int] = []
    model.layer1[0].relu.register_forward_hook(lambda *_: calls.append(1))
    model(images(2, 1, 32)).sum().backward()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [parameter.grad.clone() for parameter in model.parameters()]
    modes = [module.training for module in model.modules()]
    hooks = [len(module._forward_hooks) for module in model.modules()]
    in_place = [getattr(module, "inplace", None) for module in model.modules()]
    names = [name for name, _module in model.named_modules()]
    n_calls = len(calls)
    twin = repaired(model)
    deep_lift(twin, images(1, 1, 32), torch.zeros(1, 1, 32, 32))
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    assert all(torch.equal(old, p.grad) for old, p in zip(gradients, model.parameters(), strict=True))
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert modes == [module.training for module in model.modules()]
    assert hooks == [len(module._forward_hooks) for module in model.modules()]
    assert in_place == [getattr(module, "inplace", None) for module in model.modules()]
    assert names == [name for name, _module in model.named_modules()]
    assert len(calls) == n_calls  # the hook of the original is not asked


# relu(x) + relu(x - 2) through one module. At 3 from 0: 3 and 1, so the value is 4 (slopes 1 and 1/3 of 3).
SHARED = Network(lambda net, x: net.act(x) + net.act(x - 2), act=nn.ReLU())
FUNCTIONS = [
    Network(lambda net, x: nn.functional.relu(x) + torch.relu(x - 2)),
    Network(lambda net, x: x.relu() + nn.functional.relu(input=x - 2, inplace=True)),
    Network(lambda net, x: (x + 0).relu_() + torch.relu_(x - 2)),
    Network(lambda net, x: net.act(x + 0) + net.act(x - 2), act=nn.ReLU(inplace=True)),
]


def test_one_relu_used_twice_is_found_wrong_by_the_sum_and_right_after_repair() -> None:
    x, baseline = pixels(3.0, 1.0, -1.0), pixels(0.0, 0.0, 0.0)
    with pytest.raises(RuntimeError):
        deep_lift(SHARED, x, baseline)  # Captum notices the use of one module twice here, and nothing else
    assert_allclose(deep_lift(repaired(SHARED), x, baseline), [4.0, 1.0, 0.0], atol=1e-6)


@pytest.mark.parametrize("model", FUNCTIONS)
def test_functions_methods_and_in_place_relus_are_right_after_repair(model: nn.Module) -> None:
    x, baseline = pixels(3.0, 1.0, -1.0), pixels(-1.0, -1.0, -1.0)
    # relu(x): from 0 to 3, 1, 0; relu(x - 2): from 0 to 1, 0, 0
    assert_allclose(deep_lift(repaired(model), x, baseline), [4.0, 1.0, 0.0], atol=1e-6)
    assert repaired(model)(x) == model(x) == 5.0


def test_a_relu_that_is_a_function_violates_the_sum_until_it_is_repaired() -> None:
    x, baseline = pixels(3.0, 1.0), pixels(-1.0, -1.0)
    model = FUNCTIONS[0]
    assert missed(model, x, baseline) == pytest.approx((4 + 4 + 2) - 5)  # gradient x change: 4 twice, and 2
    assert missed(repaired(model), x, baseline) == pytest.approx(0.0, abs=1e-6)


def test_a_tensor_that_others_read_too_keeps_their_gradient() -> None:
    model = Network(lambda net, x: net.act(x) + 10 * x, act=nn.ReLU())
    x, baseline = pixels(3.0), pixels(-1.0)
    assert missed(model, x, baseline) != pytest.approx(0.0, abs=1.0)
    assert_allclose(deep_lift(repaired(model), x, baseline), [3.0 + 40.0], rtol=1e-6)


def test_a_rule_behind_another_rule_is_heeded() -> None:
    # relu then a pooling whose maximum moves: from (2, 1) to (0, 3); the maximum changes by 1
    model = Network(lambda net, x: net.pool(net.act(x)), act=nn.ReLU(), pool=nn.MaxPool2d((1, 2)))
    x, baseline = pixels(0.0, 3.0), pixels(2.0, 1.0)
    assert missed(repaired(model), x, baseline) == pytest.approx(0.0, abs=1e-6)


def test_windows_that_overlap_each_give_their_share() -> None:
    # three windows of 2 over 4 pixels; the second pixel is the maximum of two of them
    model = Network(lambda net, x: net.pool(x), pool=nn.MaxPool2d((1, 2), stride=1))
    x, baseline = pixels(0.0, 5.0, 0.0, 1.0), pixels(0.0, 0.0, 0.0, 0.0)
    assert missed(model, x, baseline) == pytest.approx(6.0 - 11.0)  # one of the two is lost
    assert_allclose(deep_lift(repaired(model), x, baseline), [0.0, 10.0, 0.0, 1.0], atol=1e-6)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), [
    (3, 2, 1, 1), (3, 2, 0, 1), (3, 1, 1, 1), (2, 2, 0, 1), (2, 2, 1, 1), (3, 1, 1, 2),
    ((1, 3), (2, 2), (0, 1), (2, 1)),
])  # fmt: skip
def test_windows_side_by_side_have_the_maxima_of_pytorch(
    kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> None:
    pool = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil_mode)
    for side in (5, 8, 9):
        x = -images(2, 3, side) - 1  # all below 0: zeros or a wrong neighbour around would show
        steps = (SpreadWindows(pool), nn.MaxPool2d(kernel, stride=kernel))
        assert torch.equal(nn.Sequential(*steps)(x), pool(x))


def test_windows_that_do_not_overlap_are_left_alone() -> None:
    assert apart(nn.MaxPool2d(2)) is None
    assert apart(nn.MaxPool2d(3, stride=2)) is not None


def test_guided_backpropagation_needs_the_repair_and_is_right_with_it() -> None:
    # d/dx of -relu(x) + 3 relu(x) by functions; guided: the gradient at each ReLU is cut at 0, -1 -> 0 and 3
    model = Network(lambda net, x: 3 * torch.relu(x) - torch.relu(x))
    x = pixels(2.0, -2.0)
    plain = GuidedBackprop(model).attribute(x.clone().requires_grad_(), target=0)
    guided = GuidedBackprop(repaired(model)).attribute(x.clone().requires_grad_(), target=0)
    assert_allclose(plain.detach().flatten(), [2.0, 0.0])
    assert_allclose(guided.detach().flatten(), [3.0, 0.0])


def test_who_reads_a_tensor_after_it_was_changed_in_place_reads_the_change() -> None:
    def body(net: nn.Module, x: Tensor) -> Tensor:
        y = x * 2
        net.act(y)  # in place: what follows reads the changed y
        y.add_(1)
        return y + x

    model = Network(body, act=nn.ReLU(inplace=True))
    x = pixels(3.0, -1.0)
    twin = repaired(model)
    assert float(model(x)) == (6 + 1 + 3) + (0 + 1 - 1)
    assert float(twin(x)) == float(model(x))
    assert "add_" not in {node.target for node in twin.graph.nodes}


def test_every_use_of_a_nonlinearity_is_a_module_and_an_input_of_its_own() -> None:
    twin = repaired(build_model("resnet18", n_classes=2, n_channels=1, image_size=32))
    called = [node for node in twin.graph.nodes if node.op == "call_module"]
    nonlinear = [node for node in called if isinstance(twin.get_submodule(node.target), NONLINEAR)]
    assert len({node.target for node in nonlinear}) == len(nonlinear) == 17 + 1  # its ReLUs are 9 modules
    assert all(len(node.all_input_nodes[0].users) == 1 for node in nonlinear)


def test_a_network_that_torch_fx_cannot_write_down_is_refused_in_one_sentence() -> None:
    model = Network(lambda net, x: x if float(x.sum()) > 0 else -x)
    with pytest.raises(RepairError, match="'Network' decides what it does by the values it gets") as caught:
        repaired(model)
    assert isinstance(caught.value, UserError)


def test_a_change_in_place_that_is_read_by_another_name_is_refused() -> None:
    def body(net: nn.Module, x: Tensor) -> Tensor:
        y = x * 2
        flat = y.flatten(1)
        flat.relu_()
        return y

    with pytest.raises(RepairError, match="reads them again by another name"):
        repaired(Network(body))


def test_parts_without_a_rule_are_named() -> None:
    kinds = {
        name: without_rule(repaired(build_model(name, n_classes=2, n_channels=1, image_size=64)))
        for name in ("small_cnn", "row_gru", "mobilenet_v3_small")
    }
    products = ("Hardsigmoid", "Hardswish", "Product")
    assert kinds == {"small_cnn": (), "row_gru": ("GRU",), "mobilenet_v3_small": products}


def test_another_thread_predicts_undisturbed_while_a_network_is_repaired() -> None:
    other, x = nn.Sequential(nn.Linear(2, 2), nn.ReLU()), torch.ones(1, 2)
    expected = other(x)
    entered, done, seen = Event(), Event(), []

    def body(net: nn.Module, x: Tensor) -> Tensor:
        entered.set()
        done.wait(10)
        return torch.relu(x)

    thread = Thread(target=lambda: seen.append(repaired(Network(body))))
    thread.start()
    assert entered.wait(10)  # torch.fx is in the middle of it
    try:
        answer = other(x)
    finally:
        done.set()
        thread.join()
    assert torch.equal(answer, expected)
    assert len(seen) == 1
