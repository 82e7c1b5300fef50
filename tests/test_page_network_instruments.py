"""The two instruments of the Network page: the numbers shown are those of the network itself."""

import re

import numpy as np
import pytest
import torch

from core.datasets.store import open_dataset
from core.experiments import asking
from core.experiments.surface import measure_surface
from core.models.landscape.directions import last_layer
from core.models.landscape.slices import LastLayerSlice, telling_places
from core.models.landscape.terrain import weight_terrain
from core.runs import store
from core.runs.checkpoints import load_model
from core.transforms.preprocessing import to_input
from tests.screens import open_page, shows, texts
from tests.test_experiments_surface import QuietJob
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of


@pytest.fixture
def run(home, monkeypatch):
    """A run with random weights on images of noise, and no other."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    return make_run_of(("a", "b"), "own")


def open_part(part, *, level="basic", language="en", **session):
    session = {"dataset": "own-data", "network-part": part, **session}
    return open_page("network", level=level, language=language, **session)


def grid_numbers(app):
    """Return the numbers of the strip that says where one is."""
    body = next(e.proto.body for e in app.get("html") if "where you are" in e.proto.body)
    return [float(word) for word in re.findall(r">(-?\d+\.\d{3})<", body)]


def own_numbers(run, sample_id):
    """Return what the network itself makes of a film: activations of its first block, and probabilities."""
    loaded = load_model(run)
    image = open_dataset("own-data").image(sample_id)
    inputs = torch.from_numpy(to_input(image, loaded.preprocessing, loaded.statistics))[None]
    block = loaded.model.blocks[0]
    with torch.no_grad():
        summed = block.convolution(inputs)
        activated = block.activation(block.norm(summed))
        return summed[0], activated[0], block.pool(activated)[0], loaded.model(inputs)[0].double()


@pytest.mark.parametrize("part", ["answer", "downhill"])
@pytest.mark.parametrize(("level", "language"), [("basic", "zh_Hans"), ("full", "en")])
def test_an_instrument_opens_in_every_language_and_level(run, part, level, language):
    app = open_part(part, level=level, language=language)
    assert not app.exception and not app.error
    assert len(app.get("plotly_chart")) == (2 if part == "downhill" else 0)


def test_the_numbers_on_the_way_are_the_networks_own(run):
    app = open_part("answer")
    summed, activated, pooled, logits = own_numbers(run, app.session_state["sample"])
    inner = activated[:, 2:-2, 2:-2]
    number, row, column = np.unravel_index(int(inner.argmax()), inner.shape)
    row, column = row + 2, column + 2
    best = int(logits.argmax())
    expected = [
        float(summed[number, row, column]),
        float(activated[number, row, column]),
        float(activated[number, row, column]),
        float(pooled[number, row // 2, column // 2]),
        float(logits[best]),
        float(logits.softmax(0)[best]),
    ]
    assert grid_numbers(app)[:6] == pytest.approx(expected, abs=1.1e-3)


def test_basic_has_the_step_alone_and_each_step_says_its_sentence(run):
    app = open_part("answer")
    keys = [widget.key for kind in ("selectbox", "slider", "number_input") for widget in app.get(kind)]
    assert not [key for key in keys if key.startswith("neuron")]
    sentences = {
        "sum": "Their sum is",
        "norm": "Mean and spread say",
        "activation": "This network uses ReLU",
        "pooling": "Max pooling keeps the largest",
        "logit": "The last layer gets 64 numbers",
        "softmax": "The powers add up to",
        "loss": "Cross-entropy looks at one number",
    }
    for step, words in sentences.items():
        app.segmented_control(key="neuron-step").set_value(step).run()
        assert not app.exception
        assert any(words in text.replace("**", "") for text in texts(app)), step


def test_another_true_class_has_another_loss_and_the_opposite_push(run):
    app = open_part("answer", level="full", **{"neuron-step": "loss"})
    logits = own_numbers(run, app.session_state["sample"])[3]
    for target in (0, 1):
        app.selectbox(key="neuron-true").set_value(target).run()
        share = float(logits.softmax(0)[target])
        name = "ab"[target]
        words = f"True class '{name}': probability {share:.3f}, loss {-np.log(share):.3f} nats"
        assert shows(app, words)
        assert shows(app, f"'{name}' by {1 - share:+.3f}")


def test_a_temperature_changes_the_shares_as_torch_does(run):
    app = open_part("answer", level="full", **{"neuron-step": "softmax"})
    logits = own_numbers(run, app.session_state["sample"])[3]
    app.slider(key="neuron-temperature").set_value(0.25).run()
    share = float((logits / 0.25).softmax(0).max())
    assert shows(app, f"**{share:.3f}** for '{'ab'[int(logits.argmax())]}'")


def test_another_map_and_another_convolution_can_be_followed(run):
    app = open_part("answer", level="full")
    app.selectbox(key="neuron-layer").set_value("blocks.2.convolution").run()
    app.slider(key="neuron-map-own-blocks.2.convolution").set_value(64).run()
    assert not app.exception and not app.error
    assert shows(app, "in 'blocks.2.convolution', map 64 of 64")
    assert shows(app, "a slice for each of the 32 maps that come in")


def test_without_a_run_the_network_has_learned_nothing(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    write_tiny("films", n_images=16)
    app = open_page("network", dataset="films", **{"network-part": "answer", "neuron-step": "norm"})
    assert shows(app, "a network that has learned nothing yet")
    assert shows(app, "This network has not learned yet: mean 0, spread 1")
    app = open_page("network", dataset="films", **{"network-part": "downhill"})
    assert not app.exception and not app.error
    assert shows(app, "Plain SGD can settle with a rate up to")


def test_a_label_that_the_network_does_not_know_is_said(run):
    write_tiny("films", n_images=16)
    app = open_page(
        "network",
        level="full",
        dataset="films",
        **{"network-part": "answer", "network-run": "own", "neuron-step": "loss"},
    )
    assert not app.exception and not app.error
    assert shows(app, "The label of this film is none of the network's classes; 'a' stands in.")


def land_of(run):
    from core.experiments.surface import training_batch

    loaded = load_model(run)
    layer = last_layer(loaded.model, training_batch(loaded, run, open_dataset("own-data"), n_images=128))
    return weight_terrain(LastLayerSlice(layer, telling_places(layer, 1)))


def test_the_largest_stable_rate_is_two_over_the_curvature_of_the_real_loss(run):
    app = open_part("downhill")
    stable = land_of(run).stable_rate
    assert shows(app, f"= {stable:.3g}**")
    assert shows(app, "Two of its 23,538 weights move: the weight of map")
    assert [slider.key for slider in app.select_slider] == ["surface-rate"]


def test_the_start_of_the_race_is_said_to_be_made_up_and_no_film_is_asked_for(run):
    app = open_part("downhill", level="full")
    assert shows(app, "The race is begun at a bad place on purpose")
    assert "film-next" not in [button.key for button in app.button]
    assert "film-next" in [button.key for button in open_part("answer", level="full").button]


def test_a_network_that_reads_rows_is_not_said_to_weigh_all_pixels(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    make_run_of(("a", "b"), "rows", model="row_gru")
    app = open_page("network", dataset="rows-data", **{"network-part": "answer"})
    assert shows(app, "This network has no convolution, so there is no kernel to follow")
    assert not shows(app, "weighs all pixels")


def test_a_rate_too_large_leaves_the_picture_and_one_too_small_does_not_arrive(run):
    app = open_part("downhill")
    rates = [float(option) for option in app.select_slider(key="surface-rate").options]
    stable = land_of(run).stable_rate
    assert rates[0] < 0.01 * stable < 4 * stable < rates[-1]
    app.select_slider(key="surface-rate").set_value(rates[-1]).run()
    assert shows(app, "all three leave the picture") and shows(app, "It cannot settle there")
    app.select_slider(key="surface-rate").set_value(rates[0]).run()
    assert shows(app, "SGD is still under way after 80 steps") and shows(app, "can settle at the bottom")


def test_two_weights_of_ones_own_and_never_one_weight_twice(run):
    app = open_part("downhill", level="full")
    app.number_input(key="surface-1-of-64-2-feature").set_value(7).run()
    app.selectbox(key="surface-1-of-64-2-target").set_value(0).run()
    assert shows(app, "the weight of map 7 for class 'a'")
    other = app.number_input(key="surface-2-of-64-2-feature").value
    app.number_input(key="surface-1-of-64-2-feature").set_value(other).run()
    app.selectbox(key="surface-1-of-64-2-target").set_value(1).run()
    assert not app.exception and not app.error
    assert shows(app, "Both are the same weight; the second is another one now.")


def test_the_measured_landscape_is_asked_for_and_shown(run, monkeypatch):
    app = open_part("downhill", level="full", **{"surface-kind": "Two random directions"})
    assert shows(app, "Measure the landscape") and shows(app, "at 441 points")
    asked = []
    monkeypatch.setattr("ui.experiment_panel.ask", lambda name, request: asked.append((name, request)))
    app.button(key="surface-random-start").click().run()
    name, request = asked[0]
    answer = measure_surface(request.model_copy(update={"n_images": 4, "n_places": 7}), QuietJob())
    folder = asking.folder_of(name, request)
    folder.mkdir(parents=True)
    asking.keep(folder, answer)
    app.run()
    assert not app.exception and not app.error
    assert shows(app, f"{answer.n_moved:,} of the {answer.n_weights:,} weights")
    assert shows(app, "at 49 points")
    assert len(app.get("plotly_chart")) == 2
