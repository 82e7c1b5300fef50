"""Explainers on hand-made networks with a closed form; and what they leave behind: nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor, nn

from core.errors import InvalidValueError, UnknownNameError
from core.explanation.attribution import TOLERANCE, class_index, explain, explain_image
from core.explanation.catalog import EXPLAINERS
from core.explanation.methods.cams import grad_cam
from core.explanation.methods.gradients import saliency
from core.explanation.methods.paths import integrated_gradients
from core.images.records import MedicalImage
from core.runs.checkpoints import LoadedModel
from core.transforms.preprocessing import to_input
from core.transforms.preprocessing.picture import Extent
from core.transforms.records import Preprocessing, PreprocessingStep
from tests.explained import QUICK, LinearModel, ask, draw, load, snapshot


class Formula(nn.Module):
    """One logit, a function of the sum of the pixels."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x.sum(dim=(1, 2, 3)))[:, None]


class TwoMaps(nn.Module):
    """Feature maps A and B (2 x 2 means of the image), logits a * mean(A) + b * mean(B)."""

    def __init__(self, a: float, b: float) -> None:
        super().__init__()
        self.maps = nn.Conv2d(1, 2, kernel_size=2, stride=2, bias=False)
        self.maps.weight.data = torch.stack([torch.full((1, 2, 2), 0.25), torch.full((1, 2, 2), -0.25)])
        self.last = nn.Linear(2, 1, bias=False)
        self.last.weight.data = torch.tensor([[a, b]])

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.maps(x).mean(dim=(2, 3)))


def test_saliency_of_a_linear_model_is_the_size_of_its_weights() -> None:
    weights = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    answer = saliency(ask(LinearModel(weights), torch.randn(1, 3, 4, 5), target=1))
    assert_allclose(answer.values, weights[1].abs().amax(dim=0))
    assert answer.values.dtype == np.float32
    assert not answer.signed
    assert (answer.grid, answer.interpolation, answer.convergence_delta) == ((4, 5), "none", None)


def test_integrated_gradients_of_a_linear_model_are_weight_times_pixel() -> None:
    generator = torch.Generator().manual_seed(0)
    weights, inputs = (torch.randn(shape, generator=generator) for shape in ((2, 3, 4, 5), (1, 3, 4, 5)))
    answer = integrated_gradients(ask(LinearModel(weights), inputs, target=1))
    assert_allclose(answer.values, (weights[1] * inputs[0].detach()).sum(dim=0), rtol=1e-5, atol=1e-6)
    assert answer.convergence is not None
    assert abs(answer.convergence.delta) < 1e-5
    assert answer.convergence.is_reached
    assert answer.n_steps == 50
    assert answer.signed


def test_integrated_gradients_of_a_square_are_pixel_times_sum() -> None:
    inputs = torch.tensor([[[[1.0, -2.0], [3.0, 0.5]]]])
    answer = integrated_gradients(ask(Formula(torch.square), inputs))
    assert_allclose(answer.values, inputs[0, 0].detach() * 2.5, rtol=1e-5)


def test_steps_are_raised_until_the_values_add_up() -> None:
    # The path meets the kink at 97 % of the way: few steps land beyond it.
    inputs = torch.full((1, 1, 2, 2), 0.25)
    question = ask(Formula(lambda total: torch.relu(total - 0.97)), inputs, steps=(5, 20, 1000))
    answer = integrated_gradients(question)
    assert answer.convergence is not None
    assert answer.n_steps == 20
    assert answer.convergence.relative is not None
    assert answer.convergence.relative < TOLERANCE
    assert_allclose(answer.values.sum(), 0.03 + answer.convergence.delta, rtol=1e-3)
    assert len(answer.notes) == 1


def test_a_budget_too_small_is_said() -> None:
    inputs = torch.full((1, 1, 2, 2), 0.25)
    answer = integrated_gradients(ask(Formula(lambda total: torch.relu(total - 0.97)), inputs, steps=(5,)))
    assert answer.convergence is not None
    assert not answer.convergence.is_reached
    assert str(answer.notes[-1]) == (
        f"After 5 steps the values still miss the change of the score by"
        f" {100 * (answer.convergence.relative or 0):.0f} %: do not read fine detail."
    )


def test_a_score_that_does_not_change_has_nothing_to_divide() -> None:
    answer = integrated_gradients(ask(Formula(lambda total: total * (total - 4)), torch.ones(1, 1, 2, 2)))
    assert answer.convergence is not None
    assert answer.convergence.relative is None
    assert_allclose(answer.values, 0, atol=1e-5)
    assert str(answer.notes[-1]) == (
        "The score is the same for this image as for the start: there is nothing to divide."
    )


