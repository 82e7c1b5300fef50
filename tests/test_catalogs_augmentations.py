"""The contract of AUGMENTATIONS: what every entry must do, whoever adds it."""

import pytest
import torch
from torch import Tensor

from core.transforms.augmentation.batch import Augmented, augment_batch
from core.transforms.augmentation.strength import at_strength
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep

OWN = [name for name, spec in AUGMENTATIONS.items() if spec.stage != "mixing"]
MIXING = [name for name, spec in AUGMENTATIONS.items() if spec.stage == "mixing"]
GEOMETRIC = [name for name, spec in AUGMENTATIONS.items() if spec.stage == "geometric"]
N_DRAWS = {
    "flip_horizontal": 2,
    "flip_vertical": 2,
}  # a mirror image or none; all others: every image its own
SQUARE, WIDE = (28, 28), (20, 30)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int, n_channels: int, size: int) -> Tensor:
    return torch.rand(n, n_channels, size, size, generator=generator(1))


def changed(name: str, batch: Tensor, seed: int = 0, *, strength: float = 1) -> Augmented:
    step = at_strength(AugmentationStep(name=name), strength)
    labels = torch.arange(len(batch)) % 3
    return augment_batch(batch, [step], generator(seed), labels=labels, n_classes=3)


@pytest.mark.parametrize("size", [SQUARE, WIDE])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_keeps_shape_type_and_range(
    name: str, n_channels: int, size: tuple[int, int]
) -> None:
    extremes = torch.tensor([0.0, 1.0])[torch.randint(2, (8, n_channels, *size), generator=generator(2))]
    batch = torch.cat([torch.rand(8, n_channels, *size, generator=generator(1)), extremes])
    for strength in (1, 100):  # 100: every parameter at the end of its range
        result = changed(name, batch, strength=strength)
        assert result.images.shape == batch.shape
        assert result.images.dtype == torch.float32
        assert 0 <= float(result.images.min())
        assert float(result.images.max()) <= 1
        assert not torch.equal(result.images, batch)


@pytest.mark.parametrize("name", OWN)
def test_64_equal_images_are_drawn_each_for_itself(name: str) -> None:
    same = images(1, 1, 28).expand(64, -1, -1, -1)
    distinct = {image.numpy().tobytes() for image in changed(name, same).images}
    assert len(distinct) == N_DRAWS.get(name, 64)


@pytest.mark.parametrize("name", MIXING)
def test_64_images_are_mixed_each_with_its_own_partner_and_share(name: str) -> None:
    batch = torch.arange(64.0)[:, None, None, None].expand(-1, 1, 28, 28) / 64
    step = at_strength(AugmentationStep(name=name, parameters={"alpha": 1}), 1)
    drawn = augment_batch(batch, [step], generator(), labels=torch.arange(64), n_classes=64)
    assert len({image.numpy().tobytes() for image in drawn.images}) == 64
    shares = drawn.targets.diagonal()  # type: ignore[union-attr]
    n_shares = len({round(float(share), 6) for share in shares})
    assert n_shares == 64 if name == "mixup" else n_shares > 40  # boxes of whole pixels: some have one area


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_is_decided_by_its_generator(name: str) -> None:
    batch = images(16, 1, 28)
    one, same, other = (changed(name, batch, seed) for seed in (3, 3, 4))
    assert torch.equal(one.images, same.images)
    assert torch.equal(one.targets, same.targets)
    assert not torch.equal(one.images, other.images)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_at_strength_0_changes_not_a_bit(name: str, n_channels: int) -> None:
    batch = torch.rand(8, n_channels, *WIDE, generator=generator(1))
    result = changed(name, batch, strength=0)
    assert torch.equal(result.images, batch)
    assert torch.equal(result.targets, torch.arange(8) % 3)


@pytest.mark.parametrize("name", [name for name in AUGMENTATIONS if name not in (*MIXING, *N_DRAWS)])
def test_an_augmentation_at_almost_no_strength_changes_almost_nothing(name: str) -> None:
    batch = images(8, 1, 28)
    torch.testing.assert_close(changed(name, batch, strength=1e-5).images, batch, atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_works_on_a_batch_of_one(name: str) -> None:
    one = images(1, 3, 28)
    results = [changed(name, one, seed).images for seed in range(8)]
    assert results[0].shape == one.shape
    is_same = all(torch.equal(result, one) for result in results)
    assert is_same == (name in MIXING)  # alone in its batch an image is its own partner


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_a_mask_moves_with_its_image(name: str) -> None:
    batch = torch.rand(16, 3, *WIDE, generator=generator(1))
    step = AugmentationStep(name=name)
    result = augment_batch(batch, [step], generator(5), masks=batch[:, :1])
    assert result.masks is not None
    moves = AUGMENTATIONS[name].stage != "intensity" or AUGMENTATIONS[name].covers
    assert torch.equal(result.masks, result.images[:, :1] if moves else batch[:, :1])
    # Whether a mask comes along changes nothing in the image.
    assert torch.equal(result.images, augment_batch(batch, [step], generator(5)).images)


@pytest.mark.parametrize("name", GEOMETRIC)
def test_a_lesion_is_where_its_mask_says(name: str) -> None:
    row, place = torch.arange(48.0)[:, None], torch.arange(64.0)[None, :]
    lesion = torch.exp(-((row - 20) ** 2 + (place - 38) ** 2) / 18)[None, None]  # soft, around (20, 38)
    batch = lesion.expand(16, -1, -1, -1)
    mask = (batch > 0.5).float()
    result = augment_batch(batch, [AugmentationStep(name=name)], generator(1), masks=mask)
    assert result.masks is not None
    for image, moved in zip(result.images, result.masks, strict=True):
        centres = [
            torch.stack([(one[0] * row).sum(), (one[0] * place).sum()]) / one.sum() for one in (image, moved)
        ]
        assert float((centres[0] - centres[1]).norm()) < 0.6  # pixels
        assert float(image[moved > 0.99].min()) > 0.45
