"""Whose image each is: what is drawn, counted and divided goes by patient."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.runs.predictions import Predictions


def number_patients(predictions: Predictions) -> NDArray[np.intp]:
    """Number the patients in the order in which they first appear; an unknown one has one image of its own.

    Returns
    -------
    ndarray of shape (n,), intp: which patient each image is of, from 0 without a gap.
    """
    n = predictions.n_samples
    if predictions.patient_ids is None:
        return np.arange(n)
    codes = np.asarray(pd.factorize(predictions.patient_ids)[0], dtype=np.intp)  # -1: not known
    alone = codes < 0
    codes[alone] = n + np.flatnonzero(alone)
    return np.asarray(pd.factorize(codes)[0], dtype=np.intp)
