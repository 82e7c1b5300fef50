"""The same training with other seeds: what is launched, what is found again, what they say together."""

import math

import pytest

from core.errors import StateError
from core.jobs import control
from core.jobs.status import JobStatus, now, write_status
from core.runs.records import EpochMetrics, Parent
from core.runs.store import Run, list_runs
from core.training import launch
from core.training.config import parse_config
from core.training.luck import SeedScore, kept_epoch, luck_of, metric_of, seed_score
from core.training.repetition import is_seed_group, repeat, seeds_of
from tests.tiny_dataset import write_tiny


@pytest.fixture
def tiny(home, monkeypatch):
    """A data set of 16 images of 8 patients; no worker is started."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    return write_tiny("tiny", n_images=16)


def a_run(*, parent=None, state="completed", **changes) -> Run:
    run = launch.make_run(parse_config({"dataset": "tiny", **changes}), parent=parent)
    moment = now()
    write_status(run.folder, JobStatus(kind="training", state=state, created_at=moment, launched_at=moment))
    return run


def names(runs):
    return {run.run_id for run in runs}


def own_runs():
    return [run for run in list_runs() if not run.is_shipped]


def test_a_run_that_has_ended_is_the_first_of_three(tiny):
    first = a_run(seed=7, epochs=2)
    made = repeat(first.run_id)
    assert [run.config.seed for run in made] == [8, 9]
    assert all(run.config.model_copy(update={"seed": 7}) == first.config for run in made)
    assert {run.request.split_hash for run in made} == {first.request.split_hash}
    assert all(run.request.parent == Parent(run=first.run_id) for run in made)
    assert {run.request.group for run in made} == {f"{first.run_id}-seeds-001"}
    assert all(is_seed_group(run.request.group) for run in made)
    assert [run.config.seed for run in seeds_of(first)] == [7, 8, 9]


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_run_that_did_not_come_to_its_end_is_trained_again_with_its_own_seed(tiny, state):
    run = a_run(seed=7, state=state)
    assert [one.config.seed for one in repeat(run.run_id)] == [7, 8, 9]


def test_settings_alone_are_trained_with_as_many_seeds_as_asked_for(tiny):
    made = repeat(parse_config({"dataset": "tiny", "seed": 3}), n=4)
    assert [run.config.seed for run in made] == [3, 4, 5, 6]
    assert {run.request.parent for run in made} == {None}
    assert {run.request.group for run in made} == {"tiny-small_cnn-seeds-001"}


def test_the_last_seed_is_followed_by_the_first(tiny):
    made = repeat(parse_config({"dataset": "tiny", "seed": 2**31 - 1}), n=2)
    assert [run.config.seed for run in made] == [2**31 - 1, 0]


def test_more_seeds_are_added_to_those_that_are_there_in_a_group_of_their_own(tiny):
    first = a_run()
    for run in repeat(first.run_id):
        moment = now()
        write_status(
            run.folder, JobStatus(kind="training", state="completed", created_at=moment, launched_at=moment)
        )
    more = repeat(first.run_id, n=5)
    assert [run.config.seed for run in more] == [3, 4]
    assert {run.request.group for run in more} == {f"{first.run_id}-seeds-002"}
    assert repeat(first.run_id, n=3) == ()


def test_seeds_of_finds_what_differs_in_nothing_but_the_seed_wherever_it_was_launched(tiny):
    first, second = a_run(), a_run(seed=1)
    a_run(seed=2, learning_rate=0.01)
    a_run(seed=3, split={"seed": 5})
    a_run(seed=4, parent=Parent(run=first.run_id, epoch=1))
    kept = a_run(seed=5, keep_epochs="none")
    assert names(seeds_of(first)) == {first.run_id, second.run_id, kept.run_id}


def test_of_two_runs_with_one_seed_the_ended_one_stands_for_both(tiny):
    first, whole = a_run(), a_run(seed=1)
    a_run(seed=1, state="stopped")
    assert names(seeds_of(first)) == {first.run_id, whole.run_id}


def test_a_run_whose_folder_is_torn_is_left_out(tiny):
    first, torn = a_run(), a_run(seed=1)
    (torn.folder / "config.json").write_text('{"config": {"data', encoding="utf-8")
    assert names(seeds_of(first)) == {first.run_id}


def test_a_branch_is_repeated_by_nobody(tiny):
    first = a_run()
    branch = a_run(parent=Parent(run=first.run_id, epoch=2))
    assert seeds_of(branch) == (branch,)
    with pytest.raises(StateError, match="another run's weights"):
        repeat(branch.run_id)


def test_images_that_have_changed_since_are_trained_on_with_all_seeds_anew(tiny):
    first = a_run()
    text = (first.folder / "config.json").read_text(encoding="utf-8")
    (first.folder / "config.json").write_text(
        text.replace(first.request.dataset_revision, "another"), encoding="utf-8"
    )
    made = repeat(first.run_id)
    assert [run.config.seed for run in made] == [0, 1, 2]


@pytest.mark.parametrize("place", ["make_run", "start"])
def test_nothing_is_left_where_the_last_cannot_be_launched(tiny, monkeypatch, place):
    first = a_run()
    module = launch if place == "make_run" else control
    real, calls = getattr(module, place), []

    def fails_at_the_second(*args, **named):
        calls.append(args)
        if len(calls) == 2:
            raise StateError("no more room")
        return real(*args, **named)

    monkeypatch.setattr(module, place, fails_at_the_second)
    monkeypatch.setattr("core.training.repetition._SECONDS_TO_STOP", 0.0)
    with pytest.raises(StateError, match="no more room"):
        repeat(first.run_id)
    assert names(own_runs()) == {first.run_id}
    assert [path.name for path in first.folder.parent.glob("[!.]*")] == [first.run_id]


def scores(*values):
    return [SeedScore(f"run-{seed}", seed, value, 1) for seed, value in enumerate(values)]


def test_mean_deviation_range_and_students_interval_of_three_seeds():
    luck = luck_of("auroc", scores(0.91, 0.93, 0.94))
    assert luck is not None
    assert luck.mean == pytest.approx(2.78 / 3)
    assert luck.deviation == pytest.approx(math.sqrt(0.0007 / 3))  # 14 / 30000 over two
    assert (luck.low, luck.high, luck.n) == (0.91, 0.94, 3)
    half = 4.302652729911275 * luck.deviation / math.sqrt(3)  # t with two degrees of freedom, from a table
    assert (luck.t_low, luck.t_high) == pytest.approx((luck.mean - half, luck.mean + half))
    assert luck.holds(0.92)
    assert not luck.holds(0.95)
    assert luck.chance_outside == 0.5


def test_students_interval_ends_where_the_metric_ends():
    luck, mcc = luck_of("auroc", scores(0.88, 0.70, 0.73)), luck_of("mcc", scores(-0.9, -0.5, 0.1))
    assert luck is not None and mcc is not None
    assert luck.mean + 4.302652729911275 * luck.deviation / math.sqrt(3) > 1
    assert luck.t_high == 1
    assert luck.t_low == pytest.approx(luck.mean - 4.302652729911275 * luck.deviation / math.sqrt(3))
    assert mcc.t_low == -1


def test_one_seed_has_no_spread_and_none_says_nothing():
    luck = luck_of("auroc", scores(0.9))
    assert luck is not None
    assert math.isnan(luck.deviation)
    assert luck_of("auroc", []) is None


def epoch(number, *, loss, auroc):
    speed = {"learning_rate": 0.1, "images_per_second": 1, "seconds": 1}
    return EpochMetrics(
        epoch=number, step=number, train_loss=1, val_loss=loss, val_accuracy=0.5, val_auroc=auroc, **speed
    )


def test_a_run_is_scored_at_the_epoch_whose_weights_are_kept():
    lines = [epoch(1, loss=0.5, auroc=0.8), epoch(2, loss=0.4, auroc=0.7), epoch(3, loss=0.4, auroc=0.9)]
    by_loss = parse_config({"dataset": "x", "seed": 4})
    kept = kept_epoch(by_loss, lines)
    assert kept is not None
    assert kept.epoch == 2
    assert seed_score("a", by_loss, lines, "auroc") == SeedScore("a", 4, 0.7, 2)
    by_auroc = parse_config({"dataset": "x", "best_by": "auroc"})
    assert seed_score("a", by_auroc, lines, "auroc") == SeedScore("a", 0, 0.9, 3)


def test_where_no_auroc_is_known_seeds_are_compared_by_accuracy():
    lines = [epoch(1, loss=0.5, auroc=None)]
    config = parse_config({"dataset": "x"})
    assert metric_of(config, lines) == "accuracy"
    assert seed_score("a", config, lines, "auroc") is None
