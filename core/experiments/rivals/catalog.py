"""The rivals of a network: what was done before deep learning. Add one by an entry here."""

from typing import Final

from core.experiments.rivals.records import RivalSpec
from core.language import N_

_BUILDERS: Final = "core.experiments.rivals.builders"

RIVALS: Final[dict[str, RivalSpec]] = {
    "majority": RivalSpec(
        name="majority",
        title=N_("The commonest class"),
        phrase=N_("guessing the commonest class"),
        what=N_("It looks at nothing and gives each class its share of the training images."),
        why=N_(
            "It cannot rank images, so its AUROC is 0.50; but where one class is rare its accuracy is high,"
            " and a network with no more accuracy has found nothing."
        ),
        sees="nothing",
        builder=f"{_BUILDERS}:majority",
    ),
    "brightness": RivalSpec(
        name="brightness",
        title=N_("Mean brightness"),
        phrase=N_("mean brightness alone"),
        what=N_("It knows one number of an image, its mean grey level, and learns which way it points."),
        why=N_(
            "If it does well, the classes were exposed or cut out differently: that is a shortcut, and the"
            " network may have taken it too."
        ),
        sees="brightness",
        builder=f"{_BUILDERS}:brightness",
    ),
    "pixels": RivalSpec(
        name="pixels",
        title=N_("Logistic regression on pixels"),
        phrase=N_("logistic regression on pixels"),
        what=N_("It adds up the pixels of a small picture, each with a weight of its own."),
        why=N_(
            "It wins where the difference always lies in the same place, and where there are too few images"
            " to train a network."
        ),
        sees="pixels",
        builder=f"{_BUILDERS}:pixels",
    ),
    "knn_pixels": RivalSpec(
        name="knn_pixels",
        title=N_("Neighbours by pixels"),
        phrase=N_("a vote of the nearest neighbours by pixels"),
        what=N_("It looks for the training pictures whose pixels are most alike and lets them vote."),
        why=N_("It wins where images of a class are nearly copies of each other, or of the same patient."),
        sees="pixels",
        builder=f"{_BUILDERS}:neighbours",
    ),
    "svm": RivalSpec(
        name="svm",
        title=N_("Support vector machine"),
        phrase=N_("a support vector machine on {n} numbers an image"),
        what=N_(
            "It draws the border between the classes, bent where needed, that keeps furthest from both; it"
            " sees measured features."
        ),
        why=N_(
            "With a few hundred images and good features it is hard to beat: before 2012 it was the standard."
        ),
        sees="features",
        builder=f"{_BUILDERS}:support_vectors",
    ),
    "tree": RivalSpec(
        name="tree",
        title=N_("Decision tree"),
        phrase=N_("a decision tree on {n} numbers an image"),
        what=N_("It asks a few questions of measured features, one after the other; you can read them all."),
        why=N_("If a tree that fits on a page does as well, then use the tree: it can be checked by hand."),
        sees="features",
        builder=f"{_BUILDERS}:tree",
    ),
    "boosting": RivalSpec(
        name="boosting",
        title=N_("Gradient boosting"),
        phrase=N_("gradient boosting on {n} numbers an image"),
        what=N_(
            "It adds up many small trees over measured features, each of which mends what those before it got"
            " wrong."
        ),
        why=N_(
            "It is the strongest of the rivals where texture and grey levels tell the classes apart and the"
            " place does not matter."
        ),
        sees="features",
        builder=f"{_BUILDERS}:boosting",
    ),
    "knn_embedding": RivalSpec(
        name="knn_embedding",
        title=N_("Neighbours by the embedding"),
        phrase=N_("a vote of the nearest neighbours by the network's embedding"),
        what=N_(
            "It borrows the network's eyes: training images vote that look alike to its last layer but one."
        ),
        why=N_(
            "It is no rival but a check: as good as the network means that its last layer adds nothing;"
            " better means that this layer was badly trained."
        ),
        sees="embedding",
        builder=f"{_BUILDERS}:neighbours",
    ),
}
