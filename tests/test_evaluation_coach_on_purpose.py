"""What a run does on purpose is no fault: stages, branches, schedules, losses that are not comparable."""

import numpy as np
import pytest

from core.training.config import with_changes
from tests.coach_curves import drawn, recorded

N = 30
EPOCH = np.arange(N)
FALLING = 0.2 + 0.5 * np.exp(-EPOCH / 5)


def test_a_jump_at_a_stage_border_is_no_fault() -> None:
    losses = np.concatenate([0.3 + 0.4 * np.exp(-EPOCH[:10] / 3), 0.25 + 0.8 * np.exp(-EPOCH[:20] / 3)])
    staged = drawn(losses, losses + 0.02, head_epochs=10, epochs=N)
    assert staged.kinds_so_far() == {}


def test_the_rise_of_a_stage_before_is_forgotten_in_the_next() -> None:
    val = np.concatenate([0.4 + 0.05 * EPOCH[:14], FALLING[:16]])
    train = np.concatenate([0.7 * np.exp(-EPOCH[:14] / 4), FALLING[:16]])
    assert drawn(train[:14], val[:14], head_epochs=14, epochs=N).kinds() == ["over_fitting"]
    assert drawn(train, val, head_epochs=14, epochs=N).kinds() == []


def test_a_branch_is_judged_from_where_it_left_its_parent() -> None:
    val = np.concatenate([0.4 + 0.05 * EPOCH[:14], FALLING[:10]])
    train = np.concatenate([0.7 * np.exp(-EPOCH[:14] / 4), FALLING[:10]])
    assert drawn(train, val, epochs=N).kinds(14) == ["over_fitting"]
    assert drawn(train, val, epochs=N, told={"branched_at": 14}).kinds_so_far() == {}


def test_a_loss_that_a_schedule_made_flat_is_no_plateau() -> None:
    n = 60
    epoch = np.arange(n)
    flat = np.maximum(0.6, 0.7 - 0.02 * epoch)
    faded = 0.003 * (1 + np.cos(np.pi * epoch / n)) / 2
    assert drawn(flat, flat, epochs=n).kinds() == ["plateau"]
    assert drawn(flat, flat, epochs=n, schedule="cosine", rates=faded).kinds() == []


def test_a_loss_that_falls_slowly_while_the_rate_has_faded_is_not_too_low_a_rate() -> None:
    train = 0.75 - 0.03 * np.minimum(EPOCH, 5) - 0.0005 * EPOCH
    faded = np.where(EPOCH < 5, 3e-3, 1e-5)
    assert drawn(train, train, epochs=N, rates=faded, auroc=0.7).kinds() == []


@pytest.mark.parametrize(
    "change",
    [
        {"augmentations": [{"name": "mixup", "parameters": {"alpha": 1.0}}]},
        {"augmentations": [{"name": "cutmix"}]},
        {"label_smoothing": 0.2},
        {"balance": "class weights"},
        {"balance": "over-sampling"},
        {"loss": "focal"},
    ],
    ids=str,
)
def test_a_training_loss_of_another_kind_is_not_held_against_the_validation_loss(change: dict) -> None:
    assert drawn(FALLING + 0.5, FALLING, epochs=N).kinds() == ["val_better"]
    assert drawn(FALLING + 0.5, FALLING, epochs=N, **change).kinds() == []


def test_validation_better_names_what_the_config_has_and_sends_to_the_lab_where_it_has_nothing() -> None:
    (plain,) = drawn(FALLING + 0.5, FALLING, epochs=N).findings()
    assert (plain.changes, plain.page) == ({}, "leakage")
    (dropout,) = drawn(FALLING + 0.5, FALLING, epochs=N, dropout=0.5).findings()
    assert dropout.changes == {"dropout": 0.0}
    assert "by dropout," in str(dropout.why)
    rotate = [{"name": "rotate"}]
    (both,) = drawn(FALLING + 0.5, FALLING, epochs=N, dropout=0.5, augmentations=rotate).findings()
    assert "by dropout and augmentation," in str(both.why)


def test_a_small_lead_of_validation_is_explained_by_augmentation() -> None:
    rotate = [{"name": "rotate"}]
    assert drawn(FALLING * 1.1 + 0.02, FALLING, epochs=N, augmentations=rotate).kinds() == []


def test_few_validation_images_make_the_coach_more_careful() -> None:
    val = 0.4 + 0.01 * np.maximum(EPOCH - 5, 0)
    train = 0.7 * np.exp(-EPOCH / 6)
    assert "over_fitting" in drawn(train, val, counts=(500, 500), epochs=N).kinds(18)
    assert "over_fitting" not in drawn(train, val, counts=(2, 2), epochs=N).kinds(18)


def test_over_fitting_explains_a_plateau_and_a_rare_class_explains_under_fitting() -> None:
    n = 60
    epoch = np.arange(n)
    val = np.where(epoch < 10, 0.7 - 0.03 * epoch, 0.6)
    train = np.where(epoch < 20, 0.7 - 0.03 * epoch, 0.1)
    assert drawn(train, val, epochs=n).kinds() == ["over_fitting"]
    flat = np.full(n, 0.2)
    rare = drawn(flat, flat, counts=(114, 6), predicted=(120, 0), auroc=0.5, epochs=n)
    assert rare.kinds() == ["never_predicted"]


def test_a_class_that_is_not_rare_is_blamed_only_where_nothing_else_is() -> None:
    stuck = {"counts": (40, 40, 40), "predicted": (60, 60, 0), "epochs": N}
    (finding,) = drawn(FALLING + 0.2, FALLING + 0.2, **stuck).findings()
    assert finding.kind == "never_predicted"
    assert "class 2" in str(finding.title)
    flat = np.full(N, 1.1)
    assert drawn(flat, flat, auroc=0.5, accuracy=0.33, **stuck).kinds() == ["under_fitting"]


def test_a_class_without_validation_images_is_not_missed() -> None:
    curve = drawn(FALLING, FALLING, counts=(60, 60, 0), predicted=(60, 60, 0), epochs=N)
    assert curve.kinds() == []


def test_runs_of_old_without_counts_of_answers_are_judged_too() -> None:
    curve = recorded("twelve-films")
    old = [line.model_copy(update={"val_predicted": None, "val_confusion": None}) for line in curve.epochs]
    curve.epochs[:] = old  # type: ignore[index]
    assert curve.kinds() == ["over_fitting"]


def test_what_is_in_use_already_is_not_advised_again() -> None:
    curve = recorded("twelve-films")
    seen = []
    for _ in range(5):
        (finding,) = curve.findings()
        seen.append(sorted(finding.changes))
        object.__setattr__(curve, "config", with_changes(curve.config, finding.changes))
    assert seen == [["augmentations"], ["dropout"], ["weight_decay"], ["weight_decay"], []]
    assert curve.findings()[0].page == "datasets"


def test_an_unstarted_run_has_no_findings() -> None:
    assert drawn([], []).kinds() == []
