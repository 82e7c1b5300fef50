"""The table of method by network covers the catalogs, its states follow its figures, and it can be made."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from core.explanation.catalog import EXPLAINERS
from core.explanation.question import TOLERANCE
from core.explanation.validity.__main__ import wanted_pairs
from core.explanation.validity.measuring import measure
from core.explanation.validity.records import TrainedNetwork, Validity, ValidityTable
from core.explanation.validity.table import (
    all_validities,
    read,
    validity_of,
    validity_table,
    with_pair,
    write,
)
from core.explanation.validity.trained import Stand, stand_of
from core.figures.validity import STATES, validity_figure
from core.language import Message
from core.models.catalog import MODELS
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics
from ui.explain.offered import offered
from ui.messages import escape

FIELDS = {name: spec.settings for name, spec in EXPLAINERS.items()}
SUMMING = [name for name, spec in EXPLAINERS.items() if spec.sums_up]


def test_the_table_has_every_pair_of_the_catalogs_and_no_other() -> None:
    assert list(all_validities()) == [(method, model) for method in EXPLAINERS for model in MODELS]
    assert list(validity_table().networks) == list(MODELS)


def test_every_pair_that_is_not_offered_or_repaired_says_why() -> None:
    for pair in all_validities().values():
        assert pair.status == "valid" or pair.reason is not None, pair
        assert pair.reason is None or "{" not in str(pair.reason)


def test_no_pair_is_offered_without_a_word_whose_values_do_not_add_up() -> None:
    assert validity_table().tolerance == TOLERANCE
    for pair in all_validities().values():
        if pair.method in SUMMING and pair.status != "not offered":
            assert pair.completeness_error is not None, pair
            # only a sum that more steps bring nearer may be missed, and the pair says by how much
            is_told = "n_steps" in FIELDS[pair.method] or "n_samples" in FIELDS[pair.method]
            assert pair.completeness_error < TOLERANCE or (is_told and pair.reason is not None), pair
        if pair.status != "not offered":
            assert pair.seconds is not None, pair
            assert pair.seconds > 0, pair


def test_what_is_known_to_be_wrong_is_not_offered() -> None:
    # FACTS of Captum 0.9: no rule for attention or gates, no ReLU to guide, no maps to read
    wrong = [("deeplift", "vit_b_16"), ("deeplift", "row_gru"), ("guided_backprop", "vit_b_16")]
    wrong += [("grad_cam", "mlp"), ("grad_cam", "row_gru"), ("guided_grad_cam", "mlp")]
    for method, model in wrong:
        pair = validity_of(method, model)
        assert pair is not None
        assert pair.status == "not offered", pair
    repaired = validity_of("deeplift", "resnet18")
    assert repaired is not None
    assert repaired.status == "repaired"


def test_offered_parts_the_methods_in_two() -> None:
    names, reasons = offered("row_gru")
    assert sorted([*names, *reasons]) == sorted(EXPLAINERS)
    assert "GRU" in reasons["deeplift"]


@pytest.fixture(scope="module")
def small() -> Stand:
    torch.set_num_threads(1)
    return stand_of("small_cnn", n_steps=30, image_size=16)


@pytest.mark.parametrize("method", EXPLAINERS)
def test_a_small_pair_measured_afresh_has_the_state_that_the_table_tells(method: str, small: Stand) -> None:
    told = validity_of(method, "small_cnn")
    assert told is not None
    afresh = measure(method, small)
    assert (afresh.status == "not offered") == (told.status == "not offered")
    assert (afresh.completeness_error is None) == (told.completeness_error is None)
    if afresh.completeness_error is not None:
        assert afresh.completeness_error < TOLERANCE
    if not EXPLAINERS[method].needs_repair:
        assert afresh.status == told.status


class Broken(nn.Module):
    """Two logits of an image: what `forward` makes of its sum over the pixels, and nothing."""

    def __init__(self, body: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__()
        self.body = body
        self.act = nn.ReLU(inplace=True)
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        logit = self.body(self, x).sum(dim=(1, 2, 3)) * self.weight
        return torch.stack([logit, 0 * logit], dim=1)


def stand_on(body: Callable[[nn.Module, Tensor], Tensor]) -> Stand:
    card = ModelCard(
        run="run", model="small_cnn", class_names=("a", "b"), positive_class="b", n_channels=1,
        preprocessing=default_preprocessing(16, 1),
        statistics=ChannelStatistics(mean=(0.5,), std=(0.5,), low=(0.0,), high=(1.0,)),
        intended_use="", simulated=True, dataset="phantoms", n_train_images=1, n_train_patients=None,
        best_epoch=1,
    )  # fmt: skip
    loaded = LoadedModel(Broken(body).eval(), card)
    image = np.full((1, 4, 4), 3.0, dtype=np.float32)
    image[0, 0] = 5.0  # or all ranks would be one
    facts = TrainedNetwork(image_size=4, n_steps=0, auroc=0.5, n_images=1)
    return Stand(loaded, loaded, (image,), facts)


def test_a_relu_that_is_a_function_is_found_wrong_by_the_sum_and_right_after_repair() -> None:
    measured = measure("deeplift", stand_on(lambda net, x: nn.functional.relu(x - 1)))
    # 12 pixels of 3 and 4 of 5: the logit changes by 12 x 2 + 4 x 4 = 40; gradient x change is 12 x 3 + 4 x 5
    assert measured.unrepaired_error == pytest.approx(16 / 40)
    assert measured.completeness_error == pytest.approx(0, abs=1e-6)
    assert measured.status == "repaired"
    assert "40.0 %" in str(measured.reason)


def test_one_relu_in_place_that_is_used_twice_is_found_wrong_and_right_after_repair() -> None:
    measured = measure("deeplift", stand_on(lambda net, x: net.act(x - 1) + net.act(x - 2)))
    assert measured.unrepaired_error is None
    assert measured.completeness_error == pytest.approx(0, abs=1e-6)
    assert measured.status == "repaired"
    assert "ends with an error" in str(measured.reason)


def test_a_product_of_two_branches_is_beyond_repair_and_the_reason_tells_the_figure() -> None:
    measured = measure("deeplift", stand_on(lambda net, x: x * x))
    # the gradient 2 x times x is twice the change
    assert measured.completeness_error == pytest.approx(1.0)
    assert measured.status == "not offered"
    assert "100.0 %" in str(measured.reason)


@pytest.mark.slow
def test_values_that_add_up_only_with_many_steps_are_valid_and_say_so() -> None:
    # The logit rises within a thousandth of the way: 400 points lie too far apart to see how steeply.
    measured = measure("integrated_gradients", stand_on(lambda net, x: torch.sigmoid(540 * (x - 4))))
    assert measured.status == "valid"
    assert measured.completeness_error is not None
    assert measured.completeness_error < TOLERANCE
    assert "with 1600 of them" in str(measured.reason)


def test_likeness_to_a_map_that_is_the_same_everywhere_is_no_figure() -> None:
    stand = stand_on(lambda net, x: x * x)
    assert measure("saliency", stand).randomisation == pytest.approx(1)  # its own twin
    silent = stand_on(lambda net, x: 0 * x)
    assert measure("saliency", replace(stand, random=silent.random)).randomisation is None


def test_guided_backpropagation_is_not_offered_without_a_relu() -> None:
    measured = measure("guided_backprop", stand_on(lambda net, x: torch.tanh(x)))
    assert measured.status == "not offered"
    assert "no ReLU" in str(measured.reason)
    mixed = measure("guided_backprop", stand_on(lambda net, x: torch.tanh(net.act(x + 0))))
    assert "1 of 2 activations" in str(mixed.reason)
    assert "Tanh" in str(mixed.reason)


def pair(method: str, model: str, seconds: float) -> Validity:
    return Validity(method=method, model=model, status="valid", seconds=seconds)


def test_one_pair_measured_anew_replaces_itself_alone_and_the_order_is_the_catalogs(tmp_path: Path) -> None:
    path, table = tmp_path / "validity.json", ValidityTable()
    for one in (pair("lime", "mlp", 1), pair("saliency", "mlp", 2), pair("saliency", "small_cnn", 3)):
        table = with_pair(table, one)
    write(path, with_pair(table, pair("saliency", "mlp", 9)))
    first = path.read_bytes()
    found = read(path)
    assert [(one.method, one.model, one.seconds) for one in found.pairs] == [
        ("saliency", "small_cnn", 3.0), ("saliency", "mlp", 9.0), ("lime", "mlp", 1.0)
    ]  # fmt: skip
    write(path, found)
    assert path.read_bytes() == first


def test_a_choice_names_a_pair_a_method_or_a_network() -> None:
    assert wanted_pairs(("lime/mlp",)) == {"mlp": ["lime"]}
    assert wanted_pairs(("/mlp",)) == {"mlp": list(EXPLAINERS)}
    assert wanted_pairs(("lime/",)) == {name: ["lime"] for name in MODELS}
    assert wanted_pairs(()) == {name: list(EXPLAINERS) for name in MODELS}
    for wrong in ("lime", "lime/nothing", "nothing/mlp"):
        with pytest.raises(click.BadParameter, match="names no pair"):
            wanted_pairs((wrong,))


def test_the_figure_tells_each_state_by_a_shape_and_a_colour_and_escapes_what_it_says() -> None:
    refused = Validity(method="lime", model="mlp", status="not offered", reason=Message(text="<b>x</b>"))
    pairs = {("saliency", "mlp"): pair("saliency", "mlp", 1), ("lime", "mlp"): refused}
    figure = validity_figure(pairs, {"saliency": "S", "lime": "L"}, {"mlp": "M"}, title="t")
    assert [trace.name for trace in figure.data] == list(STATES.values())
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    assert len({trace.marker.color for trace in figure.data}) == 3
    assert [list(trace.x) for trace in figure.data] == [[0], [], [1]]
    assert "&lt;b&gt;x&lt;/b&gt;" in figure.data[2].text[0]
    assert figure.layout.meta["alt"] == "M. S: valid as it is; L: not offered"


def _the_view() -> None:
    from types import SimpleNamespace

    from ui.explain import methods

    card = SimpleNamespace(model="vit_b_16")
    methods.show(SimpleNamespace(network=SimpleNamespace(card=card)))  # type: ignore[arg-type]


def test_the_view_begins_with_the_network_at_hand_and_gives_every_reason() -> None:
    app = AppTest.from_function(_the_view, default_timeout=60).run()
    assert not app.exception
    network = app.selectbox(key="explain-methods-network")
    assert network.options[0] == "ViT-B/16"
    assert len(network.options) == len(MODELS)
    for name in ("vit_b_16", "row_gru"):
        app.selectbox(key="explain-methods-network").set_value(name).run()
        rows = app.dataframe[0].value
        assert len(rows) == len(EXPLAINERS)
        told = [pair for pair in all_validities().values() if pair.model == name and pair.reason is not None]
        assert all(escape(pair.reason) in text for pair, text in zip(told, reasons(app), strict=True))


def reasons(app: AppTest) -> list[str]:
    return [str(caption.value) for caption in app.caption]
