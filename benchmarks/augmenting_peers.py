"""The same augmentations written with torchvision v2 and with kornia, for the comparison in `augmenting`.

Torchvision's random transforms draw once for whatever they are given, so that drawing per image means calling
them per image. Its MixUp and CutMix take a batch and draw once for it, and there is no random gamma. Where a
library has nothing of the kind, its entry is None. Kornia's draw per image on batches.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode, v2

Peer = Callable[[Tensor], Any]  # (B, 1, size, size) float32 in [0, 1] -> the augmented batch

_BILINEAR = InterpolationMode.BILINEAR
_PART = (0.85**2, 1.0)  # of the area: the side is 0.85 to 1
_SQUARE = (1.0, 1.0)


def torchvision_peers(size: int, labels: Tensor) -> dict[str, Peer | None]:
    """Return torchvision's side by the name of our augmentation; "preset" is the X-ray preset."""
    rotation = v2.RandomRotation(7, _BILINEAR)
    crop = v2.RandomResizedCrop(size, _PART, _SQUARE, antialias=False)
    per_image = {
        "preset": v2.Compose([rotation, crop, v2.ColorJitter(brightness=0.15, contrast=0.15)]),
        "flip_horizontal": v2.RandomHorizontalFlip(),
        "flip_vertical": v2.RandomVerticalFlip(),
        "rotate": rotation,
        "translate": v2.RandomAffine(0, translate=(0.05, 0.05), interpolation=_BILINEAR),
        "scale": v2.RandomAffine(0, scale=(0.9, 1.1), interpolation=_BILINEAR),
        "shear": v2.RandomAffine(0, shear=(-5, 5, -5, 5), interpolation=_BILINEAR),
        "crop": crop,
        "elastic": v2.ElasticTransform(),
        "brightness": v2.ColorJitter(brightness=0.15),
        "contrast": v2.ColorJitter(contrast=0.15),
        "gaussian_noise": v2.GaussianNoise(sigma=0.03),
        "blur": v2.GaussianBlur(7, (0.2, 1.0)),
        "erase": v2.RandomErasing(1.0, scale=(0.0, 0.15), ratio=(1 / 3, 3)),
    }
    mixing = {"mixup": v2.MixUp(alpha=0.2, num_classes=2), "cutmix": v2.CutMix(alpha=1.0, num_classes=2)}
    return {
        **{name: _one_by_one(transform) for name, transform in per_image.items()},
        **{name: _with_labels(transform, labels) for name, transform in mixing.items()},
    }


def kornia_peers(size: int, labels: Tensor) -> dict[str, Peer | None]:
    """Return kornia's side by the name of our augmentation; empty without kornia."""
    try:
        from kornia import augmentation as kornia
    except ModuleNotFoundError:
        return {}
    rotation = kornia.RandomRotation(7, p=1)
    crop = kornia.RandomResizedCrop((size, size), _PART, _SQUARE, p=1, cropping_mode="resample")
    light = (kornia.RandomBrightness((0.85, 1.15), p=1), kornia.RandomContrast((0.85, 1.15), p=1))
    mixing = {
        "mixup": kornia.RandomMixUpV2(p=1, data_keys=["input", "class"]),
        "cutmix": kornia.RandomCutMixV2(p=1, data_keys=["input", "class"]),
    }
    return {
        "preset": torch.nn.Sequential(rotation, crop, *light),
        "flip_horizontal": kornia.RandomHorizontalFlip(),
        "flip_vertical": kornia.RandomVerticalFlip(),
        "rotate": rotation,
        "translate": kornia.RandomTranslate((-0.05, 0.05), (-0.05, 0.05), p=1),
        "scale": kornia.RandomAffine(0, scale=(0.9, 1.1), p=1),
        "shear": kornia.RandomShear((-5, 5, -5, 5), p=1),
        "crop": crop,
        "elastic": kornia.RandomElasticTransform(p=1),
        "brightness": light[0],
        "contrast": light[1],
        "gamma": kornia.RandomGamma((0.8, 1.25), p=1),
        "gaussian_noise": kornia.RandomGaussianNoise(std=0.03, p=1),
        "blur": kornia.RandomGaussianBlur((7, 7), (0.2, 1.0), p=1),
        "erase": kornia.RandomErasing((0.001, 0.15), (1 / 3, 3), p=1),
        **{name: _with_labels(transform, labels) for name, transform in mixing.items()},
    }


def _one_by_one(transform: Callable[[Tensor], Tensor]) -> Peer:
    return lambda images: torch.stack([transform(image) for image in images])


def _with_labels(transform: Callable[[Tensor, Tensor], Any], labels: Tensor) -> Peer:
    return lambda images: transform(images, labels)
