"""Who belongs together: the images of one patient, and the copies of one picture."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def joined(n: int, pairs: NDArray[np.integer]) -> NDArray[np.int64]:
    """Number `n` things so that those that `pairs` (m, 2) ties together, directly or not, share a number."""
    links = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def numbered(column: "pd.Series[str]") -> NDArray[np.int64]:
    """Number the different values of a column from 0; each that is not known is a value of its own."""
    codes = pd.factorize(column)[0].astype(np.int64)
    unknown = codes < 0
    codes[unknown] = codes.max(initial=-1) + 1 + np.arange(unknown.sum())
    return codes


def kept_together(samples: pd.DataFrame, near: NDArray[np.integer]) -> NDArray[np.int64]:
    """Number the samples so that those of a patient, and copies of a picture, share a number.

    Where a model is tested on images it has not seen, it must not have seen their twins either.

    Parameters
    ----------
    samples
        The table: patient_id and file are used.
    near
        ndarray of shape (m, 2): rows of the table that are near copies.
    """
    ties = [near.reshape(-1, 2)]
    for column in ("patient_id", "file"):
        codes = numbered(samples[column])
        order = np.argsort(codes, kind="stable")
        same = codes[order[1:]] == codes[order[:-1]]
        ties.append(np.stack([order[:-1][same], order[1:][same]], axis=1))
    return joined(len(samples), np.concatenate(ties))
