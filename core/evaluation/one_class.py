"""One class against the rest: what the clinic's questions begin with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import log_softmax, logsumexp

from core.datasets.columns import words_of
from core.errors import InvalidValueError
from core.language import N_
from core.runs.predictions import Predictions

_NOTHING_FOUND: Final = {
    *("normal", "healthy", "negative", "none", "no", "without", "control"),
    *("正常", "健康", "阴性", "无病变", "无", "对照"),
}


def first_to_look_for(class_names: Sequence[str]) -> int:
    """Return the place of the first class whose name does not say that there is nothing; else 0.

    A clinic looks for the finding: of "normal", "nodule" and "effusion" it asks about "nodule" first.
    """
    places = (place for place, name in enumerate(class_names) if not _NOTHING_FOUND & set(words_of(name)))
    return next(places, 0)


def against_rest(predictions: Predictions, class_name: str | None = None) -> Predictions:
    """Return predictions of two classes: `class_name`, which is the positive one, and all others together.

    Parameters
    ----------
    predictions
        Of n images and k classes; images whose scores are no numbers are left out.
    class_name
        None means the positive class of two.

    Returns
    -------
    Predictions
        Of the rest (index 0) and the class (index 1). The probabilities of the rest are added up.

    Raises
    ------
    InvalidValueError
        If there is no such class, or none is named where there are several.
    """
    usable = predictions.take(predictions.is_usable)
    name = predictions.positive_class if class_name is None else class_name
    if name not in usable.class_names:
        raise InvalidValueError(N_("Choose which class is looked for."))
    index = usable.class_names.index(name)
    logs = log_softmax(usable.logits.astype(np.float64), axis=1)  # (n, k)
    rest = logsumexp(np.delete(logs, index, axis=1), axis=1)
    score = usable.y_score[:, index]
    return replace(
        usable,
        y_true=(usable.y_true == index).astype(np.int64),
        logits=np.stack([rest, logs[:, index]], axis=1).astype(np.float32),
        y_score=np.stack([1 - score, score], axis=1),
        class_names=(f"not {name}", str(name)),
        positive_class=str(name),
    )
