"""Each detector of the coach fires on a curve with its fault, in time, and no other does."""

from typing import Any

import numpy as np
import pytest

from core.evaluation.coach.rates import DIVERGED, NO_NUMBER
from core.language import Message
from core.training.config import with_changes
from core.training.watching import no_number
from tests.coach_curves import Drawn, drawn, healthy

N = 30
EPOCH = np.arange(N)
NOISE = np.random.default_rng(1).normal(0, 0.01, (2, N))
FALLING = 0.2 + 0.5 * np.exp(-EPOCH / 5)
FLAT = np.full(N, 0.693)


def _over_fitting() -> Drawn:
    val = 0.4 + 0.3 * np.exp(-EPOCH / 4) + 0.02 * np.maximum(EPOCH - 10, 0)
    return drawn(0.7 * np.exp(-EPOCH / 6) + NOISE[0] / 10, val + NOISE[1], epochs=N)


def _under_fitting() -> Drawn:
    return drawn(FLAT + NOISE[0], FLAT + NOISE[1], accuracy=0.5, auroc=0.5, epochs=N)


def _rate_high() -> Drawn:
    steps = np.repeat(FALLING, 8)
    steps[[3, 5, 9]] = 4.0, 2.5, 3.0
    return drawn(FALLING, FALLING, steps=steps, epochs=N)


def _growing() -> Drawn:
    return drawn(0.7 * 1.03**EPOCH, FLAT, auroc=0.7, epochs=N)


def _swinging() -> Drawn:
    wave = 0.7 * (1 + 0.3 * (-1.0) ** EPOCH)
    return drawn(wave, FLAT, auroc=0.7, epochs=N)


def _rate_low() -> Drawn:
    return drawn(0.75 - 0.002 * EPOCH + NOISE[0] / 10, 0.75 - 0.002 * EPOCH, auroc=0.6, epochs=N)


def _plateau() -> Drawn:
    stuck = np.where(EPOCH < 6, 0.7 - 0.015 * EPOCH, 0.62)
    return drawn(stuck + NOISE[0], stuck + NOISE[1], epochs=N)


def _never_predicted() -> Drawn:
    return drawn(
        FALLING, FALLING + NOISE[1], accuracy=0.95, counts=(114, 6), predicted=(120, 0), epochs=N // 2
    )


def _val_better() -> Drawn:
    return drawn(FALLING + 0.3, FALLING, epochs=N)


def _too_few() -> Drawn:
    accuracy = 0.5 + 0.125 * (np.arange(N) % 3)
    return drawn(FALLING, FALLING + 0.1, accuracy=accuracy, counts=(4, 4), epochs=N)


def _unstable_norm() -> Drawn:
    jumpy = FALLING + 0.02
    jumpy[[4, 9, 14, 20]] *= 3
    return drawn(FALLING + NOISE[0] / 10, jumpy, batch_size=2, epochs=N)


FAULTS: dict[str, tuple[Any, str, int]] = {  # curve, its fault, the epoch by which it must be said
    "over-fitting": (_over_fitting, "over_fitting", 22),
    "under-fitting": (_under_fitting, "under_fitting", 8),
    "early jumps": (_rate_high, "rate_high", 1),
    "growth": (_growing, "rate_high", 12),
    "swinging": (_swinging, "rate_high", 8),
    "slow fall": (_rate_low, "rate_low", 23),
    "plateau": (_plateau, "plateau", 28),
    "a class never predicted": (_never_predicted, "never_predicted", 5),
    "validation better": (_val_better, "val_better", 8),
    "too few": (_too_few, "too_few", 8),
    "unstable batch norm": (_unstable_norm, "unstable_norm", 12),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_in_time_and_nothing_else(name: str) -> None:
    make, kind, by_epoch = FAULTS[name]
    said = make().kinds_so_far()
    assert set(said) == {kind}, said
    assert said[kind][0] <= by_epoch, said


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_is_found_before_it_can_be_known(name: str) -> None:
    make, kind, _by = FAULTS[name]
    if kind != "rate_high":  # which shows within the first epoch
        assert all(not make().kinds(n) for n in range(1, 5))


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_advised_can_be_trained_and_changes_something(name: str) -> None:
    curve = FAULTS[name][0]()
    (finding,) = curve.findings()
    if finding.changes:
        assert with_changes(curve.config, finding.changes) != curve.config
    else:
        assert finding.page


@pytest.mark.parametrize("name", FAULTS)
def test_each_finding_lies_within_the_run_and_says_why_in_two_sentences(name: str) -> None:
    (finding,) = FAULTS[name][0]().findings()
    assert 1 <= finding.first_epoch <= finding.last_epoch <= N
    why = str(finding.why)
    assert "{" not in why
    assert sum(why.count(f"{mark} ") for mark in ".") + 1 == 2, why


def test_of_200_healthy_noisy_runs_at_most_four_are_blamed() -> None:
    blamed = {seed: said for seed in range(200) if (said := healthy(seed).kinds(is_over=True))}
    assert len(blamed) <= 4, f"{len(blamed)} of 200 false alarms at the end: {blamed}"


def test_of_40_healthy_noisy_runs_none_or_one_is_blamed_at_any_epoch() -> None:
    blamed = {seed: said for seed in range(40) if (said := healthy(seed).kinds_so_far())}
    assert len(blamed) <= 1, f"{len(blamed)} of 40 false alarms at some epoch: {blamed}"


def test_a_run_that_failed_with_no_number_has_that_one_finding() -> None:
    curve = _rate_high()
    error = no_number(12, 0.3).message
    broken = drawn([], [], steps=[0.7, 5.0, 80.0, 1e4], error=error, learning_rate=0.3)
    assert error.text.startswith(NO_NUMBER)
    (finding,) = broken.findings(is_over=True)
    assert finding.kind == "nan"
    assert "step 12" in str(finding.why)
    assert finding.changes == {"learning_rate": 0.03}
    assert Drawn(curve.config, curve.epochs, curve.steps, error=error).kinds() == ["nan"]


def test_the_error_of_a_diverged_run_is_known_by_its_words() -> None:
    import inspect

    from core.training import watching

    assert DIVERGED in inspect.getsource(watching.Watch.see)
    error = Message(text=f"{DIVERGED}: and so on")
    assert drawn([0.7], [0.7], error=error).kinds() == ["rate_high"]


def test_another_error_blames_no_curve() -> None:
    assert drawn(FALLING, FALLING, error=Message(text="The disk is full.")).kinds() == []
