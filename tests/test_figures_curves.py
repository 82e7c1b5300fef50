"""Thinning a curve keeps what the eye looks for."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from core.figures.curves import loss_curves, thin


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 9000), st.integers(4, 700), st.integers(0, 10**6))
def test_the_ends_and_every_single_peak_stay(length: int, n: int, seed: int) -> None:
    x, y = np.arange(length, dtype=float), np.random.default_rng(seed).normal(size=length)
    peak = seed % length
    y[peak] = 99
    thinned_x, thinned_y = thin(x, y, n)
    assert len(thinned_x) == len(thinned_y) <= max(n, 4)
    assert (thinned_x[0], thinned_x[-1]) == (0, length - 1)
    assert (thinned_x[thinned_y == 99] == peak).all()
    assert thinned_y.min() == y.min()
    assert thinned_y.max() == y.max()
    assert (np.diff(thinned_x) > 0).all()
    assert_array_equal(y[thinned_x.astype(int)], thinned_y)


def test_a_short_curve_is_left_alone() -> None:
    x, y = np.arange(600.0), np.random.default_rng(0).normal(size=600)
    assert thin(x, y)[0] is x


def test_gaps_stay_gaps_and_do_not_hide_a_peak() -> None:
    x, y = np.arange(4000.0), np.zeros(4000)
    y[1000:2000] = np.nan
    y[1999] = 5
    thinned_x, thinned_y = thin(x, y)
    assert np.isnan(thinned_y[(thinned_x > 1010) & (thinned_x < 1980)]).all()
    assert np.nanmax(thinned_y) == 5


def test_loss_curves_differ_in_more_than_colour() -> None:
    epochs = np.arange(1000.0)
    figure = loss_curves({"train": (epochs, epochs), "val": (epochs, -epochs)})
    assert [curve.name for curve in figure.data] == ["train", "val"]
    assert len({curve.line.dash for curve in figure.data}) == 2
    assert all(len(curve.x) <= 600 for curve in figure.data)
    assert figure.layout.yaxis.title.text == "Loss (cross-entropy, nats)"
