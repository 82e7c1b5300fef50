"""How far out an image lies: its scores held against those of the validation images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.neighbours import Neighbour, nearest
from core.explanation.novelty.fitting import energy
from core.explanation.novelty.pictures import describe
from core.explanation.novelty.records import SCORES, Gaussian, Novelty, Reference, Score
from core.transforms.preprocessing import image_part, to_input, unit

if TYPE_CHECKING:
    from core.images.records import MedicalImage
    from core.runs.checkpoints import LoadedModel

N_NEAREST: Final = 5


def novelty_of(loaded: LoadedModel, reference: Reference, image: MedicalImage) -> Novelty:
    """Judge one image of any size: one pass of the network gives logits and features. Needs torch."""
    from core.explanation.novelty.asking import ask

    inputs = to_input(image, loaded.preprocessing, loaded.statistics)
    logits, features = ask(loaded, [inputs])
    pixels = unit(image_part(image, loaded.preprocessing))
    return judge(reference, logits[0], features[0], describe(pixels[None])[0])


def judge(
    reference: Reference,
    logits: NDArray[np.floating],
    features: NDArray[np.floating],
    picture: NDArray[np.floating],
) -> Novelty:
    """Hold the scores of one image, (k,), (d,) and (p,), against the validation images."""
    values = scores_of(reference.features, reference.picture, logits[None], features[None], picture[None])[0]
    scores = tuple(
        Score(
            name=name,
            value=float(value),
            threshold=float(threshold),
            beyond=float((seen < value).mean()),
            n_val=reference.n_val,
        )
        for name, value, threshold, seen in zip(
            SCORES, values, reference.thresholds, reference.val_scores.T, strict=True
        )
    )
    return Novelty(scores, _nearest(reference, features))


def scores_of(
    features_fit: Gaussian,
    picture_fit: Gaussian,
    logits: NDArray[np.floating],
    features: NDArray[np.floating],
    pictures: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Return the scores of n images in the order of SCORES, ndarray of shape (n, 3)."""
    return np.stack([energy(logits), features_fit.distance(features), picture_fit.distance(pictures)], axis=1)


def _nearest(reference: Reference, features: NDArray[np.floating]) -> tuple[Neighbour, ...]:
    if not np.isfinite(features).all():
        return ()
    places, distances = nearest(features[None], reference.bank, N_NEAREST)
    return tuple(
        Neighbour(int(reference.sample_ids[place]), "", float(far))
        for place, far in zip(places[0], distances[0], strict=True)
    )
