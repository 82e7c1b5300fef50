"""Net benefit: by hand, as another program finds it, and where the network is better than all or none."""

import numpy as np
import pytest

from core.evaluation.decision_curve import (
    THRESHOLDS,
    Stretch,
    decision_curve,
    net_benefit,
    sensible_thresholds,
    stated_risks,
)
from core.figures.net_benefit import net_benefit as net_benefit_figure
from core.figures.theme import alt_of
from tests.answered import answer

# Sixteen made-up risks, and the net benefit that the authors' own package dcurves 1.1.7 gives for them.
RISKS = np.array(
    [0.02, 0.05, 0.08, 0.11, 0.15, 0.22, 0.22, 0.31, 0.4, 0.48, 0.55, 0.63, 0.71, 0.8, 0.92, 0.97]
)
TRUTH = np.array([0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1])
DCURVES = {0.1: 0.4652777778, 0.25: 0.3125, 0.5: 0.25, 0.75: 0.1875, 0.9: 0.125}
DCURVES_ALL = {0.1: 0.4444444444, 0.25: 0.3333333333, 0.5: 0.0, 0.75: -1.0, 0.9: -4.0}


def place(threshold: float) -> int:
    return int(np.flatnonzero(THRESHOLDS == threshold)[0])


def test_the_family_history_of_the_published_tutorial() -> None:
    """750 patients, 105 with cancer, 24 of them and 91 of the others with a family history (df_binary).

    Values of dcurves 1.1.7, also at a prevalence of 30 %.
    """
    sensitivity, false_alarms = np.full(4, 24 / 105), np.full(4, 91 / 645)
    at = np.array([0.05, 0.10, 0.20, 0.35])
    found = net_benefit(sensitivity, false_alarms, 105 / 750, at)
    assert found == pytest.approx([0.025614, 0.018519, 0.001667, -0.033333], abs=1e-6)
    found = net_benefit(sensitivity, false_alarms, 0.3, at)
    assert found == pytest.approx([0.063374, 0.057598, 0.043882, 0.015393], abs=1e-6)


def test_the_curve_is_that_of_another_program() -> None:
    curve = decision_curve(answer(RISKS, TRUTH))
    assert curve is not None
    for threshold, expected in DCURVES.items():
        assert curve.network[place(threshold)] == pytest.approx(expected)
        assert curve.treat_all[place(threshold)] == pytest.approx(DCURVES_ALL[threshold], abs=1e-9)
    assert curve.prevalence == 0.5
    assert not curve.is_carried_over
    twice = decision_curve(answer(np.tile(RISKS, 2), np.tile(TRUTH, 2)))  # eight of a side have no band
    assert twice is not None
    assert twice.network == pytest.approx(curve.network)
    assert (twice.low <= twice.network + 1e-12).mean() > 0.95
    assert (twice.high >= twice.network - 1e-12).mean() > 0.95


def test_a_perfect_answer_is_worth_the_prevalence_at_any_threshold() -> None:
    truth = np.repeat([0, 1], [30, 10])
    curve = decision_curve(answer(truth * 1.0, truth))
    assert curve is not None
    assert curve.network == pytest.approx(0.25)
    assert curve.better == (Stretch(0.01, 0.99),)
    assert curve.surely_better == (Stretch(0.01, 0.99),)


def test_a_network_that_says_the_prevalence_of_everybody_is_never_better() -> None:
    curve = decision_curve(answer(np.full(40, 0.25), np.repeat([0, 1], [30, 10])))
    assert curve is not None
    assert curve.better == ()
    assert curve.surely_better == ()


def test_the_data_own_prevalence_carried_over_to_itself_changes_nothing() -> None:
    own, carried = decision_curve(answer(RISKS, TRUTH)), decision_curve(answer(RISKS, TRUTH), prevalence=0.5)
    assert own is not None
    assert carried is not None
    assert carried.is_carried_over
    # Risks that lie on a threshold may fall to its other side by the last bit: these are the places beside.
    aside = ~np.isin(THRESHOLDS, np.round(RISKS, 2))
    assert carried.network[aside] == pytest.approx(own.network[aside])


def test_risks_are_carried_over_by_the_odds_of_both_prevalences() -> None:
    """Among half sick a risk of 0.5; where one in ten is sick, the same image has a risk of 0.1."""
    at = stated_risks(0.5, 0.1)
    assert at[place(0.1)] == pytest.approx(0.5)
    assert at[place(0.5)] == pytest.approx(0.9)


def test_calibrated_risks_that_are_carried_over_lose_to_nobody_where_drawn_ones_would() -> None:
    """A calibrated network at a new prevalence: after Bayes it is no worse than treating all or none."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 6000)
    score = rng.normal(2 * truth, 1.0)
    risk = 1 / (1 + np.exp(-(2 * score - 2)))  # the likelihood ratio of two normals, at even odds
    curve = decision_curve(answer(risk, truth), prevalence=0.05)
    assert curve is not None
    assert (curve.network >= np.maximum(curve.treat_all, 0) - 0.004).all()


@pytest.mark.parametrize("prevalence", [0.0, 1.0])
def test_where_all_are_alike_the_network_adds_nothing(prevalence: float) -> None:
    curve = decision_curve(answer(RISKS, TRUTH), prevalence=prevalence)
    assert curve is not None
    assert curve.better == ()
    assert curve.network == pytest.approx(np.maximum(curve.treat_all, 0))


def test_one_class_alone_or_nobody_has_no_curve() -> None:
    assert decision_curve(answer(RISKS, np.zeros(16, dtype=int))) is None
    assert decision_curve(answer(np.zeros(0), np.zeros(0, dtype=int))) is None


def test_three_images_have_a_curve_and_no_certainty() -> None:
    curve = decision_curve(answer(np.array([0.2, 0.4, 0.9]), np.array([0, 1, 1])))
    assert curve is not None
    assert np.isfinite(curve.network).all()
    assert not curve.has_band
    assert curve.surely_better == ()


@pytest.mark.parametrize(("n_sick", "is_sure"), [(1, False), (9, False), (10, True)])
def test_a_few_patients_with_many_images_each_make_nothing_sure(n_sick: int, is_sure: bool) -> None:
    """They resemble themselves: one patient drawn again a thousand times gives a band without a width."""
    patients = [f"s{n % n_sick}" for n in range(60)] + [f"h{n % 12}" for n in range(60)]
    curve = decision_curve(answer(np.repeat([0.9, 0.1], 60), np.repeat([1, 0], 60), patients))
    assert curve is not None
    assert curve.better != ()
    assert (curve.has_band, curve.surely_better != ()) == (is_sure, is_sure)
    assert ("that may be chance" in alt_of(net_benefit_figure(curve))) is not is_sure


def test_the_exchange_rate_gives_the_thresholds_that_make_sense() -> None:
    """Ten false alarms for one find are taken by one who treats from a risk of 1 / 11 on."""
    assert sensible_thresholds(10) == Stretch(pytest.approx(1 / 21), pytest.approx(1 / 6))
    assert sensible_thresholds(1).low < 0.5 < sensible_thresholds(1).high
