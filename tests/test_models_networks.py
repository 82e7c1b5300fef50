"""The networks: their numbers by hand, and grey made from colour."""

import pytest
import torch
from torch import nn

from core.errors import InvalidValueError, UnknownNameError
from core.models import torchvision_networks
from core.models.build import build_model, model_spec
from core.models.describe import describe, n_parameters


def images(n: int, n_channels: int, size: int = 64) -> torch.Tensor:
    return torch.rand(n, n_channels, size, size, generator=torch.Generator().manual_seed(1))


def test_small_cnn_has_the_weights_that_its_shapes_say() -> None:
    convolutions = 9 * (1 * 16 + 16 * 32 + 32 * 64)
    norms = 2 * (16 + 32 + 64)
    assert (
        n_parameters(build_model("small_cnn", n_classes=2, n_channels=1)) == convolutions + norms + 64 * 2 + 2
    )


def test_small_cnn_layer_by_layer() -> None:
    layers = {
        layer.name: layer
        for layer in describe(build_model("small_cnn", n_classes=2, n_channels=1), (1, 64, 64))
    }
    first, last = layers["blocks.0.convolution"], layers["classifier"]
    assert (first.kind, first.output_shape, first.n_parameters) == ("Conv2d", (16, 64, 64), 144)
    assert first.multiply_adds == 16 * 64 * 64 * 9
    assert layers["blocks.1.convolution"].multiply_adds == 32 * 32 * 32 * 9 * 16
    assert layers["blocks.2.pool"].output_shape == (64, 8, 8)
    assert (last.output_shape, last.n_parameters, last.multiply_adds) == ((2,), 130, 128)


def test_describing_puts_back_every_mode_and_leaves_no_hook() -> None:
    model = build_model("small_cnn", n_classes=2, n_channels=1).train()
    model.get_submodule("blocks.0").eval()  # as when a part is frozen
    before = {name: module.training for name, module in model.named_modules()}
    state = {name: value.clone() for name, value in model.state_dict().items()}
    describe(model, (1, 32, 32))
    assert {name: module.training for name, module in model.named_modules()} == before
    assert all(not module._forward_hooks for module in model.modules())
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_describing_what_cannot_take_the_shape_leaves_no_hook_either() -> None:
    model = build_model("small_cnn", n_classes=2, n_channels=1)
    with pytest.raises(RuntimeError):
        describe(model, (2, 32, 32))
    assert model.training
    assert all(not module._forward_hooks for module in model.modules())


def test_resnet18_is_torchvisions_but_for_its_two_ends() -> None:
    model = build_model("resnet18", n_classes=3, n_channels=3)
    assert n_parameters(model) == 11_689_512 - (512 * 1000 + 1000) + (512 * 3 + 3)
    grey = build_model("resnet18", n_classes=3, n_channels=1)
    assert n_parameters(model) - n_parameters(grey) == 2 * 64 * 49


def test_a_grey_resnet18_sees_what_the_colour_one_sees_in_three_equal_colours() -> None:
    colour = build_model("resnet18", n_classes=2, n_channels=3, seed=3).eval()
    grey = build_model("resnet18", n_classes=2, n_channels=1, seed=3).eval()
    grey.fc.load_state_dict(colour.fc.state_dict())  # drawn after the adapted convolution
    film = images(2, 1)
    with torch.no_grad():
        torch.testing.assert_close(grey(film), colour(film.expand(-1, 3, -1, -1)), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("n_channels", [1, 2, 4])
def test_an_adapted_convolution_answers_equal_channels_as_the_old_one_does(n_channels: int) -> None:
    old = nn.Conv2d(3, 8, kernel_size=7, stride=2, padding=3, bias=False)
    new = torchvision_networks._adapted(old, n_channels)
    film = images(1, 1)
    with torch.no_grad():
        expected = old(film.expand(-1, 3, -1, -1))
        torch.testing.assert_close(new(film.expand(-1, n_channels, -1, -1)), expected, atol=1e-5, rtol=1e-4)


def test_building_leaves_a_gpus_random_state_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    build_model("small_cnn", n_classes=2, n_channels=1, seed=4)
    assert seeded == []


def test_unknown_networks_and_missing_pretrained_weights_are_said() -> None:
    with pytest.raises(UnknownNameError) as unknown:
        model_spec("resnet19")
    assert str(unknown.value) == "There is no network 'resnet19'. Did you mean 'resnet18'?"
    with pytest.raises(InvalidValueError) as refused:
        build_model("small_cnn", n_classes=2, n_channels=1, pretrained=True)
    assert str(refused.value) == (
        "'small_cnn' has no pretrained weights. Choose another network, or train from scratch."
    )
