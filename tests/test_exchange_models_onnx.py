"""A network as ONNX: it leaves only if it gives the same probabilities, and no truth is looked at for it."""

import json
import logging
import warnings
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from core.errors import StateError
from core.evaluation.looks import n_looks
from core.exchange.models import onnx_graph
from core.exchange.models.brought import brought_from_zip
from core.exchange.models.leaving import write_model
from core.exchange.models.onnx_graph import largest_difference, write_onnx
from core.exchange.models.taking_in import import_model
from core.models.build import build_model
from core.models.catalog import MODELS
from core.report.model_file import export_model
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.records import ModelCard
from core.runs.store import Run
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics
from tests.networks import size_of
from tests.trained import make_run_of


@pytest.fixture
def run(home: Path) -> Run:
    return make_run_of(("clear", "finding"), "mother")


def test_onnx_is_checked_against_torch_and_says_what_it_takes_and_what_it_is_not_for(
    run: Run, tmp_path: Path
) -> None:
    shares: list[float] = []
    check = export_model(
        run, tmp_path / "m.zip", with_onnx=True, progress=lambda share, message: shares.append(share)
    )
    assert check is not None
    assert (check.split, check.n_images, check.n_split) == ("val", 8, 8)
    assert 0 <= check.largest_difference < 1e-5
    assert "checked on 8 of 8 validation images" in str(check.words)
    assert shares == sorted(shares)
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        graph = onnx.load_from_string(archive.read("model.onnx"))
    facts = {entry.key: entry.value for entry in graph.metadata_props}
    assert "never for diagnosis" in facts["notice"]
    assert json.loads(facts["classes"]) == ["clear", "finding"]
    assert "(n, 1, 16, 16)" in facts["input"]
    (taken,) = graph.graph.input
    assert taken.name == "image"
    assert [axis.dim_param or axis.dim_value for axis in taken.type.tensor_type.shape.dim] == ["n", 1, 16, 16]
    assert brought_from_zip((tmp_path / "m.zip").read_bytes()).card.run == "mother"


@pytest.mark.slow
def test_the_check_finds_a_file_that_answers_otherwise_and_nothing_leaves(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(loaded: LoadedModel, path: Path) -> None:
        bias = loaded.model.get_parameter("classifier.bias")
        with torch.no_grad():
            bias[0] += 0.01
        write_onnx(loaded, path)
        with torch.no_grad():
            bias[0] -= 0.01

    monkeypatch.setattr(onnx_graph, "write_onnx", other)
    with pytest.raises(StateError, match="does not answer as the network does") as refusal:
        export_model(run, tmp_path / "m.zip", with_onnx=True)
    assert "and at most 1e-04 is allowed" in str(refusal.value)
    assert list(tmp_path.glob("m.zip*")) == []


@pytest.mark.slow
def test_asking_two_runtimes_is_no_look_at_the_test_split(trained: Run, tmp_path: Path) -> None:
    looks = n_looks(trained)
    check = export_model(trained, tmp_path / "m.zip", with_onnx=True, most_checked=3)
    assert check is not None
    assert (check.split, check.n_images) == ("test", 3)
    assert check.n_split > 3
    assert n_looks(trained) == looks
    assert not list(trained.folder.glob("predictions/*.test.*"))
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        assert "test" not in json.loads(archive.read("model.json"))["metrics"]


@pytest.mark.slow
def test_without_its_images_a_network_is_checked_on_noise_and_says_so(run: Run, tmp_path: Path) -> None:
    write_model(run, tmp_path / "m.zip", metrics={}, text="")
    check = export_model(import_model(tmp_path / "m.zip"), tmp_path / "n.zip", with_onnx=True)
    assert check is not None
    assert (check.split, check.n_images) == ("", 64)
    assert "64 images of noise" in str(check.words)


@pytest.mark.slow
def test_exporting_leaves_filters_and_levels_as_they_were(run: Run, tmp_path: Path) -> None:
    filters, level = list(warnings.filters), logging.getLogger("torch.onnx").level
    write_onnx(load_model(run), tmp_path / "m.onnx")
    assert (list(warnings.filters), logging.getLogger("torch.onnx").level) == (filters, level)


def decided(name: str, side: int, inputs: Tensor) -> nn.Module:
    """Return a network whose answers differ from image to image; a fresh one says the same of every one."""
    network = build_model(name, n_classes=3, n_channels=1, image_size=side, seed=1)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, generator=torch.Generator().manual_seed(2))
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # what it has seen on average: 32 images of noise
        network.train()(torch.randn(32, *inputs.shape[1:], generator=torch.Generator().manual_seed(3)))
        logits = network.eval()(inputs)
        head = network.get_submodule(MODELS[name].head[-1])
        head.get_parameter("bias").sub_(logits.mean(dim=0))
        for parameter in head.parameters():
            parameter.div_(logits.std(dim=0).mean())
    return network


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_network_says_the_same_in_onnx(name: str, tmp_path: Path) -> None:
    side = size_of(name)
    channels = ChannelStatistics(mean=(0.5,), std=(0.5,), low=(0.0,), high=(1.0,))
    card = ModelCard(
        run="r", model=name, class_names=("a", "b", "c"), positive_class=None, n_channels=1, image_size=side,
        preprocessing=default_preprocessing(side, 1), statistics=channels, intended_use="", simulated=True,
        dataset="d", n_train_images=1, n_train_patients=None, best_epoch=1,
    )  # fmt: skip
    inputs = np.random.default_rng(0).standard_normal((5, 1, side, side), dtype=np.float32)
    network = decided(name, side, torch.from_numpy(inputs))
    with torch.no_grad():
        ours = network(torch.from_numpy(inputs)).softmax(dim=1)
    assert float(ours.std(dim=0).max()) > 0.05, "answers that are all alike prove nothing"
    write_onnx(LoadedModel(network, card), tmp_path / "m.onnx")
    n, largest = largest_difference(LoadedModel(network, card), tmp_path / "m.onnx", inputs)
    assert n == 5
    assert 0 <= largest < 1e-4
