"""ImageNet weights: where they come from, what is said without a network, and how they are made to fit."""

import hashlib
import io
from http.client import IncompleteRead
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import nn
from torchvision.models import ResNet18_Weights, get_model, get_weight
from torchvision.models import resnet18 as torchvision_resnet18

from core.errors import JobStoppedError, UserError
from core.models import pretrained, torchvision_networks
from core.models.adaptation import adaptations, began_with_imagenet
from core.models.blueprint import Blueprint
from core.models.build import build_model
from core.models.catalog import MODELS
from tests.file_server import FileServer, serving
from tests.networks import EVERY_NETWORK, images

FILE = ResNet18_Weights.IMAGENET1K_V1.url.rsplit("/", 1)[-1]
_PRETRAINED = [
    entry
    for entry in EVERY_NETWORK
    if MODELS[entry if isinstance(entry, str) else str(entry.values[0])].pretrained  # a pytest.param if slow
]


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


def build_pretrained(n_channels: int = 3, **more: Any) -> Any:
    return build_model("resnet18", n_classes=2, n_channels=n_channels, pretrained=True, **more)


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


def test_weights_are_downloaded_checked_and_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch, published: tuple[dict[str, torch.Tensor], bytes]
) -> None:
    state, content = published
    name = f"resnet18-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    shares: list[float] = []
    with serving(FileServer(files={f"/{name}": content})) as server:
        ask(monkeypatch, f"{server.base}/{name}")
        model = build_pretrained(progress=shares.append)
        assert torch.equal(build_pretrained(progress=shares.append).conv1.weight, state["conv1.weight"])
    assert torch.equal(model.conv1.weight, state["conv1.weight"])
    assert [path.name for path in cache.iterdir()] == [name]
    assert server.asked == [(f"/{name}", None)]  # the second time it was there
    assert len(shares) > 100
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.01
    assert shares[-1] == 1


def test_a_download_with_another_hash_is_refused_and_not_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch, published: tuple[dict[str, torch.Tensor], bytes]
) -> None:
    with serving(FileServer(files={"/resnet18-00000000.pth": published[1]})) as server:
        ask(monkeypatch, f"{server.base}/resnet18-00000000.pth")
        with pytest.raises(UserError, match="^The pretrained weights are damaged"):
            build_pretrained()
    assert list(cache.iterdir()) == []


