"""The scale bar is as long as it says."""

import numpy as np
import pytest

from core.images.scale_bar import bar_length_mm, draw_scale_bar, length_words


@pytest.mark.parametrize(
    ("width_mm", "length_mm"),
    [(350, 100), (216, 50), (38, 10), (13.05, 2), (0.24, 0.05), (10, 2), (1000 / 3, 100)],
)
def test_the_bar_is_a_round_number_and_at_most_three_tenths(width_mm, length_mm):
    assert bar_length_mm(width_mm) == pytest.approx(length_mm)
    assert 0.12 * width_mm <= bar_length_mm(width_mm) <= 0.3 * width_mm * (1 + 1e-9)


def test_its_length_is_said_in_millimetres():
    assert [length_words(each) for each in (100.0, 2.0, 0.05)] == ["100 mm", "2 mm", "0.05 mm"]


def test_the_white_bar_spans_its_millimetres_and_the_rest_stays():
    picture = np.full((400, 800, 3), 90, dtype=np.uint8)
    drawn = draw_scale_bar(picture, 80.0)  # 10 pixels a mm; the bar stands for 20 mm
    row = drawn[400 - 400 // 28 - 1, :, 0]
    assert np.count_nonzero(row == 255) == 200
    assert (picture == 90).all()
    assert (drawn[:200] == 90).all() and (drawn[:, 400:] == 90).all()
