"""The whole card: it leaves nothing behind, repeats itself, can be stopped, and is written down."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UnknownNameError
from core.explanation.attribution import explain_image
from core.explanation.checks import randomisation
from core.explanation.checks.card import check_map
from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.costs import cost_of, seconds_of
from core.explanation.checks.export import to_csv, to_json
from core.explanation.checks.randomisation import fresh_weights, randomised
from core.models.build import build_model
from tests.checked_maps import SIZE, Linear, image, loaded, trial

TARGET = 0


@pytest.fixture(scope="module")
def network():
    model = build_model("small_cnn", n_classes=2, n_channels=1, image_size=SIZE, seed=1)
    model.classifier.weight.data *= 100  # sure of what it sees, so that blurring the noise away is felt
    return loaded(model)


@pytest.fixture(scope="module")
def attribution(network):
    return explain_image(network, image(), "saliency", TARGET)


@pytest.fixture(scope="module")
def card(network, attribution):
    return check_map(network, image(), attribution)


def state_of(model):
    weights = {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}
    hooks = [len(module._forward_hooks) + len(module._backward_hooks) for module in model.modules()]
    flags = [parameter.requires_grad for parameter in model.parameters()]
    return weights, hooks, flags, [module.training for module in model.modules()]


def test_a_card_has_one_line_for_each_check_in_their_order(card):
    assert [line.name for line in card.lines] == list(CHECKS)
    assert card.n_tried == len(CHECKS) - 1  # saliency promises no sum
    assert card.n_failed == sum(line.outcome == "failed" for line in card.lines)
    for line in card.lines:
        assert str(line.done)
        assert str(line.sentence)
        assert (line.value is None) == (line.threshold is None) == (line.outcome == "not tried")


def test_every_check_says_whose_its_threshold_is():
    for spec in CHECKS.values():
        assert "arXiv:" in spec.source
        assert "is ours" in spec.source or "the threshold is the paper's" in spec.source


def test_the_network_is_left_as_it_was_and_a_card_repeats_itself(network, attribution, card):
    network.model.train()
    before, drawn = state_of(network.model), torch.get_rng_state()
    again = check_map(network, image(), attribution)
    assert state_of(network.model) == before
    assert torch.equal(torch.get_rng_state(), drawn)
    network.model.eval()
    assert again == card
    assert check_map(network, image(), attribution, seed=1) != card


def test_a_check_says_the_same_alone(network, attribution, card):
    for name in ("randomisation", "noise", "deletion"):
        [line] = check_map(network, image(), attribution, wanted=(name,)).lines
        assert line in card.lines


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "convergence"])
def test_progress_rises_and_what_it_raises_ends_the_check(network, attribution, name):
    seen: list[float] = []
    check_map(network, image(), attribution, wanted=(name,), progress=seen.append)
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] == 1
    before = state_of(network.model)

    def stop(fraction: float) -> None:
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_map(network, image(), attribution, wanted=(name,), progress=stop)
    assert state_of(network.model) == before


def test_a_map_that_is_the_same_everywhere_is_not_checked(network, attribution):
    flat = replace(attribution, values=np.zeros_like(attribution.values))
    found = check_map(network, image(), flat)
    assert {line.outcome for line in found.lines} == {"not tried"}
    assert found.n_tried == found.n_failed == 0


def test_an_unknown_check_is_refused(network, attribution):
    with pytest.raises(UnknownNameError, match="Did you mean 'deletion'"):
        check_map(network, image(), attribution, wanted=("deletions",))


def test_weights_are_forgotten_from_the_head_to_the_image(network, attribution, card, monkeypatch):
    asked = []
    one = trial(network, attribution)
    explained = type(one).map_of

    def map_of(self, *, inputs=None, model=None):
        asked.append(changed(network.model, model))
        return explained(self, inputs=inputs, model=model)

    monkeypatch.setattr(type(one), "map_of", map_of)
    line = randomisation.check(one)
    assert asked[0] == {"classifier"}
    assert asked[1] == {"classifier", "blocks.2"}
    assert asked[2] == {"classifier", "blocks.2", "blocks.1"}
    assert asked[3] == asked[4] == asked[5] == {"classifier", "blocks.2", "blocks.1", "blocks.0"}
    assert line.evidence.stages == ("classifier", "blocks.2", "blocks.1", "blocks.0")
    assert line.n_maps == 6
    assert line.low <= line.value <= line.high


def changed(model, other):
    """The parts whose weights differ; what batch norm begins with is the same for all."""
    theirs = other.state_dict()
    names = [name for name, tensor in model.state_dict().items() if not torch.equal(tensor, theirs[name])]
    return {".".join(name.split(".")[: 2 if name.startswith("blocks") else 1]) for name in names}


def test_forgotten_weights_are_those_before_a_training(network):
    fresh = build_model("small_cnn", n_classes=2, n_channels=1, image_size=SIZE, seed=7).state_dict()
    found = randomised(network.model, network.card, seed=7).state_dict()
    assert all(torch.equal(found[name], fresh[name]) for name in fresh)


def test_a_network_that_is_not_of_the_catalog_forgets_too_and_keeps_its_scale():
    network = loaded(Linear())
    own = network.model.weights.detach().numpy()
    drawn = fresh_weights(network.model, network.card, seed=3)["weights"].numpy()
    assert drawn.std() == pytest.approx(own.std(), rel=0.1)
    assert abs(np.corrcoef(drawn.ravel(), own.ravel())[0, 1]) < 0.1


def test_slow_methods_are_asked_less_often():
    fast, slow = (cost_of("noise", method, "small_cnn").maps for method in ("saliency", "lime"))
    assert (fast, slow) == ({"saliency": 11}, {"lime": 4})
    assert cost_of("randomisation", "lime", "resnet18").maps == {
        "lime": 7
    }  # head, five blocks, a second draw
    assert cost_of("convergence", "lime", "small_cnn").passes(SIZE) == 0


def test_costs_are_what_the_lines_say_they_took(card):
    for line in card.lines:
        cost = cost_of(line.name, "saliency", "small_cnn")
        assert (line.n_maps, line.n_answers) == (sum(cost.maps.values()), cost.answers), line.name


def test_an_estimate_grows_with_the_work(network):
    assert seconds_of(("convergence",), "saliency", network) == 0
    assert seconds_of(("deletion", "noise"), "lime", network) > 0


def test_a_written_card_is_no_diagnosis_and_holds_no_formula(card):
    record = json.loads(to_json(replace(card, class_name="=HYPERLINK(1)")))
    assert record["notice"] == "For teaching and demonstration. Not for diagnosis."
    assert record["class"] == "=HYPERLINK(1)"
    assert [check["name"] for check in record["checks"]] == list(CHECKS)
    rows = list(csv.DictReader(io.StringIO(to_csv(replace(card, class_name="=HYPERLINK(1)")))))
    assert {row["class"] for row in rows} == {"'=HYPERLINK(1)"}
    assert {row["notice"] for row in rows} == {"For teaching and demonstration. Not for diagnosis."}
    assert [float(row["value"]) for row in rows if row["value"]] == [
        line.value for line in card.lines if line.value is not None
    ]


def test_a_single_long_map_can_be_stopped_too(network, attribution):
    fractions = []

    def stop_at_the_second_word(fraction):
        fractions.append(fraction)
        if len(fractions) == 2:
            raise KeyboardInterrupt

    occlusion = replace(attribution, method="occlusion")
    with pytest.raises(KeyboardInterrupt):
        check_map(network, image(), occlusion, wanted=("randomisation",), progress=stop_at_the_second_word)
    assert fractions == [0, 0]  # the first of its maps was not done yet


def test_empty_maps_of_random_networks_are_no_sign_of_change(network, attribution, monkeypatch):
    one = trial(network, attribution)
    maps = [attribution.values] * 3 + [np.zeros_like(attribution.values)] * 2 + [attribution.values]
    answers = iter(maps)  # four steps of the cascade, of which the last is empty, and two more draws
    monkeypatch.setattr(type(one), "map_of", lambda self, *, inputs=None, model=None: next(answers))
    line = randomisation.check(one)
    assert (line.outcome, line.value) == ("failed", pytest.approx(1))
    assert line.done.values["n_seeds"] == 1
    answers = iter([np.zeros_like(attribution.values)] * 6)
    assert randomisation.check(one).outcome == "not tried"
