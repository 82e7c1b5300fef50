"""The Network page: nine products and their sum, layers, what is seen, and two compared."""

import pytest
import torch

from core.datasets import shipped
from core.datasets.store import open_dataset
from core.lessons import load_lesson
from core.models.catalog import MODELS
from core.models.convolution import KERNELS, convolve
from core.models.feature_maps import block_maps
from core.runs import store
from core.runs.checkpoints import load_model
from core.runs.filters import first_filters
from core.transforms.preprocessing import default_preprocessing, image_part, to_input, unit
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of

BLOCKS = MODELS["small_cnn"].blocks


@pytest.fixture
def films(home, monkeypatch):
    """A small data set and no run."""
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    return write_tiny("films", n_images=16)


def sum_of(picture, weights, step):
    row, column = divmod(step, picture.shape[1])
    total = convolve(picture, weights)[row, column]
    return f"Their sum is **{total:.3f}**: the new pixel in row {row}, column {column}."


def test_without_a_data_set_the_page_says_how_to_get_one(home, monkeypatch):
    monkeypatch.setattr(shipped, "SAMPLE_DATA", home / "nothing")
    app = open_page("network")
    assert not app.exception
    assert shows(app, "No data set yet")


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_the_page_opens_in_every_language_and_level(films, code, level):
    app = open_page("network", language=code, level=level, dataset="films")
    assert not app.exception and not app.error
    assert shows(app, load_lesson("network", code).title)
    assert app.button(key="next-train")


def test_the_sum_is_that_of_core_wherever_the_kernel_is(films):
    app = open_page("network", dataset="films", level="full")
    image = open_dataset("films").image(app.session_state["sample"])
    picture = unit(image_part(image, default_preprocessing(32, 1)))[0]
    weights = KERNELS["vertical_edge"].values
    assert shows(app, sum_of(picture, weights, app.slider(key="network-32-step").value))
    app.slider(key="network-32-step").set_value(70).run()
    assert shows(app, sum_of(picture, weights, 70))
    app.button(key="network-32-on").click().run()
    assert app.slider(key="network-32-step").value == 71
    assert shows(app, sum_of(picture, weights, 71))
    app.selectbox(key="network-kernel").set_value("blur").run()
    assert shows(app, sum_of(picture, KERNELS["blur"].values, 71))


def test_nine_numbers_of_ones_own(films):
    app = open_page("network", dataset="films", level="full")
    app.selectbox(key="network-kernel").set_value("My own numbers").run()
    app.number_input(key="network-weight-1-1").set_value(9.0).run()
    weights = KERNELS["vertical_edge"].values.copy()
    weights[1, 1] = 9
    image = open_dataset("films").image(app.session_state["sample"])
    picture = unit(image_part(image, default_preprocessing(32, 1)))[0]
    assert shows(app, sum_of(picture, weights, app.slider(key="network-32-step").value))


def test_a_learned_filter_gives_the_number_that_the_network_computes(films):
    run = make_run_of(("a", "b"), "learned")
    app = open_page("network", dataset="films", level="full")
    app.selectbox(key="network-kernel").set_value("Learned").run()
    loaded = load_model(run)
    filters = first_filters(run)
    assert (filters[0] == loaded.model.blocks[0].convolution.weight[0, 0].detach().numpy()).all()
    image = open_dataset("films").image(app.session_state["sample"])
    picture = to_input(image, loaded.preprocessing, loaded.statistics)[0]
    assert shows(app, sum_of(picture, filters[0], app.slider(key="network-16-step").value))
    assert shows(app, "Filter 1 of 16, as 'learned' has learned it")


def part(app, name):
    return app.segmented_control(key="network-part").set_value(name).run()


@pytest.mark.parametrize(("code", "level"), [("en", "basic"), ("zh_Hans", "full")])
@pytest.mark.parametrize("name", ["answer", "layers", "sees", "downhill"])
def test_each_part_opens_in_every_language_and_level(films, code, level, name):
    chosen = {"network-part": name}  # AppTest speaks English while it sets a widget
    app = open_page("network", language=code, level=level, dataset="films", **chosen)
    assert not app.exception and not app.error
    assert app.segmented_control(key="network-part").value == name


def test_comparing_is_for_full(films):
    basic, full = (
        set(open_page("network", level=level).segmented_control(key="network-part").options)
        for level in ("basic", "full")
    )
    assert full - basic == {"Compare two"}


@pytest.mark.parametrize(
    ("family", "name", "n_layers", "weights"),
    [("small", "small_cnn", 14, "23,538"), ("classic", "resnet18", 68, "11,171,266")],
)
def test_the_layers_add_up(films, family, name, n_layers, weights):
    app = part(open_page("network", dataset="films"), "layers")
    app.segmented_control(key="network-model-family").set_value(family).run()
    app.selectbox(key="network-model").set_value(name).run()
    assert shows(app, f"Layer by layer: {n_layers} layers")
    assert shows(app, f"**{weights}** weights, and")
    table = app.dataframe[0].value
    assert len(table) == n_layers
    assert f"{table['weights'].sum():,}" == weights