def test_a_download_that_breaks_off_or_is_refused_is_one_clear_sentence(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(FileServer(files={"/resnet18-00000000.pth": bytes(1000)}, cut_after=[600])) as server:
        ask(monkeypatch, f"{server.base}/resnet18-00000000.pth")
        with pytest.raises(UserError, match=r"^The pretrained weights cannot be downloaded \(IncompleteRead"):
            build_pretrained()
        ask(monkeypatch, f"{server.base}/other.pth")
        with pytest.raises(UserError, match=r"^The pretrained weights cannot be downloaded \(Not Found\)"):
            build_pretrained()
    assert list(cache.iterdir()) == []


def test_a_download_stops_when_progress_says_so(
    cache: Path, monkeypatch: pytest.MonkeyPatch, published: tuple[dict[str, torch.Tensor], bytes]
) -> None:
    def stop(share: float) -> None:
        raise JobStoppedError

    with serving(FileServer(files={"/resnet18-00000000.pth": published[1]})) as server:
        ask(monkeypatch, f"{server.base}/resnet18-00000000.pth")
        with pytest.raises(JobStoppedError):
            build_pretrained(progress=stop)
    assert list(cache.iterdir()) == []


def ask(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let the weights be downloaded from `url` instead of torchvision's own address."""
    monkeypatch.setattr(pretrained, "get_weight", lambda name: SimpleNamespace(url=url))


# Made to fit ---------------------------------------------------------------------------------------------


def publish(name: str, cache: Path) -> nn.Module:
    """Put weights that stand for ImageNet's into the cache; return torchvision's own network with them."""
    options = {}
    if MODELS[name].auxiliary:
        options = {"init_weights": False, "aux_logits": True, "transform_input": True}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(99)
        network: nn.Module = get_model(name, weights=None, **options)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.running_mean, -0.5, 0.5)
    url: str = get_weight(MODELS[name].pretrained or "").url
    torch.save(network.state_dict(), cache / url.rsplit("/", 1)[-1])
    return network.eval()


@pytest.mark.parametrize("name", _PRETRAINED)
def test_a_pretrained_body_answers_as_torchvisions_and_grey_as_three_equal_colours(
    name: str, cache: Path
) -> None:
    theirs, size = publish(name, cache), MODELS[name].usual_size if MODELS[name].needs_size else 96
    options = {"n_classes": 2, "image_size": size, "pretrained": True}
    colour = build_model(name, n_channels=3, **options).eval()
    grey = build_model(name, n_channels=1, **options).eval()
    for model in (theirs, colour, grey):
        model.set_submodule(MODELS[name].head[-1], nn.Identity())
    film = images(2, 1, size) - 0.5
    with torch.no_grad():
        expected = theirs(film.expand(-1, 3, -1, -1))
        # GoogLeNet's first convolution sees zeros around the image, which `transform_input` never touched.
        close = {"atol": 0.02, "rtol": 0.02} if name == "googlenet" else {"atol": 1e-3, "rtol": 1e-3}
        torch.testing.assert_close(colour(film.expand(-1, 3, -1, -1)), expected, **close)
        torch.testing.assert_close(grey(film), colour(film.expand(-1, 3, -1, -1)), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("name", ["googlenet", pytest.param("inception_v3", marks=pytest.mark.slow)])
def test_pretrained_auxiliary_heads_are_there_for_training_and_new_for_the_classes(
    name: str, cache: Path
) -> None:
    theirs = publish(name, cache).state_dict()
    model = build_model(name, n_classes=2, n_channels=1, pretrained=True, auxiliary=True)
    for head in MODELS[name].auxiliary:
        for key, value in model.get_submodule(head).state_dict().items():
            theirs_value = theirs[f"{head}.{key}"]
            assert torch.equal(value, theirs_value) or value.shape[0] == 2, key
    assert build_model(name, n_classes=2, n_channels=1, pretrained=True).aux_logits is False


def test_the_layers_of_densenet_are_found_under_the_names_of_old() -> None:
    old = {
        "features.denseblock1.denselayer2.norm.1.weight": 1,
        "features.denseblock1.denselayer2.conv.2.weight": 2,
    }
    assert pretrained._of_today({**old, "features.norm5.weight": 3, "classifier.bias": 4}) == {
        "features.denseblock1.denselayer2.norm1.weight": 1,
        "features.denseblock1.denselayer2.conv2.weight": 2,
        "features.norm5.weight": 3,
        "classifier.bias": 4,
    }


def test_the_positions_of_vit_are_stretched_in_rows_and_columns_and_the_class_token_stays() -> None:
    columns = torch.arange(14.0).expand(14, 14)
    squares = torch.stack([columns, columns.T], dim=-1).reshape(1, 196, 2)  # row by row: (column, row)
    state = {"encoder.pos_embedding": torch.cat([torch.full((1, 1, 2), -7.0), squares], dim=1)}
    blueprint = Blueprint(MODELS["vit_b_16"], n_classes=2, n_channels=1, image_size=448)
    found = torchvision_networks._resized(blueprint, state)["encoder.pos_embedding"]
    assert found.shape == (1, 1 + 28 * 28, 2)
    assert found[0, 0].tolist() == [-7, -7]
    grid = found[0, 1:].reshape(28, 28, 2)
    torch.testing.assert_close(grid[5, :, 0], torch.linspace(0, 13, 28), atol=0.1, rtol=0)
    torch.testing.assert_close(grid[:, 5, 1], torch.linspace(0, 13, 28), atol=0.1, rtol=0)


def test_what_was_done_to_pretrained_weights_is_told() -> None:
    def told(name: str, n_channels: int, image_size: int | None = None) -> list[str]:
        found = adaptations(MODELS[name], n_channels=n_channels, image_size=image_size)
        return [str(message).partition(".")[0] for message in found]

    assert told("small_cnn", 1) == []
    assert told("resnet18", 3, 64) == []
    assert told("resnet18", 1) == ["The first convolution was made for three colours"]
    assert told("vit_b_16", 3, 224) == []
    assert told("vit_b_16", 3, 64) == ["The positions were learned at 224 pixels"]
    assert told("googlenet", 3) == [
        "The auxiliary heads get new last layers too; after training they are dropped"
    ]
    assert str(began_with_imagenet(MODELS["resnet18"], n_channels=1, image_size=64)) == (
        "It begins with torchvision's ImageNet weights; the head is new. The first convolution was made for"
        " three colours. Its weights are summed over the colours: a grey image gets the answer that it would"
        " get as three equal colours."
    )
