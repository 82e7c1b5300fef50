"""Freezing in the middle of a run: its stages, a schedule that goes on, and what cannot be."""

from typing import Any

import pytest

from core.errors import InvalidValueError
from core.training.config import TrainingConfig, parse_config, plan
from core.training.rates import planned_rates, rate_at


def config(**changes: Any) -> TrainingConfig:
    return parse_config({"dataset": "films", "epochs": 10, **changes})


def stages(settings: TrainingConfig) -> list[tuple[str, int, int, int | None, bool]]:
    return [
        (stage.name, stage.first_epoch, stage.last_epoch, stage.n_unfrozen, stage.goes_on)
        for stage in plan(settings)
    ]


def test_a_run_is_frozen_after_an_epoch() -> None:
    assert stages(config(freeze_after=4, freeze_all_but=2)) == [
        ("whole", 1, 4, None, False),
        ("frozen", 5, 10, 2, True),
    ]
    assert str(plan(config(freeze_after=4))[1].title) == "Frozen but for the head"
    assert str(plan(config(freeze_after=4, freeze_all_but=1))[1].title) == "Frozen but for the last block"


@pytest.mark.parametrize("after", [0, 10, 11])
def test_nothing_is_frozen_where_no_epoch_is_left(after: int) -> None:
    assert stages(config(freeze_after=after)) == [("whole", 1, 10, None, False)]


def test_stages_of_transfer_are_cut_and_never_unfrozen_by_it() -> None:
    transfer = {"head_epochs": 3, "unfreeze": "last blocks", "unfrozen_blocks": 2}
    assert stages(config(**transfer, freeze_after=5, freeze_all_but=1)) == [
        ("head", 1, 3, 0, False),
        ("fine-tuning", 4, 5, 2, False),
        ("frozen", 6, 10, 1, True),
    ]
    assert stages(config(**transfer, freeze_after=3, freeze_all_but=3)) == [
        ("head", 1, 3, 0, False),
        ("frozen", 4, 10, 2, False),
    ]
    assert stages(config(**transfer, freeze_after=2, freeze_all_but=3)) == [
        ("head", 1, 2, 0, False),
        ("frozen", 3, 3, 0, True),
        ("frozen", 4, 10, 2, False),
    ]


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one-cycle", "plateau"])
def test_the_schedule_goes_on_as_if_nothing_were_frozen(schedule: str) -> None:
    plain = config(schedule=schedule)
    frozen = config(schedule=schedule, freeze_after=4)
    assert [rate_at(frozen, step, 7) for step in range(70)] == [rate_at(plain, step, 7) for step in range(70)]
    assert planned_rates(frozen, 7).rates.tolist() == planned_rates(plain, 7).rates.tolist()


def test_more_blocks_than_there_are_cannot_go_on_learning() -> None:
    with pytest.raises(InvalidValueError) as caught:
        config(freeze_after=1, freeze_all_but=9)
    assert str(caught.value) == "small_cnn has 3 blocks below its head; freeze_all_but is 9."
