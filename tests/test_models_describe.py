"""Layers in numbers: what papers and torchvision print, sums by hand, and fields that a gradient confirms."""

import numpy as np
import pytest
import torch
import torchvision.models as published
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.cost import cost
from core.models.describe import LayerInfo, describe, n_parameters
from core.models.receptive import PIXEL, WHOLE, Field, Span, Window, adaptive_window, joined

MODERN = {"aux_logits": False, "init_weights": False}
DEEP = {"inception_v3", "resnet34", "resnet50", "densenet121", "efficientnet_b0"}  # a second or more each


def torchvision_network(name: str) -> nn.Module:
    options = MODERN if name in ("googlenet", "inception_v3") else {}
    with torch.device("meta"):
        network: nn.Module = getattr(published, name)(weights=None, **options)
    return network


def last_seen(layers: list[LayerInfo]) -> tuple[int, int]:
    """The field of the last layer that does not see everything."""
    return [layer.receptive_field for layer in layers if layer.receptive_field is not None][-1]


def only(layers: list[LayerInfo], name: str) -> LayerInfo:
    (found,) = [layer for layer in layers if layer.name == name]
    return found


@pytest.mark.parametrize(
    ("name", "size", "billions"),  # torchvision's own table, models/_api.py, "_ops"
    [
        ("alexnet", 224, 0.714),
        ("vgg16", 224, 15.47),
        ("googlenet", 224, 1.498),
        ("inception_v3", 299, 5.713),
        ("resnet18", 224, 1.814),
        ("resnet50", 224, 4.089),
        ("densenet121", 224, 2.834),
        ("mobilenet_v3_small", 224, 0.057),
        ("efficientnet_b0", 224, 0.386),
        ("vit_b_16", 224, 17.564),
    ],
)
def test_multiply_adds_and_weights_are_those_that_torchvision_prints(name, size, billions):
    network = torchvision_network(name)
    layers = describe(network, (3, size, size))
    assert sum(layer.multiply_adds for layer in layers) / 1e9 == pytest.approx(billions, abs=0.0006 + 0.0005)
    total = sum(layer.n_parameters for layer in layers)
    assert total == n_parameters(network)
    weights = [enum for enum in published.get_model_weights(name)][0]
    if not name.startswith(("googlenet", "inception")):  # printed there with their auxiliary heads
        assert total == weights.meta["num_params"]


@pytest.mark.parametrize(
    ("name", "size", "sides"),
    [
        ("alexnet", 224, 195),  # Araujo et al. 2019: alexnet_v2, 195
        ("vgg16", 224, 212),  # Araujo et al. 2019: vgg_16, 212
        ("resnet18", 224, 435),
        # Their resnet_v1_50 has 483: it halves in the 1 x 1 convolutions, torchvision in the 3 x 3 after them
        ("resnet50", 224, 427),
    ],
)
def test_receptive_fields_are_the_published_ones(name, size, sides):
    assert last_seen(describe(torchvision_network(name), (3, size, size))) == (sides, sides)


def test_the_last_convolution_of_vgg16_sees_196_pixels():
    layers = describe(torchvision_network("vgg16"), (3, 224, 224))
    assert only(layers, "features.28").receptive_field == (196, 196)
    assert only(layers, "features.30").receptive_field == (212, 212)
    assert only(layers, "classifier.6").receptive_field is None


def test_small_cnn_by_hand():
    layers = describe(build_model("small_cnn", n_classes=2, n_channels=1), (1, 64, 64))
    seen = [
        layer.receptive_field for layer in layers if layer.kind in ("Conv2d", "MaxPool2d")
    ]  # 3 -> 4 | 4 + 2 * 2 = 8 -> 10 | 10 + 2 * 4 = 18 -> 22
    assert seen == [(side, side) for side in (3, 4, 8, 10, 18, 22)]
    mean, head = layers[-2:]
    assert (mean.kind, mean.output_shape, mean.receptive_field) == ("GlobalMean", (64,), None)
    assert (head.kind, head.output_shape, head.receptive_field) == ("Linear", (2,), None)


