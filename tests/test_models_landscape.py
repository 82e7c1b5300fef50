"""Slices of a real loss against autograd, and the three optimizers against torch.optim and closed forms."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.models.build import build_model
from core.models.landscape.descent import METHODS, Window, descend
from core.models.landscape.directions import filter_normalised, last_layer, losses_on_grid, moved
from core.models.landscape.slices import (
    GridSlice,
    LastLayer,
    LastLayerSlice,
    WeightPlace,
    grid_points,
    telling_places,
)
from core.models.landscape.terrain import arrived_at, ending, grid_terrain, weight_terrain


@dataclass(frozen=True)
class Bowl:
    """0.5 (a x^2 + b y^2): its paths are known in closed form."""

    a: float
    b: float

    def loss(self, points):
        return 0.5 * (self.a * points[:, 0] ** 2 + self.b * points[:, 1] ** 2)

    def gradient(self, point):
        return np.array([self.a, self.b]) * point

    def hessian(self, point):
        return np.diag([self.a, self.b])


@pytest.fixture(scope="module")
def network():
    return build_model("small_cnn", n_classes=3, n_channels=1, seed=3).eval()


@pytest.fixture(scope="module")
def batch():
    draws = torch.Generator().manual_seed(0)
    return torch.randn(24, 1, 16, 16, generator=draws), torch.randint(0, 3, (24,), generator=draws)


@pytest.fixture(scope="module")
def layer(network, batch):
    return last_layer(network, batch)


PLACES = (WeightPlace(0, 5), WeightPlace(2, 40)), (WeightPlace(1, 5), WeightPlace(1, 40))


def loss_of(network, batch, places, point):
    """The real network's loss and its slope in two weights, by autograd, in double precision."""
    weights = network.classifier.weight.detach().double().clone()
    for place, value in zip(places, point, strict=True):
        weights[place.target, place.feature] = float(value)
    weights.requires_grad_()
    features = network.blocks(batch[0]).mean(dim=(2, 3)).double()
    logits = torch.nn.functional.linear(features, weights, network.classifier.bias.double())
    loss = torch.nn.functional.cross_entropy(logits, batch[1])
    (slope,) = torch.autograd.grad(loss, weights)
    return loss.item(), [float(slope[place.target, place.feature]) for place in places]


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("point", [(0.0, 0.0), (1.5, -2.0), (30.0, -40.0)])
def test_loss_and_slope_on_the_slice_are_those_of_the_network(network, batch, layer, places, point):
    surface = LastLayerSlice(layer, places)
    loss, slope = loss_of(network, batch, places, point)
    assert surface.loss(np.array([point]))[0] == pytest.approx(loss, rel=1e-7)
    assert surface.gradient(np.array(point)) == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_the_learned_point_has_the_loss_that_the_network_has(network, batch, layer):
    surface = LastLayerSlice(layer, PLACES[0])
    expected = torch.nn.functional.cross_entropy(network(batch[0]), batch[1]).item()
    assert surface.loss(surface.learned[None])[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("places", PLACES)
def test_the_curvatures_are_the_change_of_the_slope(layer, places):
    surface, point, small = LastLayerSlice(layer, places), np.array([0.4, -0.7]), 1e-5
    changes = [
        (surface.gradient(point + small * way) - surface.gradient(point - small * way)) / (2 * small)
        for way in np.eye(2)
    ]
    np.testing.assert_allclose(surface.hessian(point), changes, rtol=1e-6, atol=1e-10)


def test_many_points_are_worked_on_in_parts_alike(layer, monkeypatch):
    surface = LastLayerSlice(layer, PLACES[0])
    points = grid_points(np.linspace(-2, 2, 5), np.linspace(-1, 1, 5))
    whole = surface.loss(points)
    monkeypatch.setattr("core.models.landscape.slices._AT_ONCE", 200)
    np.testing.assert_array_equal(surface.loss(points), whole)


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.9])
def test_gradient_descent_on_a_bowl_shrinks_each_number_by_its_factor(rate):
    path = descend(Bowl(1.0, 2.0), np.array([3.0, -2.0]), "sgd", rate=rate, n_steps=7)
    steps = np.arange(8)
    np.testing.assert_allclose(path.points[:, 0], 3.0 * (1 - rate) ** steps, rtol=1e-12)
    np.testing.assert_allclose(path.points[:, 1], -2.0 * (1 - 2 * rate) ** steps, rtol=1e-12, atol=1e-14)


