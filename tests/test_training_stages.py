"""Stages: which epochs, which weights, what a frozen batch norm does."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.models.blueprint import Blueprint
from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.records import ModelSpec
from core.training.config import TrainingConfig, parse_config, plan
from core.training.engine import Engine, build_engine
from core.training.freezing import freeze

N_BATCHES = 3
OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw")


def config(**changes: Any) -> TrainingConfig:
    base = {"dataset": "tiny", "device": "cpu", "image_size": 16, "epochs": 4, "weight_decay": 0.1}
    return parse_config({**base, **changes})


def staged(**changes: Any) -> TrainingConfig:
    return config(**{"head_epochs": 2, "unfreeze": "last blocks", "unfrozen_blocks": 1, **changes})


def engine(made: TrainingConfig) -> Engine:
    return build_engine(made, n_classes=2, n_channels=1, n_batches=N_BATCHES)


def batch(seed: int) -> tuple[Tensor, Tensor]:
    draws = torch.Generator().manual_seed(seed)
    return torch.randn(6, 1, 16, 16, generator=draws), torch.randint(0, 2, (6,), generator=draws)


def train(moving: Engine, epochs: range) -> list[str]:
    """Train for some epochs as the loop does, validation included; return what was said of stages."""
    said = []
    for epoch in epochs:
        if message := moving.begin_epoch(epoch):
            said.append(str(message))
        for number in range(N_BATCHES):
            moving.step(*batch(100 * epoch + number))
        moving.logits(batch(0)[0])
    return said


def changed(before: dict[str, Tensor], model: nn.Module) -> set[str]:
    return {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}


def tensors(model: nn.Module, *modules: str) -> set[str]:
    return {name for name in model.state_dict() if name.startswith(tuple(f"{part}." for part in modules))}


def test_without_epochs_for_the_head_there_is_one_stage() -> None:
    (stage,) = plan(config(epochs=7, unfreeze="last blocks", unfrozen_blocks=2))
    assert (stage.name, stage.first_epoch, stage.last_epoch) == ("whole", 1, 7)
    assert (stage.rate_factor, stage.n_unfrozen) == (1.0, None)


@pytest.mark.parametrize(
    ("changes", "n_unfrozen", "title"),
    [
        ({"unfreeze": "all"}, None, "Fine-tuning of all"),
        ({"unfrozen_blocks": 1}, 1, "Fine-tuning of the last block"),
        ({"unfrozen_blocks": 3}, 3, "Fine-tuning of the last 3 blocks"),
    ],
)
def test_after_the_head_comes_fine_tuning_at_its_own_rate(
    changes: dict[str, Any], n_unfrozen: int | None, title: str
) -> None:
    head, rest = plan(staged(epochs=9, fine_tuning_factor=0.2, **changes))
    assert (head.name, head.first_epoch, head.last_epoch) == ("head", 1, 2)
    assert (head.rate_factor, head.n_unfrozen, str(head.title)) == (1.0, 0, "Head alone")
    assert (rest.name, rest.first_epoch, rest.last_epoch) == ("fine-tuning", 3, 9)
    assert (rest.rate_factor, rest.n_unfrozen, str(rest.title)) == (0.2, n_unfrozen, title)


def test_where_nothing_is_unfrozen_the_head_learns_alone_to_the_end() -> None:
    (stage,) = plan(staged(unfreeze="nothing"))
    assert (stage.name, stage.first_epoch, stage.last_epoch, stage.n_unfrozen) == ("head", 1, 4, 0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_frozen_body_stays_to_the_bit_with_its_statistics_and_moves_when_it_may(optimizer: str) -> None:
    moving = engine(staged(optimizer=optimizer, momentum=0.9))
    body, last = ("blocks.0", "blocks.1", "blocks.2"), ("blocks.2",)
    before = copy.deepcopy(moving.model.state_dict())
    assert train(moving, range(1, 3)) == ["Head alone"]
    assert changed(before, moving.model) == tensors(moving.model, "classifier")
    before = copy.deepcopy(moving.model.state_dict())
    assert train(moving, range(3, 5)) == ["Fine-tuning of the last block"]
    assert changed(before, moving.model) == tensors(moving.model, "classifier", *last)
    assert tensors(moving.model, "classifier", *body) == set(before)


def test_a_frozen_batch_norm_may_gather_new_statistics_and_its_weights_stay() -> None:
    moving = engine(staged(frozen_norm="adapt"))
    before = copy.deepcopy(moving.model.state_dict())
    train(moving, range(1, 3))
    gathered = {
        f"blocks.{block}.norm.{name}"
        for block in range(3)
        for name in ("running_mean", "running_var", "num_batches_tracked")
    }
    assert changed(before, moving.model) == tensors(moving.model, "classifier") | gathered


def test_the_head_sees_the_body_as_in_evaluation_where_its_norms_are_kept() -> None:
    """Two batches that differ in one image give the other images the same features."""
    moving = engine(staged())
    moving.begin_epoch(1)
    moving.step(*batch(1))
    one, other = batch(2)[0], batch(2)[0].clone()
    other[0] += 5
    with torch.no_grad():
        features = [moving.model.blocks(images)[1:] for images in (one, other)]  # type: ignore[operator]
    assert torch.equal(*features)
    assert moving.model.training


def test_unfreezing_all_lets_every_weight_and_norm_learn() -> None:
    moving = engine(staged(unfreeze="all"))
    train(moving, range(1, 3))
    before = copy.deepcopy(moving.model.state_dict())
    train(moving, range(3, 5))
    assert changed(before, moving.model) == set(before)
    moving.step(*batch(1))
    assert all(module.training for module in moving.model.modules())


def test_a_stage_begins_without_a_validation_before_it() -> None:
    """A network that is in training mode already is frozen and unfrozen all the same."""
    moving = engine(staged(unfreeze="all"))
    for epoch in range(1, 4):
        moving.begin_epoch(epoch)
        moving.step(*batch(epoch))
    norms = [module for module in moving.model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert [int(norm.num_batches_tracked) for norm in norms] == [1, 1, 1]  # type: ignore[arg-type]


def test_the_rate_falls_where_the_stage_begins_and_a_stage_is_said_once() -> None:
    moving = engine(staged(schedule="constant", learning_rate=0.01, fine_tuning_factor=0.1))
    assert train(moving, range(1, 3)) == ["Head alone"]
    assert moving.begin_epoch(3) is not None
    assert moving.learning_rate == pytest.approx(0.001)
    moving.step(*batch(1))
    assert moving.begin_epoch(3) is None  # a resumed epoch
    assert engine(config()).begin_epoch(1) is None


def test_a_plateau_of_the_head_does_not_slow_the_fine_tuning() -> None:
    moving = engine(staged(schedule="plateau", learning_rate=0.01, plateau_patience=0, rate_factor=0.5))
    for epoch, expected in ((1, 0.01), (2, 0.01), (3, 0.001), (4, 0.001)):
        moving.begin_epoch(epoch)
        assert moving.learning_rate == pytest.approx(expected)
        for number in range(N_BATCHES):
            moving.step(*batch(number))
        moving.end_epoch(0.5)
    assert moving.learning_rate == pytest.approx(0.0005)  # twice the same score: lowered once in each stage


class TwoHeads(nn.Module):
    """A body of two weights, a head, and an auxiliary head."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.side, self.head = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Any:
        features = self.body(x)
        return (self.head(features), self.side(features)) if self.training else self.head(features)


