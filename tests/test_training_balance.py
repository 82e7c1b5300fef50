"""Rare classes: what an epoch shows, how much an image counts, and what stays as it was."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from core.datasets.records import SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.training.balance import class_weights, epoch_rows, n_of_epoch
from core.training.balance_preview import preview
from core.training.balance_records import BALANCES, thinned, true_share
from core.training.config import Balance, TrainingConfig, parse_config
from core.training.engine import build_engine
from core.training.pipeline import batches_an_epoch, epoch_batches, generator, prepare, shuffled
from core.transforms.preprocessing import default_preprocessing
from tests.tiny_dataset import write_tiny

LABELS = torch.tensor([0] * 70 + [1] * 20 + [2] * 10)


def config(balance: Balance, **others: object) -> TrainingConfig:
    return parse_config({"dataset": "tiny", "balance": balance, "batch_size": 8, **others})


def rows(balance: Balance, epoch: int = 1) -> torch.Tensor:
    return epoch_rows(LABELS, balance, generator(0, epoch, -1))


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        ("plain", [70, 20, 10]),
        ("over-sampling", [70, 70, 70]),
        ("under-sampling", [10, 10, 10]),
        ("class weights", [70, 20, 10]),
    ],
)
def test_an_epoch_shows_so_many_images_of_each_class(balance: Balance, expected: list[int]) -> None:
    shown = rows(balance)
    assert torch.bincount(LABELS[shown]).tolist() == expected
    assert n_of_epoch(LABELS, balance) == len(shown) == sum(expected)


def test_over_sampling_shows_each_image_as_often_as_any_other_of_its_class_or_once_more() -> None:
    times = torch.bincount(rows("over-sampling"), minlength=100)
    assert set(times[:70].tolist()) == {1}
    assert sorted(times[70:90].tolist()) == [3] * 10 + [4] * 10  # 70 = 20 x 3 + 10
    assert set(times[90:].tolist()) == {7}


def test_under_sampling_shows_no_image_twice_and_others_in_the_next_epoch() -> None:
    first, second = rows("under-sampling", 1), rows("under-sampling", 2)
    assert len(set(first.tolist())) == 30
    assert set(first.tolist()) != set(second.tolist())
    assert torch.equal(first, rows("under-sampling", 1))


@pytest.mark.parametrize("balance", BALANCES)
def test_a_class_without_images_is_left_out(balance: Balance) -> None:
    labels = torch.tensor([0, 0, 0, 3])
    shown = labels[epoch_rows(labels, balance, generator(0, 1, -1))]
    assert set(shown.tolist()) == {0, 3}
    assert class_weights(labels, 5).tolist() == pytest.approx([4 / 6, 0, 0, 4 / 2, 0])


@pytest.mark.parametrize("counts", [(70, 20, 10), (1, 1), (3, 997), (5,)])
def test_weights_are_scikit_learns_balanced_ones(counts: tuple[int, ...]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    expected = compute_class_weight("balanced", classes=np.arange(len(counts)), y=labels)
    np.testing.assert_allclose(class_weights(torch.from_numpy(labels), len(counts)), expected, rtol=1e-6)


@pytest.mark.parametrize("balance", ["plain", "class weights"])
def test_without_resampling_the_batches_are_to_the_bit_what_they_were_before_there_was_a_choice(
    home: Path, balance: Balance
) -> None:
    write_tiny(n_images=50)
    dataset = open_dataset("tiny")
    data = prepare(dataset, make_split(dataset.samples, SplitConfig()), default_preprocessing(24, 1))
    for epoch in (1, 2):
        before = shuffled(data.rows["train"], seed=5, epoch=epoch, batch_size=8)
        now = epoch_batches(data, config(balance, seed=5), epoch=epoch)
        assert [batch.tolist() for batch in now] == [batch.tolist() for batch in before]


@pytest.mark.parametrize("balance", BALANCES)
def test_the_number_of_batches_is_known_before_the_first_epoch(home: Path, balance: Balance) -> None:
    write_tiny(n_images=60, n_classes=3)
    dataset = open_dataset("tiny")
    split = make_split(dataset.samples, SplitConfig()).query("label != 'other' or sample_id < 20")
    data = prepare(dataset, split, default_preprocessing(24, 1))
    for epoch in (1, 2, 3):
        assert len(epoch_batches(data, config(balance), epoch=epoch)) == batches_an_epoch(
            data, config(balance)
        )


def test_a_config_from_before_there_was_a_choice_is_plain() -> None:
    assert parse_config({"dataset": "tiny"}).balance == "plain"


def weighted_step(weights: list[float] | None) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Take one step from known weights; return the loss, the logits before it and the labels."""
    engine = build_engine(
        config("plain", device="cpu", image_size=16),
        n_classes=2,
        n_channels=1,
        n_batches=10,
        class_weights=None if weights is None else torch.tensor(weights),
    )
    inputs = torch.randn(6, 1, 16, 16, generator=generator(0, 0, 0))
    labels = torch.tensor([0, 0, 0, 0, 0, 1])
    engine.model.train()
    with torch.no_grad():
        logits = engine.model(inputs)
    return float(engine.step(inputs, labels)), logits, labels


