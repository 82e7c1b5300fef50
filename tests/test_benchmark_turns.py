"""Two sides of a comparison in turns: what the machine does to both must not show in their ratio."""

import numpy as np
import pytest

from benchmarks.turns import ratios_of_neighbours


def test_a_machine_that_slows_down_steadily_does_not_show_in_the_ratio():
    moments = np.arange(40, dtype=np.float64)  # slow, fast, slow, fast, ... each at its moment
    load = 1 + 0.05 * moments
    assert ratios_of_neighbours(0.9 * load[::2], load[1::2]) == pytest.approx((0.9,) * 5)


def test_a_few_disturbed_turns_do_not_show_in_the_ratio():
    slow, fast = np.full(31, 0.9), np.ones(31)
    slow[[2, 14]], fast[[8, 20, 27]] = 9.0, 7.0
    assert ratios_of_neighbours(slow, fast) == pytest.approx((0.9,) * 5)
