"""Little is given: many classes, colours, one class, three images, nothing to see, no numbers."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.evaluation.looks import list_looks
from core.evaluation.paired import paired_answer
from core.evaluation.predictions import predictions_of
from core.evaluation.stored import origin_of, stored_predictions
from core.experiments.rivals import network_side, running
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.records import RivalsAnswer
from core.experiments.rivals.sentences import by_embedding, verdict_of
from core.runs.checkpoints import load_model
from core.runs.predictions import Predictions, write_predictions
from core.runs.store import Run
from tests.rivalled import answered, network, noise, resplit, write_pictures
from tests.trained import make_run_of

ALL = set(RIVALS) - {"knn_embedding"}  # the networks of these tests have no weights


def problems(answer: RivalsAnswer) -> Mapping[str, str]:
    return {one.name: str(one.problem) for one in answer.rivals if one.problem is not None}


def few(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Ask some rivals alone."""
    monkeypatch.setattr(running, "RIVALS", {name: RIVALS[name] for name in names})


def said_of(run: Run) -> Predictions:
    """Return what the network has said."""
    said = stored_predictions(run, "val")
    assert said is not None
    return said


def answer_with(run: Run, scores: np.ndarray) -> None:
    """Let the network have said this."""
    changed = replace(said_of(run), y_score=scores.astype(np.float32))
    write_predictions(run.folder, run.config.dataset, "val", changed)


def test_three_classes_in_colour_are_each_told_from_the_rest(home: Path, tmp_path: Path) -> None:
    codes = np.arange(144) // 6 % 3
    pictures = noise(144, channels=3).astype(np.int64)
    pictures[np.arange(144), :, :, codes] += 100  # red, green or blue: in grey they differ too, by their luma
    write_pictures(pictures.astype(np.uint8), codes)
    found = answered(network(gain=1), tmp_path)
    assert set(problems(found)) == {"knn_embedding"}
    assert found.n_features == 60
    assert found.rival("boosting").metrics["auroc"].value == pytest.approx(1, abs=0.01)
    assert found.rival("majority").metrics["auroc"].value == 0.5
    assert {one.class_name for one in found.weights} == {"clear", "finding", "other"}
    assert found.brighter_is is None  # of three
    assert verdict_of(found).kind == "beaten"
    assert "colour" in {one.name for one in found.families}


def test_one_that_is_always_right_beats_a_guess_also_among_several_classes() -> None:
    truth = np.arange(90) // 2 % 3

    def saying(scores: np.ndarray) -> Predictions:
        return Predictions(truth, np.log(scores), scores, np.arange(90), None, ("a", "b", "c"))

    right = saying(np.where(np.eye(3)[truth] == 1, 0.98, 0.01).astype(np.float32))
    guess = saying(np.full((90, 3), 1 / 3, dtype=np.float32))
    plain = paired_answer(guess, right)
    assert plain.metrics["auroc"].low is None  # every resample says the same
    found = running.measured(plain, right).metrics["auroc"]
    assert (found.difference, found.verdict) == (0.5, "better")
    assert found.low is not None
    assert 0.2 < found.low < 0.5
    assert running.measured(paired_answer(right, right), right).metrics["auroc"].verdict == "cannot tell"


def test_training_images_of_one_class_are_a_sentence(home: Path, tmp_path: Path) -> None:
    codes = np.arange(60) // 2 % 2
    write_pictures(noise(60), codes)
    run = network()
    resplit(run, ["val" if number % 4 > 1 or number > 40 else "train" for number in range(60)])
    found = answered(run, tmp_path)
    assert set(problems(found)) == set(RIVALS) - {"majority"}
    assert problems(found)["svm"].startswith("The training images are of one class")
    assert found.rival("majority").metrics["accuracy"].value == 9 / 39  # of the one class among the judged
    answer_with(run, np.eye(2)[said_of(run).y_true])  # to beat one of eight is not to beat them all
    told = verdict_of(answered(run, tmp_path))
    assert told.kind == "unknown"
    assert str(told.sentence).endswith("cannot be told: " + problems(found)["svm"])


