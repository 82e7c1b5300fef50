"""The estimate of time and memory: its arithmetic with a clock of its own, and a real small measurement."""

from pathlib import Path
from typing import Any

import pytest
import torch

from core.datasets.store import open_dataset
from core.errors import StateError, UserError
from core.experiments.estimate_arithmetic import estimate_of, n_kept_epochs, time_steps
from core.experiments.estimate_records import EstimateRequest, Measurement, StageTiming
from core.experiments.estimating import measure
from core.experiments.measured_steps import nested_bytes
from core.training.config import TrainingConfig, parse_config
from tests.job_stand_in import Standing
from tests.tiny_dataset import write_tiny

CONFIG: dict[str, Any] = {"dataset": "tiny", "image_size": 16, "batch_size": 8, "device": "cpu", "threads": 1}
STEADY = StageTiming(is_head=False, step_seconds=(0.1,) * 10, n_images=16)
MEASURED = Measurement(
    stages=(STEADY,),
    evaluation_seconds=0.5,
    n_evaluated=50,
    n_train=320,
    n_val=100,
    n_batches=20,
    starting_seconds=3.0,
    picture_seconds=0.01,
    n_pictures=0,
    n_cores=4,
    memory_bytes=300_000_000,
    memory_method="growth of the process",
    process_bytes=400_000_000,
    weights_bytes=1_000_000,
    state_bytes=3_000_000,
    n_others=0,
    cut_short=False,
    device="cpu",
    threads=1,
)


class Clock:
    """A clock that a step moves on: by the first of `steps` at the first step, and so on."""

    def __init__(self, *steps: float) -> None:
        self.now, self.steps, self.n = 100.0, list(steps), 0

    def __call__(self) -> float:
        return self.now

    def step(self) -> None:
        self.now += self.steps[min(self.n, len(self.steps) - 1)]
        self.n += 1


def config_of(**changes: Any) -> TrainingConfig:
    return parse_config({**CONFIG, **changes})


def test_three_steps_warm_up_and_ten_are_timed() -> None:
    clock = Clock(5.0, 4.0, 3.0, 1.0, 2.0)
    seconds, was_cut = time_steps(clock.step, clock, budget_seconds=100)
    assert seconds == (1.0, *(2.0,) * 9)
    assert (clock.n, was_cut) == (13, False)


def test_slow_steps_are_few_but_never_fewer_than_two() -> None:
    clock = Clock(10.0)
    seconds, was_cut = time_steps(clock.step, clock, budget_seconds=4)
    assert seconds == (10.0, 10.0)
    assert (clock.n, was_cut) == (3, True)  # one of them to warm up


def test_an_epoch_is_its_steps_and_its_validation() -> None:
    found = estimate_of(MEASURED, config_of(epochs=10))
    assert found.seconds_per_epoch.value == pytest.approx(20 * 0.1 + 100 * 0.5 / 50)  # 3 s
    assert found.seconds.value == pytest.approx(3.0 + 10 * 3.0)
    assert found.seconds.low == pytest.approx(found.seconds.high)  # all steps took the same
    assert found.images_per_second == pytest.approx(160)
    assert found.n_steps_measured == 10


def test_the_range_leaves_out_the_fastest_and_the_slowest_step_of_eleven() -> None:
    steps = (0.0, *(0.1,) * 5, *(0.2,) * 4, 9.0)  # the tenths lie at 0.1 and 0.2
    timing = StageTiming(is_head=False, step_seconds=steps, n_images=16)
    found = estimate_of(MEASURED.model_copy(update={"stages": (timing,)}), config_of(epochs=1))
    assert found.seconds_per_epoch.low == pytest.approx(20 * 0.1 + 1)
    mean = sum(steps) / 11
    assert found.seconds_per_epoch.high == pytest.approx(20 * max(mean, 0.2) + 1)


def test_the_heads_epochs_are_counted_with_their_own_steps() -> None:
    head = StageTiming(is_head=True, step_seconds=(0.02,) * 10, n_images=16)
    measured = MEASURED.model_copy(update={"stages": (head, STEADY)})
    found = estimate_of(measured, config_of(epochs=10, head_epochs=4))
    assert found.seconds.value == pytest.approx(3.0 + 4 * (0.4 + 1) + 6 * (2.0 + 1))


