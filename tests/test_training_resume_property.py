"""Whatever a run is made of, it can be cut at any step and goes on to the bit.

In this process: many configs, chosen so that every two settings meet; each is cut somewhere, saved to a file,
built anew and restored. In processes of their own: a few of them with a real kill -9.
"""

import functools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.jobs import control
from core.runs.checkpoints import load_last, save_last
from core.runs.store import Run
from core.training import launch
from core.training.config import TrainingConfig, parse_config
from core.training.engine import Engine
from core.training.metrics import epoch_scores, score_in
from core.training.pipeline import Inputs, PreparedData, batches_an_epoch
from core.training.steps import engine_for, logits_of, training_steps
from core.transforms.preprocessing import channel_statistics, default_preprocessing, unit
from tests.tiny_dataset import write_tiny
from tests.workers import killed_trainer

Values = dict[str, Any]

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw")
SETTINGS: dict[str, list[Values]] = {
    "optimizer": [{"optimizer": name} for name in OPTIMIZERS],
    "schedule": [
        {"schedule": "constant"},
        {"schedule": "step", "step_epochs": 1, "rate_factor": 0.5},
        {"schedule": "cosine"},
        {"schedule": "cosine", "warmup_epochs": 0.6},
        {"schedule": "one-cycle"},
        {"schedule": "plateau", "plateau_patience": 0, "rate_factor": 0.5, "best_by": "accuracy"},
        {"schedule": "plateau", "plateau_patience": 1, "warmup_epochs": 0.6},
    ],
    "sampler": [{"balance": name} for name in ("plain", "over-sampling", "under-sampling", "class weights")],
    "loss": [
        {"loss": "cross-entropy"},
        {"loss": "cross-entropy", "label_smoothing": 0.1},
        {"loss": "focal"},
        {"loss": "focal", "focal_gamma": 0.5, "focal_alpha": 0.25},
    ],
    "stages": [
        {},
        {"head_epochs": 1, "unfreeze": "all"},
        {"head_epochs": 2, "unfreeze": "last blocks", "frozen_norm": "adapt"},
        {"head_epochs": 1, "unfreeze": "nothing"},
    ],
    "chance": [
        {"augmentations": []},
        {"augmentations": [{"name": "mixup"}], "dropout": 0.4},
        {"augmentations": [{"name": "flip_horizontal"}, {"name": "gaussian_noise"}], "dropout": 0.1},
    ],
    "numbers": [
        {"precision": "float32"},
        {"precision": "bfloat16", "gradient_clip": 0.5},
        {"precision": "float16", "gradient_clip": 1.0},  # the scaler's factor is part of the state
        {"precision": "float32", "gradient_clip": 0.05, "parts": 3},
    ],
}
Chosen = tuple[int, ...]  # an index into the list of each setting
_ORDER = list(SETTINGS)


def every_two_settings_meet(seed: int) -> list[Chosen]:
    """Return configs that hold each pair of values of two settings at least once: greedy, by lot."""
    lot = random.Random(seed)
    sizes = [len(SETTINGS[name]) for name in _ORDER]
    open_pairs = {
        ((one, mine), (other, theirs))
        for one, other in combinations(range(len(sizes)), 2)
        for mine, theirs in product(range(sizes[one]), range(sizes[other]))
    }
    chosen = []
    while open_pairs:
        first, second = lot.choice(sorted(open_pairs))
        tries = [[lot.randrange(size) for size in sizes] for _ in range(40)]
        for values in tries:
            values[first[0]], values[second[0]] = first[1], second[1]
        best = max(tries, key=lambda values: len(open_pairs & set(combinations(enumerate(values), 2))))
        open_pairs -= set(combinations(enumerate(best), 2))
        chosen.append(tuple(best))
    return chosen


def by_lot(n: int, seed: int) -> list[Chosen]:
    lot = random.Random(seed)
    return [tuple(lot.randrange(len(SETTINGS[name])) for name in _ORDER) for _ in range(n)]


def values_of(chosen: Chosen) -> Values:
    merged: Values = {}
    for name, index in zip(_ORDER, chosen, strict=True):
        merged |= SETTINGS[name][index]
    return merged


def name_of(chosen: Chosen) -> str:
    return "-".join(map(str, chosen))


BASE: Values = {
    "dataset": "tiny",
    "device": "cpu",
    "image_size": 16,
    "epochs": 3,
    "batch_size": 7,
    "threads": 1,
}


