"""Scores of a map against a mask: closed form."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.explanation.records import Attribution
from core.explanation.truth import (
    BROKEN_MAP,
    EMPTY_MAP,
    EMPTY_MASK,
    UNSEEN_MASK,
    TruthScores,
    score_values,
    truth_scores,
)
from core.transforms.preprocessing.picture import Extent


def _map(values: NDArray[np.floating], extent: Extent | None = None) -> Attribution:
    return Attribution(
        method="saliency",
        target=1,
        class_name="finding",
        values=values.astype(np.float32),
        signed=True,
        grid=(values.shape[0], values.shape[1]),
        extent=extent or Extent(),
    )


def _square(side: int, low: int, high: int) -> NDArray[np.bool_]:
    mask = np.zeros((side, side), dtype=np.bool_)
    mask[low:high, low:high] = True
    return mask


def _reason(scores: TruthScores) -> str:
    assert scores.hit is scores.pointing is scores.share is scores.iou is None
    return str(scores.reason.text) if scores.reason else ""


def test_a_map_that_is_the_mask_has_full_marks() -> None:
    mask = _square(8, 2, 5)
    scores = truth_scores(_map(3.0 * mask), mask)
    assert (scores.pointing, scores.share, scores.iou) == (True, 1.0, 1.0)
    assert (scores.n_pixels, scores.n_marked, scores.n_tied) == (64, 9, 9)


def test_an_even_map_has_the_share_of_chance_and_does_not_point() -> None:
    mask = _square(10, 0, 5)  # a quarter of the area
    scores = truth_scores(_map(np.ones((10, 10))), mask)
    assert scores.hit == 0.25  # lots decide among 100 pixels, of which 75 lie outside
    assert scores.pointing is False
    assert scores.share == scores.share_by_chance == 0.25
    assert scores.iou == pytest.approx(scores.iou_by_chance)
    assert scores.iou == pytest.approx(0.25 / 1.75)


def test_scores_by_hand() -> None:
    values = np.array([[4.0, 3.0], [2.0, 1.0]])
    scores = score_values(values, np.array([[True, False], [True, False]]))
    # 4 + 2 of 10; the two largest are 4 and 3, and one of them lies inside: 1 / (2 + 2 - 1)
    assert scores.pointing
    assert scores.share == pytest.approx(0.6)
    assert scores.iou == pytest.approx(1 / 3)


def test_what_speaks_against_the_class_does_not_count() -> None:
    values = np.array([[-9.0, 1.0], [-9.0, 0.0]])
    scores = score_values(values, np.array([[False, True], [False, True]]))
    assert (scores.pointing, scores.share) == (True, 1.0)
    assert scores.iou == 0.5  # one pixel has a value, and pixels without are never taken


def test_lots_decide_between_equally_large_values() -> None:
    mask = np.array([[True, True, False]])
    hits = [
        score_values(np.array([row]), mask).hit for row in ([5.0, 5.0, 1.0], [5.0, 1.0, 5.0], [1.0, 1.0, 5.0])
    ]
    assert hits == [1.0, 0.5, 0.0]


def test_an_even_cell_stays_even_when_it_is_enlarged() -> None:
    values = np.full((4, 4), 0.1)
    values[1:3, 1:3] = 0.7  # 4 of 16
    mask = np.zeros((28, 28), dtype=np.bool_)
    mask[7:21, 7:14] = True  # half of that cell
    scores = truth_scores(_map(np.kron(values, np.ones((7, 7)))), mask)  # as large as the mask
    assert (scores.n_tied, scores.hit, scores.pointing) == (14 * 14, 0.5, True)
    finer = np.kron(mask, np.ones((3, 3), dtype=np.bool_))
    assert truth_scores(_map(np.kron(values, np.ones((7, 7)))), finer).hit == pytest.approx(0.5, abs=0.01)


def test_the_scale_of_a_map_does_not_matter() -> None:
    values, mask = np.random.default_rng(0).normal(size=(12, 12)), _square(12, 3, 7)
    usual = score_values(values, mask)
    for scale in (1e-300, 1e300):
        scores = score_values(values * scale, mask)
        assert scores.share == pytest.approx(usual.share)
        assert (scores.pointing, scores.iou) == (usual.pointing, usual.iou)


def test_random_maps_score_as_chance_says() -> None:
    random, mask = np.random.default_rng(1), _square(20, 5, 13)  # 64 of 400 pixels
    scores = [score_values(random.random((20, 20)), mask) for _ in range(400)]
    assert np.mean([one.pointing for one in scores]) == pytest.approx(0.16, abs=0.06)  # > 3 standard errors
    assert np.mean([one.share or 0 for one in scores]) == pytest.approx(0.16, abs=0.01)
    assert np.mean([one.iou or 0 for one in scores]) == pytest.approx(scores[0].iou_by_chance, abs=0.01)


def test_a_map_is_laid_where_its_network_looked() -> None:
    mask = np.zeros((8, 8), dtype=np.bool_)
    mask[4:, 4:] = True
    lower_right = _map(np.ones((4, 4)), Extent(top=0.5, left=0.5, bottom=1.0, right=1.0))
    scores = truth_scores(lower_right, mask)
    assert (scores.n_pixels, scores.n_marked, scores.pointing) == (16, 16, True)
    upper_left = _map(np.ones((4, 4)), Extent(top=0.0, left=0.0, bottom=0.5, right=0.5))
    assert _reason(truth_scores(upper_left, mask)) == UNSEEN_MASK


@pytest.mark.parametrize(
    ("values", "mask", "reason"),
    [
        (np.ones((4, 4)), np.zeros((4, 4), dtype=np.bool_), EMPTY_MASK),
        (np.zeros((4, 4)), _square(4, 0, 2), EMPTY_MAP),
        (-np.ones((4, 4)), _square(4, 0, 2), EMPTY_MAP),
        (np.full((4, 4), np.inf), _square(4, 0, 2), BROKEN_MAP),
        (np.full((4, 4), np.nan), _square(4, 0, 2), BROKEN_MAP),
    ],
)
def test_what_cannot_be_scored_says_why(
    values: NDArray[np.float64], mask: NDArray[np.bool_], reason: str
) -> None:
    assert _reason(truth_scores(_map(values), mask)) == reason


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="one shape"):
        score_values(np.ones((4, 4)), np.ones((4, 5), dtype=np.bool_))
