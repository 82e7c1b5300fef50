"""Filming changes nothing of a training, and keeps what a fresh look at the same weights would find."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from core.datasets.store import open_dataset
from core.errors import InvalidValueError
from core.jobs import control
from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.class_map import class_map, class_maps
from core.models.last_features import LastFeatures
from core.runs.metrics import read_metrics
from core.runs.pins import check_pins
from core.runs.records import EpochMetrics, RunEvent
from core.runs.replay import read_recording
from core.runs.store import Run
from core.statistics.flat_map import flat_map
from core.training import launch, replay, worker
from core.training.branching import branch
from core.training.config import parse_config
from core.transforms.preprocessing import to_input
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
    "keep_epochs": "all",
}
Train = Callable[..., Run]


@pytest.fixture
def train(home: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Launch a run and work on it here, in the test's own process."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny()

    def train(*, pinned: tuple[int, ...] | None = None, **changes: Any) -> Run:
        run = launch.launch(parse_config({**CONFIG, **changes}), pinned=pinned)
        worker.main(run.folder)
        return run

    return train


def learned(run: Run) -> list[dict[str, Any]]:
    lines = [line for line in read_metrics(run.folder).lines if isinstance(line, EpochMetrics)]
    return [line.model_dump(exclude={"seconds", "images_per_second"}) for line in lines]


def state_of(run: Run, epoch: int) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(run.folder / "epochs" / f"{epoch}.pt", weights_only=True)
    return state


def events(run: Run) -> list[str]:
    return [line.what for line in read_metrics(run.folder).lines if isinstance(line, RunEvent)]


@pytest.mark.parametrize("model", ["small_cnn", "digit_cnn", "row_gru"])  # batch norm, dropout, no maps
def test_a_filmed_run_is_the_same_to_the_bit(train: Train, model: str) -> None:
    changes = {"model": model, "augmentations": [{"name": "rotate"}, {"name": "mixup"}]}
    filmed, plain = train(**changes), train(replay=False, **changes)
    assert read_recording(filmed.folder) is not None
    assert not (plain.folder / "replay").exists()
    assert learned(filmed) == learned(plain)
    for epoch in (1, 3):
        mine, theirs = state_of(filmed, epoch), state_of(plain, epoch)
        assert torch.equal(mine["rng"], theirs["rng"])
        for name, tensor in theirs["model"].items():  # running means and their counts are in it
            assert torch.equal(mine["model"][name], tensor), name


def test_a_frame_holds_what_a_fresh_look_at_the_kept_weights_finds(train: Train) -> None:
    run = train()
    recording = read_recording(run.folder)
    assert recording is not None
    frame = recording.frames[-1]
    model = build_model("small_cnn", n_classes=2, n_channels=1, image_size=16)
    model.load_state_dict(state_of(run, 3)["model"])
    model.eval()
    dataset, card = open_dataset("tiny"), run.card

    def inputs_of(ids: list[int]) -> torch.Tensor:
        images = (dataset.image(one) for one in ids)
        return torch.from_numpy(
            np.stack([to_input(one, card.preprocessing, card.statistics) for one in images])
        )

    inputs = inputs_of(frame.cases.tolist())
    with torch.no_grad():
        expected = model(inputs).softmax(dim=1).numpy()
    np.testing.assert_allclose(frame.probabilities, expected, atol=1e-6)
    layer = model.get_submodule(str(MODELS["small_cnn"].grad_cam_layer))
    positive = card.class_names.index(str(card.positive_class))
    for place, one in enumerate(inputs):
        found = class_map(model, layer, one[None], positive)[0, 0].numpy()
        assert frame.peaks[place] == pytest.approx(found.max(), abs=1e-6)
        scaled = found / found.max() if found.max() > 0 else found
        np.testing.assert_allclose(frame.maps[place] / 255, scaled, atol=0.5 / 255 + 1e-6)
    points = inputs_of(list(recording.about.points))
    kept: list[torch.Tensor] = []
    hook = model.classifier.register_forward_pre_hook(lambda _layer, given: kept.append(given[0]))
    with torch.no_grad():
        logits = model(points)
    hook.remove()
    assert frame.called.tolist() == logits.argmax(dim=1).tolist()
    flat = flat_map(kept[0].numpy())
    assert frame.spread == pytest.approx(flat.spread, rel=1e-4)
    assert frame.kept_share == pytest.approx(flat.kept_share, rel=1e-4)
    distances = np.linalg.norm(frame.places[:, None] - frame.places[None], axis=2)  # turned, never stretched
    expected = np.linalg.norm(flat.places[:, None] - flat.places[None], axis=2)
    np.testing.assert_allclose(distances, expected, atol=0.02)  # stored with 11 bits


def test_the_table_of_errors_of_a_frame_is_the_epochs(train: Train) -> None:
    run = train()
    recording = read_recording(run.folder)
    assert recording is not None
    by_epoch = {frame.epoch: frame for frame in recording.frames}
    for line in run.epochs:
        table = by_epoch[line.epoch].confusion(recording.about.truth, 2)
        assert table.tolist() == [list(row) for row in line.val_confusion or ()]


@pytest.mark.parametrize("name", ["small_cnn", "digit_cnn", "resnet18"])
def test_maps_of_a_batch_are_those_of_its_images_one_by_one(name: str) -> None:
    model = build_model(name, n_classes=3, n_channels=1, image_size=32, seed=2).eval()
    layer = model.get_submodule(str(MODELS[name].grad_cam_layer))
    inputs = torch.rand(5, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([0, 1, 2, 1, 0])
    maps, logits = class_maps(model, layer, inputs, targets)
    for place, target in enumerate(targets.tolist()):
        alone = class_map(model, layer, inputs[place : place + 1], target)[0]
        torch.testing.assert_close(maps[place], alone, atol=1e-6, rtol=1e-5)
    with torch.no_grad():
        torch.testing.assert_close(logits, model(inputs))


def test_maps_of_a_frozen_network_are_those_of_a_free_one_and_leave_nothing_behind() -> None:
    model = build_model("small_cnn", n_classes=2, n_channels=1, image_size=32, seed=2).eval()
    layer = model.get_submodule("blocks.2.convolution")
    inputs, targets = torch.rand(3, 1, 32, 32), torch.tensor([1, 1, 0])
    free, _ = class_maps(model, layer, inputs, targets)
    assert all(parameter.grad is None for parameter in model.parameters())
    model.requires_grad_(False)
    frozen, _ = class_maps(model, layer, inputs, targets)
    assert torch.equal(free, frozen)
    assert not layer._forward_hooks


def test_features_of_a_pass_that_began_anew_are_those_of_the_last_one() -> None:
    layer = nn.Linear(4, 2)
    watch = LastFeatures(layer)
    images = torch.arange(40.0).reshape(10, 4)
    with watch.of(np.array([1, 4, 9])) as begin:
        begin()
        layer(images[:6])  # the memory ends here
        begin()
        for part in torch.split(images, 3):
            layer(part)
    assert torch.equal(torch.from_numpy(watch.taken()), images[[1, 4, 9]])
    assert not layer._forward_pre_hooks


def test_the_test_split_is_sealed(train: Train) -> None:
    run = train()
    split = run.split()
    sealed = [int(one) for one in split.loc[split["split"] == "test", "sample_id"]]
    known = [int(one) for one in split.loc[split["split"] == "train", "sample_id"]][:1]
    with pytest.raises(
        InvalidValueError, match=f"^Image {sealed[0]} is in the test split, which stays sealed"
    ):
        check_pins(split, (sealed[0],))
    run = train(pinned=tuple(known), seed=1)
    (run.folder / "pinned.json").write_text(f'{{"cases": {[*sealed, *known]}}}')  # by another hand
    go_on(run)
    recording = read_recording(run.folder)
    assert recording is not None
    for frame in recording.frames:
        assert frame.cases.tolist() == known
        assert frame.in_training.tolist() == [True]
    assert not set(recording.about.points) & set(sealed)


def go_on(run: Run) -> None:
    """Train the run's last epoch anew, as after a kill."""
    state = state_of(run, 2)
    torch.save(state, run.folder / "last.pt")
    worker.main(run.folder)