def config_of(values: Values) -> TrainingConfig:
    return parse_config({**BASE, **{name: value for name, value in values.items() if name != "parts"}})


@functools.cache
def films() -> PreparedData:
    """28 films of noise to train with, one of three of them brighter in the middle; 12 to validate."""
    draws = np.random.default_rng(0)
    labels = np.arange(40) % 3 // 2
    pixels = draws.integers(0, 40_000, (40, 1, 16, 16), dtype=np.uint16)
    pixels[labels == 1, :, 4:12, 4:12] += 15_000
    rows = torch.arange(40)
    return PreparedData(
        pixels=torch.from_numpy(pixels),
        labels=torch.from_numpy(labels),
        rows={"train": rows[:28], "val": rows[28:], "test": rows[:0]},
        statistics=channel_statistics(unit(pixels).transpose(1, 0, 2, 3)),
        preprocessing=default_preprocessing(16, 1),
    )


@dataclass
class Short:
    """The training loop without its files: an engine, and all that was seen of it."""

    config: TrainingConfig
    parts: int
    seen: list[Any] = field(default_factory=list)
    end: Values = field(default_factory=dict)  # the state after the last epoch

    def __post_init__(self) -> None:
        self.data = films()
        self.engine: Engine = engine_for(self.data, self.config, n_classes=2, positive_index=1)
        self.engine.parts = self.parts
        steps, device = self.config.augmentations, self.engine.device
        self.inputs = Inputs(self.data, steps, device, n_classes=2)

    def train(self, *, until: int | None = None) -> None:
        """Train to the end, or until so many steps or epochs (a negative number) are done."""
        progress = self.engine.progress
        while progress.epoch < self.config.epochs:
            epoch, first = progress.epoch + 1, progress.batch + 1
            for step in training_steps(
                self.engine, self.inputs, self.data, self.config, epoch=epoch, first=first
            ):
                progress.step, progress.batch = progress.step + 1, step.number
                self.seen.append((float(step.loss), step.learning_rate, str(step.stage)))
                if progress.step == until:
                    return
            logits = logits_of(self.engine, self.inputs, self.data.rows["val"])
            scores = epoch_scores(*logits, 1)
            self.engine.end_epoch(score_in(scores, self.config.best_by))
            progress.epoch, progress.batch = epoch, 0
            self.seen.append(scores)
            if -epoch == until:
                return
        self.end = self.engine.state()  # at once: the random state is the whole process's


def differing(one: Any, other: Any, place: str = "") -> list[str]:
    """Return the places at which two states differ in a bit."""
    if type(one) is not type(other):
        return [place]
    if isinstance(one, torch.Tensor):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return [] if alike and one.numpy().tobytes() == other.numpy().tobytes() else [place]
    if isinstance(one, dict):
        if one.keys() != other.keys():
            return [place]
        return [found for name in one for found in differing(one[name], other[name], f"{place}/{name}")]
    if isinstance(one, list | tuple):
        if len(one) != len(other):
            return [place]
        pairs = enumerate(zip(one, other, strict=True))
        return [found for index, both in pairs for found in differing(*both, f"{place}/{index}")]
    return [] if one == other else [place]


@pytest.fixture(autouse=True)
def quiet_random_state() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        yield
    torch.set_num_threads(threads)


def cut_and_resumed(values: Values, until: int, folder: Path, without: str | None = None) -> Short:
    """Train, save at a place, forget all, restore and finish; `without` leaves a part of the state behind."""
    first = Short(config_of(values), values.get("parts", 1))
    first.train(until=until)
    save_last(folder, first.engine.state())
    for _ in range(2):  # what happens between the save and the kill is lost
        first.engine.step(*first.inputs.evaluation(films().rows["val"]))
    second = Short(config_of(values), 1, list(first.seen))
    torch.manual_seed(12345)
    state = load_last(folder)
    assert state is not None
    if without is not None:
        state[without] = second.engine.state()[without]
    second.engine.restore(state)
    second.train()
    return second


def places(values: Values, seed: str, n: int) -> list[int]:
    """Return steps after which to save, and epochs as negative numbers, by lot."""
    config = config_of(values)
    n_steps = config.epochs * batches_an_epoch(films(), config)
    return random.Random(seed).sample([*range(1, n_steps), *range(-config.epochs + 1, 0)], n)


