"""What the live chart is handed: curves, and the areas around them."""

import pytest

from ui.live_chart import MOST_POINTS, Series, thin


@pytest.mark.parametrize("n", [600, 601, 5000])
def test_a_thinned_area_still_holds_all_that_lay_in_it(n: int) -> None:
    xs = [float(i) for i in range(n)]
    low = [-1.0 - (i % 7) for i in range(n)]
    high = [1.0 + (i % 5) for i in range(n)]
    thinned = thin(Series("loss", xs, [0.0] * n, low=low, high=high))
    assert thinned.low is not None
    assert thinned.high is not None
    assert len(thinned.low) == len(thinned.high) == len(thinned.xs) <= MOST_POINTS
    size = -(-(n - 1) // (MOST_POINTS - 1)) if n > MOST_POINTS else 1
    for place in range(n - 1):
        assert thinned.low[place // size] <= low[place]
        assert thinned.high[place // size] >= high[place]
    assert (thinned.low[-1], thinned.high[-1]) == (low[-1], high[-1])


def test_a_curve_without_an_area_gets_none_by_thinning() -> None:
    thinned = thin(Series("loss", list(range(1000)), [0.0] * 1000))
    assert (thinned.low, thinned.high) == (None, None)
