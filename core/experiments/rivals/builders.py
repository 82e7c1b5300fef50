"""The rivals as scikit-learn builds them: for each its choices of settings, the simplest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

_STEPS: Final = 2000  # of the solver: with standardised inputs it ends far earlier


@dataclass(frozen=True)
class Choice:
    """One way to set a rival: what is set, by scikit-learn's names, and the classifier, not trained yet."""

    settings: dict[str, float]
    model: Any


def majority(*, n: int, seed: int) -> Sequence[Choice]:
    """Return what gives each class its share of the training images."""
    return [Choice({}, DummyClassifier(strategy="prior"))]


def brightness(*, n: int, seed: int) -> Sequence[Choice]:
    """Return logistic regression on one number, with hardly any restraint."""
    return [Choice({}, make_pipeline(StandardScaler(), LogisticRegression(C=100, max_iter=_STEPS)))]


def pixels(*, n: int, seed: int) -> Sequence[Choice]:
    """Return logistic regressions on standardised pixels, with less and less restraint (ridge)."""

    def one(c: float) -> Choice:
        return Choice({"C": c}, make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=_STEPS)))

    return [one(c) for c in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)]


def neighbours(*, n: int, seed: int) -> Sequence[Choice]:
    """Return votes of many, then of fewer and fewer neighbours (Cover and Hart 1967)."""

    def one(k: int) -> Choice:
        return Choice({"n_neighbors": k}, make_pipeline(StandardScaler(), KNeighborsClassifier(k)))

    # What is left of a fold must hold as many.
    return [one(k) for k in (45, 15, 5, 1) if k <= max(1, n // 3)]


def support_vectors(*, n: int, seed: int) -> Sequence[Choice]:
    """Return support vector machines with a Gaussian kernel (Cortes, Vapnik 1995), stricter and stricter."""

    def one(c: float) -> Choice:
        return Choice({"C": c}, make_pipeline(StandardScaler(), SVC(C=c, random_state=seed)))

    return [one(c) for c in (0.1, 1.0, 10.0, 100.0)]


def tree(*, n: int, seed: int) -> Sequence[Choice]:
    """Return trees that may ask more and more questions in a row (Breiman 1984)."""

    def one(depth: int) -> Choice:
        return Choice(
            {"max_depth": depth},
            DecisionTreeClassifier(max_depth=depth, min_samples_leaf=5, random_state=seed),
        )

    return [one(depth) for depth in (1, 2, 3, 4, 6)]


def boosting(*, n: int, seed: int) -> Sequence[Choice]:
    """Return sums of more and larger trees (Friedman 2001), over features in at most 255 steps."""

    def one(n_trees: int, n_leaves: int) -> Choice:
        return Choice(
            {"max_iter": n_trees, "max_leaf_nodes": n_leaves},
            HistGradientBoostingClassifier(
                max_iter=n_trees,
                max_leaf_nodes=n_leaves,
                min_samples_leaf=min(20, max(1, n // 10)),
                early_stopping=False,
                random_state=seed,
            ),
        )

    return [one(n_trees, n_leaves) for n_leaves in (4, 15) for n_trees in (40, 120)]
