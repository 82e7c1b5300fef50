"""The stages of a run: the head alone first, then more of the network; most runs have one."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from core.language import N_, Message
from core.training.config.training import TrainingConfig

StageName = Literal["head", "fine-tuning", "whole", "frozen"]

_HEAD: Final = N_("Head alone")
_WHOLE: Final = N_("Whole network")
_ALL: Final = N_("Fine-tuning of all")
_LAST_BLOCK: Final = N_("Fine-tuning of the last block")
_LAST_BLOCKS: Final = N_("Fine-tuning of the last {n} blocks")
_FROZEN: Final = N_("Frozen but for the head")
_FROZEN_BLOCK: Final = N_("Frozen but for the last block")
_FROZEN_BLOCKS: Final = N_("Frozen but for the last {n} blocks")


@dataclass(frozen=True)
class Stage:
    """Epochs in a row in which the same part of the network learns, on one schedule.

    Attributes
    ----------
    first_epoch, last_epoch
        Both belong to it; epochs count from 1.
    title
        What learns, for a plan, a band of a chart, or a line of a log.
    rate_factor
        What the learning rate of the config is multiplied by, in (0, 1].
    n_unfrozen
        How many blocks learn along with the head, counted from it; None: all of the network.
    goes_on
        Whether the schedule of the stage before it goes on in it, instead of beginning anew.
    """

    name: StageName
    first_epoch: int
    last_epoch: int
    title: Message
    rate_factor: float
    n_unfrozen: int | None
    goes_on: bool = False

    @property
    def n_epochs(self) -> int:
        """How many epochs it has."""
        return self.last_epoch - self.first_epoch + 1


def plan(config: TrainingConfig) -> tuple[Stage, ...]:
    """Return the stages of a run in their order; together they are its epochs, each once.

    Without `head_epochs` all of the network learns from the first epoch. With them, the head learns alone for
    so many epochs; where nothing is to be unfrozen after them, it does so to the end. What is frozen later
    cuts these stages in two.
    """
    stages = _first_stages(config)
    if not 0 < config.freeze_after < config.epochs:
        return stages
    return tuple(piece for stage in stages for piece in _cut(stage, config))


def _first_stages(config: TrainingConfig) -> tuple[Stage, ...]:
    if config.head_epochs == 0:
        return (Stage("whole", 1, config.epochs, Message(text=_WHOLE), 1.0, None),)
    n_head = config.epochs if config.unfreeze == "nothing" else min(config.head_epochs, config.epochs)
    head = Stage("head", 1, n_head, Message(text=_HEAD), 1.0, 0)
    return (head,) if n_head == config.epochs else (head, _fine_tuning(config, n_head + 1))


def stage_of(stages: tuple[Stage, ...], epoch: int) -> Stage:
    """Return the stage that an epoch (from 1) belongs to; the last one's for epochs after the plan."""
    return next((stage for stage in stages if epoch <= stage.last_epoch), stages[-1])


def _fine_tuning(config: TrainingConfig, first_epoch: int) -> Stage:
    n = config.unfrozen_blocks if config.unfreeze == "last blocks" else None
    if n is None:
        title = Message(text=_ALL)
    else:
        title = Message(text=_LAST_BLOCK) if n == 1 else Message(text=_LAST_BLOCKS, values={"n": n})
    return Stage("fine-tuning", first_epoch, config.epochs, title, config.fine_tuning_factor, n)


def _cut(stage: Stage, config: TrainingConfig) -> tuple[Stage, ...]:
    """Divide a stage where the network is frozen; what is frozen is so in all of the stages after."""
    if stage.last_epoch <= config.freeze_after:
        return (stage,)
    n = config.freeze_all_but
    if stage.n_unfrozen is not None:
        n = min(n, stage.n_unfrozen)
    text = {0: _FROZEN, 1: _FROZEN_BLOCK}.get(n, _FROZEN_BLOCKS)
    first = max(stage.first_epoch, config.freeze_after + 1)
    frozen = replace(
        stage,
        name="frozen",
        first_epoch=first,
        title=Message(text=text, values={"n": n}),
        n_unfrozen=n,
        goes_on=first > stage.first_epoch,
    )
    return (replace(stage, last_epoch=first - 1), frozen) if frozen.goes_on else (frozen,)
