"""The default task is neither hopeless nor trivial: a small network does well, brightness alone does not."""

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor, nn

from core.datasets.phantoms import PhantomConfig, display_8bit, make_films

EPOCHS, BATCH, LEARNING_RATE, SIZE = 15, 32, 3e-3, 64


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2026, 1, 2])
def test_a_small_network_reaches_085_to_097_and_brightness_040_to_060(seed: int) -> None:
    pictures, labels, patients = [], [], []
    for film in make_films(PhantomConfig(seed=seed)):
        small = Image.fromarray(display_8bit(film)).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        pictures.append(np.asarray(small))
        labels.append(film.label == "finding")
        patients.append(film.patient)
    y_true = np.array(labels).astype(int)
    brightness = roc_auc_score(y_true, [picture.mean() for picture in pictures])
    network = _cross_validated_auroc(np.stack(pictures), y_true, np.array(patients))
    print(f"seed {seed}: {len(pictures)} films, small network {network:.3f}, brightness {brightness:.3f}")
    assert 0.85 <= network <= 0.97
    assert 0.40 <= brightness <= 0.60


def _cross_validated_auroc(pictures: np.ndarray, y_true: np.ndarray, patients: np.ndarray) -> float:
    """Mean over four folds, split by patient."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    images = torch.tensor(pictures[:, None] / 255.0, dtype=torch.float32)
    labels = torch.tensor(y_true)
    folds = StratifiedGroupKFold(4, shuffle=True, random_state=0).split(pictures, y_true, patients)
    scores = []
    for train, test in folds:
        torch.manual_seed(0)
        network = _trained((images[train] - images[train].mean()) / images[train].std(), labels[train])
        with torch.no_grad():
            logits = network((images[test] - images[train].mean()) / images[train].std())
        scores.append(roc_auc_score(y_true[test], (logits[:, 1] - logits[:, 0]).numpy()))
    torch.set_num_threads(threads)
    return float(np.mean(scores))


def _trained(images: Tensor, labels: Tensor) -> nn.Module:
    """Train three blocks and a mean, with light changes of brightness, contrast and place."""
    network = _small_network()
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    n_steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=n_steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images))[: len(images) // BATCH * BATCH].split(BATCH):
            shift = [int(value) for value in torch.randint(-3, 4, (2,))]
            batch = images[chosen].roll(shift, dims=(2, 3))
            flipped = torch.rand(len(batch)) < 0.5
            batch[flipped] = batch[flipped].flip(3)
            batch = batch * (1 + 0.1 * torch.randn(len(batch), 1, 1, 1)) + 0.1 * torch.randn(
                len(batch), 1, 1, 1
            )
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(batch), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def _small_network() -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in ((1, 16), (16, 32), (32, 64)):
        convolution = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(n_out), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 2))