def test_the_loss_is_the_mean_of_weight_times_minus_log_of_the_true_class() -> None:
    loss, logits, labels = weighted_step([0.6, 3.0])
    losses = -torch.log_softmax(logits.double(), dim=1)[torch.arange(6), labels]
    assert loss == pytest.approx(float((torch.tensor([0.6] * 5 + [3.0]) * losses).mean()), rel=1e-5)


def test_weights_of_one_change_nothing() -> None:
    assert weighted_step([1.0, 1.0])[0] == pytest.approx(weighted_step(None)[0], rel=1e-6)


def test_the_preview_counts_what_an_epoch_shows() -> None:
    labels = LABELS.numpy()
    over = preview(labels, config("over-sampling"), n_classes=3)
    assert (over.n_images, over.n_batches, over.n_never) == (210, 27, 0)  # ceil(210 / 8)
    assert over.parts.shape == (20, 3)
    np.testing.assert_allclose(over.expected, [1 / 3] * 3)
    assert over.most_often.tolist() == [1, 4, 7]
    under = preview(labels, config("under-sampling"), n_classes=3)
    assert (under.n_images, under.n_batches, under.n_never) == (30, 4, 70)
    assert under.n_different.tolist() == [10, 10, 10]
    plain = preview(labels, config("plain"), n_classes=3)
    np.testing.assert_allclose(plain.expected, [0.7, 0.2, 0.1])
    assert plain.n_never == 0


def test_class_weights_make_each_class_count_alike_though_the_batches_are_the_plain_ones() -> None:
    labels = LABELS.numpy()
    plain, weighed = (preview(labels, config(name), n_classes=3) for name in ("plain", "class weights"))
    np.testing.assert_allclose(weighed.expected, [1 / 3] * 3, rtol=1e-6)
    np.testing.assert_array_equal(weighed.n_absent, plain.n_absent)
    again = plain.parts * weighed.weights
    np.testing.assert_allclose(weighed.parts, again / again.sum(axis=1, keepdims=True))


def test_a_batch_without_the_rare_class_is_counted() -> None:
    labels = np.array([0] * 79 + [1])
    assert preview(labels, config("plain"), n_classes=2).n_absent.tolist() == [0, 9]  # of 10 batches of 8
    assert preview(labels, config("over-sampling"), n_classes=2).n_batches == 20


def test_a_class_is_thinned_to_its_share_and_the_others_stay() -> None:
    labels = np.array([0] * 95 + [1] * 60)
    thin = thinned(labels, 1, 0.05, seed=0)
    assert np.bincount(thin).tolist() == [95, 5]
    assert np.bincount(thinned(labels, 1, 1e-6, seed=0)).tolist() == [95, 1]
    assert np.bincount(thinned(labels, 1, 0.9, seed=0)).tolist() == [95, 60]


def test_a_balanced_probability_of_a_half_means_the_prevalence() -> None:
    assert true_share(0.5, 0.05) == pytest.approx(0.05)
    assert true_share(0.9, 0.05) == pytest.approx(0.9 * 0.05 / (0.9 * 0.05 + 0.1 * 0.95))
    assert true_share(0.7, 0.5) == pytest.approx(0.7)
