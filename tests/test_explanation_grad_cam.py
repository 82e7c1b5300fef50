"""Grad-CAM by hand: equal to Captum's on maps, squares in their places on tokens, refused without either."""

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn

from core.errors import InvalidValueError
from core.explanation.attribution import explain
from core.models.build import build_model
from core.models.catalog import MODELS
from core.models.class_map import class_map
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics


def draw(*, size: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1, size, size)).astype(np.float32)


def load(name: str) -> LoadedModel:
    card = ModelCard(
        run="run",
        model=name,
        class_names=("a", "b"),
        positive_class=None,
        n_channels=1,
        preprocessing=default_preprocessing(32, 1),
        statistics=ChannelStatistics(mean=(0.5,), std=(0.5,), low=(0.5,), high=(0.5,)),
        intended_use="",
        simulated=True,
        dataset="phantoms",
        n_train_images=1,
        n_train_patients=None,
        best_epoch=1,
    )
    return LoadedModel(build_model(name, n_classes=2, n_channels=1, image_size=32).eval(), card)


class FourSquares(nn.Module):
    """Tokens of an image of 2 x 2 pixels: a class token, then each pixel as (value, 1); the sum of values."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        squares = x.flatten(2).transpose(1, 2)  # (1, 1, 2, 2) -> (1, 4, 1)
        tokens = torch.cat([torch.full_like(squares[:, :1], 100.0), squares], dim=1)
        tokens = self.tokens(torch.cat([tokens, torch.ones_like(tokens)], dim=2))  # (1, 5, 2)
        return tokens[:, 1:, 0].sum(dim=1)[:, None] + tokens[:, :1, 0]


def test_grad_cam_of_a_transformer_lays_its_squares_out_in_rows_and_leaves_the_class_token_out() -> None:
    inputs = torch.tensor([[[[1.0, -2.0], [3.0, 0.5]]]])
    model = FourSquares().eval()
    found = class_map(model, model.tokens, inputs.requires_grad_(), 0)
    assert found.tolist() == [[[[1.0, 0.0], [3.0, 0.5]]]]  # the slope of every value is 1
    assert not model.tokens._forward_hooks


@pytest.mark.parametrize("name", ["small_cnn", "resnet18", "densenet121"])
def test_grad_cam_is_captums(name: str) -> None:
    """DenseNet has a ReLU behind its last layer that works in place."""
    model = build_model(name, n_classes=3, n_channels=1, seed=1).eval()
    layer = model.get_submodule(MODELS[name].grad_cam_layer or "")
    inputs = torch.from_numpy(draw(size=64))[None]
    theirs = LayerGradCam(model, layer).attribute(inputs, target=1, relu_attributions=True)
    torch.testing.assert_close(class_map(model, layer, inputs, 1), theirs)


@pytest.mark.parametrize("name", ["mlp", "row_gru"])
def test_a_network_without_maps_is_explained_by_its_gradients_alone(name: str) -> None:
    loaded = load(name)
    film = draw(size=32)
    with pytest.raises(InvalidValueError) as refused:
        explain(loaded, film, "grad_cam")
    assert str(refused.value).startswith(f"Grad-CAM is not offered for {MODELS[name].title}. ")
    assert str(refused.value).endswith(
        f"'{name}' keeps no maps that could be laid over an image, so Grad-CAM cannot explain it. Choose"
        " another method."
    )
    assert explain(loaded, film, "saliency", 0).values.any()
