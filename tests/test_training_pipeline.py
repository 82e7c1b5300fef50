"""From a data set to batches: training gets what prediction gets, and a seed decides for good."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.datasets.records import SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import Dataset, open_dataset
from core.errors import JobStoppedError
from core.training.config.batches import n_batches
from core.training.pipeline import Inputs, PreparedData, generator, prepare, shuffled
from core.transforms.preprocessing import default_preprocessing, to_input
from core.transforms.records import AugmentationStep, Preprocessing, PreprocessingStep
from tests.tiny_dataset import write_tiny

CPU = torch.device("cpu")


def pipeline(*tensor_steps: tuple[str, dict[str, Any]], n_channels: int = 1) -> Preprocessing:
    image_steps = default_preprocessing(24, n_channels).steps[:3]
    named = [PreprocessingStep(name=name, parameters=values) for name, values in tensor_steps]
    return Preprocessing(steps=(*image_steps, *named))


def prepared(preprocessing: Preprocessing, **tiny: Any) -> tuple[Dataset, PreparedData]:
    write_tiny(**tiny)
    dataset = open_dataset("tiny")
    return dataset, prepare(dataset, make_split(dataset.samples, SplitConfig()), preprocessing)


PIPELINES = {
    "standardise": [("standardise", {})],
    "imagenet": [("standardise", {"per": "imagenet"})],
    "normalise": [("normalise", {"low": -1})],
    "per image": [("normalise", {"per": "image"}), ("standardise", {"per": "image"})],
    "per image, then data set": [("normalise", {"per": "image"}), ("standardise", {})],
    "nothing": [],
}


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("steps", PIPELINES.values(), ids=PIPELINES.keys())
def test_training_and_prediction_give_the_network_the_same_numbers(
    home: Path, steps: list[tuple[str, dict[str, Any]]], n_channels: int
) -> None:
    preprocessing = pipeline(*steps, n_channels=n_channels)
    dataset, data = prepared(preprocessing, n_images=20, n_channels=n_channels)
    rows = data.rows["val"]
    inputs, _ = Inputs(data, (), CPU).evaluation(rows)
    assert inputs.dtype == torch.float32
    for row, mine in zip(rows.tolist(), inputs.numpy(), strict=True):
        sample_id = int(dataset.samples["sample_id"].iloc[row])
        theirs = to_input(dataset.image(sample_id), preprocessing, data.statistics)
        np.testing.assert_allclose(mine, theirs, atol=1e-6, rtol=1e-6)


def test_training_without_augmentation_is_evaluation(home: Path) -> None:
    _, data = prepared(default_preprocessing(24, 1))
    inputs = Inputs(data, (), CPU)
    rows = data.rows["train"][:5]
    for mine, theirs in zip(inputs.training(rows, generator(0, 1, 1)), inputs.evaluation(rows), strict=True):
        assert torch.equal(mine, theirs)


def test_evaluation_is_never_augmented(home: Path) -> None:
    _, data = prepared(default_preprocessing(24, 1))
    plain, with_augmentation = (
        Inputs(data, steps, CPU).evaluation(data.rows["val"])[0]
        for steps in ((), (AugmentationStep(name="rotate", parameters={"degrees": 90}),))
    )
    assert torch.equal(plain, with_augmentation)


def test_mixed_images_come_with_mixed_targets_and_evaluation_with_labels(home: Path) -> None:
    _, data = prepared(default_preprocessing(24, 1), n_classes=3, n_images=60)
    steps = (AugmentationStep(name="mixup", parameters={"alpha": 1}),)
    rows = data.rows["train"][:8]
    inputs, targets = Inputs(data, steps, CPU, n_classes=4).training(rows, generator(0, 1, 1))
    images, labels = Inputs(data, (), CPU).evaluation(rows)
    assert targets.shape == (8, 4)  # a class without an image has its column too
    # Each image is a blend of two of the batch in the shares of their labels.
    for image, target in zip(inputs, targets, strict=True):
        share = torch.linalg.lstsq(images.flatten(1).T, image.flatten()[:, None]).solution[:, 0]
        by_class = torch.zeros(4).index_add(0, labels, share)
        torch.testing.assert_close(by_class, target, atol=1e-3, rtol=0)
    assert torch.equal(Inputs(data, steps, CPU).evaluation(rows)[1], labels)


def test_statistics_are_fitted_on_the_training_images_alone(home: Path) -> None:
    dataset, data = prepared(default_preprocessing(24, 1))
    train = data.pixels[data.rows["train"]].numpy() / 65535
    assert data.statistics.mean[0] == pytest.approx(train.mean(), rel=1e-7)
    assert data.statistics.std[0] == pytest.approx(train.std(), rel=1e-7)
    inputs, _ = Inputs(data, (), CPU).evaluation(data.rows["train"])
    assert float(inputs.mean()) == pytest.approx(0, abs=1e-5)
    assert float(inputs.std(correction=0)) == pytest.approx(1, abs=1e-5)


def test_labels_are_those_of_the_split_in_class_order(home: Path) -> None:
    dataset, data = prepared(default_preprocessing(24, 1), n_classes=3, n_images=60)
    split = make_split(dataset.samples, SplitConfig())
    for name, rows in data.rows.items():
        labels = split[split["split"] == name].set_index("sample_id")["label"]
        for row in rows.tolist():
            sample_id = int(dataset.samples["sample_id"].iloc[row])
            assert dataset.info.class_names[int(data.labels[row])] == labels[sample_id]
    assert sorted(torch.cat(list(data.rows.values())).tolist()) == list(range(60))


def test_samples_that_the_split_leaves_out_have_no_label(home: Path) -> None:
    write_tiny()
    dataset = open_dataset("tiny")
    split = make_split(dataset.samples, SplitConfig()).iloc[10:]
    data = prepare(dataset, split, default_preprocessing(24, 1))
    assert data.labels[:10].tolist() == [-1] * 10
    assert min(torch.cat(list(data.rows.values())).tolist()) == 10


def test_pixels_are_decoded_once_and_again_when_an_image_step_changes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=12)
    dataset = open_dataset("tiny")
    split = make_split(dataset.samples, SplitConfig())
    decoded = []
    original = Dataset.image
    monkeypatch.setattr(
        Dataset, "image", lambda self, sample_id: (decoded.append(sample_id), original(self, sample_id))[1]
    )
    prepare(dataset, split, pipeline(("standardise", {})))
    assert set(decoded) == set(range(12))
    decoded.clear()
    prepare(dataset, split, pipeline(("normalise", {})))  # another tensor step: the pictures are the same
    assert decoded == []
    prepare(dataset, split, default_preprocessing(28, 1))
    assert set(decoded) == set(range(12))


def test_a_stop_while_pictures_are_decoded_leaves_no_cache_and_soon_ends(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=64)
    dataset = open_dataset("tiny")
    split = make_split(dataset.samples, SplitConfig())
    decoded = []
    original = Dataset.image

    def image(self: Dataset, sample_id: int) -> Any:
        decoded.append(sample_id)
        torch.randn(200, 200, generator=generator(0, 0, 0)) @ torch.ones(200, 200)  # some work
        return original(self, sample_id)

    monkeypatch.setattr(Dataset, "image", image)
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    def stop(fraction: float) -> None:
        raise JobStoppedError

    with pytest.raises(JobStoppedError):
        prepare(dataset, split, default_preprocessing(24, 1), progress=stop)
    assert len(decoded) < 60
    cache = dataset.folder / "cache"
    assert list(cache.glob("*")) == []
    assert list(cache.glob(".*")) == []


def test_progress_ends_at_1(home: Path) -> None:
    write_tiny(n_images=10)
    dataset = open_dataset("tiny")
    seen: list[float] = []
    split = make_split(dataset.samples, SplitConfig())
    prepare(dataset, split, default_preprocessing(24, 1), progress=seen.append)
    assert seen == [pytest.approx((n + 1) / 10) for n in range(10)]


@pytest.mark.parametrize(
    ("n_images", "batch_size", "sizes"),
    [
        (64, 16, [16] * 4),
        (65, 16, [13] * 5),
        (10, 32, [10]),
        (5, 2, [3, 2]),
        (3, 2, [3]),
        (1, 2, [1]),
        (3, 1, [1, 1, 1]),
    ],
)
def test_batches_are_nearly_equal_and_none_is_of_one_image_unless_that_is_asked_for(
    n_images: int, batch_size: int, sizes: list[int]
) -> None:
    batches = shuffled(torch.arange(n_images), seed=0, epoch=1, batch_size=batch_size)
    assert [len(batch) for batch in batches] == sizes
    assert len(batches) == n_batches(n_images, batch_size)
    assert sorted(torch.cat(batches).tolist()) == list(range(n_images))


def test_the_order_is_decided_by_seed_and_epoch_alone() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return torch.cat(shuffled(torch.arange(50), seed=seed, epoch=epoch, batch_size=8)).tolist()

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2)
    assert order(0, 1) != order(1, 1)


def test_generators_of_neighbouring_batches_share_nothing() -> None:
    first = {
        float(torch.rand((), generator=generator(s, e, b)))
        for s in range(4)
        for e in range(4)
        for b in range(4)
    }
    assert len(first) == 64


def test_a_large_cache_stays_on_disk_without_a_warning(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.picture_cache.IN_MEMORY_BYTES", 0)
    _, data = prepared(default_preprocessing(24, 1))
    before = data.pixels.clone()
    inputs, _ = Inputs(data, (AugmentationStep(name="rotate"),), CPU).training(
        data.rows["train"], generator(0, 1, 1)
    )
    assert inputs.shape == (len(data.rows["train"]), 1, 24, 24)
    assert torch.equal(data.pixels, before)
