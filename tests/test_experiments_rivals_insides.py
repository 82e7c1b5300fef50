"""What is shown of trained rivals is what they do: a tree that can be followed, weights, worth, and sizes."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.inspection import permutation_importance
from sklearn.metrics import roc_auc_score

from core.experiments.asking import resolve
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.features import features_for
from core.experiments.rivals.fitting import Fitted, area, fit, make_folds
from core.experiments.rivals.insides import brighter_is, importances, pixel_weights, tree_nodes
from core.experiments.rivals.materials import Materials, Side
from core.experiments.rivals.sizes import n_remembered
from core.runs.predictions import Predictions

DRAW = np.random.default_rng(0)
N, NAMES = 240, ("clear", "finding")
LABELS = np.arange(N) % 2
GROUPS = np.arange(N) // 2


def side(features: np.ndarray) -> Side:
    return Side(np.arange(N), LABELS, GROUPS, DRAW.uniform(size=(N, 64)).astype(np.float32), features)


def made() -> Materials:
    """Two features that say the same, the label with noise; all others are noise."""
    values = DRAW.normal(size=(N, 54))
    values[:, 9] = LABELS + 0.8 * DRAW.normal(size=N)
    values[:, 30] = values[:, 9]
    said = Predictions.from_logits(
        np.zeros((N, 2)),
        y_true=LABELS,
        sample_ids=np.arange(N),
        patient_ids=None,
        class_names=NAMES,
        positive_class="finding",
    )
    both = side(values)
    return Materials(both, replace(both), said, 1, (8, 8), 0, 0, 0.0)


def trained(name: str, seen: np.ndarray) -> Fitted:
    choices = resolve(RIVALS[name].builder)(n=N, seed=0)
    return fit(choices, seen, LABELS, make_folds(LABELS, GROUPS, seed=0), lambda: None)


def test_a_tree_can_be_followed_by_hand() -> None:
    materials = made()
    seen = materials.train.features
    fitted = trained("tree", seen)
    nodes = tree_nodes(fitted, 2, 1)
    places = {one.name: place for place, one in enumerate(features_for(1))}

    def answer(row: np.ndarray) -> tuple[float, ...]:
        node = nodes[0]
        while node.feature is not None:
            goes_left = np.float32(row[places[node.feature]]) <= node.threshold
            node = nodes[node.left if goes_left else node.right]
        return node.shares

    assert np.array([answer(row) for row in seen]) == pytest.approx(fitted.ask(seen, 2), abs=1e-4)
    assert nodes[0].n == N
    assert len(nodes) > 1


def test_worth_is_scikit_learns_permutation_importance() -> None:
    materials = made()
    fitted = trained("boosting", materials.train.features)
    alone, families = importances(fitted, materials, seed=0, check_stop=lambda: None)
    theirs = permutation_importance(
        fitted.model, materials.train.features, LABELS, scoring="roc_auc", n_repeats=20, random_state=0
    )
    worth = {one.name: one.fall for one in alone}
    for place, feature in enumerate(features_for(1)):
        wanted = theirs.importances_mean[place]
        assert worth[feature.name] == pytest.approx(wanted, abs=0.03), feature.name
    assert [one.fall for one in alone] == sorted(worth.values(), reverse=True)
    assert {one.name for one in families} == {one.family for one in features_for(1)}


def test_features_that_say_the_same_are_shown_with_each_other() -> None:
    materials = made()
    fitted = trained("boosting", materials.train.features)
    names = [one.name for one in features_for(1)]
    found = {one.name: one for one in importances(fitted, materials, seed=0, check_stop=lambda: None)[0]}
    assert (found[names[9]].twin, found[names[9]].likeness) == (names[30], 1.0)
    assert abs(found[names[0]].likeness or 1) < 0.3


def test_pixels_that_decide_have_the_largest_weights() -> None:
    pixels = DRAW.uniform(size=(N, 8, 8))
    pixels[:, 2, 5] += LABELS
    fitted = trained("pixels", pixels.reshape(N, 64))
    (found,) = pixel_weights(fitted, NAMES, (8, 8))
    plane = np.array(found.rows)
    assert found.class_name == "finding"
    assert np.unravel_index(plane.argmax(), plane.shape) == (2, 5)


def test_brightness_points_where_the_brighter_class_is() -> None:
    for sign, wanted in ((1, "finding"), (-1, "clear")):
        fitted = trained("brightness", (sign * LABELS + DRAW.normal(size=N))[:, None])
        assert brighter_is(fitted, NAMES) == wanted


@pytest.mark.parametrize("name", [name for name in RIVALS if name != "knn_embedding"])
def test_every_rival_gives_probabilities_and_has_a_size(name: str) -> None:
    seen = made().train.features[:, : 1 if name in ("brightness", "majority") else 54]
    fitted = trained(name, seen)
    scores = fitted.ask(seen, 2)
    assert scores.sum(axis=1) == pytest.approx(1)
    assert (scores >= 0).all()
    sizes = {"majority": 2, "brightness": 2, "pixels": 55, "knn_pixels": N * 54}
    n = n_remembered(fitted.model, seen.shape[1])
    assert n == sizes.get(name, n)
    assert n > 0


def test_a_machine_without_probabilities_is_calibrated_where_there_are_patients_enough() -> None:
    seen = made().train.features
    assert str(trained("svm", seen).scores).endswith("fitted by cross-validation on the training images.")
    choices = resolve(RIVALS["svm"].builder)(n=N, seed=0)
    few = fit(choices, seen, LABELS, [], lambda: None)
    assert str(few.scores).endswith("are only squeezed between 0 and 1.")
    assert few.settings == {"C": 10.0}  # nothing to choose by: the one in the middle
    assert few.ask(seen, 2).sum(axis=1) == pytest.approx(1)


def test_a_class_that_was_never_seen_has_no_score() -> None:
    seen = made().train.features
    fitted = trained("tree", seen)
    assert fitted.ask(seen, 3)[:, 2].tolist() == [0.0] * N


def test_the_area_is_scikit_learns_and_leaves_out_classes_that_are_not_there() -> None:
    labels, scores = DRAW.integers(0, 3, 60), DRAW.dirichlet(np.ones(3), 60)
    assert area(labels, scores) == pytest.approx(roc_auc_score(labels, scores, multi_class="ovr"))
    assert area(labels % 2, scores) == pytest.approx(
        np.mean([roc_auc_score(labels % 2 == one, scores[:, one]) for one in (0, 1)])
    )
    assert np.isnan(area(np.zeros(5, dtype=np.int64), scores[:5]))
