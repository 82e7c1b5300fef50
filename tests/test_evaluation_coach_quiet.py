"""What the coach was wrong about once, on runs on real films and slices: false alarms, and faults unseen."""

import numpy as np
import pytest

from tests.coach_curves import drawn, healthy

# 280 slices of four classes, AdamW at 1e-5 and plain descent at 1e-4 on 420 films, both with the cosine
# schedule that is the default, and 419 films of three classes at a constant 0.003 without augmentation.
SLOW_ADAMW = [1.423, 1.397, 1.38, 1.349, 1.34, 1.324, 1.32, 1.303, 1.288, 1.277, 1.281, 1.283, 1.275, 1.287]
SLOW_SGD = [0.895, 0.875, 0.834, 0.817, 0.801, 0.792, 0.781, 0.772, 0.758, 0.752, 0.753, 0.75, 0.756, 0.752]
SLOW_SGD_VAL = [
    0.793,
    0.927,
    0.926,
    0.897,
    0.873,
    0.85,
    0.833,
    0.821,
    0.813,
    0.807,
    0.807,
    0.801,
    0.797,
    0.799,
]
BY_HEART = [1.105, 0.815, 0.661, 0.672, 0.604, 0.496, 0.499, 0.446, 0.423, 0.407] + [
    *(0.347, 0.37, 0.28, 0.307, 0.245, 0.261, 0.291, 0.243, 0.22, 0.149)
]
BY_HEART_VAL = [0.916, 0.691, 0.643, 0.642, 0.6, 0.679, 0.627, 0.624, 0.667, 0.657] + [
    *(0.721, 0.785, 0.855, 0.774, 0.875, 0.832, 0.795, 1.049, 0.926, 1.036)
]
LEARNED = [0.476, 0.189, 0.164, 0.076, 0.036, 0.28, 0.027, 0.066, 0.042, 0.016] + [
    *(0.008, 0.004, 0.005, 0.002, 0.006, 0.002, 0.011, 0.003, 0.007, 0.011)
]
LEARNED_VAL = [0.21, 0.109, 0.099, 0.036, 0.094, 0.159, 0.083, 0.125, 0.049, 0.057] + [
    *(0.057, 0.054, 0.061, 0.06, 0.076, 0.076, 0.098, 0.097, 0.099, 0.098)
]
THREE = {"counts": (40, 40, 41), "predicted": (42, 30, 49)}


def _cosine(rate: float, n_epochs: int, asked: int) -> np.ndarray:
    return rate * (1 + np.cos(np.pi * np.arange(1, n_epochs + 1) / asked)) / 2


@pytest.mark.parametrize("n_epochs", [40, 60])
def test_a_flat_end_at_a_good_score_is_no_plateau(n_epochs: int) -> None:
    assert [seed for seed in range(30) if healthy(seed, n_epochs).kinds(is_over=True)] == []


def test_a_flat_end_at_a_fair_score_is_a_plateau_where_the_body_is_frozen() -> None:
    epoch = np.arange(50)
    flat = np.maximum(0.35, 0.42 - 0.01 * epoch)
    frozen = {"head_epochs": 50, "unfreeze": "nothing", "epochs": 50}
    assert drawn(flat, flat, epochs=50).kinds() == []
    (finding,) = drawn(flat, flat, **frozen).findings()
    assert (finding.kind, finding.changes) == ("plateau", {"head_epochs": 0})


def test_what_a_branch_froze_is_what_a_plateau_advises_to_let_learn() -> None:
    epoch = np.arange(60)
    flat = np.maximum(0.35, 0.42 - 0.01 * epoch)
    branch = {"freeze_after": 5, "freeze_all_but": 0, "told": {"branched_at": 5}}
    (finding,) = drawn(flat, flat, epochs=60, **branch).findings()
    assert (finding.kind, finding.changes) == ("plateau", {"freeze_after": 0})
    assert "whole network" in str(finding.advice)