def test_judged_images_of_one_class_have_no_auroc_and_a_reason(home: Path, tmp_path: Path) -> None:
    codes = np.arange(60) // 2 % 2
    write_pictures(noise(60), codes)
    run = network()
    resplit(run, ["val" if number % 4 < 2 and number > 30 else "train" for number in range(60)])
    found = answered(run, tmp_path)
    assert set(problems(found)) == {"knn_embedding"}
    told = verdict_of(found)
    assert told.kind == "unknown"
    assert str(told.sentence).startswith("Whether the network beats its simple rivals cannot be told: ")
    assert found.importances == ()


@pytest.mark.parametrize("sides", [["train", "train", "val"], ["train", "val", "val"], ["val"] * 3])
def test_three_images_are_enough_for_a_sentence(home: Path, tmp_path: Path, sides: list[str]) -> None:
    write_pictures(noise(3), np.array([0, 1, 0]), films=1)
    run = network()
    resplit(run, sides)
    assert str(verdict_of(answered(run, tmp_path)).sentence)


def test_pictures_without_anything_to_see_leave_every_rival_at_one_half(home: Path, tmp_path: Path) -> None:
    write_pictures(np.full((60, 20, 20), 90, dtype=np.uint8), np.arange(60) // 2 % 2)
    found = answered(network(), tmp_path)
    assert {one.metrics["auroc"].value for one in found.rivals if one.problem is None} == {0.5}
    assert len(found.tree) == 1


def test_images_without_a_number_are_left_out_and_counted(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "majority")
    write_pictures(noise(60), np.arange(60) // 2 % 2)
    run = network()
    said = stored_predictions(run, "val")
    assert said is not None
    scores = said.y_score.copy()
    scores[:3] = np.nan
    answer_with(run, scores)
    found = answered(run, tmp_path)
    assert found.n_samples == said.n_samples - 3
    assert str(found.notes[0]).startswith("The network gave no number for 3 images")
    answer_with(run, np.full_like(scores, np.nan))
    found = answered(run, tmp_path)
    assert found.n_samples == 0
    assert verdict_of(found).kind == "unknown"


def test_another_data_set_is_judged_by_what_was_learned_here(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "majority", "brightness")
    codes = np.arange(60) // 2 % 2
    write_pictures((noise(60) + 60 * codes[:, None, None]).astype(np.uint8), codes)
    dark = (noise(60, size=30, seed=1) + 60 * (1 - codes)[:, None, None]).astype(np.uint8)
    write_pictures(dark, codes, "there")
    run = network()
    said = stored_predictions(run, "val")
    assert said is not None
    write_predictions(run.folder, "there", "val", said, origin=origin_of(run, "there"))
    found = answered(run, tmp_path, dataset="there")
    assert (found.dataset, found.n_train) == ("there", 40)
    assert found.rival("brightness").metrics["auroc"].value == 0.0  # it is the other way round there


def test_neighbours_borrow_the_eyes_of_a_network_that_has_some(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "majority", "knn_embedding")
    run = make_run_of(("clear", "finding"), "random", n_of_each=12)
    predictions_of(run, "val")
    found = answered(run, tmp_path)
    assert problems(found) == {}
    assert found.rival("knn_embedding").n_parameters
    said = by_embedding(found)  # of noise: its neighbours tell nothing apart, and a few images no difference
    assert str(said).endswith("of its last layer nothing can be said.")
    rival = found.rival("knn_embedding")
    sure = {"auroc": rival.metrics["auroc"].model_copy(update={"value": 0.9, "low": 0.8, "high": 0.95})}
    told = found.model_copy(update={"rivals": (rival.model_copy(update={"metrics": sure}),)})
    assert str(by_embedding(told)).endswith("the last layer, which adds nothing that shows.")
    weights = load_model(run).model.state_dict().values()
    assert found.network.n_parameters == sum(one.numel() for one in weights)


def test_the_networks_own_answering_is_timed_and_scaled_up_and_is_no_look(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "majority")
    run = make_run_of(("clear", "finding"), "timed", n_of_each=12)
    predictions_of(run, "val")
    seconds = iter([10.0, 13.0])
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr(network_side, "time", clock)
    monkeypatch.setattr(network_side, "MOST_TIMED", 6)
    found = answered(run, tmp_path)
    assert found.network.n_timed == 6
    assert found.network.answer_seconds == 3 * found.n_samples / 6
    assert list_looks(run) == []


def test_a_network_whose_weights_are_gone_has_no_time(home: Path, tmp_path: Path) -> None:
    write_pictures(noise(6), np.arange(6) % 2, films=1)
    assert answered(network(), tmp_path).network.answer_seconds is None
