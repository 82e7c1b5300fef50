"""What is found out about a pipeline: how it fits many images, and in what it differs from another one."""

import numpy as np
import pytest

from core.images.records import MedicalImage
from core.transforms.preprocessing.differing import differences
from core.transforms.preprocessing.survey import misfits, survey
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep

STATISTICS = ChannelStatistics(mean=(0.5,), std=(0.25,), low=(0.0,), high=(1.0,))


def pipeline(*steps, **parameters):
    """Build a pipeline of steps by name; `parameters` are those of the steps that have some."""
    return Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=parameters.get(name, {})) for name in steps)
    )


def image(values):
    return MedicalImage(values=np.array(values, dtype=np.uint8), value_range=(0, 255))


def words(found):
    return [str(message) for message in found]


def test_black_white_and_mean_are_counted_before_the_numbers_are_rescaled():
    found = survey(image([[0, 0], [255, 51]]), pipeline("window", "standardise"), STATISTICS)
    assert (found.black, found.white) == (0.5, 0.25)
    assert found.grey == pytest.approx((0 + 0 + 1 + 0.2) / 4, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((-2, 2))  # (0 - 0.5) / 0.25 and (1 - 0.5) / 0.25


@pytest.mark.parametrize(("fit", "kept"), [("stretch", 1.0), ("pad", 1.0), ("crop", 1 / 3)])
def test_what_a_fit_keeps_of_an_image_three_times_as_wide_as_high(fit, kept):
    wide = image(np.zeros((16, 48)))
    steps = pipeline("window", "resize", resize={"size": 16, "fit": fit})
    assert survey(wide, steps, STATISTICS).kept == pytest.approx(kept)


def test_what_stands_out_is_told_with_how_many():
    steps = pipeline("window", "resize", resize={"size": 16, "fit": "crop"})
    ramp = np.tile(np.linspace(20, 230, 16), (16, 1))
    good = survey(image(ramp), steps, STATISTICS)
    cut = survey(image(np.tile(ramp, (1, 3))), steps, STATISTICS)
    dark = survey(image(np.zeros((16, 16))), steps, STATISTICS)
    assert misfits([good, good]) == []
    assert words(misfits([good, good, cut])) == ["1 of 3 images: cut to less than 60 % of their area."]
    assert words(misfits([good, good, dark])) == [
        "1 of 3 images: more than 40 % of the pixels are at 0, and what was there is lost.",
        "1 of 3 images: almost even, hardly anything is to be seen.",
        "1 of 3 images: much brighter or darker than the others.",
    ]


def test_pictures_of_different_sizes_are_told():
    steps = pipeline("window")
    ramp = np.tile(np.linspace(20, 230, 16), (16, 1))
    found = [survey(image(one), steps, STATISTICS) for one in (ramp, ramp[:8])]
    assert words(misfits(found)) == ["The pictures have 2 different sizes: a network takes one."]


def test_two_equal_pipelines_differ_in_nothing_even_where_a_step_is_switched_off():
    one = pipeline("window", "gaussian", "resize")
    off = one.steps[1].model_copy(update={"enabled": False})
    assert differences(one, one) == []
    assert (
        differences(Preprocessing(steps=(one.steps[0], off, one.steps[2])), pipeline("window", "resize"))
        == []
    )


def test_another_parameter_another_step_and_another_place_are_told():
    one = pipeline("window", "gamma", "resize", resize={"size": 32})
    other = pipeline("window", "resize", "invert", resize={"size": 64})
    assert words(differences(one, other)) == [
        "Only here: Gamma.",
        "Resize, Image size: 32 here, 64 in the other.",
        "Only in the other: Invert.",
    ]
    moved = differences(pipeline("window", "invert", "resize"), pipeline("window", "resize", "invert"))
    assert words(moved) == ["At another place here: Resize."]  # told once, of one of the two