def test_pictures_that_are_not_prepared_count_between_shared_evenly_and_alone() -> None:
    found = estimate_of(MEASURED.model_copy(update={"n_pictures": 800}), config_of(epochs=1))
    plain = estimate_of(MEASURED, config_of(epochs=1))
    assert found.seconds.low - plain.seconds.low == pytest.approx(2.0)  # 8 s on four cores
    assert found.seconds.high - plain.seconds.high == pytest.approx(8.0)
    assert found.preparing_seconds == pytest.approx(5.0)


def test_the_disk_holds_the_best_the_last_and_the_kept_epochs() -> None:
    small, large = 1_000_000, 10_000_000
    assert n_kept_epochs(config_of(epochs=20), weights_bytes=small) == 20
    assert n_kept_epochs(config_of(epochs=20), weights_bytes=large) == 5  # 1, 2, 4, 8, 16
    assert n_kept_epochs(config_of(epochs=16), weights_bytes=large) == 5
    assert n_kept_epochs(config_of(epochs=20, keep_epochs="none"), weights_bytes=small) == 0
    assert n_kept_epochs(config_of(epochs=20, keep_epochs="all"), weights_bytes=large) == 20
    assert estimate_of(MEASURED, config_of(epochs=4)).disk_bytes == small + 5 * 3_000_000


def test_bytes_are_counted_in_nested_states() -> None:
    state = {
        "model": {"w": torch.zeros(3, 4)},
        "optimizer": [{"m": (torch.zeros(5, dtype=torch.float64),)}],
        "n": 7,
    }
    assert nested_bytes(state) == 12 * 4 + 5 * 8


def test_the_number_of_epochs_is_not_asked(home: Path) -> None:
    one, other = config_of(epochs=5, learning_rate=0.1), config_of(epochs=80)
    assert EstimateRequest.of(one, "r") == EstimateRequest.of(other, "r")
    assert EstimateRequest.of(one, "r") != EstimateRequest.of(config_of(model="resnet18", image_size=32), "r")


@pytest.mark.parametrize("changes", [{}, {"balance": "over-sampling", "augmentations": [{"name": "mixup"}]}])
def test_a_measurement_counts_the_steps_and_bytes_of_the_run(home: Path, changes: dict[str, Any]) -> None:
    from core.experiments.trial import put_back
    from core.training.next_batch import prepared
    from core.training.pipeline import batches_an_epoch
    from core.training.steps import engine_for

    write_tiny()
    config, dataset = config_of(**changes), open_dataset("tiny")
    found = measure(EstimateRequest.of(config, dataset.info.revision), Standing(home))
    assert found.n_pictures == 64  # none is prepared yet
    assert not (dataset.folder / "cache").exists()  # and measuring prepares none
    data = prepared(dataset, config)
    assert found.n_batches == batches_an_epoch(data, config)
    assert found.n_val == len(data.rows["val"])
    with put_back(1):
        engine = engine_for(data, config, n_classes=2)
    weights = sum(tensor.nbytes for tensor in engine.model.state_dict().values())
    assert found.weights_bytes == weights
    assert found.state_bytes > 2 * weights  # AdamW remembers two numbers for each weight
    assert len(found.stages[0].step_seconds) >= 2
    assert found.memory_bytes >= data.pixels.nbytes
    assert measure(EstimateRequest.of(config, dataset.info.revision), Standing(home)).n_pictures == 0


def test_a_config_that_cannot_be_trained_and_other_data_are_refused(home: Path) -> None:
    write_tiny(n_images=8)
    revision = open_dataset("tiny").info.revision
    many = config_of(split={"scheme": "k-fold", "n_folds": 10})
    with pytest.raises(UserError):
        measure(EstimateRequest.of(many, revision), Standing(home))
    with pytest.raises(StateError, match="'tiny' has changed; ask again"):
        measure(EstimateRequest.of(config_of(), "of old"), Standing(home))
