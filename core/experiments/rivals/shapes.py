"""The shape of the bright part of a picture: how large, how long, where, in how many pieces, which moments.

The bright part is what lies above Otsu's threshold (1979). Hu's moments (Hu 1962,
doi:10.1109/TIT.1962.1057692) stay the same when a shape is moved, turned or enlarged; the seventh
changes its sign in a mirror. Tested against scikit-image.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.experiments.rivals.reduced import Plane
from core.transforms.preprocessing.histogram import otsu

N_MOMENTS: Final = 7
_SMALLEST: Final = 1e-9  # moments below it are rounding


def bright_part(grey: Plane) -> NDArray[np.bool_]:
    """Return which pixels are above Otsu's threshold, (h, w); none of a picture that is even."""
    above: NDArray[np.bool_] = grey > otsu(grey)
    return above


def shape_measures(part: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return share of the area, eccentricity, share of its box, middle (down, right), pieces, and 7 moments.

    Returns
    -------
    ndarray of shape (13,), float64. All are 0 where there is no bright part. Pieces are ln(1 + number). The
    moments are on a logarithmic scale that keeps their sign, for they span many powers of ten.
    """
    if not part.any():
        return np.zeros(6 + N_MOMENTS)
    rows, columns = np.nonzero(part)
    box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    middle = (rows.mean() + 0.5) / part.shape[0], (columns.mean() + 0.5) / part.shape[1]
    n_pieces = ndimage.label(part)[1]
    first = [part.mean(), eccentricity(part), len(rows) / box, *middle, np.log1p(n_pieces)]
    hu = hu_moments(part)
    return np.concatenate([first, np.sign(hu) * np.log10(1 + np.abs(hu) / _SMALLEST)])


def eccentricity(part: NDArray[np.bool_]) -> float:
    """Return that of the ellipse with the same second moments: 0 is a disc, towards 1 a line."""
    rows, columns = np.nonzero(part)
    if len(rows) < 2:
        return 0.0
    short, long = np.linalg.eigvalsh(np.cov(rows, columns, bias=True))
    return float(np.sqrt(max(0.0, 1 - max(short, 0.0) / long)))


def hu_moments(part: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return Hu's seven invariants of a part that is not empty, (7,)."""
    rows, columns = np.nonzero(part)
    down, right = rows - rows.mean(), columns - columns.mean()

    def moment(of_rows: int, of_columns: int) -> float:
        order = of_rows + of_columns
        return float((down**of_rows * right**of_columns).sum() / len(rows) ** (1 + order / 2))

    n20, n02, n11 = moment(2, 0), moment(0, 2), moment(1, 1)
    n30, n03, n21, n12 = moment(3, 0), moment(0, 3), moment(2, 1), moment(1, 2)
    p, q = n30 + n12, n21 + n03
    r, s = n30 - 3 * n12, 3 * n21 - n03
    return np.array(
        [
            n20 + n02,
            (n20 - n02) ** 2 + 4 * n11**2,
            r**2 + s**2,
            p**2 + q**2,
            r * p * (p**2 - 3 * q**2) + s * q * (3 * p**2 - q**2),
            (n20 - n02) * (p**2 - q**2) + 4 * n11 * p * q,
            s * p * (p**2 - 3 * q**2) - r * q * (3 * p**2 - q**2),
        ]
    )
