"""What is known of a network before it is built."""

from pydantic import BaseModel, ConfigDict


class ModelSpec(BaseModel):
    """One entry of MODELS.

    `strength` and `weakness` are one honest sentence each. `smallest_size` is the smallest sensible input
    side in pixels. `grad_cam_layer` is the dotted name of the module whose activations Grad-CAM reads.
    `pretrained` names the torchvision weights it can start from, None where there are none.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    strength: str
    weakness: str
    paper: str
    year: int
    smallest_size: int
    builder: str
    grad_cam_layer: str
    pretrained: str | None = None