def test_a_run_that_goes_on_writes_the_frames_after_its_save_again_to_the_bit(train: Train) -> None:
    run = train()
    before = {path.name: path.read_bytes() for path in (run.folder / "replay").iterdir()}
    (run.folder / "replay" / "3.npz").write_bytes(b"of before the kill")
    (run.folder / "replay" / "7.npz").write_bytes(before["3.npz"])
    go_on(run)
    after = {path.name: path.read_bytes() for path in (run.folder / "replay").iterdir()}
    with np.load(run.folder / "replay" / "3.npz") as stored:
        again = {name: stored[name] for name in stored.files}
    (run.folder / "replay" / "3.npz").write_bytes(before["3.npz"])
    with np.load(run.folder / "replay" / "3.npz") as stored:
        for name in stored.files:
            np.testing.assert_array_equal(again[name], stored[name])
    assert set(after) == set(before)


def test_a_case_that_is_pinned_while_the_run_is_at_work_is_followed_from_the_next_epoch_on(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, asked = replay.Replay.record, []

    def record(self: replay.Replay, epoch: int, *more: Any) -> None:
        original(self, epoch, *more)
        if epoch == 2:
            asked.append(self._images.split.query("split == 'val'")["sample_id"].iloc[-1])
            (self._run.folder / "pinned.json").write_text(f'{{"cases": [{asked[0]}]}}')

    monkeypatch.setattr(replay.Replay, "record", record)
    recording = read_recording(train().folder)
    assert recording is not None
    assert [len(frame.cases) > 1 for frame in recording.frames if frame.epoch] == [True, True, False]
    assert recording.frames[-1].cases.tolist() == asked


def test_a_branch_begins_with_the_story_of_the_run_it_leaves(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = train()
    child = branch(parent.run_id, 2, {"learning_rate": 0.01})
    worker.main(child.folder)
    mine, theirs = read_recording(child.folder), read_recording(parent.folder)
    assert mine is not None
    assert theirs is not None
    assert mine.epochs == theirs.epochs == (1, 2, 3)
    for own, other in zip(mine.frames[:2], theirs.frames, strict=False):
        np.testing.assert_array_equal(own.places, other.places)
    assert (mine.frames[2].probabilities != theirs.frames[2].probabilities).any()


def test_maps_that_fail_end_no_run_and_are_told(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no gradient here")

    monkeypatch.setattr(replay, "class_maps", fail)
    failed = train()
    monkeypatch.undo()
    assert failed.state == "completed"
    assert events(failed) == ["replay"]
    recording = read_recording(failed.folder)
    assert recording is not None
    assert all(frame.maps.shape[1:] == (0, 0) for frame in recording.frames)
    assert recording.epochs[-1] == 3
    assert str(recording.about.notes[0]).startswith("The maps for the time machine could not be made")


def test_a_recording_that_fails_ends_no_run_and_changes_none(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = train(replay=False)
    monkeypatch.setattr(replay, "flat_map", lambda features: 1 / 0)
    failed = train()
    assert failed.state == "completed"
    assert events(failed) == ["replay"]
    assert read_recording(failed.folder) is None
    mine, theirs = (load_file(run.folder / "best.safetensors") for run in (failed, plain))
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)


def test_a_long_run_begins_before_its_first_step_and_a_short_one_does_not(train: Train) -> None:
    short, long = read_recording(train(epochs=1).folder), read_recording(train(epochs=40).folder)
    assert short is not None
    assert long is not None
    assert (short.epochs[0], long.epochs[0]) == (1, 0)
    untrained = long.frames[0].probabilities[:, 1]  # the last layer's first weights are next to nothing
    assert np.ptp(untrained) < 0.2
