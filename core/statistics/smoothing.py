"""Smoothing of a curve that jumps about."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def smooth(values: Sequence[float] | NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Return each value drawn towards those before it: an exponential moving average.

    With s_0 = 0 and s_t = weight s_{t-1} + (1 - weight) x_t it returns s_t / (1 - weight^t), so that the
    first values are no nearer to 0 than they are (bias correction: Kingma and Ba 2015, arXiv:1412.6980,
    section 3).

    Parameters
    ----------
    values
        ndarray of shape (n,), finite.
    weight
        In [0, 1); 0 changes nothing.

    Returns
    -------
    ndarray of shape (n,), float64.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"a weight of {weight} is not in [0, 1)")
    found = np.empty(len(values))
    mean, total = 0.0, 0.0
    for place, value in enumerate(values):
        mean = weight * mean + (1 - weight) * float(value)
        total = weight * total + (1 - weight)
        found[place] = mean / total
    return found
