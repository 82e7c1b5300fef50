"""What is drawn before a launch: losses known in closed form, the plan of a schedule and of the stages."""

import math

import numpy as np
import pytest

from core.figures.losses import loss_curve, loss_value
from core.figures.rates import rate_schedule, stage_plan, stage_words, wants_log
from core.figures.theme import alt_of
from core.training.config import TrainingConfig, parse_config
from core.training.config.stages import plan
from core.training.rates import planned_rates


def config(**changes: object) -> TrainingConfig:
    return parse_config({"dataset": "x", **changes})


def test_the_drawn_losses_have_their_closed_forms() -> None:
    p = np.array([0.9])
    assert loss_value(p)[0] == pytest.approx(-math.log(0.9))
    assert loss_value(p, gamma=2)[0] == pytest.approx(-0.01 * math.log(0.9))  # the paper: 100 times less
    smoothed = -0.95 * math.log(0.9) - 0.05 * math.log(0.1)  # a tenth spread over two classes
    assert loss_value(p, smoothing=0.1)[0] == pytest.approx(smoothed)
    assert loss_value(p, weight=0.25)[0] == pytest.approx(-0.25 * math.log(0.9))


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("changes", [{}, {"label_smoothing": 0.2}, {"loss": "focal", "focal_gamma": 1.5}])
def test_the_drawn_loss_is_the_one_that_is_trained_with(changes: dict[str, float], n_classes: int) -> None:
    import torch

    from core.training.losses import build_loss

    asked = config(**changes)
    p = 0.7
    rest = (1 - p) / (n_classes - 1)
    logits = torch.log(torch.tensor([[p] + [rest] * (n_classes - 1)]))
    trained = float(build_loss(asked, n_classes=n_classes)(logits, torch.tensor([0])))
    gamma = asked.focal_gamma if asked.loss == "focal" else 0.0
    drawn = loss_value(np.array([p]), gamma=gamma, smoothing=asked.label_smoothing, n_classes=n_classes)
    assert drawn[0] == pytest.approx(trained, rel=1e-5)


def test_focal_loss_is_drawn_against_cross_entropy_and_alpha_parts_the_classes() -> None:
    assert [trace.name for trace in loss_curve(config(), 2).data] == ["Cross-entropy"]
    focal = loss_curve(config(loss="focal"), 2)
    assert [trace.name for trace in focal.data] == ["Cross-entropy", "Focal, gamma 2"]
    with_alpha = loss_curve(config(loss="focal", focal_alpha=0.25), 2)
    names = ["Cross-entropy", "Focal, positive class", "Focal, the other class"]
    assert [trace.name for trace in with_alpha.data] == names
    _plain, positive, other = with_alpha.data
    assert np.allclose(np.array(other.y), 3 * np.array(positive.y))


def test_a_smoothed_loss_is_lowest_where_the_smoothed_target_is() -> None:
    assert "Lowest at 0.90" in loss_curve(config(label_smoothing=0.2), 2).layout.title.text


def test_the_schedule_is_drawn_with_a_band_for_each_stage() -> None:
    whole, two = config(epochs=10), config(epochs=10, head_epochs=4)
    one_band = rate_schedule(planned_rates(whole, 5), plan(whole))
    assert len(one_band.layout.shapes) == 0
    bands = rate_schedule(planned_rates(two, 5), plan(two)).layout.shapes
    assert [(band.x0, band.x1) for band in bands] == [(0, 4), (4, 10)]
    assert "is 0.003 at most" in alt_of(one_band)


def test_a_range_of_rates_over_decades_asks_for_powers_of_ten() -> None:
    constant, steps = config(schedule="constant"), config(schedule="step", step_epochs=5)
    assert not wants_log(planned_rates(constant, 5))
    assert wants_log(planned_rates(steps, 5))  # 1, 0.1, 0.01, 0.001


def test_the_plan_shows_what_learns_and_what_is_frozen_in_each_stage() -> None:
    asked = config(epochs=20, head_epochs=5, unfreeze="last blocks", unfrozen_blocks=2)
    figure = stage_plan(plan(asked), ["Block 1", "Block 2", "Block 3"])
    learns, frozen = figure.data
    cells = {(row, base, length) for row, base, length in zip(learns.y, learns.base, learns.x, strict=True)}
    assert cells == {("Head", 0, 5), ("Head", 5, 15), ("Block 3", 5, 15), ("Block 2", 5, 15)}
    assert ("Block 1", 5) in set(zip(frozen.y, frozen.base, strict=True))
    assert len(learns.y) + len(frozen.y) == 2 * 4
    assert [stage_words(stage) for stage in plan(asked)] == [
        "Epochs 1 to 5: Head alone",
        "Epochs 6 to 20: Fine-tuning of the last 2 blocks, learning rate × 0.1",
    ]
