"""What is kept of a bootstrap: each metric in each resample of the patients."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES: Final = 1000  # as the sentences in METHODS say

Values = dict["Key", NDArray[np.float64]]


@dataclass(frozen=True)
class Key:
    """A metric (see METRICS): of the class with index `of` against the rest, or with None of all classes."""

    name: str
    of: int | None = None