def two_heads(blueprint: Blueprint) -> nn.Module:
    return TwoHeads()


@pytest.fixture
def two_headed(monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    spec = MODELS["small_cnn"].model_copy(
        update={
            "name": "two_heads",
            "builder": "tests.test_training_stages:two_heads",
            "blocks": (("body",),),
            "head": ("head",),
            "auxiliary": ("side",),
            "auxiliary_weight": 0.3,
        }
    )
    monkeypatch.setitem(MODELS, "two_heads", spec)
    return spec


def test_an_auxiliary_head_learns_with_the_head_and_its_loss_counts_with_its_weight(
    two_headed: ModelSpec,
) -> None:
    made = config(model="two_heads", optimizer="sgd", learning_rate=0.1, head_epochs=2, weight_decay=0)
    moving = engine(made.model_copy(update={"schedule": "constant"}))
    inputs, labels = torch.randn(5, 2), torch.tensor([0, 1, 1, 0, 1])
    moving.begin_epoch(1)
    model = moving.model
    assert isinstance(model, TwoHeads)
    features = model.body(inputs).detach()
    head, side = (nn.functional.cross_entropy(part(features), labels) for part in (model.head, model.side))
    (of_head,) = torch.autograd.grad(head, model.head.weight)
    (of_side,) = torch.autograd.grad(side, model.side.weight)
    expected = [model.head.weight - 0.1 * of_head, model.side.weight - 0.1 * 0.3 * of_side]
    body = model.body.weight.clone()
    assert float(moving.step(inputs, labels)) == pytest.approx(float(head.detach()))
    torch.testing.assert_close([model.head.weight, model.side.weight], expected)
    assert torch.equal(model.body.weight, body)
    assert moving.logits(inputs).shape == (5, 2)


def test_the_loose_weights_of_a_transformer_rest_and_learn_with_the_block_they_belong_to() -> None:
    spec = MODELS["vit_b_16"]
    loose = {"class_token", "encoder.pos_embedding"}
    with torch.device("meta"):
        model = build_model("vit_b_16", n_classes=2, n_channels=1, image_size=64)
    parameters = dict(model.named_parameters())
    assert loose <= set(parameters)
    for n_blocks, learns in ((0, False), (len(spec.blocks) - 1, False), (len(spec.blocks), True)):
        made = staged(model="vit_b_16", image_size=64, unfrozen_blocks=max(1, n_blocks))
        freeze(model, spec, plan(made)[int(n_blocks > 0)], "keep")
        assert {parameters[name].requires_grad for name in loose} == {learns}
        assert all(part.requires_grad for name, part in parameters.items() if name.startswith("heads."))
    assert all(part.requires_grad for part in parameters.values())
