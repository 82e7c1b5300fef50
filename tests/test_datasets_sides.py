"""Who stands on which side, against a split made by hand."""

import numpy as np
import pandas as pd

from core.datasets.records import SplitConfig
from core.datasets.sides import count_sides
from core.datasets.splits import make_split

SAMPLES = pd.DataFrame({"sample_id": range(6), "patient_id": ["a", "a", "b", "b", "c", None]})
SPLIT = pd.DataFrame(
    {
        "sample_id": range(6),
        "label": ["x", "y", "x", "x", "y", "y"],
        "split": ["train", "train", "train", "test", "val", "test"],
    }
)


def test_patients_images_and_classes_are_counted():
    report = count_sides(SAMPLES, SPLIT, ("x", "y"))
    found = [(side.split, side.n_patients, side.n_images, side.class_counts) for side in report.sides]
    assert found == [
        ("train", 2, 3, {"x": 2, "y": 1}),
        ("val", 1, 1, {"x": 0, "y": 1}),
        ("test", 1, 2, {"x": 1, "y": 1}),
    ]


def test_who_stands_on_two_sides_is_counted_with_the_images_that_show_them():
    report = count_sides(SAMPLES, SPLIT, ("x", "y"))
    assert (report.n_patients, report.n_shared, report.n_held_out, report.n_met) == (3, 1, 3, 1)
    assert report.stands == {"train": 1, "val": 1, "test": 0, "both": 1}


def test_without_patients_nothing_is_claimed():
    report = count_sides(SAMPLES.assign(patient_id=None), SPLIT, ("x", "y"))
    assert report.n_patients is report.n_shared is report.n_met is None
    assert report.stands == {}


def test_keeping_patients_together_leaves_nobody_on_two_sides():
    n = 90
    samples = pd.DataFrame(
        {
            "sample_id": np.arange(n),
            "patient_id": [f"p{number // 3}" for number in range(n)],
            "label": ["x", "y"] * (n // 2),
            "split": [None] * n,
        }
    )
    apart, together = (
        count_sides(samples, make_split(samples, SplitConfig(by_patient=kept)), ("x", "y"))
        for kept in (False, True)
    )
    assert together.n_shared == together.n_met == 0
    assert apart.n_shared and apart.n_met
