"""Does it help? Who trains, who answers, and what six short trainings say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.datasets.records import SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.errors import JobStoppedError, StateError
from core.experiments import arms, helps
from core.experiments.arms import choose_sides, train_arms
from core.experiments.helps import does_it_help
from core.experiments.helps_records import HelpsRequest, expected_seconds
from core.language import Message
from core.training.pipeline import prepare
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import AugmentationStep
from tests.tiny_dataset import write_tiny

FLIP = (AugmentationStep(name="flip_horizontal"),)


class Reports:
    """Stands in for a job: keeps what it is told, and asks to stop at a chosen report."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.said: list[tuple[float, str, float | None]] = []
        self.stop_at = stop_at

    def report(
        self, progress: float, message: Message | None = None, *, seconds_left: float | None = None
    ) -> None:
        self.said.append((progress, str(message), seconds_left))

    def check_stop(self) -> None:
        if self.stop_at is not None and len(self.said) >= self.stop_at:
            raise JobStoppedError


def request_of(name: str = "tiny", **changes: object) -> HelpsRequest:
    info = open_dataset(name).info
    base = HelpsRequest(
        dataset=name, revision=info.revision, steps=FLIP, epochs=2, image_size=16, seeds=(0, 1)
    )
    return base.model_copy(update=changes)


@pytest.fixture
def tiny(home: Path) -> None:
    write_tiny(n_images=120)  # of 60 patients


def test_the_test_split_stays_sealed_and_no_patient_stands_on_both_sides(tiny: None) -> None:
    dataset = open_dataset("tiny")
    sides = choose_sides(dataset, SplitConfig(), share=0.6, most=1000)
    split = make_split(dataset.samples, SplitConfig()).set_index("sample_id")["split"]
    used = set(sides.table["sample_id"])
    assert used == set(split.index[split != "test"])
    patients = dataset.samples.set_index("sample_id")["patient_id"]
    by_side = {
        side: set(patients.loc[sides.table.loc[sides.table["split"] == side, "sample_id"]])
        for side in ("train", "val")
    }
    assert not by_side["train"] & by_side["val"]
    assert sides.n_train_patients == len(by_side["train"])
    assert len(np.unique(sides.groups)) == len(by_side["val"])
    assert sides.n_left_out == 0
    assert (sides.table["split"] == "train").mean() == pytest.approx(0.6, abs=0.04)
    shares = sides.table[sides.table["split"] == "val"]["label"].value_counts(normalize=True)
    assert shares["finding"] == pytest.approx(0.5, abs=0.06)


def test_groups_are_those_of_the_images_that_answer_in_their_order(tiny: None) -> None:
    dataset = open_dataset("tiny")
    sides = choose_sides(dataset, SplitConfig(), share=0.6, most=1000)
    answering = sides.table.loc[sides.table["split"] == "val", "sample_id"]
    names = dataset.samples.set_index("sample_id").loc[answering, "patient_id"].to_numpy()
    for one in range(len(names)):
        same = sides.groups == sides.groups[one]
        assert (same == (names == names[one])).all()


def test_of_a_large_data_set_whole_patients_are_left_out(tiny: None) -> None:
    dataset = open_dataset("tiny")
    sides = choose_sides(dataset, SplitConfig(), share=0.6, most=60)
    n_outside_test = len(choose_sides(dataset, SplitConfig(), share=0.6, most=1000).table)
    assert len(sides.table) + sides.n_left_out == n_outside_test
    assert len(sides.table) == pytest.approx(60, abs=4)
    used = set(sides.table["sample_id"])
    patients = dataset.samples.groupby("patient_id")["sample_id"].agg(set)
    outside = {*make_split(dataset.samples, SplitConfig()).query("split != 'test'")["sample_id"]}
    assert all(films & outside <= used or not films & used for films in patients)


def test_too_few_patients_of_a_class_are_refused_in_a_sentence(home: Path) -> None:
    write_tiny(n_images=16)
    with pytest.raises(StateError, match=r"^'\w+' has \d patients to ask about, and 5 are the least"):
        choose_sides(open_dataset("tiny"), SplitConfig(), share=0.6, most=1000)


