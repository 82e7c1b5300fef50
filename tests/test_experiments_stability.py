"""How steady answers are: constant and identical ones, and metrics held against other libraries."""

import numpy as np
import pytest
import torch
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from core.datasets.store import open_dataset
from core.errors import StateError
from core.evaluation.predictions import predict_images
from core.experiments.stability import (
    Answers,
    calibration_error,
    draw_answers,
    entropy,
    judge,
    measure_stability,
)
from core.experiments.stability_records import StabilityRequest
from core.runs.checkpoints import load_model
from core.runs.store import Run
from core.transforms.records import AugmentationStep
from tests.trained import make_run_of

ROTATE = (AugmentationStep(name="rotate", parameters={"degrees": 90}),)
STILL = (AugmentationStep(name="rotate", parameters={"degrees": 0}),)


class QuietJob:
    """A job that nobody stops."""

    def report(self, done: float, message: object) -> None:
        """Do nothing."""

    def check_stop(self) -> None:
        """Go on."""


def two(positive: np.ndarray) -> np.ndarray:
    return np.stack([1 - positive, positive], axis=-1)


def answers(plain: np.ndarray, drawn: np.ndarray, y_true: np.ndarray) -> Answers:
    return Answers(two(plain), two(drawn), y_true, np.arange(len(y_true)), 1)


def request(run: Run, steps: tuple[AugmentationStep, ...], **others: float) -> StabilityRequest:
    revision = open_dataset(run.config.dataset).info.revision
    values = {"n_draws": 4, **others}
    return StabilityRequest(run=run.run_id, origin="", dataset_revision=revision, steps=steps, **values)  # type: ignore[arg-type]


def test_a_changed_answer_is_counted_once_an_image_and_once_a_draw() -> None:
    plain = np.array([0.9, 0.9, 0.1, 0.1])
    drawn = np.array([[0.9, 0.4, 0.1, 0.6], [0.9, 0.9, 0.1, 0.7]])
    found = judge(answers(plain, drawn, np.array([1, 1, 0, 0])), threshold=0.5)
    assert found.ever.value == 2 / 4
    assert found.on_average.value == 3 / 8
    moved = judge(answers(plain, drawn, np.array([1, 1, 0, 0])), threshold=0.65)
    assert moved.on_average.value == 2 / 8


def test_answers_at_the_threshold_are_positive_as_everywhere_else() -> None:
    plain, drawn = np.array([0.5, 0.5]), np.array([[0.5, 0.49999]])
    found = judge(answers(plain, drawn, np.array([1, 0])), threshold=0.5)
    assert found.ever.value == 1 / 2


def test_the_metrics_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 2, 60)
    plain, drawn = rng.uniform(0.05, 0.95, 60), rng.uniform(0.05, 0.95, (8, 60))
    found, mean = judge(answers(plain, drawn, y_true), threshold=0.5), drawn.mean(axis=0)
    for metric, theirs in (
        (found.auroc, roc_auc_score),
        (found.log_loss, log_loss),
        (found.brier, brier_score_loss),
    ):
        assert metric.plain.value == pytest.approx(theirs(y_true, plain))
        assert metric.mean_of_draws.value == pytest.approx(theirs(y_true, mean))
        assert metric.difference.value == pytest.approx(theirs(y_true, mean) - theirs(y_true, plain))
        assert metric.difference.low <= metric.difference.value <= metric.difference.high  # type: ignore[operator]
    assert found.spread.value == pytest.approx(drawn.std(axis=0).mean())
    assert found.entropy.plain.value == pytest.approx(scipy_entropy(two(plain), axis=1).mean())


def test_the_mean_of_draws_that_scatter_around_the_plain_answer_is_the_better_one() -> None:
    y_true = np.repeat([0, 1], 40)
    rng = np.random.default_rng(1)
    truth = np.where(y_true == 1, 0.8, 0.2)
    scattered = np.clip(truth + rng.normal(0, 0.15, (33, 80)), 0.01, 0.99)
    found = judge(answers(scattered[0], scattered[1:], y_true), threshold=0.5)
    assert found.brier.difference.high is not None and found.brier.difference.high < 0


