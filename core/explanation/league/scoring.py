"""From the scores of single maps to a row of the table. No torch here."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.explanation.league.records import LeagueRow
from core.explanation.truth import TruthScores
from core.language import Message
from core.statistics.design_effect import share_by_patient
from core.statistics.shares import Share, share_by_group

NOTHING: Final = Share(None, None, None, n=0, n_groups=0)


def row_of(
    method: str,
    scores: Sequence[TruthScores | None],
    patients: NDArray[np.integer],
    *,
    found: NDArray[np.bool_] | None = None,
) -> LeagueRow:
    """Return how a method did on n images.

    Parameters
    ----------
    method
        Its key.
    scores
        Of each image; None where the method failed. A map without scores counts as a miss: to leave it out
        would favour the method that keeps silent where it is wrong.
    patients
        ndarray of shape (n,): the number of each image's patient. The intervals know that a patient may
        have several: Wilson's for hits, else by drawing patients again.
    found
        ndarray of shape (n,): whether the network called the image by the class that is explained; None for
        maps without a network.
    """
    hits = _values(scores, "hit")
    return LeagueRow(
        method=method,
        pointing=share_by_patient(hits, patients),
        share=share_by_group(_values(scores, "share"), patients),
        iou=share_by_group(_values(scores, "iou"), patients),
        pointing_found=None if found is None else share_by_patient(hits[found], patients[found]),
        n_empty=sum(one is not None and one.pointing is None for one in scores),
        n_failed=sum(one is None for one in scores),
    )


def not_offered(method: str, reason: Message) -> LeagueRow:
    """Return the row of a method that does not work with a network."""
    return LeagueRow(method=method, pointing=NOTHING, share=NOTHING, iou=NOTHING, reason=reason)


def _values(scores: Sequence[TruthScores | None], name: str) -> NDArray[np.float64]:
    return np.array([0.0 if one is None else getattr(one, name) or 0.0 for one in scores], dtype=np.float64)
