"""Spread under small changes and the worth of a call: closed forms, and a network that says one thing."""

import numpy as np
import pytest
import torch
from scipy.special import softmax

from core.evaluation.ward import ppv
from core.explanation.meaning import at_temperature, sides_at
from core.explanation.spread import (
    MOST_DEGREES,
    MOST_SHIFT,
    N_CHANGES,
    Change,
    changed,
    small_changes,
    spread_of,
    thinned,
)
from core.images.records import MedicalImage, Window
from core.runs.checkpoints import load_model
from core.runs.predictions import Predictions


def film(side=40, *, kind=np.uint8, **facts):
    values = np.random.default_rng(0).integers(0, 200, (side, side)).astype(kind)
    return MedicalImage(values, (0.0, 255.0), **facts)


def test_a_network_that_always_says_the_same_has_no_spread(trained):
    loaded = load_model(trained)
    with torch.no_grad():
        loaded.model.classifier.weight.zero_()
    found = spread_of(loaded, film())
    low, high = found.range_of(0)
    assert low == high
    assert found.probabilities.shape == (N_CHANGES, 2)


def test_the_same_seed_gives_the_same_spread_and_the_network_is_left_as_it_was(trained):
    loaded = load_model(trained)
    before = {name: tensor.clone() for name, tensor in loaded.model.state_dict().items()}
    told = []
    first = spread_of(loaded, film(), progress=told.append)
    again = spread_of(loaded, film())
    assert np.array_equal(first.probabilities, again.probabilities)
    assert np.ptp(first.probabilities) > 0
    assert told[-1] == 1.0
    assert all(torch.equal(before[name], tensor) for name, tensor in loaded.model.state_dict().items())


def test_changes_stay_within_their_bounds_and_differ():
    changes = small_changes()
    assert len({change.down for change in changes}) == N_CHANGES
    assert max(abs(change.down) for change in changes) <= MOST_SHIFT
    assert max(abs(change.degrees) for change in changes) <= MOST_DEGREES
    assert changes == small_changes()
    assert changes != small_changes(seed=1)


def test_no_change_changes_nothing():
    assert np.array_equal(changed(film(), Change()).values, film().values)


def test_a_shift_moves_the_image_down_and_to_the_right():
    values = np.zeros((10, 20), dtype=np.uint8)
    values[4, 6] = 100
    moved = changed(MedicalImage(values, (0.0, 255.0)), Change(down=0.1, across=0.1)).values
    assert moved[5, 8] == 100
    assert moved.sum() == 100


def test_a_quarter_turn_is_numpys():
    turned = changed(film(), Change(degrees=90)).values
    assert np.array_equal(turned, np.rot90(film().values))


def test_greys_change_within_the_shown_range_alone():
    image = MedicalImage(
        np.array([[-1000, 0, 100, 200]], dtype=np.int16),
        (-1024.0, 3071.0),
        windows=(Window(center=100, width=200),),
    )
    assert changed(image, Change(brightness=0.05)).values.tolist() == [[-990, 10, 110, 210]]
    assert changed(image, Change(contrast=0.1)).values.tolist()[0][1:] == [-10, 100, 210]
    assert changed(image, Change(gamma=1.0)).values.tolist()[0][1:] == [0, 50, 200]  # 0.5 ** 2


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.float32])
def test_the_kind_of_number_and_the_shape_stay(kind):
    made = changed(film(kind=kind), small_changes()[0])
    assert made.values.dtype == kind
    assert made.values.shape == (40, 40)
    colour = MedicalImage(np.full((8, 9, 3), 255, dtype=np.uint8), (0.0, 255.0))
    bright = changed(colour, Change(degrees=2, brightness=0.05))
    assert bright.values.min() == 255  # held, not wrapped round


def test_a_large_image_is_thinned_out_and_its_spacing_grows():
    large = MedicalImage(np.zeros((3000, 1500), dtype=np.uint16), (0.0, 1.0), pixel_spacing_mm=(0.1, 0.2))
    small = thinned(large, 1000)
    assert small.values.shape == (1000, 500)
    assert small.pixel_spacing_mm == pytest.approx((0.3, 0.6))
    assert thinned(film(), 256).values.shape == (40, 40)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_a_temperature_divides_the_logits(temperature):
    logits = np.array([1.2, -0.4, 3.0])
    assert at_temperature(softmax(logits), temperature) == pytest.approx(softmax(logits / temperature))
    assert at_temperature(np.array([1.0, 0.0]), temperature) == pytest.approx([1.0, 0.0])


def answered(probabilities, y_true, names=("no", "yes"), positive="yes"):
    return Predictions.from_logits(
        np.log(np.array(probabilities)),
        y_true=np.array(y_true),
        sample_ids=np.arange(len(y_true)),
        patient_ids=None,
        class_names=names,
        positive_class=positive,
    )


def test_what_a_call_is_worth_by_hand():
    # Called from 0.3 on: 0.4 and 0.9 (sick), 0.35 (healthy); not: 0.1 and 0.2 (healthy), 0.05 (sick).
    scores = np.array([0.4, 0.9, 0.35, 0.1, 0.2, 0.05])
    val = answered(np.stack([1 - scores, scores], axis=1), [1, 1, 0, 0, 0, 1])
    yes, no = sides_at(val, 0.3, "yes"), sides_at(val, 0.3, "no")
    assert (yes.sick.called, yes.sick.n, yes.healthy.called, yes.healthy.n) == (2, 3, 1, 3)
    assert (no.sick.called, no.healthy.called) == (2, 1)
    assert ppv(yes, 0.5).value == pytest.approx(2 / 3)
    assert ppv(yes, 0.1).value == pytest.approx(0.1 * 2 / 3 / (0.1 * 2 / 3 + 0.9 / 3))


def test_with_several_classes_the_call_follows_their_thresholds():
    val = answered([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], [1, 0], names=("a", "b", "c"), positive=None)
    assert sides_at(val, 0.5, "a").sick.called == 1
    by_class = sides_at(val, (0.9, 0.3, 0.9), "b")
    assert (by_class.sick.called, by_class.healthy.called) == (1, 1)