def assert_goes_on_to_the_bit(chosen: Chosen, folder: Path, *, n_places: int) -> None:
    values = values_of(chosen)
    whole = Short(config_of(values), values.get("parts", 1))
    whole.train()
    for until in places(values, name_of(chosen), n_places):
        resumed = cut_and_resumed(values, until, folder)
        assert resumed.seen == whole.seen, until
        assert differing(resumed.end, whole.end) == [], until


PAIRS = every_two_settings_meet(seed=0)


def test_every_two_settings_meet_in_a_config() -> None:
    for one, other in combinations(range(len(_ORDER)), 2):
        met = {(chosen[one], chosen[other]) for chosen in PAIRS}
        assert len(met) == len(SETTINGS[_ORDER[one]]) * len(SETTINGS[_ORDER[other]])
    assert len(PAIRS) < 90  # of 49 that would be the fewest


@pytest.mark.parametrize("chosen", PAIRS, ids=name_of)
def test_a_run_that_was_cut_at_any_step_ends_as_one_that_was_not(chosen: Chosen, tmp_path: Path) -> None:
    assert_goes_on_to_the_bit(chosen, tmp_path, n_places=1)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", by_lot(150, seed=1), ids=name_of)
def test_many_more_configs_cut_at_three_places_each(chosen: Chosen, tmp_path: Path) -> None:
    assert_goes_on_to_the_bit(chosen, tmp_path, n_places=3)


NEEDS_ALL: Values = {
    "optimizer": "momentum",
    "schedule": "plateau",
    "plateau_patience": 0,
    "rate_factor": 0.5,
    "best_by": "accuracy",
    "dropout": 0.4,
    "parts": 3,
}


@pytest.mark.parametrize(
    ("part", "loses"),
    [
        ("model", "/model/"),
        ("optimizer", "/optimizer/"),
        ("n_steps", "/n_steps"),
        ("plateau", "/plateau/"),
        ("rng", "/rng"),
        ("parts", "/parts"),
    ],
)
def test_each_part_of_the_state_is_missed_where_it_is_left_behind(
    part: str, loses: str, tmp_path: Path
) -> None:
    """Or else the tests above could not fail."""
    whole = Short(config_of(NEEDS_ALL), 3)
    whole.train()
    resumed = cut_and_resumed(NEEDS_ALL, 9, tmp_path, without=part)
    lost = differing(resumed.end, whole.end)
    assert any(place.startswith(loses) for place in lost)
    assert cut_and_resumed(NEEDS_ALL, 9, tmp_path).seen == whole.seen


TIMES = {"images_per_second", "seconds", "memory_bytes"}


@pytest.fixture
def worker(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny(n_images=40)
    monkeypatch.setattr(launch, "WORKER", "tests.workers.killed_trainer")


def launched(values: Values, monkeypatch: pytest.MonkeyPatch, *, dies_at: int | None) -> Run:
    monkeypatch.setenv(killed_trainer.DIES_AT, "" if dies_at is None else str(dies_at))
    monkeypatch.setenv(killed_trainer.PARTS, str(values.get("parts", 1)))
    return launch.launch(config_of(values))


def lines(run: Run) -> list[Values]:
    texts = (run.folder / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(text).items() if key not in TIMES} for text in texts]


def finished(run: Run) -> Run:
    assert control.wait(run.folder, seconds=120) == "completed", control.tail_log(run.folder)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("chosen", by_lot(8, seed=2), ids=name_of)
def test_kill_9_at_any_step_then_resume_leaves_the_files_of_an_undisturbed_run(
    chosen: Chosen, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = values_of(chosen)
    expected = finished(launched(values, monkeypatch, dies_at=None))
    n_steps = expected.epochs[-1].step
    # Twice: the second kill comes in a process that was resumed, some steps later.
    first, second = sorted(random.Random(name_of(chosen)).sample(range(1, n_steps), 2))
    run = launched(values, monkeypatch, dies_at=first)
    for dies_at in (second, None):
        assert control.wait(run.folder, seconds=120) == "interrupted", control.tail_log(run.folder)
        monkeypatch.setenv(killed_trainer.DIES_AT, "" if dies_at is None else str(dies_at))
        launch.resume(run.run_id)
    finished(run)
    assert lines(run) == lines(expected)
    for name in ("best.safetensors", "predictions/tiny.val.parquet"):
        assert (run.folder / name).read_bytes() == (expected.folder / name).read_bytes()
    assert differing(load_last(run.folder), load_last(expected.folder)) == []
