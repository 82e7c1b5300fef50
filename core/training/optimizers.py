"""The rules that turn gradients into steps, all from torch."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim.optimizer import Optimizer

from core.training.config import TrainingConfig
from core.training.devices import optimizer_options


def build_optimizer(
    parameters: Iterable[nn.Parameter], config: TrainingConfig, device: torch.device
) -> Optimizer:
    """Return the optimizer that a config asks for, with torch's defaults for what no config says.

    Weight decay pulls at all parameters alike, biases and norms among them, as in torch's own recipes before
    2021. "adamw" shrinks the weights apart from the gradient (arXiv:1711.05101); all others add the decay
    to the gradient. A frozen parameter has no gradient: no optimizer moves it, decays it, or gathers momentum
    for it.

    Parameters
    ----------
    parameters
        Frozen ones too: they may be unfrozen later.
    device
        On CUDA the weights are moved in one kernel where the rule has one.
    """
    rule, options = _rule(config)
    options |= optimizer_options(rule, device)
    built: Optimizer = rule(parameters, lr=config.learning_rate, weight_decay=config.weight_decay, **options)
    return built


def welcome_unfrozen(optimizer: Optimizer) -> None:
    """Give weights that begin to learn a momentum of 0, which makes their first step as without one.

    Torch's one-kernel variant fails where some weights have none; and a scaler that skips the first step,
    as in 16 bits it usually does, would leave there what happened to lie in the memory.
    """
    for group in optimizer.param_groups:
        learning = [parameter for parameter in group["params"] if parameter.requires_grad]
        for parameter in learning if group.get("momentum") and isinstance(optimizer, torch.optim.SGD) else ():
            if optimizer.state[parameter].get("momentum_buffer") is None:
                optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)


def _rule(config: TrainingConfig) -> tuple[type[Any], dict[str, Any]]:
    match config.optimizer:
        case "momentum" | "nesterov":
            # Without momentum Nesterov's rule is plain descent, and torch refuses it.
            nesterov = config.optimizer == "nesterov" and config.momentum > 0
            return torch.optim.SGD, {"momentum": config.momentum, "nesterov": nesterov}
        case "rmsprop":
            return torch.optim.RMSprop, {}  # its average forgets 1 % a step
        case "adagrad":
            return torch.optim.Adagrad, {}
        case "adam":
            return torch.optim.Adam, {}
        case "adamw":
            return torch.optim.AdamW, {}
        case _:
            return torch.optim.SGD, {}
