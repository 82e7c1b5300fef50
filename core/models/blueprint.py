"""What a builder of the catalog is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from core.models.records import ModelSpec


@dataclass(frozen=True)
class Blueprint:
    """A network that is to be built.

    Attributes
    ----------
    spec
        Its entry of MODELS.
    n_classes, n_channels
        How many logits it gives, and how many channels it takes.
    image_size
        Side of its images in pixels; it matters only where `spec.needs_size` says so.
    auxiliary
        Whether it keeps its auxiliary heads.
    pretrained
        Whether it starts from the weights that `spec.pretrained` names.
    progress
        Called with the share of a download that is done, in [0, 1]; what it raises ends the work.
    """

    spec: ModelSpec
    n_classes: int
    n_channels: int
    image_size: int
    auxiliary: bool = False
    pretrained: bool = False
    progress: Callable[[float], None] = lambda share: None