def test_three_classes_are_called_by_the_most_probable_one() -> None:
    plain = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3]])
    drawn = np.stack([plain, plain[:, [1, 0, 2]]])
    found = judge(Answers(plain, drawn, np.array([0, 2, 1]), np.arange(3), None), threshold=0.5)
    assert found.on_average.value == pytest.approx(2 / 6)


def test_the_calibration_error_is_the_mean_distance_of_ten_bins() -> None:
    score = np.linspace(0.005, 0.995, 100)
    y_true = np.zeros(100, dtype=np.int64)
    by_hand = np.mean([score[start : start + 10].mean() for start in range(0, 100, 10)])
    assert calibration_error(y_true, two(score), np.ones(100)) == pytest.approx(by_hand)
    sure = np.repeat([0.0, 1.0], 50)
    assert calibration_error(sure.astype(np.int64), two(sure), np.ones(100)) == 0
    halves = np.tile([0, 1], 50)
    assert calibration_error(halves, two(np.full(100, 0.5)), np.ones(100)) == pytest.approx(0)


def test_an_image_that_counts_twice_is_an_image_that_is_there_twice() -> None:
    rng = np.random.default_rng(2)
    score, y_true = rng.uniform(size=40), rng.integers(0, 2, 40)
    weights = np.where(np.arange(40) % 2, 2.0, 0.0)
    kept = np.arange(40)[weights > 0]
    weighed = calibration_error(y_true, two(score), weights)
    assert weighed == pytest.approx(calibration_error(y_true[kept], two(score[kept]), np.ones(len(kept))))


def test_entropy_is_0_where_sure_and_ln_k_where_clueless() -> None:
    assert entropy(np.array([[1.0, 0.0]])).tolist() == [0]
    assert entropy(np.full((1, 4), 0.25)) == pytest.approx([np.log(4)])


def test_an_augmentation_that_does_nothing_changes_nothing(home) -> None:
    found = measure_stability(request(make_run_of(("a", "b"), "still"), STILL), QuietJob())  # type: ignore[arg-type]
    assert found.ever.value == found.on_average.value == 0
    assert found.spread.value == pytest.approx(0, abs=1e-6)
    for metric in (found.auroc, found.log_loss, found.brier, found.calibration_error, found.entropy):
        assert metric.mean_of_draws.value == pytest.approx(metric.plain.value, abs=1e-6)


def test_a_network_that_always_says_the_same_never_changes_its_answer(home, monkeypatch) -> None:
    run = make_run_of(("a", "b"), "constant")
    loaded = load_model(run)
    with torch.no_grad():
        for parameter in loaded.model.parameters():
            parameter.zero_()
    monkeypatch.setattr("core.experiments.stability.load_model", lambda run: loaded)
    found = measure_stability(request(run, ROTATE), QuietJob())  # type: ignore[arg-type]
    assert found.ever.value == 0
    assert found.spread.value == pytest.approx(0, abs=1e-9)
    assert found.auroc.plain.value == 0.5
    assert found.entropy.plain.value == pytest.approx(np.log(2))


def test_the_plain_answer_is_the_one_that_the_pages_predict(home) -> None:
    run = make_run_of(("a", "b"), "plain")
    loaded, image = load_model(run), open_dataset("plain-data").image(3)
    plain, drawn = draw_answers(loaded, image, ROTATE, n_draws=8, seed=0)
    np.testing.assert_allclose(plain, predict_images(loaded, [image])[0], atol=1e-5)
    assert drawn.shape == (8, 2)
    assert len(np.unique(drawn[:, 1])) > 1
    again = draw_answers(loaded, image, ROTATE, n_draws=8, seed=0)[1]
    np.testing.assert_array_equal(drawn, again)
    still = draw_answers(loaded, image, STILL, n_draws=8, seed=0)[1]
    np.testing.assert_allclose(still, np.broadcast_to(plain, (8, 2)), atol=1e-6)


def test_a_data_set_that_changed_meanwhile_is_refused(home) -> None:
    asked = request(make_run_of(("a", "b"), "changed"), ROTATE).model_copy(update={"dataset_revision": "0"})
    with pytest.raises(StateError) as refused:
        measure_stability(asked, QuietJob())  # type: ignore[arg-type]
    assert str(refused.value) == "The data set 'changed-data' has changed; ask again."