def test_thirty_validation_images_are_enough_where_the_ranking_beats_chance() -> None:
    told = [seed for seed in range(30) if healthy(seed, 25, 30).kinds_so_far()]
    assert told == []
    still = {"accuracy": 0.55, "counts": (15, 15), "epochs": 24}
    losses = np.full(12, 0.66)
    assert drawn(losses, losses, auroc=0.7, **still).kinds() == ["too_few"]  # 0.5 +- 2 * 0.107
    assert drawn(losses, losses, auroc=0.72, **still).kinds() == []


def test_eight_validation_images_are_too_few_however_well_they_are_ranked() -> None:
    losses = np.full(12, 0.6)
    curve = drawn(losses, losses, auroc=1.0, accuracy=0.8, counts=(4, 4), epochs=30)
    assert curve.kinds() == ["too_few"]


@pytest.mark.parametrize("rate", [1e-5, 1e-3])
def test_a_rate_too_low_is_seen_though_the_schedule_takes_it_back(rate: float) -> None:
    rates = _cosine(rate, 14, 15)
    slow = drawn(
        SLOW_ADAMW,
        SLOW_ADAMW,
        counts=(20, 20, 20, 20),
        predicted=(0, 22, 56, 2),
        auroc=0.77,
        accuracy=0.35,
        rates=rates,
        learning_rate=rate,
        schedule="cosine",
        epochs=15,
    )
    (finding,) = slow.findings()
    if rate == 1e-5:
        assert (finding.kind, finding.changes) == ("rate_low", {"learning_rate": 1e-4})
        assert "until the schedule took the learning rate back" in str(finding.why)
    else:  # as usual for AdamW: then something else is wrong
        assert finding.kind == "never_predicted"


def test_a_loss_above_guessing_is_no_learning_by_heart() -> None:
    slow = drawn(
        SLOW_SGD,
        SLOW_SGD_VAL,
        accuracy=0.5,
        auroc=0.15,
        predicted=(0, 120),
        optimizer="sgd",
        rates=_cosine(1e-4, 14, 15),
        learning_rate=1e-4,
        schedule="cosine",
        epochs=15,
    )
    assert "over_fitting" not in slow.kinds_so_far()
    assert slow.kinds() == ["rate_low"]


def test_what_is_known_by_heart_is_seen_through_a_rough_validation_loss() -> None:
    curve = drawn(BY_HEART, BY_HEART_VAL, auroc=0.88, accuracy=0.72, epochs=20, **THREE)
    assert curve.kinds() == ["over_fitting"]
    unknown = np.maximum(BY_HEART, 0.35)  # the same validation loss, but for what the training says
    assert drawn(unknown, BY_HEART_VAL, auroc=0.88, accuracy=0.72, epochs=20, **THREE).kinds() == []


def test_a_validation_loss_that_rises_from_nothing_to_next_to_nothing_is_no_harm() -> None:
    learned = {
        "auroc": 1.0,
        "accuracy": 0.97,
        "epochs": 20,
        "counts": (30, 30, 30),
        "predicted": (33, 30, 27),
    }
    assert drawn(LEARNED, LEARNED_VAL, **learned).kinds() == []
    tenfold = drawn(np.array(LEARNED), 4 * np.array(LEARNED_VAL), **learned)
    assert tenfold.kinds() == ["over_fitting"]


def test_dropout_that_a_network_was_published_with_is_named() -> None:
    losses = 0.2 + 0.5 * np.exp(-np.arange(20) / 5)
    (finding,) = drawn(losses + 0.4, losses, model="digit_cnn", epochs=20).findings()
    assert finding.kind == "val_better"
    assert "by dropout," in str(finding.why)
    assert finding.changes == {"dropout": 0.0}
    (without,) = drawn(losses + 0.4, losses, model="digit_cnn", dropout=0.0, epochs=20).findings()
    assert (without.changes, without.page) == ({}, "leakage")


def test_six_easy_epochs_at_the_beginning_are_no_leak() -> None:
    train = np.array([0.7, *[0.5] * 6, *[0.3] * 5])
    val = np.array([*[0.3] * 6, *[0.31] * 6])
    assert drawn(train, val, epochs=30).kinds_so_far() == {}
