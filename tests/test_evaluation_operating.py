"""A threshold for a target: the highest or lowest that reaches it, on validation, and what is said of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidValueError
from core.evaluation.decisions import decide
from core.evaluation.operating import TARGETS, choose, threshold_for
from core.evaluation.operating_sentences import chosen_on, is_missed, reached_here
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.runs.predictions import Predictions

ILL = [0.9, 0.8, 0.7, 0.6, 0.3]
WELL = [0.65, 0.4, 0.3, 0.2, 0.1]


def of_two(ill=ILL, well=WELL):
    score = np.array([*ill, *well], dtype=np.float32)
    return Predictions(
        y_true=np.array([1] * len(ill) + [0] * len(well), dtype=np.int64),
        logits=np.stack([np.zeros(len(score)), np.zeros(len(score))], axis=1).astype(np.float32),
        y_score=np.stack([1 - score, score], axis=1),
        sample_ids=np.arange(len(score)),
        patient_ids=None,
        class_names=("well", "ill"),
        positive_class="ill",
    )


def of_many(n=300, k=4, seed=0):
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, k, n)
    return Predictions.from_logits(
        1.5 * np.eye(k)[y_true] + rng.normal(size=(n, k)),
        y_true=y_true,
        sample_ids=np.arange(n),
        patient_ids=None,
        class_names=tuple("abcd"[:k]),
        positive_class=None,
    )


def shares(found, threshold, index):
    is_class, is_called = found.y_true == index, decide(found, threshold) == index
    return is_called[is_class].mean(), (~is_called[~is_class]).mean()


def test_the_threshold_stands_in_the_middle_between_the_scores_that_it_parts():
    """Four of five ill are called down to 0.6; the next score below is 0.4."""
    point = threshold_for(of_two(), "sensitivity", 0.8)
    assert point.threshold == 0.5
    assert (point.sensitivity.value, point.specificity.value) == (0.8, 0.8)
    assert (point.class_name, point.n_samples, point.problem) == ("ill", 10, None)


def test_a_specificity_gives_away_as_little_as_can_be():
    """Four of five well lie at 0.4 or below; the next score above is 0.6."""
    point = threshold_for(of_two(), "specificity", 0.8)
    assert point.threshold == 0.5
    assert threshold_for(of_two(), "specificity", 0.81).threshold == pytest.approx(0.68, abs=0.02)


def test_a_target_of_19_of_20_is_0_95_whatever_the_last_bit_says():
    point = threshold_for(of_two(ill=[0.9] * 19 + [0.1], well=[0.05]), "sensitivity", 0.95)
    assert point.sensitivity.value == 0.95
    assert point.threshold == 0.5


def test_equal_scores_are_called_together_and_that_is_said():
    point = threshold_for(of_two(ill=[0.5, 0.5], well=[0.5]), "sensitivity", 0.95)
    assert (point.sensitivity.value, point.specificity.value) == (1, 0)
    assert str(point.problem) == "Only calling every image 'ill' reaches it."
    point = threshold_for(of_two(ill=[0.5, 0.5], well=[0.5]), "specificity", 0.95)
    assert str(point.problem) == "Only calling no image 'ill' reaches it."


def test_what_cannot_be_reached_is_said_in_one_sentence():
    point = threshold_for(of_two(ill=[1.0], well=[1.0, 0.2]), "specificity", 0.9)
    assert point.threshold is None
    assert point.sensitivity is None
    assert str(point.problem) == (
        "No threshold reaches it: too many images without 'ill' score as high as can be."
    )
    assert "There is no image of 'ill'" in str(choose(of_two(ill=[]), "sensitivity", 0.9).problem)
    assert "There is no image without 'ill'" in str(choose(of_two(well=[]), "specificity", 0.9).problem)


def test_a_target_beyond_one_or_for_no_class_is_refused():
    with pytest.raises(InvalidValueError, match="between 0 and 1"):
        choose(of_two(), "sensitivity", 1.2)
    with pytest.raises(InvalidValueError, match="for one class"):
        choose(of_many(), "sensitivity", 0.9)
    with pytest.raises(InvalidValueError, match="for one class"):
        choose(of_two(), "sensitivity", 0.9, "well")


@given(
    ill=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=12),
    well=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=12),
    at_least=st.sampled_from([0.8, 0.9, 0.95, 1.0]),
)
def test_it_is_reached_where_it_is_chosen_and_no_other_threshold_gives_away_less(ill, well, at_least):
    found = of_two(ill, well)
    every = [*np.unique(found.y_score[:, 1]).tolist(), 0.0, 1.0]
    for row, target in enumerate(TARGETS):
        choice = choose(found, target, at_least)
        if choice.threshold is None:
            assert (target, max(well)) == ("specificity", 1.0)
            continue
        reached = shares(found, choice.threshold, 1)
        assert reached[row] >= at_least - 1e-9
        for threshold in every:
            other = shares(found, threshold, 1)
            assert other[row] < at_least - 1e-9 or other[1 - row] <= reached[1 - row] + 1e-9


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("at_least", [0.8, 0.95, 1.0])
@pytest.mark.parametrize("others", [0.5, (0.3, 0.5, 0.9, 0.2)])
def test_with_several_classes_the_target_holds_of_what_is_decided(target, at_least, others):
    found = of_many()
    for index, name in enumerate(found.class_names):
        threshold = choose(found, target, at_least, name, others=others).threshold
        assert len(threshold) == 4
        assert all(0 <= value <= 1 for value in threshold)
        assert shares(found, threshold, index)[TARGETS.index(target)] >= at_least


def test_what_a_class_comes_to_is_that_of_the_decisions():
    found = of_many()
    point = threshold_for(found, "sensitivity", 0.9, "b")
    reached = shares(found, point.threshold, 1)
    assert (point.sensitivity.value, point.specificity.value) == pytest.approx(reached)


def test_the_other_classes_keep_their_thresholds_in_proportion():
    others = (0.3, 0.5, 0.9, 0.2)
    chosen = np.array(choose(of_many(), "specificity", 0.99, "b", others=others).threshold)
    kept = [0, 2, 3]
    assert chosen[kept] / chosen[0] == pytest.approx(np.array(others)[kept] / others[0])


def test_equal_thresholds_call_the_most_probable_class():
    found = of_many()
    assert (decide(found, (0.7,) * 4) == found.y_score.argmax(axis=1)).all()


@pytest.mark.parametrize(
    ("here", "words"),
    [
        (MetricValue(value=0.89, low=0.76, high=0.95, n=45), "missed, which may be chance"),
        (MetricValue(value=0.7, low=0.6, high=0.8, n=45), "missed, and by more than chance explains"),
        (MetricValue(value=0.97, low=0.9, high=0.99, n=45), "The interval goes below what was asked."),
        (MetricValue(value=1.0, low=0.96, high=1.0, n=90), "asked 0.95, reached 1.00 (0.96 to 1.00) here."),
        (MetricValue(value=None, n=0), "Here it can't be measured."),
    ],
)
def test_whether_a_target_holds_elsewhere_is_said_with_the_interval(here, words):
    said = str(reached_here("sensitivity", 0.95, here, is_same=False))
    assert said.startswith("Sensitivity: asked 0.95")
    assert said.endswith(words) or f"{words}." in said
    assert is_missed(0.95, here) == ("missed" in said or "can't" in said)


def test_on_the_images_that_it_was_chosen_on_a_target_is_called_optimistic():
    here = evaluate(of_two(), threshold=0.5).metrics["sensitivity"]
    assert "optimistic" in str(reached_here("sensitivity", 0.8, here, is_same=True))
    there = str(chosen_on("sensitivity", 0.5, here, is_same=False))
    assert there == (
        "Threshold 0.50, chosen on the validation split: Sensitivity 0.80 (0.38 to 0.96) there, n = 5."
    )


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_reached_where_quotients_of_several_classes_differ_by_rounding_alone(target):
    """Logits in whole numbers: many images have the same quotient, but for the last bit of float32."""
    missed = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        y_true = rng.integers(0, 5, 101)
        found = Predictions.from_logits(
            np.round(np.eye(5)[y_true] + rng.normal(size=(101, 5))),
            y_true=y_true,
            sample_ids=np.arange(101),
            patient_ids=None,
            class_names=tuple("abcde"),
            positive_class=None,
        )
        others = tuple(rng.uniform(0.05, 1, 5))
        for index, name in enumerate("abcde"):
            threshold = choose(found, target, 0.8, name, others=others).threshold
            missed.append(shares(found, threshold, index)[TARGETS.index(target)] < 0.8 - 1e-9)
    assert not any(missed)
