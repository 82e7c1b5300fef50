"""Look into trained rivals: where brightness points, the weights of pixels, a tree, the worth of features.

A feature's worth is by how much the AUROC on the judged images falls when its values are shuffled among them
(permutation importance: Breiman 2001, doi:10.1023/A:1010933404324). Of two features that say the same neither
falls far, for the other one stands in; so each is shown with the one most like it, and whole families are
shuffled together as well.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from core.experiments.rivals.features import FAMILIES, features_for
from core.experiments.rivals.fitting import Fitted, area
from core.experiments.rivals.materials import Materials, Side
from core.experiments.rivals.records import ClassBrightness, Importance, PixelWeights, TreeNode

N_SHUFFLES: Final = 5
_MOST_SHUFFLED: Final = 1000  # images: each shuffle asks about all of them
_MOST_CLASSES: Final = 8
_LEAF: Final = -1


def class_brightness(side: Side, class_names: Sequence[str]) -> tuple[ClassBrightness, ...]:
    """Return how bright the training images of each class are that has some."""
    found = []
    for index, name in enumerate(class_names):
        values = side.features[side.labels == index, 0]
        if len(values):
            mean, spread = round(float(values.mean()), 4), round(float(values.std()), 4)
            found.append(ClassBrightness(class_name=name, n=len(values), mean=mean, spread=spread))
    return tuple(found)


def brighter_is(fitted: Fitted, class_names: Sequence[str]) -> str | None:
    """Return the class of two that the more is called the brighter an image is; None with more classes."""
    weights = fitted.model[-1].coef_
    if len(class_names) != 2 or len(weights) != 1 or weights[0, 0] == 0:
        return None
    return class_names[int(fitted.model[-1].classes_[int(weights[0, 0] > 0)])]


def pixel_weights(
    fitted: Fitted, class_names: Sequence[str], sides: tuple[int, int]
) -> tuple[PixelWeights, ...]:
    """Return the weight of each pixel for each class (for the second of two), colours summed up."""
    model = fitted.model[-1]
    classes = model.classes_[1:] if len(model.coef_) == 1 else model.classes_
    found = []
    for index, weights in list(zip(classes, model.coef_, strict=True))[:_MOST_CLASSES]:
        plane = weights.reshape(-1, *sides).sum(axis=0)
        rows = tuple(tuple(row) for row in np.round(plane, 5).tolist())
        found.append(PixelWeights(class_name=class_names[int(index)], rows=rows))
    return tuple(found)


def tree_nodes(fitted: Fitted, n_classes: int, n_channels: int) -> tuple[TreeNode, ...]:
    """Return the questions and answers of a decision tree, the first question first."""
    tree, names = fitted.model.tree_, [one.name for one in features_for(n_channels)]
    shares = np.zeros((tree.node_count, n_classes))
    shares[:, fitted.model.classes_] = tree.value[:, 0] / tree.value[:, 0].sum(axis=1, keepdims=True)
    nodes = []
    for place in range(tree.node_count):
        left, right = int(tree.children_left[place]), int(tree.children_right[place])
        asks = left != _LEAF
        nodes.append(
            TreeNode(
                n=int(tree.n_node_samples[place]),
                shares=tuple(np.round(shares[place], 4).tolist()),
                feature=names[tree.feature[place]] if asks else None,
                threshold=float(tree.threshold[place]) if asks else 0.0,
                left=left,
                right=right,
            )
        )
    return tuple(nodes)


def importances(
    fitted: Fitted, materials: Materials, *, seed: int, check_stop: Callable[[], None]
) -> tuple[tuple[Importance, ...], tuple[Importance, ...]]:
    """Return the worth of each feature, the greatest first, and of each family.

    Nothing where the judged images are of one class, for then there is no AUROC.
    """
    side, k = materials.judged, len(materials.network.class_names)
    draws = np.random.default_rng(seed)
    rows = np.sort(draws.permutation(len(side.labels))[:_MOST_SHUFFLED])
    seen, labels = side.features[rows], side.labels[rows]
    features = features_for(materials.n_channels)
    whole = area(labels, fitted.ask(seen, k)) if len(rows) else float("nan")
    if not np.isfinite(whole):
        return (), ()
    twins = _twins(materials.train.features)

    def fall(columns: Sequence[int]) -> tuple[float, float]:
        check_stop()
        falls = []
        for _ in range(N_SHUFFLES):
            changed = seen.copy()
            changed[:, columns] = seen[draws.permutation(len(seen))][:, columns]
            falls.append(whole - area(labels, fitted.ask(changed, k)))
        return round(float(np.mean(falls)), 5), round(float(np.std(falls)), 5)

    alone = []
    for place, feature in enumerate(features):
        mean, spread = fall([place])
        twin, likeness = twins[place]
        found: dict[str, Any] = {"twin": features[twin].name, "likeness": likeness} if likeness else {}
        alone.append(Importance(name=feature.name, fall=mean, spread=spread, **found))
    families = []
    for family in FAMILIES:
        columns = [place for place, feature in enumerate(features) if feature.family == family]
        if columns:
            mean, spread = fall(columns)
            families.append(Importance(name=family, fall=mean, spread=spread))
    return tuple(sorted(alone, key=lambda one: -one.fall)), tuple(sorted(families, key=lambda one: -one.fall))


def _twins(features: NDArray[np.float64]) -> list[tuple[int, float]]:
    """Return for each feature the one that is most like it, and their rank correlation (0 where none is)."""
    ranks = rankdata(features, axis=0)
    ranks -= ranks.mean(axis=0)
    lengths = np.sqrt((ranks**2).sum(axis=0))
    normal = np.divide(ranks, lengths, out=np.zeros_like(ranks), where=lengths > 0)
    likeness = normal.T @ normal
    np.fill_diagonal(likeness, 0)
    places = np.abs(likeness).argmax(axis=1)
    return [(int(twin), round(float(likeness[place, twin]), 3)) for place, twin in enumerate(places)]
