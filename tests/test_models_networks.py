"""The networks: their numbers by hand, grey made from colour, and where pretrained weights come from."""

import hashlib
import http.server
import io
import threading
from collections.abc import Iterator
from http.client import IncompleteRead
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import nn
from torchvision.models import ResNet18_Weights
from torchvision.models import resnet18 as torchvision_resnet18

from core.errors import InvalidValueError, UnknownNameError, UserError
from core.models import pretrained, torchvision_networks
from core.models.build import build_model, model_spec
from core.models.describe import describe, n_parameters

FILE = ResNet18_Weights.IMAGENET1K_V1.url.rsplit("/", 1)[-1]


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


# Pretrained weights --------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torch's own."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def published() -> tuple[dict[str, torch.Tensor], bytes]:
    """A state dict that stands for ImageNet's, and its file."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(99)
        state = torchvision_resnet18(weights=None).state_dict()
    file = io.BytesIO()
    torch.save(state, file)
    return state, file.getvalue()


def build_pretrained(n_channels: int = 3) -> Any:
    return build_model("resnet18", n_classes=2, n_channels=n_channels, pretrained=True)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (URLError("Name or service not known"), "Name or service not known"),
        (TimeoutError("timed out"), "timed out"),
        (ConnectionResetError("Connection reset by peer"), "Connection reset by peer"),
        (IncompleteRead(b"1234"), "IncompleteRead(4 bytes read)"),
    ],
)
def test_no_network_is_one_clear_sentence(
    cache: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*args: Any, **more: Any) -> None:
        raise error

    monkeypatch.setattr("core.models.pretrained.urlopen", fail)
    with pytest.raises(UserError) as refused:
        build_pretrained()
    assert str(refused.value) == (
        f"The pretrained weights cannot be downloaded ({reason}). Connect to the network, put"
        f" {FILE} into {cache}, or train from scratch."
    )
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("n_channels", [1, 3])
def test_weights_in_the_cache_are_used_without_a_network(
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    published: tuple[dict[str, torch.Tensor], bytes],
    n_channels: int,
) -> None:
    state, content = published
    (cache / FILE).write_bytes(content)
    monkeypatch.delattr("core.models.pretrained.urlopen")
    model = build_pretrained(n_channels)
    for name, value in model.state_dict().items():
        if name == "conv1.weight" and n_channels == 1:
            torch.testing.assert_close(value, state[name].sum(dim=1, keepdim=True))
        elif not name.startswith("fc."):
            assert torch.equal(value, state[name]), name
    assert model.fc.weight.shape == (2, 512)


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"PK\x03\x04 half a file"])
def test_a_damaged_file_in_the_cache_is_one_clear_sentence(cache: Path, content: bytes) -> None:
    (cache / FILE).write_bytes(content)
    with pytest.raises(UserError) as refused:
        build_pretrained()
    assert str(refused.value) == (
        f"The pretrained weights are damaged. Delete {FILE} in {cache} if it is there, and try again."
    )


def test_a_file_of_another_network_is_one_clear_sentence(cache: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, cache / FILE)
    with pytest.raises(UserError, match="^The pretrained weights are damaged"):
        build_pretrained()


@pytest.fixture
def server(published: tuple[dict[str, torch.Tensor], bytes]) -> Iterator[str]:
    """A server on the loopback address that has the weights under any name."""
    content = published[1]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


def test_weights_are_downloaded_checked_and_kept(
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: str,
    published: tuple[dict[str, torch.Tensor], bytes],
) -> None:
    state, content = published
    name = f"resnet18-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    serve(monkeypatch, f"{server}/{name}")
    assert torch.equal(build_pretrained().conv1.weight, state["conv1.weight"])
    assert [path.name for path in cache.iterdir()] == [name]


def test_a_download_with_another_hash_is_refused_and_not_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    serve(monkeypatch, f"{server}/resnet18-00000000.pth")
    with pytest.raises(UserError, match="^The pretrained weights are damaged"):
        build_pretrained()
    assert list(cache.iterdir()) == []


def serve(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let the weights be downloaded from `url` instead of torchvision's own address."""
    monkeypatch.setattr(pretrained, "get_weight", lambda name: SimpleNamespace(url=url))
