"""Pickles of PyTorch: their tensors come out, a program in them never runs, what is not plain is refused."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load, load_file
from torch import Tensor, nn

from core.errors import ImportRefusedError, InvalidValueError, UnknownNameError
from core.exchange.models.card_of_pickle import Wishes, card_of_weights, write_card
from core.exchange.models.convert import convert
from core.exchange.models.fitting import fit
from core.exchange.models.taking_in import import_model
from core.exchange.models.tensors import tensors_in
from core.models.build import build_model
from core.runs.checkpoints import load_model

State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    return dict(build_model("small_cnn", n_classes=3, n_channels=1, seed=2).state_dict())


class Runs:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def saved(found: object, *, zipped: bool = True) -> bytes:
    content = io.BytesIO()
    torch.save(found, content, _use_new_zipfile_serialization=zipped)
    return content.getvalue()


def shapes_of(state: State) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("key", ["", "state_dict", "model"])
def test_tensors_come_out_of_every_kind_of_checkpoint(key: str, zipped: bool, state: State) -> None:
    named = {f"module.{name}": tensor for name, tensor in state.items()}
    told, (content,) = tensors_in(saved({key: named, "epoch": 3} if key else named, zipped=zipped))
    assert (told["under"], told["stripped"]) == (key, ["module."])
    found = load(content)
    assert found.keys() == state.keys()
    for name, tensor in state.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


def test_other_precisions_become_float32_and_whole_numbers_stay(state: State) -> None:
    found = {"a": torch.tensor([0.1], dtype=torch.float64), "b": torch.ones(2, dtype=torch.bfloat16)}
    told, (content,) = tensors_in(saved({**found, "c": torch.tensor(7), "d": 0.5}))
    arrays = load(content)
    assert (told["widened"], told["left"]) == (2, 1)
    assert arrays["a"] == np.float32(0.1)
    assert (arrays["a"].dtype, arrays["b"].dtype, arrays["c"].dtype) == (np.float32, np.float32, np.int64)


def test_tied_and_turned_tensors_come_out_as_they_look() -> None:
    one = torch.arange(6.0).reshape(2, 3)
    _told, (content,) = tensors_in(saved({"a": one, "b": one, "c": one.T, "d": one[1]}))
    found = load(content)
    np.testing.assert_array_equal(found["b"], found["a"])
    np.testing.assert_array_equal(found["c"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(found["d"], [3, 4, 5])


def _bomb() -> bytes:
    content = io.BytesIO()
    plain = zipfile.ZipFile(io.BytesIO(saved({"a": torch.zeros(3_000_000)})))
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in plain.namelist():
            archive.writestr(name, plain.read(name))
    return content.getvalue()


def _script() -> bytes:
    class Double(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return 2 * x

    content = io.BytesIO()
    torch.jit.save(torch.jit.trace(Double(), torch.ones(1)), content)
    return content.getvalue()


HOSTILE: dict[str, tuple[Any, str]] = {
    "no file of torch": (b"hello", "no file of torch.save"),
    "zeros": (bytes(1000), "no file of torch.save"),
    "half a file": (lambda: saved({"a": torch.zeros(999)})[:-400], "no file of torch.save"),
    "half an old file": (lambda: saved({"a": torch.zeros(9)}, zipped=False)[:-9], "no file of torch.save"),
    "a bare pickle": (lambda: pickle.dumps({"a": 1}), "no file of torch.save"),
    "a deep pickle": (b"\x80\x02" + b"(" * 100_000 + b".", "no file of torch.save"),
    "a whole network": (lambda: saved(nn.Linear(2, 2)), "asks for 'torch.nn.modules.linear.Linear'"),
    "a tensor alone": (lambda: saved(torch.zeros(3)), "no state_dict"),
    "no tensor": (lambda: saved({"a": 1}), "No tensors were found"),
    "a sparse tensor": (lambda: saved({"a": torch.eye(3).to_sparse()}), "'a' is of a kind"),
    "a complex tensor": (lambda: saved({"a": torch.zeros(2, dtype=torch.complex64)}), "'a' is of a kind"),
    "an endless view": (lambda: saved({"a": torch.zeros(1).expand(10**12)}), "it is a trap"),
    "a deflated bomb": (_bomb, "it is a trap"),
    "an endless name": (lambda: saved({"a" * 1000: torch.zeros(1)}), "is of a kind"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*weights_only")
@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_state_dict_is_refused_in_a_sentence(kind: str) -> None:
    make, sentence = HOSTILE[kind]
    with pytest.raises(ImportRefusedError, match=sentence):
        tensors_in(make if isinstance(make, bytes) else make())


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_a_torchscript_archive_is_called_a_program() -> None:
    with pytest.raises(ImportRefusedError, match="a TorchScript archive, which is a program"):
        tensors_in(_script())


@pytest.mark.parametrize("zipped", [True, False])
def test_a_program_in_a_pickle_is_named_and_does_not_run(zipped: bool, tmp_path: Path) -> None:
    content = saved({"a": torch.zeros(1), "b": Runs(tmp_path / "it-ran")}, zipped=zipped)
    with pytest.raises(ImportRefusedError, match="asks for 'posix.mkdir'. Nothing of it was run"):
        tensors_in(content)
    assert list(tmp_path.iterdir()) == []


def test_the_fit_says_how_many_classes_and_channels_there_are(state: State) -> None:
    found = fit(shapes_of(state), "small_cnn", None, None)
    assert (found.n_classes, found.n_channels, found.left_out) == (3, 1, ())
    assert set(found.names) == set(state)


def test_auxiliary_heads_stay_behind_and_counters_may_be_missing() -> None:
    with torch.device("meta"):
        network = build_model("googlenet", n_classes=4, n_channels=3, auxiliary=True)
    shapes = shapes_of(dict(network.state_dict()))
    old = {name: shape for name, shape in shapes.items() if not name.endswith("num_batches_tracked")}
    found = fit(old, "googlenet", None, None)
    assert found.n_classes == 4
    assert found.left_out
    assert all(name.startswith("aux") for name in found.left_out)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: s.pop("classifier.bias"), "do not fit small_cnn: they have no tensor 'classifier.bias'"),
        (lambda s: s.update({"x": (1,)}), "do not fit small_cnn: it has no tensor 'x'"),
        (lambda s: s.update({"classifier.bias": (9,)}), "'classifier.bias' is 9 there and 3 here"),
        (lambda s: s.update({"classifier.weight": (10**9, 64)}), "do not fit|answers for 1000000000 classes"),
        (lambda s: s.pop("classifier.weight"), "do not fit small_cnn"),
    ],
)
def test_other_tensors_than_the_networks_are_named(change: Any, sentence: str, state: State) -> None:
    shapes = shapes_of(state)
    change(shapes)
    with pytest.raises(InvalidValueError, match=sentence):
        fit(shapes, "small_cnn", None, None)


def test_the_nearest_network_is_named(state: State) -> None:
    with pytest.raises(InvalidValueError, match="try --model small_cnn"):
        fit(shapes_of(state), "resnet18", None, None)
    with pytest.raises(UnknownNameError):
        fit(shapes_of(state), "resnet1001", None, None)


def test_in_the_sandbox_a_pickle_becomes_a_model_that_answers_and_a_program_does_not_run(
    state: State, home: Path
) -> None:
    there = home / "theirs"
    (home / "weights.pth").write_bytes(saved(OrderedDict(state)))
    converted = convert(home / "weights.pth", "small_cnn")
    assert 512 <= converted.memory_limit_mb < 1024
    converted.write(there / "best.safetensors")
    names = Wishes.parsed("a,b,c", "0.5", "0.25", fit=converted.fit)
    card = card_of_weights(converted.fit, names)
    assert card is not None
    assert write_card(card, there) == there / "model.json"
    network = load_model(import_model(there, name="theirs")).model.state_dict()
    assert all(torch.equal(network[name], tensor) for name, tensor in state.items())
    (home / "evil.pth").write_bytes(saved({"a": Runs(home / "it-ran")}))
    with pytest.raises(ImportRefusedError, match="Nothing of it was run"):
        convert(home / "evil.pth", "small_cnn")
    assert not (home / "it-ran").exists()


@pytest.mark.slow
def test_a_number_that_is_none_is_refused_also_where_it_becomes_one(state: State, home: Path) -> None:
    for value, kind in ((float("nan"), torch.float32), (1e300, torch.float64)):
        spoilt = {**state, "classifier.bias": torch.full((3,), value, dtype=kind)}
        (home / "weights.pth").write_bytes(saved(spoilt))
        with pytest.raises(ImportRefusedError, match="'classifier.bias' holds a number that is infinite"):
            convert(home / "weights.pth", "small_cnn")
    assert [path.name for path in home.iterdir()] == ["weights.pth"]


def test_files_that_are_none_are_refused_before_a_process_starts(home: Path) -> None:
    (home / "empty.pth").touch()
    with pytest.raises(ImportRefusedError, match="'empty.pth' is empty"):
        convert(home / "empty.pth", "small_cnn")
    with pytest.raises(ImportRefusedError, match="is no file"):
        convert(home, "small_cnn")
    with (home / "large.pth").open("wb") as file:
        file.truncate(2**31 + 2**20)  # a hole: it takes no room
    with pytest.raises(ImportRefusedError, match="'large.pth' has 2049 MB; at most 2048 MB are read"):
        convert(home / "large.pth", "small_cnn")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("a,b", None, None), "each of the 3 classes"),
        (("a,a,b", None, None), "each of the 3 classes"),
        (("a,b,", None, None), "each of the 3 classes"),
        (("a,b,c", "0.5", None), "needs all three"),
        ((None, "0.5", "0.5"), "needs all three"),
        (("a,b,c", "0.5", "0"), "needs all three"),
        (("a,b,c", "0.5,0.5", "0.5"), "not 1 numbers"),
        (("a,b,c", "nan", "0.5"), "not 1 numbers"),
        (("a,b,c", "x", "0.5"), "not 1 numbers"),
    ],
)
def test_half_a_card_is_refused(words: tuple[str | None, ...], sentence: str, state: State) -> None:
    found = fit(shapes_of(state), "small_cnn", None, None)
    with pytest.raises(InvalidValueError, match=sentence):
        Wishes.parsed(*words, fit=found)


def test_no_card_is_made_that_would_be_refused_where_models_come_in(state: State) -> None:
    whole, named = fit(shapes_of(state), "small_cnn", None, None), ("a", "b", "c")
    with pytest.raises(ImportRefusedError, match="at most 512"):
        card_of_weights(replace(whole, image_size=600), Wishes(named, (0.5,), (0.2,)))
    with pytest.raises(ImportRefusedError, match="statistics that no images have"):
        card_of_weights(whole, Wishes(named, (5e9,), (0.2,)))


def test_a_written_file_is_read_by_others(state: State, tmp_path: Path) -> None:
    from core.exchange.models.convert import Converted

    arrays = {name: tensor.numpy() for name, tensor in state.items()}
    found = fit(shapes_of(state), "small_cnn", None, None)
    Converted(found, arrays, "", (), 0, 0, 512).write(tmp_path / "w.safetensors")
    assert load_file(tmp_path / "w.safetensors").keys() == state.keys()
