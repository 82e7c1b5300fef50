"""A map on which near cases stay near, at the price of everything else: t-SNE.

Which cases stand together can be read from it. How far groups are apart, how wide they are and where they
lie means nothing (van der Maaten and Hinton 2008, JMLR 9:2579; Wattenberg et al. 2016,
doi:10.23915/distill.00002).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.statistics.flat_map import flat_map

MOST_CASES: Final = 1000  # 4 s on a thread of its own; it grows faster than their number
_PERPLEXITY: Final = 30.0  # about how many neighbours each case has
_MOST_FEATURES: Final = 50  # as its authors advise: of more, the first principal components
_FEWEST: Final = 5


def neighbour_map(features: NDArray[np.floating], *, seed: int = 0) -> NDArray[np.float64]:
    """Lay cases flat by t-SNE; the same seed, the same map.

    Parameters
    ----------
    features
        ndarray of shape (m, d), m at most MOST_CASES. Of fewer than five cases, or of cases that are all
        alike or no numbers, it is the flat map.
    seed
        Of what little chance is left: it begins with the first two principal components.

    Returns
    -------
    ndarray of shape (m, 2), float64: around their middle, in units of their spread.
    """
    if len(features) > MOST_CASES:
        raise ValueError(f"a map of {len(features)} cases takes too long")
    flat = flat_map(features)
    if len(features) < _FEWEST or flat.spread == 0:
        return flat.places
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    wide = features.astype(np.float64)
    if min(wide.shape) > _MOST_FEATURES:
        wide = PCA(_MOST_FEATURES, random_state=seed).fit_transform(wide)
    perplexity = min(_PERPLEXITY, (len(wide) - 1) / 3)
    start = flat.places * 1e-4  # as scikit-learn scales its own
    found = TSNE(perplexity=perplexity, init=start, random_state=seed, n_jobs=1).fit_transform(wide)
    centred = found.astype(np.float64) - found.mean(axis=0)
    places: NDArray[np.float64] = centred / max(float(np.sqrt((centred**2).sum(axis=1).mean())), 1e-12)
    return places