def test_grad_cam_is_the_weighted_sum_of_the_feature_maps() -> None:
    inputs = torch.arange(16.0).reshape(1, 1, 4, 4) - 8
    answer = grad_cam(ask(TwoMaps(a=3.0, b=1.0), inputs, layer="maps"))
    means = inputs.detach().reshape(2, 2, 2, 2).mean(dim=(1, 3))  # map A; map B is its negative
    cam = torch.relu(3.0 / 4 * means + 1.0 / 4 * -means)  # each weight over the 4 places of its map
    enlarged = torch.nn.functional.interpolate(cam[None, None], (4, 4), mode="bilinear")[0, 0]
    assert_allclose(answer.values, enlarged, rtol=1e-6)
    assert (answer.grid, answer.interpolation) == ((2, 2), "bilinear")
    assert str(answer.notes[0]) == "Computed on a grid of 2 x 2 and enlarged bilinearly."


def test_an_empty_grad_cam_is_said() -> None:
    answer = grad_cam(ask(TwoMaps(a=-1.0, b=0.0), torch.ones(1, 1, 4, 4), layer="maps"))
    assert not answer.values.any()
    assert str(answer.notes[-1]) == "No region raised the score of this class: the map is empty."


@pytest.mark.parametrize("method", EXPLAINERS)
def test_every_explainer_answers_on_the_grid_of_the_input(method: str) -> None:
    loaded, seen = load(n_channels=3), []
    answer = explain(loaded, draw(3), method, 2, settings=QUICK, progress=seen.append)
    assert answer.values.shape == (32, 32)
    assert np.isfinite(answer.values).all()
    assert answer.signed == EXPLAINERS[method].signed
    assert answer.signed or answer.values.min() >= 0
    assert (answer.method, answer.target, answer.class_name) == (method, 2, "c")
    assert (seen[0], seen[-1]) == (0, 1)
    assert seen == sorted(seen)


@pytest.mark.parametrize("method", EXPLAINERS)
def test_the_network_is_put_back_as_it_was(method: str) -> None:
    loaded = load()
    model = loaded.model.train()
    frozen = model.get_parameter("blocks.0.convolution.weight").requires_grad_(False)
    model.get_submodule("blocks.1").eval()
    calls: list[nn.Module] = []
    model.get_submodule("blocks.2").register_forward_hook(lambda part, *_given: calls.append(part))
    model.get_parameter("classifier.bias").grad = torch.full((3,), 7.0)
    inputs, before = draw(), snapshot(model)
    state, numpy_state, kept = torch.get_rng_state(), np.random.get_state()[1].copy(), inputs.copy()
    explain(loaded, inputs, method, settings=QUICK)
    assert snapshot(model) == before
    assert calls == []
    grads = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
    assert list(grads) == ["classifier.bias"]
    assert grads["classifier.bias"].tolist() == [7, 7, 7]
    assert not frozen.requires_grad
    assert torch.equal(torch.get_rng_state(), state)
    assert_array_equal(np.random.get_state()[1], numpy_state)
    assert_array_equal(inputs, kept)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("method", EXPLAINERS)
def test_the_network_is_put_back_after_a_failure_too(method: str) -> None:
    grey = load()
    loaded = LoadedModel(grey.model, grey.card.model_copy(update={"n_channels": 3}))  # a card that is wrong
    loaded.model.train()
    before = snapshot(loaded.model)
    with pytest.raises(RuntimeError, match="channels"):
        explain(loaded, draw(3), method, 0, settings=QUICK)
    assert snapshot(loaded.model) == before


@pytest.mark.parametrize("method", EXPLAINERS)
def test_a_network_whose_answer_is_no_finite_number_is_refused_in_one_sentence(method: str) -> None:
    loaded = load()
    loaded.model.get_parameter("classifier.weight").data[:] = torch.inf
    with pytest.raises(InvalidValueError, match="The network's answer to this image is no finite number"):
        explain(loaded, draw(), method, 1, settings=QUICK)


def test_an_input_that_the_network_was_not_made_for_is_refused_in_one_sentence() -> None:
    with pytest.raises(InvalidValueError) as refused:
        explain(load(), draw(3), "saliency")
    assert str(refused.value) == "The network takes 1 channels; this input has the shape 3 x 32 x 32."
    for value in (np.nan, np.inf):
        with pytest.raises(InvalidValueError, match="values that are no finite numbers: there is no map"):
            explain(load(), np.where(draw() > 2, value, draw()), "saliency")


