"""A private copy of a network: its structure is new, its weights are the same memory.

Explaining hangs hooks on a network and asks it for gradients. Done on a copy, the network that is shown to
others is never hooked, never changes its mode, and two visitors can be answered at the same time.

Covers: modules, parameters, buffers, hooks. Does not cover: writing. Whoever writes into the copy's weights
writes into the original's; replace them instead (`module.weight = nn.Parameter(...)`).
"""

from copy import deepcopy
from typing import Any

from torch import nn


def private_copy(model: nn.Module) -> nn.Module:
    """Return the module tree of `model` as new modules over the same weights.

    Parameters
    ----------
    model
        Any network; it may be in use elsewhere at this moment, also inside `exclusive`.

    Returns
    -------
    nn.Module
        In eval mode, without any hooks of the original. Its parameters share the memory of the original's,
        have no gradient and ask for none: a pass backward goes to the image alone.
    """
    memo: dict[int, Any] = {}
    for module in model.modules():
        memo.update((id(tensor), tensor.detach()) for tensor in module.buffers(recurse=False))
        for name, value in vars(module).items():
            if "_hooks" in name and isinstance(value, dict):
                memo[id(value)] = type(value)()  # an empty one in its place
    for parameter in model.parameters():
        memo[id(parameter)] = nn.Parameter(parameter.detach(), requires_grad=False)
    return deepcopy(model, memo).eval()