@given(a=st.floats(0.1, 10), b=st.floats(0.1, 10))
def test_gradient_descent_diverges_exactly_beyond_two_over_the_largest_curvature(a, b):
    bowl, start = Bowl(a, b), np.array([1.0, 1.0])
    limit = 2 / max(a, b)
    below = descend(bowl, start, "sgd", rate=0.99 * limit, n_steps=60)
    above = descend(bowl, start, "sgd", rate=1.01 * limit, n_steps=60)
    assert (np.diff(below.losses) < 0).all()
    assert abs(above.points).max(axis=1)[-1] > abs(above.points).max(axis=1)[-5] > 1


def test_momentum_on_a_bowl_is_the_heavy_ball_by_hand():
    path = descend(Bowl(1.0, 1.0), np.array([1.0, 0.0]), "momentum", rate=0.1, n_steps=3)
    # v = 1, x = 0.9; v = 0.9 + 0.9 = 1.8, x = 0.72; v = 1.62 + 0.72 = 2.34, x = 0.486
    assert path.points[:, 0] == pytest.approx([1, 0.9, 0.72, 0.486])


def test_the_first_step_of_adam_is_the_rate_against_the_sign_of_the_slope():
    path = descend(Bowl(1.0, 500.0), np.array([3.0, -2.0]), "adam", rate=0.25, n_steps=1)
    assert path.points[1] == pytest.approx([2.75, -1.75], abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_paths_are_those_of_torch_on_the_two_weights_of_the_network(network, batch, layer, method):
    places, start, rate = PLACES[0], np.array([1.0, -2.0]), 0.2
    weights = torch.tensor(start, requires_grad=True)
    optimizer = {
        "sgd": lambda: torch.optim.SGD([weights], lr=rate),
        "momentum": lambda: torch.optim.SGD([weights], lr=rate, momentum=0.9),
        "adam": lambda: torch.optim.Adam([weights], lr=rate),
    }[method]()
    walked = [start]
    for _ in range(25):
        _loss, slope = loss_of(network, batch, places, weights.detach().numpy())
        weights.grad = torch.tensor(slope, dtype=torch.float64)
        optimizer.step()
        walked.append(weights.detach().numpy().copy())
    path = descend(LastLayerSlice(layer, places), start, method, rate=rate, n_steps=25)
    np.testing.assert_allclose(path.points, walked, atol=1e-6)


def test_a_path_ends_with_its_first_point_outside_the_picture():
    window = Window(-2, 2, -2, 2)
    path = descend(Bowl(1.0, 1.0), np.array([1.0, 0.0]), "sgd", rate=2.5, n_steps=20, window=window)
    assert path.points[:, 0].tolist() == [1.0, -1.5, 2.25]
    assert path.left_at == path.n_steps == 2


def blobs(n=60):
    """Features of two overlapping classes, in which two of four vary most and apart from each other."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    features = 1 + 0.05 * rng.normal(size=(n, 4))
    features[:, 1] += 0.5 * rng.normal(size=n) + 0.3 * labels
    features[:, 3] += 0.5 * rng.normal(size=n) - 0.3 * labels
    return LastLayer(features, np.zeros((2, 4)), np.zeros(2), labels)


def test_the_two_weights_shown_are_those_of_the_features_that_vary_most():
    assert telling_places(blobs(), 1, most=2) == (WeightPlace(1, 1), WeightPlace(1, 3))


def test_a_dead_feature_is_not_shown():
    layer = blobs()
    layer.features[:, 1] = 0
    assert 1 not in [place.feature for place in telling_places(layer, 0, most=3)]


def test_the_lowest_point_of_a_terrain_has_no_slope_and_the_start_lies_above_it():
    surface = LastLayerSlice(blobs(), (WeightPlace(1, 1), WeightPlace(1, 3)))
    terrain = weight_terrain(surface)
    np.testing.assert_allclose(surface.gradient(terrain.lowest), 0, atol=1e-7)
    assert all(terrain.window.holds(point) for point in (terrain.start, terrain.lowest, surface.learned))
    xs, ys, losses = terrain.grid(15)
    assert losses.min() >= surface.loss(terrain.lowest[None])[0]
    assert losses[2, 9] == pytest.approx(surface.loss(np.array([[xs[9], ys[2]]]))[0])
    assert terrain.stable_rate == pytest.approx(2 / np.linalg.eigvalsh(surface.hessian(terrain.lowest)).max())


def test_classes_that_two_weights_part_completely_have_a_terrain_too():
    layer = blobs()
    layer.features[:, 1] = np.where(layer.labels == 1, 2.0, -2.0)
    terrain = weight_terrain(LastLayerSlice(layer, (WeightPlace(1, 1), WeightPlace(1, 3))))
    assert np.isfinite([terrain.stable_rate, *terrain.start, *terrain.lowest, terrain.window.right]).all()
    assert terrain.window.left < terrain.window.right


def test_slow_steps_stay_under_way_right_ones_arrive_and_large_ones_bounce_or_leave():
    terrain = weight_terrain(LastLayerSlice(blobs(), (WeightPlace(1, 1), WeightPlace(1, 3))))

    def end(part):
        rate = part * terrain.stable_rate
        path = descend(terrain.surface, terrain.start, "sgd", rate=rate, n_steps=200, window=terrain.window)
        return ending(path, terrain), arrived_at(path, terrain), path.left_at

    assert end(0.001) == ("under way", None, None)
    kind, step, left = end(0.5)
    assert kind == "arrived" and 0 < step < 200 and left is None
    assert end(1.05)[0] == "bouncing"
    assert end(20)[0] == "left" and end(20)[2] is not None


def test_a_spline_through_a_measured_bowl_has_its_slopes_and_curvatures():
    places = np.linspace(-1, 1, 15)
    bowl = Bowl(1.0, 3.0)
    surface = GridSlice(places, places, bowl.loss(grid_points(places, places)).reshape(15, 15))
    point = np.array([0.31, -0.47])
    assert surface.loss(point[None])[0] == pytest.approx(bowl.loss(point[None])[0], abs=1e-9)
    np.testing.assert_allclose(surface.gradient(point), bowl.gradient(point), atol=1e-8)
    np.testing.assert_allclose(surface.hessian(point), bowl.hessian(point), atol=1e-6)
    terrain = grid_terrain(surface)
    np.testing.assert_allclose(terrain.lowest, 0, atol=1e-3)
    assert terrain.stable_rate == pytest.approx(2 / 3, rel=1e-3)


def test_each_filter_of_a_random_direction_is_as_long_as_the_networks_own(network):
    direction = filter_normalised(network, seed=1)
    weights = dict(network.named_parameters())
    assert set(direction) == {name for name in weights if weights[name].dim() > 1}
    for name, way in direction.items():
        torch.testing.assert_close(way.flatten(1).norm(dim=1), weights[name].detach().flatten(1).norm(dim=1))
    other = filter_normalised(network, seed=2)
    assert not torch.equal(direction["classifier.weight"], other["classifier.weight"])


def test_the_grid_holds_the_losses_of_the_moved_network_and_the_weights_are_put_back(network, batch):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    directions = filter_normalised(network, seed=1), filter_normalised(network, seed=2)
    places = np.linspace(-0.5, 0.5, 3)
    seen = []
    losses = losses_on_grid(network, batch, directions, places=places, progress=seen.append)
    assert seen[-1] == 1 and len(seen) == 9
    with torch.no_grad(), moved(network, directions, (0.5, -0.5)):
        expected = float(torch.nn.functional.cross_entropy(network(batch[0]), batch[1]))
    assert losses[0, 2] == pytest.approx(expected, abs=1e-7)
    assert losses[0, 2] != losses[2, 0]
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_weights_are_put_back_also_after_an_error(network):
    before = network.classifier.weight.detach().clone()
    directions = filter_normalised(network, seed=1), filter_normalised(network, seed=2)
    with pytest.raises(ValueError, match="inside"), moved(network, directions, (1.0, 1.0)):
        raise ValueError("inside")
    assert torch.equal(network.classifier.weight, before)


def test_a_network_that_ends_in_no_linear_layer_has_no_last_layer(batch):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 3), torch.nn.Softmax(dim=1)).eval()
    assert last_layer(model, batch) is None
    assert not any(module._forward_hooks for module in model.modules())
