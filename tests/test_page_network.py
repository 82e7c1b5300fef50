"""The Network page: nine products and their sum, a learned filter, and the layers."""

import pytest

from core.datasets import shipped
from core.datasets.store import open_dataset
from core.lessons import load_lesson
from core.models.convolution import KERNELS, convolve
from core.runs import store
from core.runs.checkpoints import load_model
from core.runs.filters import first_filters
from core.transforms.preprocessing import default_preprocessing, image_part, to_input, unit
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of


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


@pytest.mark.parametrize(
    ("name", "n_layers", "weights"), [("small_cnn", 13, "23,538"), ("resnet18", 60, "11,171,266")]
)
def test_the_layers_add_up(films, name, n_layers, weights):
    app = open_page("network", dataset="films")
    app.segmented_control(key="network-model").set_value(name).run()
    assert shows(app, f"Layer by layer: {n_layers} layers")
    assert shows(app, f"{weights} weights, and")
    assert len(app.dataframe[0].value) == n_layers
