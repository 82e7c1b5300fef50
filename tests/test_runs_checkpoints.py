"""Weights on disk: what does not fit, is not finite or is no safetensors is refused; the rest comes back."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.errors import StateError
from core.models.build import build_model
from core.runs.checkpoints import keep_epoch, load_last, load_model, save_best, save_last
from core.runs.records import ModelCard
from core.runs.store import Run
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics, Preprocessing

CARD = ModelCard(
    run="run",
    model="small_cnn",
    class_names=("clear", "finding"),
    positive_class="finding",
    n_channels=1,
    preprocessing=default_preprocessing(32, 1),
    statistics=ChannelStatistics(mean=(0.4,), std=(0.2,), low=(0.0,), high=(1.0,)),
    intended_use="teaching",
    simulated=True,
    dataset="tiny",
    n_train_images=10,
    n_train_patients=None,
    best_epoch=1,
)
DOES_NOT_FIT = "The weights of 'run' cannot be read: they do not fit small_cnn."


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Run, nn.Module]:
    run = Run("run", tmp_path / "run")
    run.folder.mkdir()
    model = build_model("small_cnn", n_classes=2, n_channels=1, seed=7)
    save_best(run.folder, model, CARD)
    return run, model


def change(run: Run, name: str, tensor: torch.Tensor | None) -> None:
    path = run.folder / "best.safetensors"
    weights = load_file(path)
    if tensor is None:
        del weights[name]
    else:
        weights[name] = tensor
    save_file(weights, path)


def test_a_model_comes_back_whole_and_ready_to_predict(saved: tuple[Run, nn.Module]) -> None:
    run, model = saved
    loaded = load_model(run)
    assert loaded.card == CARD
    assert (loaded.class_names, loaded.preprocessing) == (CARD.class_names, CARD.preprocessing)
    assert loaded.statistics == CARD.statistics
    assert not loaded.model.training
    for name, value in loaded.model.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_refused(saved: tuple[Run, nn.Module], value: float) -> None:
    run, model = saved
    bias = model.state_dict()["classifier.bias"].clone()
    bias[1] = value
    change(run, "classifier.bias", bias)
    with pytest.raises(StateError) as refused:
        load_model(run)
    assert str(refused.value) == "The weights of 'run' are not finite; train it again."


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("classifier.bias", torch.zeros(3)),
        ("classifier.bias", None),
        ("classifier.weight", torch.zeros(1)),  # must not be broadcast
        ("another", torch.zeros(1)),
    ],
)
def test_weights_of_another_shape_are_refused(
    saved: tuple[Run, nn.Module], name: str, tensor: torch.Tensor | None
) -> None:
    run, _ = saved
    change(run, name, tensor)
    with pytest.raises(StateError) as refused:
        load_model(run)
    assert str(refused.value) == DOES_NOT_FIT


@pytest.mark.parametrize("content", [b"", b"no safetensors", b"\xff" * 64, b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_no_safetensors_is_refused(saved: tuple[Run, nn.Module], content: bytes) -> None:
    run, _ = saved
    (run.folder / "best.safetensors").write_bytes(content)
    with pytest.raises(StateError) as refused:
        load_model(run)
    assert str(refused.value) == DOES_NOT_FIT


class Malicious:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("it-ran"),))


def test_a_pickle_is_never_run(
    saved: tuple[Run, nn.Module], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = saved
    monkeypatch.chdir(tmp_path)
    (run.folder / "best.safetensors").write_bytes(pickle.dumps(Malicious()))
    with pytest.raises(StateError):
        load_model(run)
    torch.save({"model": Malicious()}, run.folder / "last.pt")
    with pytest.raises(pickle.UnpicklingError):
        load_last(run.folder)
    assert not (tmp_path / "it-ran").exists()


def test_saving_leaves_the_model_where_it_is_and_no_temporary_file(saved: tuple[Run, nn.Module]) -> None:
    run, model = saved
    assert model.training
    assert {path.name for path in run.folder.iterdir()} == {"best.safetensors", "model.json"}


def test_the_last_state_comes_back_and_is_none_before_the_first(tmp_path: Path) -> None:
    assert load_last(tmp_path) is None
    state = {
        "rng": torch.get_rng_state(),
        "progress": {"step": 3, "best_val_loss": float("inf")},
        "none": None,
    }
    save_last(tmp_path, state)
    again = load_last(tmp_path)
    assert again is not None
    assert torch.equal(again.pop("rng"), state.pop("rng"))
    assert again == state


def test_a_save_that_breaks_off_leaves_the_one_before(tmp_path: Path) -> None:
    save_last(tmp_path, {"step": 1})
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        save_last(tmp_path, {"step": lambda: 2})
    assert load_last(tmp_path) == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]


def test_kept_epochs_lie_in_their_own_folder(tmp_path: Path) -> None:
    keep_epoch(tmp_path, 4, {"model": {"weight": torch.ones(2)}})
    state = torch.load(tmp_path / "epochs" / "4.pt", weights_only=True)
    assert torch.equal(state["model"]["weight"], torch.ones(2))


@pytest.mark.parametrize(
    ("field", "values", "reason"),
    [
        ("mean", [float("nan")], "'statistics.mean.0' is not right: it must be a number."),
        ("std", [float("inf")], "'statistics.std.0' is not right: it must be a number."),
        ("std", [-0.2], "'statistics.std.0' is not right: it must be at least 0.0."),
    ],
)
def test_a_card_with_impossible_statistics_is_refused_for_every_answer_would_be_wrong(
    saved: tuple[Run, nn.Module], field: str, values: list[float], reason: str
) -> None:
    run = saved[0]
    card = json.loads((run.folder / "model.json").read_text())
    card["statistics"][field] = values
    (run.folder / "model.json").write_text(json.dumps(card))
    with pytest.raises(StateError) as refused:
        load_model(Run(run.run_id, run.folder))
    assert str(refused.value) == f"The card of '{run.run_id}' cannot be used: {reason}"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"preprocessing": default_preprocessing(32, 3)},
            "The card of 'run' contradicts itself: its step 'channels' gives 3, its statistics have 1, and"
            " the network takes 1.",
        ),
        (
            {
                "statistics": ChannelStatistics(
                    mean=(0.4,) * 3, std=(0.2,) * 3, low=(0.0,) * 3, high=(1.0,) * 3
                )
            },
            "The card of 'run' contradicts itself: its step 'channels' gives 1, its statistics have 3, and"
            " the network takes 1.",
        ),
        (
            {"preprocessing": Preprocessing(steps=default_preprocessing(32, 1).steps[:2])},
            "The preprocessing of 'run' cannot be used: a network takes images of one size: add the step"
            " 'resize'.",
        ),
    ],
)
def test_a_card_whose_preprocessing_does_not_fit_its_network_is_refused(
    saved: tuple[Run, nn.Module], change: dict[str, Any], sentence: str
) -> None:
    run, model = saved
    save_best(run.folder, model, CARD.model_copy(update=change))
    with pytest.raises(StateError) as refused:
        load_model(run)
    assert str(refused.value) == sentence
