"""Explainers against closed forms: linear networks, sums that must come out, and Captum's own answers."""

import warnings

import numpy as np
import pytest
import torch
from captum.attr import DeepLift, GuidedBackprop, GuidedGradCam, IntegratedGradients, Occlusion
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor, nn

from core.explanation.attribution import explain
from core.explanation.methods.cams import guided_grad_cam
from core.explanation.methods.cells import grid, superpixels
from core.explanation.methods.covering import feature_ablation, occlusion
from core.explanation.methods.gradients import guided_backprop, input_x_gradient, smoothgrad
from core.explanation.methods.paths import deeplift, gradient_shap, integrated_gradients
from core.explanation.methods.surrogate import lime
from core.explanation.repair import repaired
from core.explanation.settings import ExplainSettings
from tests.explained import LinearModel, ask, draw, load

SHAPE = (2, 3, 8, 8)  # classes, channels, rows, columns


def linear() -> tuple[LinearModel, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    weights, inputs = torch.randn(SHAPE, generator=generator), torch.randn(1, *SHAPE[1:], generator=generator)
    return LinearModel(weights), weights[1], inputs


class OneLayer(nn.Module):
    """relu(x W) summed with signs: a network of one layer of ReLUs, written with a function."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.first = nn.Linear(16, 12)
        self.last = nn.Linear(12, 2)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.first(x.flatten(1))))


@pytest.mark.parametrize("method", [input_x_gradient, integrated_gradients, deeplift, gradient_shap])
def test_on_a_linear_network_these_give_weight_times_pixel(method) -> None:
    model, weights, inputs = linear()
    answer = method(ask(model, inputs, 1))
    assert_allclose(answer.values, (weights * inputs[0].detach()).sum(dim=0), rtol=1e-4, atol=1e-5)
    if answer.convergence is not None:
        assert abs(answer.convergence.delta) < 1e-4


def test_smoothgrad_of_a_linear_network_is_the_size_of_its_weights() -> None:
    model, weights, inputs = linear()
    assert_allclose(smoothgrad(ask(model, inputs, 1)).values, weights.abs().amax(dim=0), rtol=1e-5)


def test_smoothgrad_cancels_what_changes_its_sign_among_the_noisy_copies() -> None:
    class Kink(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.abs().sum(dim=(2, 3))

    inputs = torch.tensor([[[[1.0, 0.0], [-1.0, 0.0]]]])  # slopes: 1, either, -1, either
    answer = smoothgrad(ask(Kink(), inputs, settings=ExplainSettings(n_samples=400)))
    assert_allclose(answer.values, [[1, 0], [1, 0]], atol=0.15)


def test_occlusion_of_a_linear_network_is_what_the_windows_hide() -> None:
    model, weights, inputs = linear()
    answer = occlusion(ask(model, inputs, 1, settings=ExplainSettings(window=0.25, stride=1)))
    hidden = (weights * inputs[0].detach()).sum(dim=0).reshape(4, 2, 4, 2).sum(dim=(1, 3))  # windows of 2 x 2
    assert_allclose(
        answer.values, hidden.repeat_interleave(2, 0).repeat_interleave(2, 1), rtol=1e-4, atol=1e-5
    )
    assert answer.grid == (4, 4)
    assert str(answer.notes[-1]) == "A window of 2 pixels, moved by 2: 16 places."


def test_feature_ablation_of_a_linear_network_is_what_the_cells_hide() -> None:
    model, weights, inputs = linear()
    answer = feature_ablation(ask(model, inputs, 1, settings=ExplainSettings(n_cells=4, baseline="mean")))
    without = inputs.detach() - inputs.detach().mean(dim=(2, 3), keepdim=True)
    hidden = (weights * without[0]).sum(dim=0).reshape(2, 4, 2, 4).sum(dim=(1, 3))
    assert_allclose(answer.values[::4, ::4], hidden, rtol=1e-4, atol=1e-5)
    assert answer.grid == (2, 2)
    assert [str(note) for note in answer.notes] == [
        "Covered with the mean of this image.",
        "The image was cut into 4 cells.",
    ]


@pytest.mark.parametrize("cells", ["grid", "superpixels"])
def test_lime_finds_the_weights_of_cells_and_says_how_well_it_fits(cells) -> None:
    model, weights, inputs = linear()
    settings = ExplainSettings(n_cells=4, cells=cells, n_samples=240)
    answer = lime(ask(model, inputs, 1, settings=settings))
    ablated = feature_ablation(ask(model, inputs, 1, settings=settings))  # exact on a linear network
    assert_allclose(answer.values, ablated.values, rtol=0.01, atol=0.05)
    assert "explains 100 % of how the score varies" in str(answer.notes[1])


def test_lime_says_when_its_linear_model_fits_badly() -> None:
    class Parity(nn.Module):
        """1 where the number of quarters that are shown is odd: no quarter has a weight."""

        def forward(self, x: Tensor) -> Tensor:
            shown = x.reshape(-1, 2, 4, 2, 4).mean(dim=(2, 4)).flatten(1).sum(dim=1)
            return (shown.round() % 2)[:, None]

    settings = ExplainSettings(n_cells=4, n_samples=100)
    answer = lime(ask(Parity(), torch.ones(1, 1, 8, 8), settings=settings))
    assert any(str(note).startswith("That is little:") for note in answer.notes)
    few = lime(ask(Parity(), torch.ones(1, 1, 8, 8), settings=ExplainSettings(n_cells=4, n_samples=5)))
    assert str(few.notes[-1]).startswith("With fewer than three samples a cell")


class Pairwise(nn.Module):
    """The cells' own weights, and a product for each two cells: what no linear model can follow."""

    def __init__(self, products: float) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.own = torch.randn(16, 1, generator=generator)
        self.products = products * torch.randn(16, 16, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        shown = x.reshape(-1, 4, 2, 4, 2).mean(dim=(2, 4)).flatten(1)  # (B, 16), 1 where a cell is shown
        return shown @ self.own + (shown @ self.products * shown).sum(dim=1, keepdim=True)


@pytest.mark.parametrize("products", [0.0, 0.1, 0.5])
def test_lime_says_how_far_the_weights_of_another_seed_agree(products) -> None:
    """What it reckons from one seed is what seeds show when they are held against each other."""
    model, inputs = Pairwise(products), torch.ones(1, 1, 8, 8)
    answers = [
        lime(ask(model, inputs, settings=ExplainSettings(n_cells=16, n_samples=160, seed=seed)))
        for seed in range(6)
    ]
    seen = np.corrcoef([answer.values[::2, ::2].ravel() for answer in answers])
    told = [float(str(note.values["likeness"])) for answer in answers for note in answer.notes[2:3]]
    assert np.mean(told) == pytest.approx(seen[np.triu_indices(6, 1)].mean(), abs=0.06)


def test_lime_calls_weights_unsteady_that_another_seed_would_not_repeat() -> None:
    class Wild(Pairwise):
        """The sine of a large sum: a cell that is covered may do anything."""

        def forward(self, x: Tensor) -> Tensor:
            return (20 * super().forward(x)).sin()

    for model, is_unsteady in ((Wild(0.0), True), (Pairwise(0.0), False)):
        answer = lime(ask(model, torch.ones(1, 1, 8, 8), settings=ExplainSettings(n_cells=16, n_samples=64)))
        said = [str(note).startswith("That is unsteady:") for note in answer.notes]
        assert any(said) == is_unsteady


def test_lime_is_not_zero_on_a_network_with_random_weights() -> None:
    """Captum's own Lasso gave zeros everywhere."""
    answer = explain(load(), draw(), "lime", 1, settings=ExplainSettings(n_cells=16))
    assert np.count_nonzero(answer.values) == answer.values.size


@pytest.mark.parametrize("method", ["integrated_gradients", "deeplift", "gradient_shap"])
@pytest.mark.parametrize(
    "baseline", ["zeros", "blur", *(pytest.param(b, marks=pytest.mark.slow) for b in ("black", "mean"))]
)
def test_values_add_up_to_the_change_from_any_start(method, baseline) -> None:
    settings = ExplainSettings(baseline=baseline, noise=0.01)
    answer = explain(load(), draw(), method, 1, settings=settings)
    assert answer.convergence is not None
    assert answer.convergence.is_reached
    others = explain(load(), draw(), method, 1, settings=ExplainSettings(noise=0.01))
    assert (baseline == "zeros") == np.array_equal(answer.values, others.values)


def test_deeplift_and_guided_backprop_are_captums_on_a_repaired_network() -> None:
    inputs = torch.from_numpy(draw())[None].requires_grad_()
    model = load().model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lifted = DeepLift(repaired(model)).attribute(inputs, torch.zeros_like(inputs), target=1)
        guided = GuidedBackprop(repaired(model)).attribute(inputs, target=1)
    assert_allclose(
        explain(load(), draw(), "deeplift", 1).values, lifted[0, 0].detach(), rtol=1e-5, atol=1e-7
    )
    found = explain(load(), draw(), "guided_backprop", 1).values
    assert_allclose(found, guided[0, 0].abs(), rtol=1e-5, atol=1e-7)


def test_guided_backprop_hands_on_what_is_positive_at_each_relu() -> None:
    model, inputs = OneLayer(), torch.from_numpy(draw(size=4))[None]
    answer = guided_backprop(ask(model, inputs, 1))
    opened = (model.first(inputs.flatten(1)) > 0)[0]
    slopes = model.last.weight[1].clamp(min=0) * opened  # the rule by hand
    expected = (slopes @ model.first.weight).abs().reshape(4, 4)
    assert_allclose(answer.values, expected.detach(), rtol=1e-5, atol=1e-6)


def test_guided_grad_cam_is_captums_but_for_its_smooth_enlargement() -> None:
    loaded, inputs = load(), torch.from_numpy(draw())[None].requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method = GuidedGradCam(loaded.model, loaded.model.get_submodule("blocks.2.pool"))
        expected = method.attribute(inputs, target=1, interpolate_mode="bilinear")
    settings = ExplainSettings(layer="blocks.2.pool")
    answer = explain(loaded, draw(), "guided_grad_cam", 1, settings=settings)
    assert_allclose(answer.values, expected[0, 0].abs().detach(), rtol=1e-4, atol=1e-9)
    assert not np.array_equal(answer.values, explain(loaded, draw(), "guided_grad_cam", 1).values)


def test_occlusion_and_integrated_gradients_are_captums() -> None:
    loaded, inputs = load(), torch.from_numpy(draw())[None].requires_grad_()
    settings = ExplainSettings(window=0.25, stride=0.5, n_steps=20)
    covered = Occlusion(loaded.model).attribute(inputs, (1, 8, 8), (1, 4, 4), target=1)
    found = explain(loaded, draw(), "occlusion", 1, settings=settings).values
    assert_allclose(found, covered[0, 0].detach(), rtol=1e-4, atol=1e-6)
    integrated = IntegratedGradients(loaded.model).attribute(inputs, target=1, n_steps=20)
    found = explain(loaded, draw(), "integrated_gradients", 1, settings=settings).values
    assert_allclose(found, integrated[0, 0].detach(), rtol=1e-4, atol=1e-6)


def test_a_grid_cuts_into_equal_parts_and_patches_follow_the_edges() -> None:
    assert_array_equal(grid((4, 4), 2), [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]])
    picture = np.zeros((16, 16), dtype=np.float32)
    picture[:, 11:] = 10  # an edge where no grid of 2 x 2 has one
    patches = superpixels(picture, grid((16, 16), 2))
    assert not set(patches[:, :11].ravel()) & set(patches[:, 11:].ravel())
    assert sorted(set(patches.ravel())) == list(range(patches.max() + 1))
    even = superpixels(np.zeros((16, 16), dtype=np.float32), grid((16, 16), 2))
    assert_array_equal(even, grid((16, 16), 2))


def test_an_empty_guided_grad_cam_is_said() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 2, 2, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 1)
    )
    model[4].weight.data = -torch.ones(1, 2)
    answer = guided_grad_cam(ask(model, torch.ones(1, 1, 4, 4), layer="1"))
    assert not answer.values.any()
    assert str(answer.notes[-1]) == "No region raised the score of this class: the map is empty."
