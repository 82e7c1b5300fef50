"""What the tests of explainers share: hand-made networks, a question about them, and what must stay."""

import numpy as np
import torch
from torch import Tensor, nn

from core.explanation.question import Question
from core.explanation.settings import ExplainSettings
from core.models.build import build_model
from core.models.catalog import MODELS
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics

QUICK = ExplainSettings(n_steps=8, n_samples=6, n_cells=4, window=0.5, stride=1)


def ask(
    model: nn.Module,
    inputs: Tensor,
    target: int = 0,
    *,
    layer: str = "",
    steps: tuple[int, ...] = (50, 100),
    settings: ExplainSettings | None = None,
) -> Question:
    spec = MODELS["small_cnn"].model_copy(update={"grad_cam_layer": layer or None})
    settings = settings or ExplainSettings()
    return Question(model.eval(), inputs.requires_grad_(), target, "a", spec, steps, settings)


class LinearModel(nn.Module):
    """logit_k = sum of w_k * x."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("kchw,bchw->bk", self.weights, x)


def load(name: str = "small_cnn", *, n_channels: int = 1) -> LoadedModel:
    n_classes = 3
    values = (0.5,) * n_channels
    card = ModelCard(
        run="run",
        model=name,
        class_names=("a", "b", "c"),
        positive_class=None,
        n_channels=n_channels,
        preprocessing=default_preprocessing(32, n_channels),
        statistics=ChannelStatistics(mean=values, std=values, low=values, high=values),
        intended_use="",
        simulated=True,
        dataset="phantoms",
        n_train_images=1,
        n_train_patients=None,
        best_epoch=1,
    )
    model = build_model(name, n_classes=n_classes, n_channels=n_channels, image_size=32, seed=1)
    return LoadedModel(model.eval(), card)


def draw(n_channels: int = 1, size: int = 32) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n_channels, size, size)).astype(np.float32)


def snapshot(model: nn.Module) -> dict[str, object]:
    weights = {name: tensor.clone().numpy().tobytes() for name, tensor in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    flags = [parameter.requires_grad for parameter in model.parameters()]
    hooks = [
        len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
        for module in model.modules()
    ]
    return {"weights": weights, "modes": modes, "flags": flags, "hooks": hooks}
