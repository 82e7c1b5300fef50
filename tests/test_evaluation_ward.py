"""A ward of 1,000: Bayes by hand, whole people that add up, intervals that hold what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.costs import cheapest, cost
from core.evaluation.one_class import against_rest, first_to_look_for
from core.evaluation.patients import number_patients
from core.evaluation.rates import rates_of
from core.evaluation.ward import Side, Sides, Ward, npv, ppv, share_out, sides_of, ward
from core.runs.predictions import Predictions
from tests.answered import answer

SHARES = st.floats(0, 1)


def test_nine_in_ten_at_a_prevalence_of_a_tenth_is_a_coin() -> None:
    sides = Sides(Side(90, 100, 100), Side(10, 100, 100))
    assert ppv(sides, 0.1).value == pytest.approx(0.5)
    assert npv(sides, 0.1).value == pytest.approx(81 / 82)


def test_mammography_of_gigerenzer_by_natural_frequencies() -> None:
    """1 % prevalence, sensitivity 90 %, false alarms 9 %: 9 of 98 (Gigerenzer 2007, table of the article)."""
    assert ward(0.9, 0.91, 0.01) == Ward(found=9, missed=1, alarmed=89, calm=901)
    assert ppv(Sides(Side(90, 100, 100), Side(9, 100, 100)), 0.01).value == pytest.approx(0.0917, abs=1e-4)


def test_the_sentence_of_the_ward_by_hand() -> None:
    shown = ward(0.9, 0.9, 0.05)
    assert shown == Ward(found=45, missed=5, alarmed=95, calm=855)
    assert (shown.sick, shown.alarms, shown.n) == (50, 140, 1000)


@given(SHARES, SHARES, SHARES)
@settings(max_examples=300, deadline=None)
def test_the_people_are_always_exactly_a_thousand(sensitivity: float, specificity: float, p: float) -> None:
    shown = ward(sensitivity, specificity, p)
    assert shown.n == 1000
    assert min(shown.found, shown.missed, shown.alarmed, shown.calm) >= 0
    assert abs(shown.sick - 1000 * p) <= 0.5 + 1e-6
    assert abs(shown.found - shown.sick * sensitivity) <= 0.5 + 1e-6


def test_the_largest_remainder_is_rounded_up_and_of_equal_ones_the_first() -> None:
    assert share_out(10, (0.55, 0.45)) == (6, 4)
    assert share_out(10, (1 / 3, 1 / 3, 1 / 3)) == (4, 3, 3)
    assert share_out(50, (0.9, 0.1)) == (45, 5)
    assert share_out(0, (0.3, 0.7)) == (0, 0)


def test_at_a_prevalence_of_nothing_every_alarm_is_false_and_of_everything_none() -> None:
    sides = Sides(Side(9, 10, 10), Side(1, 10, 10))
    assert (ppv(sides, 0).value, npv(sides, 0).value) == (0, 1)
    assert (ppv(sides, 1).value, npv(sides, 1).value) == (1, 0)
    assert str(ppv(sides, 0).reason).startswith("Certain")
    assert (ward(0.9, 0.9, 0), ward(0.9, 0.9, 1)) == (Ward(0, 0, 100, 900), Ward(900, 100, 0, 0))


def test_without_an_alarm_or_without_a_side_there_is_no_predictive_value() -> None:
    nobody = ppv(Sides(Side(0, 10, 10), Side(0, 10, 10)), 0.1)
    assert (nobody.value, str(nobody.reason)) == (None, "At this threshold nobody gets this answer.")
    lacking = npv(Sides(Side(0, 0, 0), Side(0, 10, 10)), 0.1)
    assert (lacking.value, str(lacking.reason)) == (None, "One side has no image in this split.")


def test_the_logit_interval_by_hand() -> None:
    """Mercaldo 2007, standard logit interval: sensitivity 80 of 100, false alarms 30 of 150, p = 0.2."""
    found = ppv(Sides(Side(80, 100, 100), Side(30, 150, 150)), 0.2)
    centre = np.log(0.8 * 0.2 / (0.2 * 0.8))
    reach = 1.959964 * np.sqrt(0.2 / 0.8 / 100 + 0.8 / 0.2 / 150)
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(1 / (1 + np.exp(-(centre - reach))), abs=1e-7)
    assert found.high == pytest.approx(1 / (1 + np.exp(-(centre + reach))), abs=1e-7)


@given(st.integers(0, 8), st.integers(0, 12), st.floats(0.001, 0.999))
@settings(max_examples=200, deadline=None)
def test_a_predictive_value_lies_inside_its_interval_also_where_nobody_or_everybody_is_called(
    found: int, alarms: int, prevalence: float
) -> None:
    sides = Sides(Side(found, 8, 8), Side(alarms, 12, 6, 2.0))
    for one in (ppv(sides, prevalence), npv(sides, prevalence)):
        if one.value is not None:
            assert one.low is not None
            assert one.high is not None
            assert 0 <= one.low <= one.value <= one.high <= 1
            assert one.low < one.high


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_patients", "films", "specificity", "prevalence", "least"),
    [
        (400, 1, 0.8, 0.3, 0.93),
        (60, 1, 0.9, 0.05, 0.93),
        (60, 3, 0.9, 0.05, 0.92),
        (300, 3, 0.95, 0.01, 0.93),
    ],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(
    n_patients: int, films: int, specificity: float, prevalence: float, least: float
) -> None:
    """Patients of 1 to `films` films whose chances differ (intraclass correlation 0.3)."""
    rng = np.random.default_rng(1)
    truth = prevalence * 0.85 / (prevalence * 0.85 + (1 - prevalence) * (1 - specificity))
    held, n = 0, 600
    for _ in range(n):
        found = ppv(draw_sides(rng, n_patients, films, specificity), prevalence)
        held += bool(found.low is not None and found.high is not None and found.low <= truth <= found.high)
    assert least <= held / n <= 0.985


def draw_sides(rng: np.random.Generator, n_patients: int, films: int, specificity: float) -> Sides:
    is_sick = np.arange(n_patients) % 2 == 0
    n_films = rng.integers(1, films + 1, n_patients)
    mean = np.where(is_sick, 0.85, 1 - specificity)
    chance = rng.beta(mean * 0.7 / 0.3, (1 - mean) * 0.7 / 0.3) if films > 1 else mean
    patients = np.repeat(np.arange(n_patients), n_films)
    called = rng.random(len(patients)) < chance[patients]
    return sides_of(
        answer(called * 1.0, is_sick[patients].astype(int), [f"p{patient}" for patient in patients]), 0.5
    )


def test_films_of_one_patient_count_for_less_than_films_of_many() -> None:
    truth, score = np.repeat([0, 1], 40), np.tile([0.2, 0.2, 0.8, 0.8], 20)
    alone = ppv(sides_of(answer(score, truth), 0.5), 0.2)
    paired = ppv(sides_of(answer(score, truth, [f"p{place // 2}" for place in range(80)]), 0.5), 0.2)
    assert alone.value == paired.value
    assert (
        sides_of(answer(score, truth, [f"p{place // 2}" for place in range(80)]), 0.5).sick.design_effect > 2
    )
    assert paired.high - paired.low > alone.high - alone.low


def test_rates_are_those_of_each_threshold_by_itself() -> None:
    rng = np.random.default_rng(0)
    found = answer(np.round(rng.random(50), 2).astype(np.float32), rng.integers(0, 2, 50))  # ties on the grid
    rates = rates_of(found, n_resamples=5)
    for place, threshold in enumerate(rates.thresholds):
        sides = sides_of(found, float(threshold))
        assert rates.called_sick[0, place] == sides.sick.called
        assert rates.called_healthy[0, place] == sides.healthy.called
    assert rates.called_sick.shape == (6, 101)


def test_resamples_draw_whole_patients() -> None:
    found = answer(np.array([0.9, 0.9, 0.9, 0.1]), np.array([1, 1, 1, 0]), ["a", "a", "a", "b"])
    rates = rates_of(found, n_resamples=200)
    assert set(rates.n_sick[1:]) == {0, 3, 6}
    assert (rates.n_sick[1:] / 3 + rates.n_healthy[1:] == 2).all()


def test_the_cheapest_threshold_is_the_one_found_by_trying_them_all() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 80)
    found = answer(np.clip(0.5 * truth + 0.6 * rng.random(80), 0, 1), truth)
    best = cheapest(rates_of(found, n_resamples=20), 0.1, miss=5)
    assert best is not None
    tried = []
    for threshold in np.linspace(0, 1, 101):
        sides = sides_of(found, float(round(threshold, 2)))
        tried.append(cost(sides.sick.share, sides.healthy.share, 0.1, miss=5))
    assert best.cost == pytest.approx(min(tried))
    assert tried[round(best.threshold * 100)] == pytest.approx(min(tried))
    assert best.low is not None
    assert best.high is not None
    assert best.low <= best.high
    assert (best.cost_all, best.cost_none) == (pytest.approx(900), pytest.approx(500))


def test_the_cost_by_hand_and_the_middle_of_even_thresholds() -> None:
    assert cost(0.9, 0.1, 0.05, miss=10) == pytest.approx(5 * 10 + 95)
    best = cheapest(rates_of(answer(np.array([0.2, 0.8]), np.array([0, 1]))), 0.5, miss=1)
    assert best is not None
    assert best.threshold == pytest.approx(0.5)  # from 0.21 to 0.80 all is right: the middle
    assert best.cost == 0
    assert best.is_worth_it
    assert (best.low, best.high) == (None, None)  # two patients can't say how sure that is


def test_without_a_sick_image_nothing_is_cheapest() -> None:
    assert cheapest(rates_of(answer(np.array([0.2, 0.8]), np.array([0, 0]))), 0.5, miss=1) is None
    nothing = answer(np.zeros(0), np.zeros(0, dtype=int))
    assert cheapest(rates_of(nothing), 0.5, miss=1) is None
    assert sides_of(nothing, 0.5).sick.share is None


def test_a_class_against_the_rest_keeps_its_probability_and_its_order() -> None:
    logits = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [np.nan, 0.0, 0.0]])
    three = Predictions.from_logits(
        logits,
        y_true=np.array([0, 2, 1]),
        sample_ids=np.array([7, 8, 9]),
        patient_ids=None,
        class_names=("a", "b", "c"),
        positive_class=None,
    )
    one = against_rest(three, "c")
    assert one.sample_ids.tolist() == [7, 8]  # the one without a score is left out
    assert one.y_true.tolist() == [0, 1]
    assert one.positive_class == "c"
    assert one.y_score[:, 1] == pytest.approx(three.y_score[:2, 2])
    odds = np.log(three.y_score[:2, 2] / (1 - three.y_score[:2, 2]))
    assert one.logits[:, 1] - one.logits[:, 0] == pytest.approx(odds, abs=1e-6)


def test_unknown_patients_have_one_image_each_and_all_are_numbered_as_they_appear() -> None:
    some = answer(np.zeros(5), np.zeros(5, dtype=int), ["a", None, "a", None, "b"])
    assert number_patients(some).tolist() == [0, 1, 0, 2, 3]  # in the order in which they appear
    assert number_patients(answer(np.zeros(3), np.zeros(3, dtype=int))).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (("normal", "bacterial_pneumonia", "viral_pneumonia"), 1),
        (("No finding", "healthy", "Mass"), 2),
        (("正常", "肺炎", "结核"), 1),
        (("nodule", "normal"), 0),
        (("abnormal", "normal"), 0),
        (("clear cell carcinoma", "other"), 0),
        (("normal",), 0),
    ],
)
def test_a_clinic_looks_for_a_finding_first(names: tuple[str, ...], first: int) -> None:
    assert first_to_look_for(names) == first