def test_a_data_set_that_has_changed_is_refused(tiny: None) -> None:
    with pytest.raises(StateError, match="^The data set 'tiny' has changed; ask again.$"):
        does_it_help(request_of(revision="another"), Reports())  # type: ignore[arg-type]


def test_both_arms_differ_in_the_augmentations_alone_and_nothing_stops_early() -> None:
    request = HelpsRequest(dataset="tiny", revision="r", steps=FLIP)
    given, without = (request.config(steps, seed=1) for steps in (request.steps, request.other))
    assert given.model_copy(update={"augmentations": ()}) == without
    assert given.augmentations == FLIP
    assert (given.schedule, given.patience, given.threads, given.device) == ("cosine", 0, 1, "cpu")
    assert request.n_trainings == 6


def test_the_same_augmentations_on_both_sides_make_no_difference(tiny: None) -> None:
    job = Reports()
    answer = does_it_help(request_of(other=FLIP), job)  # type: ignore[arg-type]
    assert answer.comparison.difference == 0.0
    assert answer.comparison.verdict == "cannot tell"
    assert answer.comparison.arm_a == answer.comparison.arm_b
    assert answer.without == answer.given
    assert np.array(answer.given.train).shape == (2, 2)  # trainings, epochs
    assert answer.given.answer[0] != answer.given.answer[1]  # another seed is another training
    assert answer.positive_class == "finding"
    assert answer.n_train_images + answer.comparison.n_images == len(
        make_split(open_dataset("tiny").samples, SplitConfig()).query("split != 'test'")
    )


def test_progress_rises_through_all_trainings_and_says_which_it_is(tiny: None) -> None:
    job = Reports()
    does_it_help(request_of(), job)  # type: ignore[arg-type]
    trained = [(progress, text) for progress, text, left in job.said if left is not None]
    assert [progress for progress, _text in trained] == sorted(progress for progress, _text in trained)
    assert trained[-1][0] == 1.0
    assert [number for number in range(1, 5) if f"Training {number} of 4" in trained[-1][1]] == [4]
    assert {text.split(";")[0] for _progress, text in trained} == {f"Training {n} of 4" for n in range(1, 5)}


def test_it_can_be_stopped_between_two_steps(tiny: None) -> None:
    does_it_help(request_of(epochs=1), Reports())  # type: ignore[arg-type] # the pictures are there now
    job = Reports(stop_at=5)
    with pytest.raises(JobStoppedError):
        does_it_help(request_of(), job)  # type: ignore[arg-type]
    assert len(job.said) == 5


def test_arms_take_turns(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[tuple[int, int]] = []
    original: Callable[..., object] = arms.run_trial

    def run_trial(data: object, config: object, **kept: object) -> object:
        order.append((len(config.augmentations), config.seed))  # type: ignore[attr-defined]
        return original(data, config, **kept)

    monkeypatch.setattr(arms, "run_trial", run_trial)
    does_it_help(request_of(), Reports())  # type: ignore[arg-type]
    assert order == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_every_training_reads_the_same_data(tiny: None) -> None:
    dataset = open_dataset("tiny")
    sides = choose_sides(dataset, SplitConfig(), share=0.6, most=1000)
    data = prepare(dataset, sides.table, default_preprocessing(16, 1))
    request = request_of()
    config = request.config((), seed=0)
    [one], [other] = train_arms(Reports(), data, [[config], [config]], n_classes=2)  # type: ignore[arg-type]
    assert one.logits["val"].tolist() == other.logits["val"].tolist()
    assert len(data.rows["test"]) == 0
    assert helps.TEACHING_SHARE == 0.6


def test_the_time_grows_with_pixels_and_epochs_and_not_beyond_the_cap() -> None:
    request = HelpsRequest(dataset="d", revision="r", steps=FLIP, epochs=10)
    base = expected_seconds(500, request)
    assert expected_seconds(1000, request) == pytest.approx(2 * base)
    assert expected_seconds(500, request.model_copy(update={"image_size": 128})) == pytest.approx(4 * base)
    assert expected_seconds(500, request.model_copy(update={"epochs": 30})) == pytest.approx(3 * base)
    assert expected_seconds(100_000, request) == expected_seconds(2000, request)