def test_memory_follows_the_batch_and_the_field_the_image(films):
    app = part(open_page("network", dataset="films", level="full"), "layers")
    one = app.dataframe[0].value
    app.select_slider(key="network-batch").set_value(32).run()
    many = app.dataframe[0].value
    assert many["kept"].sum() == pytest.approx(2 * one["kept"].sum())
    assert list(one["field"])[-3:] == ["22", "All", "All"]
    app.select_slider(key="network-size-small_cnn").set_value(20).run()
    assert list(app.dataframe[0].value["field"])[-3:] == ["22 (all)", "All", "All"]


def test_an_image_that_is_too_small_is_refused_in_one_sentence(films):
    app = part(open_page("network", dataset="films", level="full"), "layers")
    app.select_slider(key="network-size-small_cnn").set_value(8).run()
    assert [error.value for error in app.error] == [
        "small\\_cnn needs images of at least 16 pixels; image\\_size is 8\\."
    ]
    assert not app.dataframe


def test_attention_says_how_its_memory_is_counted(films):
    chosen = {"network-part": "layers", "network-model-family": "modern"}
    words = "Self-attention is counted with its whole table"
    app = open_page("network", dataset="films", **chosen, **{"network-model": "vit_b_16"})
    assert shows(app, words)
    app.selectbox(key="network-model").set_value("mobilenet_v3_small").run()
    assert not shows(app, words)


def test_an_own_network_is_not_called_published(films):
    app = open_page("network", dataset="films", level="full", **{"network-part": "layers"})
    assert shows(app, "Made for images of 64 pixels; they must have at least 16.")


def test_both_alexnets_say_why_they_differ(films):
    app = part(open_page("network", dataset="films"), "layers")
    app.segmented_control(key="network-model-family").set_value("classic").run()
    for name in ("alexnet_paper", "alexnet"):
        app.selectbox(key="network-model").set_value(name).run()
        assert shows(app, "≠") and shows(app, "64-192-384-256-256")


def test_a_trained_network_sees_what_it_computes_and_its_filters_stand_beside_the_random_ones(films):
    run = make_run_of(("a", "b"), "learned")
    app = part(open_page("network", dataset="learned-data"), "sees")
    assert shows(app, "The network of the run 'learned', Small CNN, at 16 x 16 pixels.")
    network = load_model(run)
    image = open_dataset("learned-data").image(app.session_state["sample"])
    inputs = torch.from_numpy(to_input(image, network.preprocessing, network.statistics))[None]
    zeros = [float((maps == 0).mean()) for maps in block_maps(network.model, inputs, BLOCKS, "classifier")]
    assert shows(
        app, f"Block 1 makes 16 maps of 8 x 8; {100 * zeros[0]:.0f} % of their numbers are exactly 0."
    )
    assert shows(app, "Each of them depends on 4 x 4 pixels")
    app.slider(key="network-block-3").set_value(3).run()
    assert shows(
        app, f"Block 3 makes 64 maps of 2 x 2; {100 * zeros[2]:.0f} % of their numbers are exactly 0."
    )
    assert shows(app, "Each of them can depend on the whole image.")
    assert shows(app, "Training moved these weights by 0 %")  # this run's weights are those of its seed


def test_an_untrained_network_is_called_so(films):
    make_run_of(("a", "b"), "learned")
    app = part(open_page("network", dataset="learned-data"), "sees")
    app.segmented_control(key="network-state").set_value("untrained").run()
    assert shows(app, "Random weights: this is what an untrained Small CNN sees at 16 x 16 pixels.")
    assert not shows(app, "After training")


def test_what_has_no_place_on_the_image_is_not_laid_over_it(films):
    chosen = {"network-part": "sees", "network-seen-family": "small", "network-seen": "mlp"}
    app = open_page("network", dataset="films", level="full", **chosen)
    assert shows(app, "what an untrained Multilayer perceptron sees at 28 x 28 pixels.")
    assert shows(app, "Block 1 makes 256 numbers, here in 8 rows")
    assert shows(app, "They have no place on the image")
    assert not shows(app, "Map 1 over the image")
    assert shows(app, "This network has no convolution that meets the image")


def test_two_networks_side_by_side(films):
    app = part(open_page("network", dataset="films", level="full"), "compare")
    table = app.dataframe[0].value
    assert list(table["0"])[:3] == ["1998", "64", "23,538"]
    assert list(table["1"])[2:6] == ["11,171,266", "1,734.9", "18", "435 (all)"]
    assert shows(app, "ResNet-18 has 475 times the weights and 181 times the multiply-adds of Small CNN")
    app.selectbox(key="network-compare-1").set_value("mlp").run()
    app.button(key="network-time").click().run()
    assert not app.exception
    times = [app.dataframe[0].value[place].iloc[-1] for place in ("0", "1")]
    assert all(float(milliseconds) > 0 for milliseconds in times)
    assert shows(app, "Median of 7 passes")
