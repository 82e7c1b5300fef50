"""The difference image: zero is grey, both signs reach as far, and the title counts what changed."""

import numpy as np
import pytest

from core.figures.augmentation import difference_map
from core.figures.theme import alt_of


def test_the_scale_is_symmetric_and_counts_in_grey_levels():
    difference = np.zeros((4, 5), np.float32)
    difference[0, 0], difference[1, 2] = 0.2, -0.4
    figure = difference_map(difference)
    heatmap = figure.data[0]
    assert heatmap.z[0, 0] == pytest.approx(51) and heatmap.z[1, 2] == pytest.approx(-102)
    assert (heatmap.zmin, heatmap.zmax) == (pytest.approx(-102), pytest.approx(102))
    assert heatmap.colorscale[1][0] == 0.5
    assert "10%" in figure.layout.title.text  # 2 of 20 pixels
    assert "strongest change is 102" in alt_of(figure)


def test_what_hardly_changed_is_not_blown_up_to_full_colour():
    figure = difference_map(np.full((3, 3), 1e-4, np.float32))
    assert figure.data[0].zmax == 8
    assert "0%" in figure.layout.title.text
