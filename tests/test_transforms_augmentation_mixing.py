"""Mixed images and their targets: the formulas of the papers, and the boxes of torchvision's v2."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from core.transforms.augmentation import mixing
from core.transforms.augmentation.batch import Augmented, augment, augment_batch, draw_steps
from core.transforms.augmentation.drawing import BatchShape
from core.transforms.augmentation.mixing import Mix
from core.transforms.augmentation.parameters import CutmixParameters, MixupParameters
from core.transforms.records import AugmentationStep

N_CLASSES = 5
LABELS = torch.arange(16) % N_CLASSES


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(n: int = 16) -> Tensor:
    return torch.rand(n, 3, 20, 30, generator=generator(7))


def mixed(name: str, **parameters: Any) -> tuple[Augmented, Mix]:
    step = AugmentationStep(name=name, parameters=parameters)
    ((_, drawn),) = draw_steps([step], BatchShape(16, 20, 30), generator(3))
    images = pictures()
    result = augment_batch(
        images, [step], generator(3), labels=LABELS, n_classes=N_CLASSES, masks=images[:, :1]
    )
    return result, drawn


def test_mixup_is_its_formula() -> None:
    result, drawn = mixed("mixup", alpha=1)
    images, truth = pictures().double(), torch.eye(N_CLASSES, dtype=torch.float64)[LABELS]
    assert result.targets is not None
    for number, (share, partner) in enumerate(zip(drawn.shares.double(), drawn.partners, strict=True)):
        image = share * images[number] + (1 - share) * images[partner]
        target = share * truth[number] + (1 - share) * truth[partner]
        torch.testing.assert_close(result.images[number].double(), image, atol=1e-6, rtol=0)
        torch.testing.assert_close(result.targets[number].double(), target, atol=1e-6, rtol=0)


def test_cutmix_pastes_its_box_and_counts_its_area() -> None:
    result, drawn = mixed("cutmix", alpha=1)
    images, truth = pictures(), torch.eye(N_CLASSES)[LABELS]
    assert result.targets is not None
    assert drawn.boxes is not None
    for number, (partner, box) in enumerate(zip(drawn.partners, drawn.boxes.int().tolist(), strict=True)):
        top, left, bottom, right = box
        expected = images[number].clone()
        expected[:, top:bottom, left:right] = images[partner, :, top:bottom, left:right]
        assert torch.equal(result.images[number], expected)
        share = 1 - (bottom - top) * (right - left) / 600
        target = share * truth[number] + (1 - share) * truth[partner]
        torch.testing.assert_close(result.targets[number], target, atol=1e-6, rtol=0)


def test_cutmix_draws_the_boxes_of_torchvision(monkeypatch: pytest.MonkeyPatch) -> None:
    # torchvision.transforms.v2.CutMix.make_params, with one share and the middles that were drawn.
    share = 0.37
    monkeypatch.setattr(mixing, "_shares", lambda n, alpha, draws: torch.full((n,), share))
    drawn = mixing.cutmix(BatchShape(500, 20, 30), CutmixParameters(), generator(1))
    half = 0.5 * math.sqrt(1 - share)
    expected = {
        (
            max(y - int(half * 20), 0),
            max(x - int(half * 30), 0),
            min(y + int(half * 20), 20),
            min(x + int(half * 30), 30),
        )
        for y in range(20)
        for x in range(30)
    }
    assert drawn.boxes is not None
    boxes = [tuple(box) for box in drawn.boxes.int().tolist()]
    assert set(boxes) <= expected
    assert len(set(boxes)) > 250
    for (top, left, bottom, right), left_over in zip(boxes, drawn.shares.tolist(), strict=True):
        assert left_over == pytest.approx(1 - (bottom - top) * (right - left) / (20 * 30), abs=1e-6)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_shares_are_of_the_beta_distribution(alpha: float) -> None:
    drawn = mixing.mixup(BatchShape(4000, 8, 8), MixupParameters(alpha=alpha), generator())
    assert stats.kstest(drawn.shares.numpy(), stats.beta(alpha, alpha).cdf).pvalue > 0.01


def test_partners_are_a_permutation() -> None:
    for name in ("mixup", "cutmix"):
        _, drawn = mixed(name)
        assert sorted(drawn.partners.tolist()) == list(range(16))
        assert int((drawn.partners != torch.arange(16)).sum()) > 10


@pytest.mark.parametrize("names", [("mixup",), ("cutmix",), ("mixup", "cutmix")])
def test_targets_add_up_to_1_and_keep_the_classes_of_the_batch(names: tuple[str, ...]) -> None:
    steps = [AugmentationStep(name=name, parameters={"alpha": 1}) for name in names]
    result = augment_batch(pictures(), steps, generator(), labels=LABELS, n_classes=N_CLASSES)
    assert result.targets is not None
    assert result.targets.dtype == torch.float32
    assert result.targets.shape == (16, N_CLASSES)
    assert float(result.targets.min()) >= 0
    np.testing.assert_allclose(result.targets.sum(dim=1).numpy(), 1, atol=1e-6)


def test_masks_are_mixed_as_their_images() -> None:
    for name in ("mixup", "cutmix"):
        result, _ = mixed(name, alpha=1)
        assert result.masks is not None
        assert torch.equal(result.masks, result.images[:, :1])


def test_labels_are_handed_back_as_they_are_where_nothing_mixes() -> None:
    steps = [AugmentationStep(name="rotate"), AugmentationStep(name="mixup", parameters={"alpha": 0})]
    result = augment_batch(pictures(), steps, generator(), labels=LABELS, n_classes=N_CLASSES)
    assert result.targets is LABELS
    assert augment_batch(pictures(), steps, generator()).targets is None


def test_mixing_comes_last_and_augment_leaves_it_out() -> None:
    own, mix = AugmentationStep(name="rotate"), AugmentationStep(name="mixup")
    alone = augment(pictures(), [mix, own], generator(3))
    assert torch.equal(alone, augment(pictures(), [own], generator(3)))
    one, other = (augment_batch(pictures(), steps, generator(3)).images for steps in ([mix, own], [own, mix]))
    assert torch.equal(one, other)
    assert not torch.equal(one, alone)
