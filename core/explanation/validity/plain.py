"""Methods that need the repair, without it: what the repair is held against."""

from importlib import import_module

import numpy as np
import torch
from numpy.typing import NDArray

from core.explanation.catalog import EXPLAINERS
from core.explanation.copying import private_copy
from core.explanation.question import Question
from core.explanation.records import Attribution
from core.models.build import model_spec
from core.runs.checkpoints import LoadedModel


def plain_map(
    method: str, loaded: LoadedModel, image: NDArray[np.float32], target: int
) -> NDArray[np.float32] | None:
    """Return the map of a method on the network as it is, (H, W); None where that raises an error.

    Parameters
    ----------
    method
        A key of EXPLAINERS.
    loaded, image, target
        The network, its input (C, H, W), and the index of the logit.
    """
    question = Question(
        model=private_copy(loaded.model),
        inputs=torch.from_numpy(image)[None].requires_grad_(),
        target=target,
        class_name=loaded.class_names[target],
        spec=model_spec(loaded.card.model),
        repairs=False,
    )
    module, _, function = EXPLAINERS[method].builder.partition(":")
    try:
        answer: Attribution = getattr(import_module(module), function)(question)
    except (RuntimeError, AssertionError):  # how Captum says that it cannot
        return None
    return answer.values
