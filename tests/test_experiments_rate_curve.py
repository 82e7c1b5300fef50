"""The reading of a learning-rate curve: by hand, on curves whose answer is known, and on pure noise."""

import numpy as np
import pytest
from scipy.special import expit

from core.experiments.rate_curve import (
    read_curve,
    rising_rates,
    running_mean,
    smoothed_both_ways,
    sweep,
)

RATES = rising_rates(100)
DECADES = np.log10(RATES)


def falling_at(decade: float, *, risen_at: float = -0.8) -> np.ndarray:
    """A loss of 0.9 that falls by 0.4 around 10**decade, and rises without end from 10**risen_at on."""
    fall = 0.4 * expit((DECADES - decade) / 0.2)
    return 0.9 - fall + np.where(risen_at < DECADES, 20 * (DECADES - risen_at) ** 2, 0.0)


def test_rates_rise_by_the_same_factor() -> None:
    assert rising_rates(4, low=1e-3, high=1.0) == pytest.approx([1e-3, 1e-2, 1e-1, 1.0])


def test_the_running_mean_by_hand() -> None:
    # beta 0.5: m = 2, then 1 + 2 = 3, then 1.5 + 0 = 1.5; divided by 1/2, 3/4, 7/8.
    assert running_mean(np.array([4.0, 4.0, 0.0]), 0.5) == pytest.approx([4.0, 4.0, 12 / 7])


def test_smoothing_from_both_sides_by_hand() -> None:
    # Weights 1, 1/2, 1/4 to the right of the first, 1/2, 1, 1/2 around the second.
    assert smoothed_both_ways(np.array([7.0, 0.0, 0.0]), 0.5) == pytest.approx([4.0, 1.75, 1.0])
    assert smoothed_both_ways(np.array([3.0, 1.0, 2.0]), 0.0).tolist() == [3.0, 1.0, 2.0]


@pytest.mark.parametrize("decade", [-4.0, -3.0, -2.2])
def test_the_steepest_point_is_found_to_a_tenth_of_a_decade(decade: float) -> None:
    reading = read_curve(RATES, falling_at(decade))
    assert reading.verdict == "found"
    assert reading.suggestion is not None
    assert np.log10(reading.suggestion) == pytest.approx(decade, abs=0.1)


def test_what_happens_after_the_edge_does_not_move_the_suggestion() -> None:
    steep, mild = falling_at(-3.0), falling_at(-3.0)
    steep[-10:] = 1e9
    assert read_curve(RATES, steep).suggestion == pytest.approx(read_curve(RATES, mild).suggestion, rel=0.3)


def test_a_loss_that_never_falls_gives_no_suggestion() -> None:
    flat = read_curve(RATES, np.full(100, 0.7))
    rising = read_curve(RATES, 0.7 + np.maximum(DECADES + 3, 0.0))
    for reading in (flat, rising):
        assert (reading.verdict, reading.suggestion, reading.span, reading.edge) == ("flat", None, None, None)


def test_noise_alone_rarely_passes_for_a_fall() -> None:
    draw = np.random.default_rng(0)
    curves = (0.7 + 0.1 * draw.standard_normal(100) for _ in range(200))
    assert sum(read_curve(RATES, curve).verdict != "flat" for curve in curves) <= 8  # 4 %


def test_a_loss_that_falls_to_the_end_has_no_edge() -> None:
    reading = read_curve(RATES, 0.9 - 0.4 * expit((DECADES + 1.5) / 0.3))
    assert reading.verdict == "no edge"
    assert reading.edge is None
    assert np.log10(reading.suggestion or 1) == pytest.approx(-1.5, abs=0.1)


def test_the_range_holds_the_true_steepest_point_and_grows_with_the_noise() -> None:
    draw = np.random.default_rng(1)
    widths = []
    for noise in (0.02, 0.1):
        held, width = 0, []
        for _ in range(30):
            span = read_curve(RATES, falling_at(-3.0) + noise * draw.standard_normal(100)).span
            assert span is not None
            held += span[0] <= 1e-3 <= span[1]
            width.append(np.log10(span[1] / span[0]))
        assert held >= 26
        widths.append(np.mean(width))
    assert widths[0] < widths[1]


@pytest.mark.parametrize("curvature", [4.0, 50.0])
def test_on_a_parabola_the_loss_begins_to_rise_at_two_over_its_curvature(curvature: float) -> None:
    """Gradient descent on L w**2 / 2 multiplies w by 1 - rate L: it grows for rates above 2 / L alone."""
    rates, weight, losses = rising_rates(300, low=1e-4), 1.0, []
    for rate in rates:
        losses.append(curvature * weight**2 / 2)
        weight -= rate * curvature * weight
    # It falls by decades, so its logarithm is looked at.
    edge = read_curve(rates, np.log10(losses) - np.log10(losses).min() + 1, beta=0.0).edge
    assert edge is not None
    assert abs(np.log(edge * curvature / 2)) <= 1.01 * np.log(rates[1] / rates[0])  # within a step


def test_a_sweep_stops_when_the_mean_loss_is_four_times_its_best() -> None:
    given = [1.0, 1.0, 3.9, 4.1, 9.0]
    losses = iter(given)
    found = sweep([0.1] * 5, lambda rate: next(losses), beta=0.0)
    assert found.tolist() == [1.0, 1.0, 3.9, 4.1]


def test_a_sweep_leaves_out_a_loss_that_is_no_number() -> None:
    losses = iter([1.0, 2.0, float("nan"), 1.0])
    assert sweep([0.1] * 4, lambda rate: next(losses)).tolist() == [1.0, 2.0]
