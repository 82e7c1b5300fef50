"""Covering a box: on a network that reads one patch the answer is known, for the box and for other places."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.experiments.masking import running
from core.experiments.masking.places import other_places
from core.experiments.masking.records import MaskingAnswer, masking_request
from core.experiments.masking.running import measure_masking, moved
from core.experiments.masking.sentences import finding, verdict
from core.explanation.regions import Box
from core.images.records import MedicalImage
from core.runs.checkpoints import LoadedModel
from core.runs.store import Run
from core.statistics.means import Mean, mean_by_group
from tests.test_experiments_shortcut import Job
from tests.trained import make_run_of

CORNER = Box(left=0.0, top=0.0, right=0.4, bottom=0.4)


class Patch(nn.Module):
    """Says class 1 where the upper left patch is brighter than the rest of what it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(20.0))

    def forward(self, x: Tensor) -> Tensor:
        score = self.weight * (x[:, :, 1:4, 1:4].mean(dim=(1, 2, 3)) - 0.15)
        return torch.stack([torch.zeros_like(score), score], dim=1)


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run on two classes of 8 validation images each, of two sizes, told apart by one bright patch."""
    made = make_run_of(("no", "yes"), "patchy", n_of_each=16)
    labels = made.split().set_index("sample_id")["label"]

    def image(sample_id: int) -> MedicalImage:
        side = 20 if sample_id % 4 else 40  # fractions of the box, whatever the size
        values = np.full((side, side), 100, dtype=np.uint8)
        if labels[sample_id] == "yes":
            values[: int(0.35 * side), : int(0.35 * side)] = 200
        return MedicalImage(values, (0, 255))

    real = running.open_dataset

    def opened(name: str) -> SimpleNamespace:
        dataset = real(name)
        return SimpleNamespace(info=dataset.info, samples=dataset.samples, image=image)

    monkeypatch.setattr(running, "open_dataset", opened)
    monkeypatch.setattr(running, "load_model", lambda asked: LoadedModel(Patch().eval(), asked.card))
    return made


def ask(run: Run, box: Box) -> MaskingAnswer:
    return measure_masking(masking_request(run, box), Job(run.folder))  # type: ignore[arg-type]


def test_covering_the_patch_kills_the_auroc_and_covering_other_places_does_nothing(run: Run) -> None:
    answer = ask(run, CORNER)
    assert (answer.before.value, answer.after.value) == (1.0, 0.5)
    assert answer.area is not None
    assert answer.area.value == -0.5
    assert len(answer.places) == 19
    assert [place.auroc for place in answer.places] == [1.0] * 19
    assert [place.size for place in answer.places] == pytest.approx([0.0] * 19, abs=1e-6)
    assert answer.calls.value == 0.5  # each "yes" is called "no", each "no" stays
    assert answer.calls_elsewhere.value == 0.0
    assert (answer.n_images, answer.n_patients, answer.n_left_out) == (16, None, 0)
    assert verdict(answer) == "leans"
    assert "16 images whose patients are not known" in str(finding(answer))


def test_the_changes_of_the_classes_cancel_and_name_the_one_that_loses(run: Run) -> None:
    no, yes = ask(run, CORNER).classes
    assert yes.box.value is not None
    assert no.box.value == pytest.approx(-yes.box.value)
    assert yes.box.value == pytest.approx(-0.5, abs=0.02)  # half of the images fall from about 1 to about 0
    assert yes.elsewhere.value == pytest.approx(0.0, abs=1e-6)


def test_the_images_that_move_most_are_those_with_the_patch(run: Run) -> None:
    most = ask(run, CORNER).most
    assert len(most) == 6
    assert {one.label for one in most} == {"yes"}
    assert all(one.class_name == "yes" and one.before > 0.9 > 0.1 > one.after for one in most)


def test_a_box_beside_the_patch_shows_no_sign(run: Run) -> None:
    answer = ask(run, Box(left=0.6, top=0.6, right=0.9, bottom=0.9))
    assert answer.after.value == 1.0
    assert verdict(answer) in ("alike", "less")


def test_a_box_with_no_room_beside_it_is_said_to_stand_alone(run: Run) -> None:
    answer = ask(run, Box(left=0.1, top=0.1, right=0.9, bottom=0.9))
    assert answer.places == ()
    assert answer.excess.value is None
    assert verdict(answer) == "alone"
    assert "nothing to compare with" in str(finding(answer))


def test_other_places_have_the_same_size_and_never_touch_the_box() -> None:
    places = other_places(CORNER, 50, seed=1)
    assert len(places) == 50
    for place in places:
        assert place.right - place.left == pytest.approx(0.4)
        assert place.bottom - place.top == pytest.approx(0.4)
        assert place.left >= 0.4 or place.top >= 0.4
    assert other_places(CORNER, 50, seed=1) == places
    assert other_places(Box(left=0.2, top=0.2, right=0.8, bottom=0.8), 5, seed=0) == ()


def test_a_box_in_the_middle_is_compared_with_boxes_that_share_at_most_a_quarter_of_it() -> None:
    box = Box(left=0.3, top=0.3, right=0.7, bottom=0.7)  # 0.4 wide: no room for as much beside it
    places = other_places(box, 19, seed=0)
    assert len(places) == 19
    for place in places:
        width = min(box.right, place.right) - max(box.left, place.left)
        height = min(box.bottom, place.bottom) - max(box.top, place.top)
        assert 0 < width * height <= 0.25 * 0.16


def test_many_images_are_thinned_by_whole_patients(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_IMAGES", 8)
    answer = ask(run, CORNER)
    assert (answer.n_images, answer.n_left_out) == (8, 8)


def test_one_other_box_that_moves_as_much_takes_the_sign_away(run: Run) -> None:
    answer = ask(run, CORNER)
    assert answer.n_as_much == 0
    rival = answer.places[0].model_copy(update={"size": 0.6})
    doubted = answer.model_copy(update={"places": (rival, *answer.places[1:])})
    assert verdict(doubted) == "alike"
    assert "1 of 19 other boxes move as much or more" in str(finding(doubted))


def test_a_box_counts_as_less_only_where_every_other_box_moves_as_much(run: Run) -> None:
    answer = ask(run, CORNER)
    below = Mean(-0.1, -0.2, -0.05, n=16, n_groups=16)
    larger = [place.model_copy(update={"size": 0.6}) for place in answer.places]
    least = answer.model_copy(update={"excess": below, "places": tuple(larger)})
    assert verdict(least) == "less"
    assert "less than each of 19 other boxes" in str(finding(least))
    one_smaller = answer.model_copy(update={"excess": below, "places": (answer.places[0], *larger[1:])})
    assert verdict(one_smaller) == "alike"


def test_probability_that_moves_is_half_the_sum_of_what_changes() -> None:
    before, after = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]), np.array([[0.5, 0.3, 0.2], [0.0, 0.5, 0.5]])
    assert moved(before, after) == pytest.approx([0.3, 1.0])


def test_a_mean_by_patient_has_the_width_of_the_patients() -> None:
    draws = np.random.default_rng(4)
    patients = draws.normal(-0.1, 0.2, 200)
    mean = mean_by_group(np.repeat(patients, 5), np.repeat(np.arange(200), 5))
    assert mean.value == pytest.approx(patients.mean())
    assert mean.low is not None
    assert mean.high is not None
    # 1.96 standard errors of 200 patients to either side, not of 1,000 images.
    error = patients.std(ddof=1) / np.sqrt(200)
    assert mean.high - mean.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert (mean.n, mean.n_groups) == (1000, 200)


def test_a_mean_of_equal_numbers_or_of_none_has_no_interval() -> None:
    assert mean_by_group(np.full(4, 0.25), np.arange(4)).low is None
    assert mean_by_group(np.zeros(0), np.zeros(0, dtype=np.int64)).value is None
