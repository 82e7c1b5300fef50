"""What a network answers: logits, and in training those of its auxiliary heads too."""

from typing import Any

from torch import Tensor


def split(outputs: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Part the answer of a network into its logits and those of its auxiliary heads.

    Parameters
    ----------
    outputs
        Tensor of shape (B, n_classes); or, of a network in training that has auxiliary heads, a tuple with
        the logits first and then each head's, all of that shape.

    Returns
    -------
    logits
        Tensor of shape (B, n_classes).
    auxiliary
        As many tensors as heads answered; empty for most networks, and for every network in eval mode.
    """
    if isinstance(outputs, Tensor):
        return outputs, ()
    logits, *others = outputs
    return logits, tuple(other for other in others if other is not None)
