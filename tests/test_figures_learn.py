"""The charts of the Learn pages: what their titles claim is what their data say."""

import numpy as np

from core.datasets.sides import SidesReport
from core.figures.grey_levels import grey_level_histogram
from core.figures.sides import patient_dots
from core.figures.theme import alt_of
from core.images.levels import count_levels
from core.images.records import MedicalImage, Window


def report(n_both, *, n=60):
    stands = {"train": n - n_both - 3, "val": 2, "test": 1, "both": n_both}
    return SidesReport(sides=(), n_patients=n, n_shared=n_both, n_held_out=9, n_met=n_both, stands=stands)


def test_each_patient_is_one_mark():
    figure = patient_dots(report(5))
    assert figure.layout.title.text == "5 of 60 patients stand on two sides"
    assert {trace.name: len(trace.x) for trace in figure.data} == {
        "Training: 52": 52,
        "Validation: 2": 2,
        "Test: 1": 1,
        "On more than one side: 5": 5,
    }
    places = [place for trace in figure.data for place in zip(trace.x, trace.y, strict=True)]
    assert len(set(places)) == 60
    assert len({(trace.marker.color, trace.marker.symbol) for trace in figure.data}) == 4


def test_nobody_on_two_sides_is_the_title():
    assert "No patient stands on two sides" in alt_of(patient_dots(report(0)))


def test_many_patients_share_a_mark():
    figure = patient_dots(report(0, n=7000))
    assert sum(len(trace.x) for trace in figure.data) <= 703
    assert figure.layout.xaxis.title.text == "Each mark is up to 10 patients"


def test_the_ends_of_the_window_stand_in_the_histogram():
    image = MedicalImage(np.arange(256, dtype=np.uint8).reshape(16, 16), (0, 255))
    figure = grey_level_histogram(count_levels(image, Window(center=100, width=51)), unit="stored value")
    ends = {trace.name: trace.x for trace in figure.data if trace.type == "scatter"}
    assert ends == {"black from here: 74.5": (74.5, 74.5), "white from here: 124.5": (124.5, 124.5)}
    assert figure.layout.xaxis.title.text == "stored value"
    assert sum(figure.data[0].y) == 256


def test_a_bar_that_dwarfs_the_others_is_cut_off_and_told():
    values = np.concatenate([np.zeros(9000), np.arange(1000) % 100 + 1]).astype(np.uint8).reshape(100, 100)
    figure = grey_level_histogram(count_levels(MedicalImage(values, (0, 255))), unit="")
    assert figure.layout.yaxis.range[1] < 100
    assert [note.text for note in figure.layout.annotations] == ["cut off: the highest bar is 9,000"]


def test_three_channels_are_three_lines():
    values = np.zeros((4, 4, 3), dtype=np.uint8)
    figure = grey_level_histogram(count_levels(MedicalImage(values, (0, 255))), unit="")
    assert [trace.name for trace in figure.data][:3] == ["red", "green", "blue"]