def test_an_input_in_double_or_upside_down_gives_the_same_map() -> None:
    expected = explain(load(), draw(), "saliency", 1).values
    assert_array_equal(explain(load(), draw().astype(np.float64), "saliency", 1).values, expected)  # type: ignore[arg-type]
    turned = np.ascontiguousarray(draw()[:, ::-1])[:, ::-1]  # negative strides
    assert_array_equal(explain(load(), turned, "saliency", np.int64(1)).values, expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", EXPLAINERS)
def test_an_explanation_works_inside_no_grad_and_repeats_itself(method: str) -> None:
    loaded = load()
    first = explain(loaded, draw(), method, 1, settings=QUICK)
    with torch.no_grad():
        second = explain(loaded, draw(), method, 1, settings=QUICK)
        assert not torch.is_grad_enabled()
    assert_array_equal(first.values, second.values)


def test_without_a_target_the_highest_logit_is_explained() -> None:
    loaded = load()
    expected = int(loaded.model(torch.from_numpy(draw())[None]).argmax())
    assert explain(loaded, draw(), "saliency").target == expected


def test_an_image_is_explained_through_the_checkpoint_s_own_preprocessing() -> None:
    loaded = load()
    values = np.random.default_rng(3).integers(255, size=(50, 40)).astype(np.uint8)
    image = MedicalImage(values, (0, 255))
    answer = explain_image(loaded, image, "saliency")
    expected = explain(loaded, to_input(image, loaded.preprocessing, loaded.statistics), "saliency")
    assert_array_equal(answer.values, expected.values)
    assert answer.target == expected.target
    assert (answer.extent, answer.trained_on_simulated) == (Extent(), True)
    two = LoadedModel(loaded.model, loaded.card.model_copy(update={"positive_class": "b"}))
    assert explain_image(two, image, "saliency").class_name == "b"
    assert explain_image(two, image, "saliency", 2).class_name == "c"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("resize", {"fit": "stretch"})], (0, 0, 1, 1)),
        ([("resize", {"fit": "pad"})], (0, -0.5, 1, 1.5)),  # 80 x 40: 20 columns at each side
        ([("resize", {"fit": "crop"})], (0.25, 0, 0.75, 1)),
        (
            [("crop_borders", {"top": 10, "right": 0, "bottom": 20, "left": 25}), ("resize", {})],
            (0.1, 0.25, 0.8, 1),
        ),
        ([("crop_body", {"margin": 0}), ("resize", {})], (0.25, 0.5, 0.75, 1)),
        ([("resample", {"spacing_mm": 4}), ("resize", {})], (0, 0, 1, 1)),
    ],
)
def test_an_answer_knows_which_part_of_its_image_the_network_saw(steps: Any, expected: Any) -> None:
    loaded = load()
    values = np.zeros((80, 40), dtype=np.uint8)
    values[20:60, 20:40] = 200
    image = MedicalImage(values, (0, 255), pixel_spacing_mm=(2.0, 2.0))
    named = [("window", {}), *steps[:-1], (steps[-1][0], {**steps[-1][1], "size": 32})]
    pipeline = Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=parameters) for name, parameters in named)
    )
    card = loaded.card.model_copy(update={"preprocessing": pipeline})
    extent = explain_image(LoadedModel(loaded.model, card), image, "saliency").extent
    assert (extent.top, extent.left, extent.bottom, extent.right) == pytest.approx(expected)


def test_integrated_gradients_of_a_trained_kind_of_network_add_up() -> None:
    loaded = load()
    answer = explain(loaded, draw(), "integrated_gradients", 1)
    with torch.no_grad():
        inputs = torch.from_numpy(draw())[None]
        change = float((loaded.model(inputs) - loaded.model(torch.zeros_like(inputs)))[0, 1])
    assert answer.convergence is not None
    assert_allclose(answer.values.sum(), change + answer.convergence.delta, rtol=1e-3, atol=1e-5)
    assert abs(answer.values.sum() - change) < TOLERANCE * abs(change)


def test_an_unknown_method_or_class_is_refused_in_one_sentence() -> None:
    loaded = load()
    with pytest.raises(UnknownNameError) as caught:
        explain(loaded, draw(), "gradcam")
    assert str(caught.value) == "There is no explanation method 'gradcam'. Did you mean 'grad_cam'?"
    with pytest.raises(InvalidValueError) as refused:
        explain(loaded, draw(), "saliency", 3)
    assert str(refused.value) == "There is no class number 3; the classes are 0 to 2."
    assert class_index(("a", "b"), "b") == 1
    with pytest.raises(UnknownNameError, match="There is no class 'd'. Choose one of: a, b."):
        class_index(("a", "b"), "d")
