"""The measured loss landscape: its middle is the network's own loss, and a change of the data is refused."""

import numpy as np
import pytest
import torch

from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.surface import measure_surface, training_batch, training_ids, untrained
from core.experiments.surface_records import SurfaceRequest
from core.runs.checkpoints import load_model
from core.transforms.preprocessing import to_input
from tests.trained import make_run_of


class QuietJob:
    """A job that nobody stops."""

    def __init__(self):
        self.fractions = []

    def report(self, done, message):
        self.fractions.append(done)

    def check_stop(self):
        pass


@pytest.fixture
def run(home):
    return make_run_of(("a", "b", "c"), "seen")


def request(run, **others):
    dataset = run.config.dataset if run else "seen-data"
    revision = open_dataset(dataset).info.revision
    values = {"n_images": 6, "n_places": 5, **others}
    return SurfaceRequest(
        run=run.run_id if run else None, origin="", dataset=dataset, dataset_revision=revision, **values
    )


@pytest.mark.parametrize("is_trained", [True, False])
def test_the_middle_of_the_picture_is_the_networks_own_loss(run, is_trained):
    job = QuietJob()
    found = measure_surface(request(run if is_trained else None), job)
    dataset = open_dataset("seen-data")
    loaded = load_model(run) if is_trained else untrained(dataset)
    inputs, labels = training_batch(loaded, run if is_trained else None, dataset, n_images=6)
    with torch.no_grad():
        expected = torch.nn.functional.cross_entropy(loaded.model(inputs), labels).item()
    assert found.places[2] == 0 and found.losses[2][2] == pytest.approx(expected, abs=1e-6)
    assert np.shape(found.losses) == (5, 5) and np.std(found.losses) > 0
    assert found.n_images == 6
    assert found.n_moved == 16 * 9 + 32 * 16 * 9 + 64 * 32 * 9 + 3 * 64
    assert found.n_weights == found.n_moved + 2 * (16 + 32 + 64) + 3
    assert job.fractions[-1] == 1


def test_the_batch_holds_training_images_only_as_the_network_gets_them(run):
    loaded, dataset = load_model(run), open_dataset("seen-data")
    inputs, labels = training_batch(loaded, run, dataset, n_images=100)
    split = run.split()
    train = split[split["split"] == "train"]
    assert len(labels) == len(train)
    assert [loaded.class_names[code] for code in labels] == train["label"].tolist()
    expected = to_input(
        dataset.image(int(train["sample_id"].iloc[4])), loaded.preprocessing, loaded.statistics
    )
    assert torch.equal(inputs[4], torch.from_numpy(expected))


def test_the_same_images_are_drawn_every_time(run):
    split = run.split()
    one, other = (training_ids(split, ("a", "b", "c"), n=5)["sample_id"].tolist() for _ in range(2))
    assert one == other and len(set(one)) == 5


def test_a_data_set_that_has_changed_since_is_refused(run):
    asked = request(run).model_copy(update={"dataset_revision": "another"})
    with pytest.raises(StateError, match="The data set 'seen-data' has changed; ask again"):
        measure_surface(asked, QuietJob())


def test_a_data_set_without_the_networks_classes_is_refused(run):
    with pytest.raises(StateError, match="no training image of a class that this network knows"):
        training_ids(run.split(), ("other",), n=5)


def test_the_network_of_an_untrained_picture_has_the_statistics_of_the_training_images(run):
    loaded = untrained(open_dataset("seen-data"))
    inputs, _labels = training_batch(loaded, None, open_dataset("seen-data"), n_images=64)
    assert loaded.class_names == ("a", "b", "c") and not loaded.model.training
    assert float(inputs.mean()) == pytest.approx(0, abs=1e-3)
    assert float(inputs.std()) == pytest.approx(1, abs=1e-2)
