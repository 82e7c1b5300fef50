"""Which part of a network learns in a stage, and what the rest of it does meanwhile.

A frozen weight has no gradient, so that no optimizer touches it. A frozen batch norm keeps the means and
spreads it came with, or goes on gathering them, as the config says. A frozen dropout goes on drawing: what it
switches off, the layers that learn have to do without.
"""

from typing import Literal

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from core.models.records import ModelSpec
from core.training.config.stages import Stage


def freeze(
    model: nn.Module, spec: ModelSpec, stage: Stage, frozen_norm: Literal["keep", "adapt"]
) -> tuple[nn.Module, ...]:
    """Let learn what a stage says, and freeze the rest; the mode of no module is changed.

    Parameters
    ----------
    model
        Of `spec`, on any device; auxiliary heads count as head.
    stage
        Of it `n_unfrozen` decides.
    frozen_norm
        "keep": the batch norms of frozen parts use the statistics they have. "adapt": those of each batch,
        and gather them.

    Returns
    -------
    The modules that must be in eval mode while the network trains.
    """
    learning = learning_parts(spec, stage)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(learning is None or _is_in(name, learning))
    if learning is None or frozen_norm == "adapt":
        return ()
    return tuple(
        module
        for name, module in model.named_modules()
        if isinstance(module, _NormBase) and not _is_in(name, learning)
    )


def learning_parts(spec: ModelSpec, stage: Stage) -> tuple[str, ...] | None:
    """Return the dotted names of the modules that learn in a stage; None: all of the network."""
    if stage.n_unfrozen is None:
        return None
    unfrozen = spec.blocks[len(spec.blocks) - stage.n_unfrozen :] if stage.n_unfrozen else ()
    return (*spec.head, *spec.auxiliary, *(name for block in unfrozen for name in block))


def _is_in(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)
