"""How far out an image lies: scores in closed form, limits by hand, and what is kept on the disk."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from scipy.special import logsumexp
from sklearn.covariance import LedoitWolf

from core.errors import InvalidValueError
from core.explanation.novelty import fitting
from core.explanation.novelty.fitting import cross_fitted_alarms, energy, fit_gaussian, thresholds
from core.explanation.novelty.judging import judge
from core.explanation.novelty.kinds import KINDS, foreign_images, kinds_for
from core.explanation.novelty.pictures import describe
from core.explanation.novelty.records import SCORES, Gaussian, Misses, Reference, flag_of
from core.explanation.novelty.store import keep, origin_of, reference_path, stored_reference
from core.images.records import MedicalImage
from core.runs.store import open_run
from core.statistics.shares import Share


def around(means, n, *, covariance=None, seed=0):
    """Draw n points around each mean; return them with the number of their class."""
    rng = np.random.default_rng(seed)
    spread = np.eye(len(means[0])) if covariance is None else covariance
    drawn = [rng.multivariate_normal(mean, spread, n) for mean in means]
    return np.concatenate(drawn), np.repeat(np.arange(len(means)), n)


def exact(means, covariance):
    """The Gaussian of known means and a known covariance."""
    variances, basis = np.linalg.eigh(covariance)
    d = len(covariance)
    arrays = (np.ones(d), np.asarray(means, dtype=float), basis, variances)
    return Gaussian(*(one.astype(np.float32) for one in arrays), rest=0.0)


def test_the_distance_is_scipys_to_the_nearest_class():
    means = np.array([[0.0, 0.0, 0.0], [4.0, -2.0, 1.0]])
    covariance = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]])
    points = np.random.default_rng(0).normal(size=(20, 3)) * 3
    inverse = np.linalg.inv(covariance)
    expected = [min(mahalanobis(point, mean, inverse) for mean in means) for point in points]
    assert exact(means, covariance).distance(points) == pytest.approx(expected, rel=1e-5)


def test_a_fit_is_ledoit_and_wolfs_covariance_of_what_is_left_around_the_class_means():
    covariance = np.array([[3.0, 1.0], [1.0, 1.0]])
    values, classes = around([[0, 0], [10, 3]], 400, covariance=covariance)
    fitted = fit_gaussian(values, classes)
    scaled = values / values.std(axis=0)
    means = np.stack([scaled[classes == one].mean(axis=0) for one in (0, 1)])
    known = LedoitWolf(assume_centered=True).fit(scaled - means[classes])
    points = np.array([[1.0, -1.0], [9.0, 9.0], [5.0, 1.0]])
    expected = [
        min(mahalanobis(point / values.std(axis=0), mean, known.precision_) for mean in means)
        for point in points
    ]
    assert fitted.distance(points) == pytest.approx(expected, rel=1e-4)


def test_with_fewer_images_than_numbers_it_is_ledoit_and_wolfs_still():
    values = np.random.default_rng(1).normal(size=(30, 80)) @ np.random.default_rng(2).normal(size=(80, 80))
    fitted = fit_gaussian(values)
    scaled = values / values.std(axis=0)
    known = LedoitWolf(assume_centered=True).fit(scaled - scaled.mean(axis=0))
    points = np.random.default_rng(3).normal(size=(5, 80)) * values.std()
    expected = np.sqrt(known.mahalanobis(points / values.std(axis=0) - scaled.mean(axis=0)))
    assert fitted.distance(points) == pytest.approx(expected, rel=1e-3)


def test_directions_beyond_the_most_that_are_kept_share_their_mean_variance(monkeypatch):
    values, _classes = around([[0.0] * 6], 4000, covariance=np.eye(6))
    whole = fit_gaussian(values)
    monkeypatch.setattr(fitting, "MOST_DIRECTIONS", 3)
    cut = fit_gaussian(values)
    assert cut.basis.shape == (6, 3)
    assert cut.rest == pytest.approx(1, abs=0.1)
    points = np.random.default_rng(3).normal(size=(50, 6)) * 3
    assert cut.distance(points) == pytest.approx(whole.distance(points), rel=0.05)  # all are about 1


def test_a_number_that_never_moved_in_training_is_told_when_it_moves():
    values, _classes = around([[0.0, 0.0]], 200)
    values[:, 1] = 0.0
    usual, moved = fit_gaussian(values).distance(np.array([[0.1, 0.0], [0.1, 0.5]]))
    assert usual < 1
    assert moved > 100


def test_features_that_are_all_the_same_do_not_break_the_fit():
    fitted = fit_gaussian(np.ones((30, 4)))
    assert fitted.distance(np.ones((1, 4))) == pytest.approx([0.0])
    assert np.isfinite(fitted.distance(np.zeros((1, 4)))).all()


def test_what_is_no_number_is_left_out_of_the_fit_and_infinitely_far_from_it():
    values, _classes = around([[0.0, 0.0]], 100)
    torn = np.concatenate([values, [[np.nan, 0.0], [np.inf, 1.0]]])
    assert fit_gaussian(torn).distance(values[:5]) == pytest.approx(fit_gaussian(values).distance(values[:5]))
    assert fit_gaussian(values).distance(np.array([[np.nan, 0.0]]))[0] == np.inf


def test_a_handful_of_images_says_nothing_of_what_is_usual():
    with pytest.raises(
        InvalidValueError, match="There are 3 images; to tell what is usual takes at least 20"
    ):
        fit_gaussian(np.zeros((3, 2)))


def test_the_energy_is_minus_the_logsumexp():
    logits = np.array([[0.0, 0.0], [3.0, -1.0], [800.0, 1.0]])
    assert energy(logits) == pytest.approx(-logsumexp(logits, axis=1))
    assert energy(logits)[0] == pytest.approx(-np.log(2))
    assert energy(np.array([[np.nan, 0.0]]))[0] == np.inf


def test_limits_by_hand_let_one_image_of_twenty_be_flagged():
    scores = np.stack([np.arange(20.0), np.arange(20.0)], axis=1)
    limits = thresholds(scores)
    assert limits.tolist() == [18.0, 18.0]
    assert (scores > limits).any(axis=1).sum() == 1


def test_several_scores_together_flag_no_more_than_five_per_cent():
    scores = np.random.default_rng(0).normal(size=(2000, 3))
    limits = thresholds(scores)
    assert 0.045 <= (scores > limits).any(axis=1).mean() <= 0.05
    assert (scores > limits).mean(axis=0) == pytest.approx([0.0170] * 3, abs=0.002)  # 1 - 0.95 ** (1 / 3)


def test_false_alarms_are_counted_on_patients_that_the_limits_were_not_set_on():
    rng = np.random.default_rng(0)
    found = cross_fitted_alarms(rng.normal(size=(2000, 3)), np.repeat(np.arange(1000), 2))
    assert (found.n, found.n_groups) == (2000, 1000)
    assert found.low < 0.05 < found.high
    assert cross_fitted_alarms(rng.normal(size=(4, 3)), np.zeros(4, dtype=int)).value is None


def reference_of(features=None, n_val=100):
    """A reference whose validation images have every score from 0 to n - 1, and limits at 95."""
    plain = exact([[0.0, 0.0]], np.eye(2))
    scores = np.repeat(np.arange(float(n_val))[:, None], 3, axis=1)
    return Reference(
        origin="here",
        features=plain if features is None else features,
        picture=plain,
        val_scores=scores,
        thresholds=np.array([95.0, 95.0, 95.0]),
        sample_ids=np.array([7, 8, 9]),
        bank=np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float16),
        false_alarms=Share(0.05, 0.01, 0.1, n=n_val, n_groups=n_val),
        misses=(Misses(kind="inverted", n=40, flagged=37, by_score={"energy": 0}),),
    )


def test_a_far_point_is_flagged_by_the_score_that_sees_it():
    near = judge(reference_of(), np.zeros(2), np.array([3.0, 4.0]), np.array([0.0, 6.5]))
    assert [score.name for score in near.scores] == list(SCORES)
    assert [score.value for score in near.scores] == pytest.approx([-np.log(2), 5.0, 6.5])
    assert [score.beyond for score in near.scores] == pytest.approx([0.0, 0.05, 0.07])
    assert not near.is_flagged
    far = judge(reference_of(), np.zeros(2), np.array([300.0, 400.0]), np.zeros(2))
    assert [score.is_out for score in far.scores] == [False, True, False]
    assert far.is_flagged
    assert far.scores[1].beyond == 1.0


def test_the_nearest_training_images_come_first():
    found = judge(reference_of(), np.zeros(2), np.array([1.0, 0.1]), np.zeros(2))
    assert [one.sample_id for one in found.nearest] == [7, 8, 9]


def test_features_that_are_no_numbers_are_flagged_and_have_no_neighbours():
    found = judge(reference_of(), np.full(2, np.nan), np.full(2, np.nan), np.zeros(2))
    assert [score.is_out for score in found.scores] == [True, True, False]
    assert found.nearest == ()
    assert flag_of(found)["scores"]["features"]["value"] is None
    json.dumps(flag_of(found), allow_nan=False)


def test_a_picture_is_described_by_place_detail_and_greys():
    flat = np.full((1, 1, 16, 16), 0.5, dtype=np.float32)
    half = flat.copy()
    half[..., :8] = 1.0
    rows = describe(np.concatenate([flat, half]))
    assert rows.shape == (2, 64 + 64 + 16)
    assert rows[0, :64] == pytest.approx(0.5)
    assert rows[1, :64].reshape(8, 8)[0].tolist() == [1.0] * 4 + [0.5] * 4
    assert rows[0, 64:128] == pytest.approx(np.log(1e-6))
    assert np.argmax(rows[0, 128:]) == 8
    assert describe(np.zeros((1, 3, 30, 17), dtype=np.float32)).shape == (1, 3 * 64 + 80)


def test_turning_a_picture_moves_its_description_as_it_should():
    picture = np.random.default_rng(0).random((1, 1, 16, 16)).astype(np.float32)
    there, turned = describe(picture)[0], describe(picture[..., ::-1, ::-1])[0]
    assert there[:64] == pytest.approx(turned[:64][::-1], abs=1e-6)
    assert there[128:] == pytest.approx(turned[128:])


@pytest.mark.parametrize("name", KINDS)
def test_foreign_images_are_images_and_the_ordinary_ones_stay_as_they_are(name):
    film = np.arange(48, dtype=np.uint8).reshape(6, 8)
    ordinary = [
        MedicalImage(film.copy(), (0.0, 255.0), pixel_spacing_mm=(1.0, 2.0)),
        MedicalImage(np.stack([film] * 3, axis=-1), (0.0, 255.0)),
    ]
    made = next(iter(foreign_images(replace(KINDS[name], n=2), ordinary)))
    assert made.values.ndim == 2 or made.values.shape[2] == 3
    assert np.isfinite(made.values).all()
    assert np.array_equal(ordinary[0].values, film)


def test_changes_do_what_they_say():
    film = np.arange(6, dtype=np.uint8).reshape(2, 3)
    image = MedicalImage(film, (0.0, 255.0), pixel_spacing_mm=(1.0, 2.0))
    made = {name: kind.change(image) for name, kind in KINDS.items() if kind.change}
    assert made["inverted"].inverted
    assert made["upside_down"].values.tolist() == [[5, 4, 3], [2, 1, 0]]
    assert made["mirrored"].values.tolist() == [[2, 1, 0], [5, 4, 3]]
    assert made["on_its_side"].values.shape == (3, 2)
    assert made["on_its_side"].pixel_spacing_mm == (2.0, 1.0)
    assert made["quarter"].values.tolist() == [[0, 1]]


def test_what_the_network_was_trained_on_is_not_foreign_to_it():
    assert "ct" not in kinds_for({"CT"}, is_simulated=False)
    assert "film" not in kinds_for({"DX"}, is_simulated=True)
    assert set(kinds_for(set(), is_simulated=False)) == set(KINDS)


def test_a_reference_is_kept_with_the_run_and_known_for_old_when_the_weights_change(trained_alone):
    run = trained_alone
    assert stored_reference(run) is None
    keep(run, replace(reference_of(), origin=origin_of(run)))
    back = stored_reference(open_run(run.run_id))
    assert back.val_scores.tolist() == reference_of().val_scores.tolist()
    assert back.misses == reference_of().misses
    assert back.features.distance(np.array([[3.0, 4.0]])) == pytest.approx([5.0])
    path = reference_path(run)
    path.write_bytes(path.read_bytes()[:-400])
    assert stored_reference(run) is None
    keep(run, replace(reference_of(), origin="other weights"))
    assert stored_reference(run) is None
