"""Random changes to the images of a batch, drawn anew for each image, on the device the batch is on.

Torchvision's random transforms draw once for a whole batch; here every image gets its own. All geometric
changes of an image are composed, so that its pixels are interpolated once; then the grey levels change, in
the order of the list; then images are mixed. The numbers are drawn on the CPU from a generator that the
caller seeded, and nothing is read back from the device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.augmentation.drawing import BatchShape
from core.transforms.augmentation.intensity import Change
from core.transforms.augmentation.mixing import Mix
from core.transforms.augmentation.resampling import resample
from core.transforms.augmentation.strength import is_neutral
from core.transforms.preprocessing import resolve
from core.transforms.records import AugmentationStep

_STAGES: Final = ("geometric", "intensity", "mixing")


@dataclass(frozen=True, eq=False)
class Augmented:
    """A batch as the network will see it.

    Attributes
    ----------
    images
        Tensor of shape (B, C, H, W), float32 in [0, 1].
    targets
        The labels as they were given, (B,) int64; where a step mixes images, (B, n_classes) float32 whose
        rows add up to 1; None without labels.
    masks
        Tensor of shape (B, 1, H, W), float32 in [0, 1], moved with the images; None if none were given.
    """

    images: Tensor
    targets: Tensor | None
    masks: Tensor | None


@dataclass(frozen=True, eq=False)
class _Drawn:
    """All that was drawn for a batch, before a pixel is touched."""

    matrices: Tensor | None  # (B, 3, 3)
    bends: list[Tensor]  # (B, 2, k, k) each
    changes: list[tuple[AugmentationStep, Change]]
    mixes: list[Mix]


def augment(images: Tensor, steps: Sequence[AugmentationStep], generator: torch.Generator) -> Tensor:
    """Change each image of a batch at random, by itself: steps that mix images are left out.

    Parameters
    ----------
    images
        Tensor of shape (B, C, H, W), float32 in [0, 1].
    steps
        What may be done; geometric changes come first whatever the order of the list.
    generator
        On the CPU; seeded by the caller with what should decide the draws.

    Returns
    -------
    Tensor of the same shape, in [0, 1].
    """
    own = [step for step in steps if AUGMENTATIONS[step.name].stage != "mixing"]
    return augment_batch(images, own, generator).images


def augment_batch(
    images: Tensor,
    steps: Sequence[AugmentationStep],
    generator: torch.Generator,
    *,
    labels: Tensor | None = None,
    n_classes: int | None = None,
    masks: Tensor | None = None,
) -> Augmented:
    """Change each image of a batch at random, and its label and mask with it.

    Parameters
    ----------
    images
        Tensor of shape (B, C, H, W), float32 in [0, 1].
    steps
        What may be done: geometric changes, then those of grey level in their order, then mixing.
    generator
        On the CPU; seeded by the caller with what should decide the draws.
    labels, n_classes
        Tensor of shape (B,), int64, and how many classes there are; needed for mixed targets.
    masks
        Where the findings are: tensor of shape (B, 1, H, W), float32 in [0, 1].
    """
    batch, _, height, width = images.shape
    drawn = _draw(steps, BatchShape(batch, height, width), generator)
    images, masks = _move(images, masks, drawn)
    for step, change in drawn.changes:
        images = change(images)
        if masks is not None and AUGMENTATIONS[step.name].covers:
            masks = change(masks)
    targets = labels
    if labels is not None and drawn.mixes:
        targets = functional.one_hot(labels, -1 if n_classes is None else n_classes).to(torch.float32)
    for mix in drawn.mixes:
        images = mix.of_pixels(images)
        targets = None if targets is None else mix.of_targets(targets)
        masks = None if masks is None else mix.of_pixels(masks)
    return Augmented(images, targets, masks)


def draw_steps(
    steps: Sequence[AugmentationStep], shape: BatchShape, generator: torch.Generator
) -> list[tuple[AugmentationStep, Any]]:
    """Return what is drawn for each step, stage by stage: places, a Change, or a Mix; no pixel is touched.

    How strong a step is changes nothing in what others draw.
    """
    in_order = [step for stage in _STAGES for step in steps if AUGMENTATIONS[step.name].stage == stage]
    return [(step, _drawn_by(step, shape, generator)) for step in in_order]


def _draw(steps: Sequence[AugmentationStep], shape: BatchShape, generator: torch.Generator) -> _Drawn:
    """Draw for all steps, and join the moves."""
    drawn: dict[str, list[tuple[AugmentationStep, Any]]] = {stage: [] for stage in _STAGES}
    for step, what in draw_steps(steps, shape, generator):
        drawn[AUGMENTATIONS[step.name].stage].append((step, what))
    matrices: Tensor | None = None
    bends = []
    for _, places in drawn["geometric"]:
        if places.dim() == 4:
            bends.append(places)
        else:
            matrices = places if matrices is None else matrices @ places
    if matrices is None and bends:
        matrices = torch.eye(3).expand(shape.n, 3, 3)
    return _Drawn(
        matrices,
        bends,
        changes=[(step, change) for step, change in drawn["intensity"] if not is_neutral(step)],
        mixes=[mix for step, mix in drawn["mixing"] if not is_neutral(step)],
    )


def _drawn_by(step: AugmentationStep, shape: BatchShape, generator: torch.Generator) -> Any:
    spec = AUGMENTATIONS[step.name]
    return resolve(spec.builder)(shape, spec.parameters(**step.parameters), generator)


def _move(images: Tensor, masks: Tensor | None, drawn: _Drawn) -> tuple[Tensor, Tensor | None]:
    """Resample images and masks at the same places."""
    if drawn.matrices is None:
        return images, masks
    if masks is None:
        return resample(images, drawn.matrices, drawn.bends), None
    both = resample(torch.cat([images, masks], dim=1), drawn.matrices, drawn.bends)  # (B, C + 1, H, W)
    return both[:, :-1], both[:, -1:]
