"""Shortcuts and doubtful labels: found where they were put, and not where there is nothing."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from core.datasets.profiling import testing
from core.datasets.profiling.facts import FactGroup, fact_groups
from core.datasets.profiling.mislabels import doubted, edges, find_mislabels
from core.datasets.profiling.pixels import BRIGHTNESS, FRAME, measure
from core.datasets.profiling.reading import Readings
from core.datasets.profiling.records import Area
from core.datasets.profiling.shortcuts import suspect_shortcuts, verdict_of
from core.datasets.profiling.testing import Trial, areas, prepare_trial
from core.errors import JobStoppedError
from core.images import MedicalImage, Window
from core.language import Message

NO_PAIRS = np.zeros((0, 2), dtype=np.intp)
RNG = np.random.default_rng(11)


def table(labels, patients=None, **columns):
    n = len(labels)
    rows = {
        "sample_id": np.arange(n),
        "file": [f"{number}.png" for number in range(n)],
        "label": labels,
        "patient_id": patients if patients is not None else [None] * n,
        "width": 64,
        "height": 64,
        "pixel_spacing_mm": np.nan,
        "source_format": "PNG",
        "bits_stored": np.nan,
        "n_channels": 1,
        "modality": None,
    } | columns
    return pd.DataFrame(rows)


def trial_of(labels, patients=None, **columns):
    samples = table(labels, patients, **columns)
    trial = prepare_trial(samples, tuple(sorted(set(labels))), NO_PAIRS, positive="b")
    assert isinstance(trial, Trial)
    return trial, samples


def readings(n, rng=RNG):
    return Readings(
        thumbnails=rng.integers(0, 255, (n, 32, 32)).astype(np.uint8),
        brightness=rng.random((n, len(BRIGHTNESS)), dtype=np.float32),
        frame=rng.random((n, len(FRAME)), dtype=np.float32),
        levels=np.zeros((1, 64)),
        means=np.zeros((1, 64, 64, 3), dtype=np.uint8),
    )


def shortcuts_of(trial, samples):
    found = suspect_shortcuts(trial, fact_groups(samples, readings(len(samples))), samples, lambda: None)
    return {test.group: test for test in found.tests}


LABELS = ["a", "b"] * 100


def test_a_size_that_follows_the_class_is_suspicious_and_shown():
    width = np.where(np.array(LABELS) == "b", 90, 60) + RNG.integers(0, 10, 200)
    found = shortcuts_of(*trial_of(LABELS, width=width))
    assert found["size"].verdict == "suspicious"
    assert found["size"].area.value == pytest.approx(1, abs=0.01)
    assert found["size"].area.low > 0.9
    assert found["size"].deciding.feature.text in ("width (pixels)", "width for each pixel of height")
    shown = found["size"].deciding.examples["b"]
    assert len(shown) == 4
    assert set(width[list(shown)]) <= set(np.sort(width)[-40:])


def test_a_size_in_the_middle_is_found_too():
    """Neither larger nor smaller means ill: a line through the widths would see nothing."""
    of_a = RNG.choice([50, 100], 100)
    width = np.empty(200, dtype=int)
    width[::2], width[1::2] = of_a, 75
    assert shortcuts_of(*trial_of(LABELS, width=width))["size"].verdict == "suspicious"


def test_a_file_format_that_follows_the_class_is_suspicious():
    formats = np.where(np.array(LABELS) == "b", "JPEG", "PNG")
    test = shortcuts_of(*trial_of(LABELS, source_format=formats))["file"]
    assert test.verdict == "suspicious"
    assert str(test.deciding.feature) in ("file format: JPEG", "file format: PNG")


def test_a_spacing_that_only_one_class_has_is_suspicious():
    spacing = np.where(np.array(LABELS) == "b", 0.5, np.nan)
    test = shortcuts_of(*trial_of(LABELS, pixel_spacing_mm=spacing))["size"]
    assert test.verdict == "suspicious"
    assert test.deciding.feature.text == "pixel spacing is known (1) or not (0)"


def test_noise_is_quiet_and_constants_are_the_same():
    found = shortcuts_of(*trial_of(LABELS))
    assert found["size"].verdict == found["file"].verdict == "same"
    assert found["size"].area is None
    for group in ("frame", "brightness"):
        assert found[group].verdict == "quiet"
        assert found[group].area.low < 0.5 < found[group].area.high + 0.05


def test_of_several_classes_the_one_that_is_told_apart_is_named():
    labels = ["a", "b", "c"] * 60
    width = np.where(np.array(labels) == "c", 90, 60) + RNG.integers(0, 10, 180)
    test = shortcuts_of(*trial_of(labels, width=width))["size"]
    assert test.strongest.class_name == "c"
    assert [area.class_name for area in test.areas] == ["a", "b", "c"]
    assert test.area.value == pytest.approx(np.mean([area.value for area in test.areas]))


@pytest.mark.parametrize(
    ("group", "low", "verdict"),
    [
        ("size", 0.59, "quiet"),
        ("size", 0.60, "look"),
        ("size", 0.70, "suspicious"),
        ("frame", 0.69, "quiet"),
        ("frame", 0.85, "suspicious"),
        ("brightness", 0.79, "quiet"),
        ("brightness", 0.94, "look"),
        ("brightness", 0.95, "suspicious"),
    ],
)
def test_what_may_rightly_know_more_is_suspected_later(group, low, verdict):
    assert (
        verdict_of(group, (Area(class_name="b", value=0.99, low=low, high=1, n=9, n_patients=9),)) == verdict
    )


def test_patients_are_never_asked_about_after_they_were_seen():
    """Each patient has a width of his own and a label drawn by lot: who knows them is always right."""
    lots = RNG.integers(0, 2, 60)
    patients, labels = np.repeat(np.arange(60), 5), np.repeat(np.array(["a", "b"])[lots], 5)
    width = np.repeat(RNG.permutation(60) * 10 + 40, 5)
    test = shortcuts_of(*trial_of(labels, [f"p{number}" for number in patients], width=width))["size"]
    assert test.verdict == "quiet"
    assert test.area.n == 300
    assert test.area.n_patients == 60


def test_the_interval_counts_patients_and_not_images():
    """Five times the same image of each patient tells no more than one."""
    lots = np.tile([0, 1], 30)
    score = lots + np.random.default_rng(0).normal(0, 1.2, 60)

    def interval(times):
        labels = np.repeat(np.array(["a", "b"])[lots], times)
        trial, _ = trial_of(labels, [f"p{number}" for number in np.repeat(np.arange(60), times)])
        spread = np.repeat(score, times)
        return areas(trial, np.stack([-spread, spread], axis=1))[0]

    once, often = interval(1), interval(5)
    assert often.value == pytest.approx(once.value)
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.25)


def test_a_perfect_score_has_an_interval_with_a_width():
    trial, _ = trial_of(LABELS)
    score = trial.y_true.astype(float)
    area, each = areas(trial, np.stack([1 - score, score], axis=1))
    assert area.value == 1
    assert area.low == pytest.approx(0.963, abs=0.03)
    assert each == ()


def test_too_few_images_are_said_and_not_tested():
    samples = table(["a"] * 30 + ["b"] * 9)
    reason = prepare_trial(samples, ("a", "b"), NO_PAIRS, positive="b")
    assert isinstance(reason, Message)
    assert str(reason).startswith("Too few images to test")


def test_one_patient_is_no_class():
    samples = table(["a"] * 30 + ["b"] * 30, [*(f"p{number}" for number in range(30)), *["q"] * 30])
    assert isinstance(prepare_trial(samples, ("a", "b"), NO_PAIRS, positive="b"), Message)


def test_a_large_set_is_tested_on_whole_patients(monkeypatch):
    monkeypatch.setattr(testing, "MOST_TESTED", 40)
    trial, _ = trial_of(LABELS, [f"p{number // 2}" for number in range(200)])
    assert len(trial.rows) == 40
    assert trial.n_patients == 20


def test_a_stop_ends_the_tests():
    def stop():
        raise JobStoppedError

    trial, samples = trial_of(LABELS)
    group = FactGroup("size", (Message(text="x"),), RNG.random((200, 1)))
    with pytest.raises(JobStoppedError):
        suspect_shortcuts(trial, (group,), samples, stop)


def test_doubted_are_those_surer_of_another_class_than_usual():
    y_true = np.array([0, 0, 0, 1, 1, 1])
    p_second = np.array([0.1, 0.2, 0.95, 0.9, 0.8, 0.1])
    rows, other = doubted(y_true, np.stack([1 - p_second, p_second], axis=1))
    assert rows.tolist() == [2, 5]  # 0.05 and 0.1 for their own label
    assert other[rows].tolist() == [1, 0]


def test_an_unsure_model_doubts_nobody():
    y_true = np.tile([0, 1], 50)
    p_second = np.clip(0.5 + RNG.normal(0, 0.05, 100), 0, 1)
    assert len(doubted(y_true, np.stack([1 - p_second, p_second], axis=1))[0]) == 0


def test_swapped_labels_are_found():
    rng = np.random.default_rng(5)
    labels = np.array(["a", "b"] * 150)
    pictures = rng.integers(80, 120, (300, 32, 32))
    pictures[labels == "a", 8:24, 14:18] += 60  # an upright bar
    pictures[labels == "b", 14:18, 8:24] += 60  # a lying one
    wrong = rng.choice(300, 9, replace=False)
    labels[wrong] = np.where(labels[wrong] == "a", "b", "a")
    trial, samples = trial_of(labels)
    ids = samples["sample_id"].to_numpy()
    found = find_mislabels(trial, pictures.astype(np.uint8), ids, lambda: None)
    assert {suspect.sample_id for suspect in found.suspects} == set(wrong.tolist())
    assert found.area.value > 0.9


def test_edges_tell_upright_from_lying_lines():
    upright = np.zeros((32, 32), dtype=np.uint8)
    upright[:, 10:20] = 200
    found = edges(np.stack([upright, upright.T])).reshape(2, 8, 8, 8)
    assert found[0, ..., 0].sum() == pytest.approx(found[1, ..., 4].sum())
    assert found[0, ..., 4].sum() == pytest.approx(0, abs=1e-3)
    assert_allclose((found**2).reshape(2, -1).sum(axis=1) ** 0.5 > 0, True)


def test_a_picture_is_measured_as_it_is_shown():
    values = np.zeros((40, 60), dtype=np.uint8)
    values[:, 30:] = 255
    found = measure(MedicalImage(values, value_range=(0, 255)))
    mean, deviation, *_, black, white = found.brightness
    assert (mean, deviation, black, white) == (0.5, 0.5, 0.5, 0.5)
    top, bottom, left, right, *_ = found.frame
    assert (top, bottom, left, right) == (0.5, 0.5, 0, 1)
    assert found.thumbnail[0, 0] == 0
    assert found.thumbnail[0, -1] == 255
    assert found.levels[0] == found.levels[-1] == 0.5
    inverted = measure(MedicalImage(values, value_range=(0, 255), inverted=True))
    assert inverted.frame[2] == 1
    windowed = measure(MedicalImage(values, value_range=(0, 255), windows=(Window(center=1000, width=10),)))
    assert windowed.brightness[0] == 0
