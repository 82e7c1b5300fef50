"""What is known of a network before it is built."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class ModelSpec(BaseModel):
    """One entry of MODELS.

    Attributes
    ----------
    strength, weakness
        One honest sentence for and one against.
    family
        The drawer it lies in: "small" (of our own and of tutorials), "classic" or "modern".
    smallest_size, usual_size, size_step
        The smallest sensible input side and the one it was published with, in pixels; every side must be a
        multiple of the step.
    builder
        Where its builder is: "module:function".
    blocks
        The blocks of its body, from the image to the head, each the dotted names of its modules: freezing
        counts in them.
    head
        Dotted names of the modules that are new for every task: never frozen, never taken from other classes.
        The last one is the last linear layer.
    auxiliary, auxiliary_weight
        Modules with answers of their own in training, which leave with it, and how much their loss counts.
    first_convolution
        The module that meets the image; None where it is no convolution.
    grad_cam_layer
        The module whose activations Grad-CAM reads; None where there are no maps to read.
    pretrained
        The torchvision weights it can start from; None where there are none.
    needs_size
        Whether its weights depend on the image size, so that other sizes need other weights.
    has_batch_norm
        Whether it cannot learn from a batch of one image.
    has_dropout
        Whether it was published with dropout, which a config that says nothing of it keeps.
    n_parameters, multiply_adds, activation_bytes
        At `usual_size`, for two classes and three channels (the small family: one): weights, multiply-adds
        for one image, and the bytes (float32) that one image keeps in memory in training.
    difference
        Why this variant is not the other one of the same name; empty where there is one only.
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
    grad_cam_layer: str | None
    pretrained: str | None = None
    family: Literal["small", "classic", "modern"] = "small"
    usual_size: int = 64
    size_step: int = 1
    blocks: tuple[tuple[str, ...], ...] = ()
    head: tuple[str, ...] = ()
    auxiliary: tuple[str, ...] = ()
    auxiliary_weight: float = 0.0
    first_convolution: str | None = None
    needs_size: bool = False
    has_batch_norm: bool = True
    has_dropout: bool = False
    n_parameters: int = 0
    multiply_adds: int = 0
    activation_bytes: int = 0
    difference: str = ""