def test_memory_by_hand():
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 2)
    )
    convolution, relu, pool, flat, linear = describe(network, (1, 8, 8))
    # the convolution's output becomes the ReLU's, in place, and is kept once: 4 x 8 x 8 floats
    assert (convolution.kept_bytes, relu.kept_bytes) == (4 * 8 * 8 * 4, 0)
    # pooled numbers for the linear layer (float32), and where each was found (int64)
    assert pool.kept_bytes == 4 * 4 * 4 * (4 + 8)
    assert (flat.kept_bytes, linear.kept_bytes) == (0, 0)  # a view, and an answer that nothing needs
    assert convolution.output_bytes == 4 * 8 * 8 * 4


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "densenet121", "mobilenet_v3_small"])
def test_memory_is_what_autograd_keeps_on_a_cpu(name):
    torch.manual_seed(0)
    network = getattr(published, name)(weights=None).train()
    known = {tensor.untyped_storage()._cdata for tensor in (*network.parameters(), *network.buffers())}
    image = torch.zeros(2, 3, 64, 64)
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        key = tensor.untyped_storage()._cdata
        if key not in known and tensor.dim() > 1 and key != image.untyped_storage()._cdata:
            kept[key] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = network(image)
    measured = sum(tensor.untyped_storage().nbytes() for tensor in kept.values()) / len(image)
    del output
    told = sum(layer.kept_bytes for layer in describe(network, (3, 64, 64)))
    assert told == pytest.approx(measured, rel=0.001)


