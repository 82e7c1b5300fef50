"""Each check fails on a map that is made to fail it, and not on the right map of a linear network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.metrics import infidelity
from numpy.testing import assert_allclose
from scipy.stats import spearmanr
from torch import nn

from core.explanation.attribution import explain_image
from core.explanation.catalog import EXPLAINERS
from core.explanation.checks import covers, fidelity, noise, removal
from core.explanation.checks.card import check_map
from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.maps import areas_under, moved_elsewhere, pooled, rank_correlation
from core.explanation.records import Attribution, Convergence
from tests.checked_maps import Linear, add_method, image, loaded, right_map, trial


@pytest.fixture(scope="module")
def network():
    return loaded(Linear())


@pytest.fixture
def rivals(monkeypatch):
    """On a linear network three methods give the right map, and Grad-CAM has no layer to read."""
    for name, spec in EXPLAINERS.items():
        shown = name in ("input_x_gradient", "integrated_gradients", "deeplift")
        monkeypatch.setitem(EXPLAINERS, name, spec.model_copy(update={"shown_first": shown}))


def line(network, attribution: Attribution, name: str, *, seed: int = 0):
    [only] = check_map(network, image(), attribution, wanted=(name,), seed=seed).lines
    return only


def shuffled(attribution: Attribution, seed: int) -> Attribution:
    values = np.random.default_rng(seed).permutation(attribution.values.ravel())
    return replace(attribution, values=values.reshape(attribution.values.shape))


@pytest.mark.parametrize("name", CHECKS)
def test_no_check_finds_a_failure_in_the_right_map_of_a_linear_network(network, rivals, name):
    found = line(network, right_map(network, "integrated_gradients"), name)
    assert found.outcome == "no failure found", found


@pytest.mark.parametrize("name", ["infidelity", "deletion", "insertion", "agreement"])
def test_the_right_values_in_wrong_places_fail(network, rivals, name):
    found = line(network, shuffled(right_map(network), seed=5), name)
    assert found.outcome == "failed", found


def test_a_map_of_edges_does_not_change_when_the_network_forgets(network, monkeypatch):
    add_method(monkeypatch, "edges", signed=False)
    found = line(network, explain_image(network, image(), "edges"), "randomisation")
    assert found.outcome == "failed"
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_a_map_that_is_another_for_every_image_fails_under_noise(network, monkeypatch):
    add_method(monkeypatch, "chaos", signed=True)
    found = line(network, explain_image(network, image(), "chaos"), "noise")
    assert found.outcome == "failed"
    assert found.value == pytest.approx(2**0.5, abs=0.15)  # of two independent maps


@pytest.mark.parametrize("name", ["infidelity", "deletion", "insertion"])
def test_a_map_of_the_wrong_sign_fails(network, name):
    right = right_map(network)
    assert line(network, replace(right, values=-right.values), name).outcome == "failed"


def test_values_that_do_not_add_up_fail_from_five_percent_on(network):
    right = right_map(network, "integrated_gradients")
    for relative, outcome in ((0.049, "no failure found"), (0.05, "failed"), (0.2, "failed")):
        convergence = Convergence(delta=0.1, relative=relative, n_steps=50, is_reached=relative < 0.05)
        found = line(network, replace(right, convergence=convergence), "convergence")
        assert (found.outcome, found.value, found.threshold) == (outcome, relative, 0.05)


def test_a_method_that_promises_no_sum_is_not_held_to_one(network):
    found = line(network, right_map(network), "convergence")
    assert (found.outcome, found.value) == ("not tried", None)
    assert "does not promise" in str(found.sentence)


def test_chance_passes_infidelity_about_once_in_twenty_times():
    generator = np.random.default_rng(0)
    squares = fidelity.squares_on((16, 16), fidelity.N_SQUARES, generator)
    truth = generator.normal(size=(16, 16)).astype(np.float32)
    falls = squares.reshape(len(squares), -1) @ truth.ravel().astype(np.float64)
    n_passed = 0
    for _ in range(200):
        one = generator.normal(size=(1, 16, 16)).astype(np.float32)
        chance = np.sort(fidelity.unforetold(moved_elsewhere(one[0], 99, generator), squares, falls))
        n_passed += fidelity.unforetold(one, squares, falls)[0] < chance[4]
    assert 2 <= n_passed <= 21  # 99.5 % of a binomial of 200 at 0.05
    assert fidelity.unforetold(truth[None], squares, falls)[0] < 1e-9
    assert fidelity.unforetold(-truth[None], squares, falls)[0] == 1


def test_infidelity_is_captum_s_own_over_that_of_a_map_of_zeros(network):
    attribution = shuffled(right_map(network), seed=1)
    one = trial(network, attribution)
    squares = fidelity.squares_on(one.inputs.shape[1:], fidelity.N_SQUARES, one.generator)
    covered = np.where(squares[:, None], one.blurred, one.inputs)

    def perturb(inputs):
        return torch.from_numpy(squares[:, None].astype(np.float32)), torch.from_numpy(covered)

    def of(values):
        arguments = (torch.from_numpy(one.inputs[None].copy()), torch.from_numpy(values[None, None].copy()))
        answer = infidelity(
            network.model, perturb, *arguments, target=1, n_perturb_samples=len(squares), normalize=True
        )
        return float(answer[0])

    ratio = of(attribution.values) / of(np.zeros_like(attribution.values))
    falls = one.logits(one.inputs[None])[0, 1] - one.logits(covered)[:, 1]
    [own] = fidelity.unforetold(attribution.values[None], squares, falls)
    foretold = squares.reshape(len(squares), -1) @ attribution.values.ravel()
    if foretold @ falls > 0:
        assert own == pytest.approx(ratio, rel=1e-3)
    else:
        assert own == 1
    assert line(network, attribution, "infidelity").value == pytest.approx(own)


def test_sensitivity_of_a_linear_network_is_that_of_weight_times_noise(network):
    one = trial(network, right_map(network))
    radius = 0.01 * np.ptp(one.inputs)
    drawn = one.generator.uniform(-radius, radius, size=(10, *one.inputs.shape)).astype(np.float32)
    weights = network.model.weights.detach().numpy()
    sizes = [np.linalg.norm(weights * draw) for draw in drawn]
    expected = max(sizes) / np.linalg.norm(weights * one.inputs)
    assert noise.check(one).value == pytest.approx(expected, rel=1e-4)


def test_deletion_of_a_linear_network_follows_its_weights(network):
    one = trial(network, right_map(network))
    curves = removal.deletion(one).evidence
    order = np.argsort(-one.attribution.values, axis=None)
    fall = (network.model.weights.detach().numpy() * (one.inputs - one.blurred)).ravel()[order]
    whole = one.logits(one.inputs[None])[0, 1]
    for share, score in zip(curves.shares, curves.scores, strict=True):
        logit = whole - fall[: int(np.ceil(share * order.size))].sum()
        assert score == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-4)
    assert curves.random_scores.shape == (19, len(curves.shares))
    assert_allclose(curves.random_scores[:, [0, -1]], np.tile(curves.scores[[0, -1]], (19, 1)))


def test_equal_values_are_taken_by_lot():
    generator = np.random.default_rng(0)
    values = np.zeros((8, 8))
    values[3, 3] = 1
    orders = [removal.order_of(values, generator) for _ in range(2)]
    assert all(order[3, 3] == 0 for order in orders)
    assert all(sorted(order.ravel()) == list(range(64)) for order in orders)
    assert (orders[0] != orders[1]).any()


def test_rank_correlation_is_spearman_s_of_the_sizes():
    generator = np.random.default_rng(0)
    one, other = generator.normal(size=(2, 9, 7))
    other = np.round(other, 1)  # ties
    assert rank_correlation(one, other) == pytest.approx(
        spearmanr(np.abs(one).ravel(), np.abs(other).ravel()).statistic
    )
    assert rank_correlation(one, np.ones_like(one)) == 0


def test_a_map_moved_elsewhere_keeps_its_values_and_lies_a_quarter_of_a_side_off():
    values = np.zeros((16, 12), dtype=np.float32)
    values[2, 3] = 1
    copies = moved_elsewhere(values, 50, np.random.default_rng(0))
    assert (copies.sum(axis=(1, 2)) == 1).all()
    assert len({tuple(place) for place in np.argwhere(copies)[:, 1:]}) > 10
    even = np.zeros((16, 16), dtype=np.float32)
    even[7:9, 7:9] = 1  # symmetric: a flip leaves it where it is
    assert not (moved_elsewhere(even, 50, np.random.default_rng(0)) * even).any()


def test_cells_hold_the_mean_size_and_areas_are_trapezia():
    values = np.array([[1.0, -1, 2, 2], [1, -1, 2, 2], [0, 0, 4, 4]])
    assert_allclose(pooled(values, (3, 2)), [[1, 2], [1, 2], [0, 4]])
    assert_allclose(pooled(values, (1, 1)), [[20 / 12]])
    area = areas_under(np.array([[1.0, 0.5, 0.0]]), np.array([0, 0.2, 1.0]))
    assert_allclose(area, [0.2 * 0.75 + 0.8 * 0.25])


def test_where_no_cover_takes_anything_away_nothing_is_said_of_deletion(network):
    right = right_map(network)
    against = replace(right, target=0, values=-right.values)  # each cover raises the other class
    for name in ("deletion", "insertion"):
        found = line(network, against, name)
        assert (found.outcome, found.value, found.evidence) == ("not tried", None, None)
        assert "no cover takes anything away" in str(found.sentence)


class Brightness(nn.Module):
    """The score is the sum of all grey levels: neither a blur nor an even grey changes it."""

    def __init__(self):
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        score = 0.01 * x.sum(dim=(1, 2, 3))
        return torch.stack([torch.zeros_like(score), score], dim=1)


def test_where_a_blur_takes_nothing_away_another_cover_is_tried():
    network = loaded(Brightness())
    found = explain_image(network, image(), "input_x_gradient")
    cover = covers.cover_of(trial(network, found))
    darkest = trial(network, found).inputs.min()
    assert (cover.pixels == darkest).all()
    assert cover.covered == pytest.approx(1 / (1 + np.exp(-0.01 * 32 * 32 * darkest)))
    assert line(network, found, "deletion").outcome == "no failure found"
    assert "covered with the darkest value of the image" in str(line(network, found, "deletion").done)
    assert line(network, shuffled(found, seed=2), "deletion").outcome == "failed"


def test_what_a_cover_does_everywhere_is_not_asked_of_a_map():
    """A square of any place raises the score by its area: none of the maps of evidence foretells that."""
    generator = np.random.default_rng(0)
    squares = fidelity.squares_on((16, 16), fidelity.N_SQUARES, generator)
    truth = np.abs(generator.normal(size=(16, 16))).astype(np.float32)
    inside = squares.reshape(len(squares), -1).astype(np.float64)
    falls = inside @ truth.ravel() - 10 * inside.sum(axis=1)
    copies = np.concatenate([truth[None], moved_elsewhere(truth, 99, generator)])
    assert (fidelity.unforetold(copies, squares, falls) == 1).all()
    own, *others = fidelity.unforetold(copies, squares, falls, beyond_cover=True)
    assert own == pytest.approx(0, abs=1e-6)
    assert 0.3 < np.sort(others)[4] < 1


def test_a_map_is_judged_where_a_cover_raises_the_score_nearly_everywhere(network, monkeypatch):
    right, falls = right_map(network), fidelity._falls
    monkeypatch.setattr(fidelity, "_falls", lambda *given: falls(*given) - 100)  # more than any could take
    marks = replace(right, values=np.abs(right.values), signed=False, method="grad_cam")
    found = line(network, marks, "infidelity")
    assert found.outcome != "not tried"
    assert "was taken away first" in str(found.done)
