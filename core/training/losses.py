"""What is made smaller by training: cross-entropy and focal loss, of labels or of the shares of mixed images.

All of them are means over the images of a batch, never over their weights: the mean over an epoch's batches
is then the loss of all its images, whatever each batch is made of.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from core.errors import InvalidValueError
from core.language import N_
from core.training.config import TrainingConfig

Loss = Callable[[Tensor, Tensor], Tensor]
_LAST_OF_TWO = 1  # the positive class of two where nobody named one


def build_loss(
    config: TrainingConfig,
    *,
    n_classes: int,
    class_weights: Tensor | None = None,
    positive_index: int | None = None,
) -> Loss:
    """Return the loss that a config asks for.

    It takes logits (B, n_classes) and targets, which are labels (B,) int64 or, of mixed images, the shares of
    the classes (B, n_classes) float32; it returns a tensor without dimensions.

    Parameters
    ----------
    class_weights
        Tensor of shape (n_classes,), float32: how much an image of each class counts; None: all alike.
    positive_index
        The class that `focal_alpha` weighs; None: the last of two.

    Raises
    ------
    InvalidValueError
        A focal alpha with more than two classes.
    """
    if config.loss == "cross-entropy":
        return partial(cross_entropy, weights=class_weights, smoothing=config.label_smoothing)
    alphas = _alphas(config, n_classes, positive_index)
    if alphas is not None:
        device = None if class_weights is None else class_weights.device
        class_weights = alphas.to(device) if class_weights is None else alphas.to(device) * class_weights
    return partial(
        focal_loss, gamma=config.focal_gamma, weights=class_weights, smoothing=config.label_smoothing
    )


def cross_entropy(
    logits: Tensor, targets: Tensor, *, weights: Tensor | None = None, smoothing: float = 0.0
) -> Tensor:
    """Return the mean over the images of minus log p of the true class, each times its class's weight.

    `smoothing` takes this share from the true class and spreads it over all (arXiv:1512.00567).
    """
    if weights is None:
        return functional.cross_entropy(logits, targets, label_smoothing=smoothing)
    return functional.cross_entropy(
        logits, targets, weight=weights, reduction="none", label_smoothing=smoothing
    ).mean()


def focal_loss(
    logits: Tensor,
    targets: Tensor,
    *,
    gamma: float = 2.0,
    weights: Tensor | None = None,
    smoothing: float = 0.0,
) -> Tensor:
    """Return the mean over the images of -(1 - p)^gamma log p of the true class (arXiv:1708.02002, eq. 5).

    Of a mixed or smoothed target each class counts with its share: the sum over the classes of
    share x weight x -(1 - p)^gamma log p. With gamma 0 that is the cross-entropy.
    """
    log_p = functional.log_softmax(logits.float(), dim=1)
    # The gradient of x^gamma is infinite at 0 where gamma < 1: no image comes nearer than this.
    unsure = (-torch.expm1(log_p)).clamp_min(1e-12)  # 1 - p, without rounding p to 1
    losses = -(unsure**gamma) * log_p  # (B, n_classes)
    if weights is not None:
        losses = losses * weights
    return (_shares(targets, logits.shape[1], smoothing) * losses).sum(dim=1).mean()


def _shares(targets: Tensor, n_classes: int, smoothing: float) -> Tensor:
    """Return how much each class has of each image: (B,) or (B, n_classes) -> (B, n_classes) float32."""
    shares = functional.one_hot(targets, n_classes).float() if targets.ndim == 1 else targets
    return shares * (1 - smoothing) + smoothing / n_classes if smoothing else shares


def _alphas(config: TrainingConfig, n_classes: int, positive_index: int | None) -> Tensor | None:
    alpha = config.focal_alpha
    if alpha is None:
        return None
    if n_classes != 2:
        text = N_("focal_alpha weighs two classes, and there are {n}. Leave it empty, or use class weights.")
        raise InvalidValueError(text, n=n_classes)
    alphas = torch.full((2,), 1 - alpha)
    alphas[_LAST_OF_TWO if positive_index is None else positive_index] = alpha
    return alphas