def test_a_gru_counts_its_gates_at_each_step():
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(5, 7, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            return self.gru(x[:, 0])[0]  # type: ignore[no-any-return]

    (gru,) = [layer for layer in describe(Rows(), (1, 6, 5)) if layer.kind == "GRU"]
    assert gru.output_shape == (6, 7)
    assert gru.multiply_adds == 6 * 3 * 7 * (5 + 7)
    assert gru.n_parameters == 3 * 7 * (5 + 7 + 2)
    assert gru.receptive_field is None


def test_attention_counts_its_four_projections_and_its_two_products():
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            tokens = x.flatten(2).transpose(1, 2)  # (B, 8, H, W) -> (B, H W, 8)
            return self.attention(tokens, tokens, tokens, need_weights=False)[0]  # type: ignore[no-any-return]

    (attention,) = describe(Tokens(), (8, 3, 4))
    assert attention.output_shape == (12, 8)
    assert attention.n_parameters == 4 * 8 * 8 + 4 * 8
    assert attention.multiply_adds == 12 * 4 * 8 * 8 + 2 * 12 * 12 * 8


class Branches(nn.Module):
    """Three by three and a shortcut beside one by five: sums and concatenations without modules."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(1, 2, 3, padding=1)
        self.wide = nn.Conv2d(1, 2, (1, 5), padding=(0, 2))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x + self.narrow(x), self.wide(x)], dim=1)


def test_branches_take_the_largest():
    layers = describe(Branches(), (1, 9, 9))
    assert [(layer.name, layer.kind) for layer in layers] == [
        ("narrow", "Conv2d"), ("add", "Addition"), ("wide", "Conv2d"), ("cat", "Concatenation"),
    ]  # fmt: skip
    assert [layer.receptive_field for layer in layers] == [(3, 3), (3, 3), (1, 5), (3, 5)]
    assert layers[-1].output_shape == (4, 9, 9)


def test_a_map_that_is_scaled_by_its_mean_sees_everything():
    class Squeeze(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gate = nn.Sigmoid()

        def forward(self, x: Tensor) -> Tensor:
            return x * self.gate(x.mean(dim=(2, 3), keepdim=True))

    layers = describe(Squeeze(), (1, 9, 9))
    assert [layer.kind for layer in layers] == ["GlobalMean", "Sigmoid", "Scaling"]
    assert [layer.receptive_field for layer in layers] == [None, None, None]


def test_a_weight_that_is_used_twice_counts_once():
    layer = nn.Linear(4, 4)
    layers = describe(nn.Sequential(nn.Flatten(), layer, nn.ReLU(), layer), (1, 2, 2))
    assert sum(row.n_parameters for row in layers) == 20


_LAYERS = st.lists(
    st.tuples(
        st.sampled_from(["convolution", "mean"]), st.integers(1, 4), st.integers(1, 2), st.integers(1, 2)
    ),
    min_size=1,
    max_size=4,
)


class Fork(nn.Module):
    """Two convolutions side by side whose fields are shifted against each other, then summed."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = _positive("convolution", 2, 1, 1), _positive("convolution", 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        right = self.right(x)
        return self.left(x)[..., : right.shape[-2], : right.shape[-1]] + right  # type: ignore[no-any-return]


@settings(max_examples=40, deadline=None)
@given(_LAYERS, st.booleans())
def test_the_gradient_of_a_middle_output_reaches_exactly_its_field(layers, forked):
    parts = [_positive(*layer) for layer in layers] + [Fork()] * forked
    network = nn.Sequential(*parts)
    told = last_seen(describe(network, (1, 199, 199)))
    image = torch.ones(1, 1, 199, 199, requires_grad=True)
    output = network(image)
    middle = output.shape[-1] // 2
    output[0, 0, middle, middle].backward()
    reached = np.argwhere(image.grad[0, 0].numpy() > 0)
    assert tuple(reached.max(0) - reached.min(0) + 1) == told


def _positive(kind: str, kernel: int, stride: int, dilation: int) -> nn.Module:
    if kind == "mean":
        return nn.AvgPool2d(kernel, stride)
    convolution = nn.Conv2d(1, 1, kernel, stride, padding=kernel // 2, dilation=dilation)
    with torch.no_grad():
        for parameter in convolution.parameters():
            parameter.fill_(0.5)
    return convolution


def test_spans_by_hand():
    three = Window(3, padding=1)
    assert Span().through(three) == Span(-1, 3, 1)
    assert Span().through(three).through(Window(2, 2)).through(three) == Span(-3, 8, 2)
    assert Span().through(Window(3, padding=2, dilation=2)) == Span(-2, 5, 1)
    left, right = Field(Span(-4, 5), Span()), Field(Span(0, 3), Span())
    assert joined([left, right]) == Field(Span(-4, 7), Span())
    assert joined([left, WHOLE]) == WHOLE and joined([]) is None
    assert PIXEL.sides == (1, 1) and WHOLE.sides is None


@pytest.mark.parametrize(("n_in", "n_out"), [(12, 6), (13, 6), (7, 7), (2, 6), (9, 4), (14, 7)])
def test_adaptive_pooling_takes_the_widest_of_torchs_windows(n_in, n_out):
    widths = []
    for place in range(n_out):
        values = torch.zeros(1, 1, n_in, requires_grad=True)
        torch.nn.functional.adaptive_avg_pool1d(values, n_out)[0, 0, place].backward()
        widths.append(int((values.grad > 0).sum()))
    assert adaptive_window(n_in, n_out).kernel == max(widths)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in DEEP)) for name in MODELS]
)
def test_the_rows_of_every_network_add_up_to_what_is_counted_without_them(name):
    spec = MODELS[name]
    n_channels = 1 if spec.family == "small" else 3
    shape = (n_channels, spec.usual_size, spec.usual_size)
    with torch.device("meta"):
        network = build_model(name, n_classes=2, n_channels=n_channels)
    layers, counted = describe(network, shape), cost(network, shape)
    assert sum(layer.n_parameters for layer in layers) == n_parameters(network) == counted.n_parameters
    assert sum(layer.multiply_adds for layer in layers) == counted.multiply_adds
    image_bytes = n_channels * spec.usual_size**2 * 4
    assert sum(layer.kept_bytes for layer in layers) + image_bytes == counted.activation_bytes
    assert layers[-1].output_shape == (2,)


@pytest.mark.parametrize(
    ("name", "depth"),
    [("vgg16", 16), ("googlenet", 22), ("inception_v3", 48), ("resnet34", 34), ("densenet121", 121)],
)
def test_networks_are_as_deep_as_their_names_and_papers_say(name, depth):
    assert describe(torchvision_network(name), (3, 299, 299))[-1].depth == depth
