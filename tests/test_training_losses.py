"""Losses against torch, torchvision, and numbers by hand."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import sigmoid_focal_loss

from core.errors import InvalidValueError
from core.training.config import parse_config
from core.training.losses import Loss, build_loss, cross_entropy, focal_loss

DRAWS = torch.Generator().manual_seed(1)
LOGITS = 3 * torch.randn(40, 3, generator=DRAWS)
LABELS = torch.randint(0, 3, (40,), generator=DRAWS)
SHARES = torch.softmax(torch.randn(40, 3, generator=DRAWS), dim=1)  # as of mixed images


def loss(n_classes: int = 3, **changes: Any) -> Loss:
    more = {name: changes.pop(name) for name in ("class_weights", "positive_index") if name in changes}
    return build_loss(parse_config({"dataset": "tiny", **changes}), n_classes=n_classes, **more)


@pytest.mark.parametrize("targets", [LABELS, SHARES], ids=["labels", "shares"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_and_its_smoothing_are_those_of_torch(targets: Tensor, smoothing: float) -> None:
    mine = loss(label_smoothing=smoothing)(LOGITS, targets)
    torch.testing.assert_close(mine, functional.cross_entropy(LOGITS, targets, label_smoothing=smoothing))


def test_smoothing_by_hand() -> None:
    log_p = torch.log(torch.tensor([[0.7, 0.2, 0.1]]))  # 0.1 spread over three classes
    expected = -(0.9 + 0.1 / 3) * math.log(0.7) - 0.1 / 3 * (math.log(0.2) + math.log(0.1))
    for smoothed in (cross_entropy, lambda *of, smoothing: focal_loss(*of, gamma=0.0, smoothing=smoothing)):
        assert float(smoothed(log_p, torch.tensor([0]), smoothing=0.1)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("targets", [LABELS, SHARES], ids=["labels", "shares"])
@pytest.mark.parametrize("weights", [None, torch.tensor([0.2, 1.0, 3.0])], ids=["plain", "weighted"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_focal_loss_of_gamma_0_is_cross_entropy(
    targets: Tensor, weights: Tensor | None, smoothing: float
) -> None:
    focal = loss(loss="focal", focal_gamma=0.0, label_smoothing=smoothing, class_weights=weights)
    plain = loss(label_smoothing=smoothing, class_weights=weights)
    assert float(focal(LOGITS, targets)) == pytest.approx(float(plain(LOGITS, targets)), rel=1e-6)


def test_an_image_that_is_right_counts_a_hundred_times_less_as_the_paper_says() -> None:
    logits = torch.log(torch.tensor([[0.1, 0.9]]))  # arXiv:1708.02002, section 3.2: p = 0.9, gamma 2
    ratio = float(cross_entropy(logits, torch.tensor([1])) / focal_loss(logits, torch.tensor([1]), gamma=2))
    assert ratio == pytest.approx(100, rel=1e-5)
    sure = torch.log(torch.tensor([[1 - 0.968, 0.968]]))  # and about 1000 times at p = 0.968
    ratio = float(cross_entropy(sure, torch.tensor([1])) / focal_loss(sure, torch.tensor([1]), gamma=2))
    assert ratio == pytest.approx(1000, rel=0.03)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [0.25, 0.9])
def test_with_two_classes_it_is_torchvisions_sigmoid_focal_loss(gamma: float, alpha: float) -> None:
    draws = torch.Generator().manual_seed(2)
    logits, labels = 4 * torch.randn(50, 2, generator=draws), torch.randint(0, 2, (50,), generator=draws)
    # A softmax of two is a sigmoid of their difference.
    theirs = sigmoid_focal_loss(
        logits[:, 1] - logits[:, 0], labels.float(), alpha=alpha, gamma=gamma, reduction="mean"
    )
    mine = loss(2, loss="focal", focal_gamma=gamma, focal_alpha=alpha)(logits, labels)
    assert float(mine) == pytest.approx(float(theirs), rel=1e-5)


def test_alpha_by_hand_and_on_the_positive_class() -> None:
    logits = torch.log(torch.tensor([[0.6, 0.4], [0.6, 0.4]]))
    labels = torch.tensor([0, 1])
    first, second = -(0.4**2) * math.log(0.6), -(0.6**2) * math.log(0.4)
    by_default = loss(2, loss="focal", focal_alpha=0.25)(logits, labels)
    assert float(by_default) == pytest.approx((0.75 * first + 0.25 * second) / 2, rel=1e-6)
    named = loss(2, loss="focal", focal_alpha=0.25, positive_index=0)(logits, labels)
    assert float(named) == pytest.approx((0.25 * first + 0.75 * second) / 2, rel=1e-6)
    both = loss(2, loss="focal", focal_alpha=0.25, class_weights=torch.tensor([0.5, 3.0]))(logits, labels)
    assert float(both) == pytest.approx((0.5 * 0.75 * first + 3 * 0.25 * second) / 2, rel=1e-6)


def test_the_loss_of_a_mixed_image_is_the_mixed_loss() -> None:
    both = LOGITS[:1].expand(2, 3)
    for one in (loss(), loss(loss="focal"), loss(class_weights=torch.tensor([0.2, 1.0, 3.0]))):
        apart = [float(one(both[:1], torch.tensor([code]))) for code in (0, 2)]
        mixed = float(one(both[:1], torch.tensor([[0.3, 0.0, 0.7]])))
        assert mixed == pytest.approx(0.3 * apart[0] + 0.7 * apart[1], rel=1e-5)


def test_alpha_with_three_classes_is_refused() -> None:
    with pytest.raises(InvalidValueError) as refused:
        loss(3, loss="focal", focal_alpha=0.25)
    text = "focal_alpha weighs two classes, and there are 3. Leave it empty, or use class weights."
    assert str(refused.value) == text


@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 1.0, 2.0, 10.0])
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
def test_focal_loss_and_its_gradient_stay_finite_where_the_network_is_certain(
    gamma: float, scale: float
) -> None:
    logits = (scale * torch.tensor([[1.0, -1.0], [1.0, -1.0]])).requires_grad_()
    value = focal_loss(logits, torch.tensor([0, 1]), gamma=gamma)
    value.backward()
    assert logits.grad is not None
    assert bool(torch.isfinite(value)) and bool(torch.isfinite(logits.grad).all())
    if scale >= 30:  # the wrong one of two images has -log p = 2 x scale, and p = 0
        assert float(value.detach()) == pytest.approx(scale, rel=1e-5)


def test_the_gradient_of_focal_loss_is_that_of_numbers() -> None:
    logits = LOGITS[:6].double().requires_grad_()

    def value(x: Tensor) -> Tensor:
        log_p = torch.log_softmax(x, dim=1)[torch.arange(6), LABELS[:6]]
        return (-((1 - log_p.exp()) ** 2) * log_p).mean()

    (expected,) = torch.autograd.grad(value(logits), logits)
    (mine,) = torch.autograd.grad(focal_loss(logits, LABELS[:6], gamma=2.0), logits)
    torch.testing.assert_close(mine, expected, atol=1e-6, rtol=1e-4)
