"""Simple rivals against the truth: pictures whose secret is known, and the rules of a fair comparison."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets.store import delete_dataset
from core.errors import JobStoppedError, StateError
from core.evaluation.looks import list_looks
from core.evaluation.paired import paired_answer
from core.evaluation.stored import stored_predictions
from core.experiments.rivals import materials, running
from core.experiments.rivals.asking import rivals_answer, rivals_request
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.fitting import make_folds
from core.experiments.rivals.materials import draw_patients
from core.experiments.rivals.records import RivalsAnswer
from core.experiments.rivals.running import run_rivals
from core.experiments.rivals.sentences import by_accuracy, verdict_of
from tests.job_stand_in import Standing
from tests.rivalled import answered, network, noise, resplit, write_pictures

N = 180
CODES = np.arange(N) // 2 % 2  # two films a patient, of one class


def write_bright() -> None:
    """Pictures that brightness alone tells apart."""
    write_pictures((noise(N) + 60 * CODES[:, None, None]).astype(np.uint8), CODES)


@pytest.fixture
def bright(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bright pictures, and two rivals alone: quick where it does not matter how many there are."""
    write_bright()
    monkeypatch.setattr(running, "RIVALS", {name: RIVALS[name] for name in ("majority", "brightness")})


@pytest.fixture(scope="module")
def beaten(tmp_path_factory: pytest.TempPathFactory) -> RivalsAnswer:
    """All rivals on bright pictures, against a poor network."""
    folder = tmp_path_factory.mktemp("beaten")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        write_bright()
        return answered(network(gain=0.5), folder)


def areas(answer: RivalsAnswer) -> dict[str, float | None]:
    return {r.name: r.metrics["auroc"].value for r in answer.rivals if "auroc" in r.metrics}


def test_where_brightness_decides_brightness_alone_is_perfect_and_beats_the_network(
    beaten: RivalsAnswer,
) -> None:
    found = beaten
    assert areas(found)["brightness"] == 1.0
    assert found.brighter_is == "finding"
    dark, light = found.brightness
    assert light.mean - dark.mean == pytest.approx(60 / 255, abs=0.01)
    told = verdict_of(found)
    assert told.kind == "beaten"
    assert str(told.sentence).startswith("A simple rival does better than the network: ")
    assert "reaches an AUROC of 1.00 (" in str(told.sentence)


def test_a_network_that_is_perfect_too_does_not_beat_a_perfect_rival(bright: None, tmp_path: Path) -> None:
    told = verdict_of(answered(network(gain=50), tmp_path))
    assert told.kind == "not shown"
    assert str(told.sentence).startswith("The network does not beat its simple rivals: ")


@pytest.mark.slow
def test_shuffled_labels_leave_every_rival_at_chance_and_the_network_beats_them(
    home: Path, tmp_path: Path
) -> None:
    write_pictures(noise(300), np.repeat(np.random.default_rng(1).integers(0, 2, 150), 2))
    answer = answered(network(gain=8), tmp_path)
    found = areas(answer)
    assert set(found) == set(RIVALS) - {"knn_embedding"}  # the network of this test has no weights
    # 100 images of 50 patients: the standard error of an area at chance is 0.06 to 0.08
    assert all(abs(area - 0.5) < 0.2 for area in found.values() if area is not None), found
    told = verdict_of(answer)
    assert told.kind == "beats all"
    assert str(told.sentence).startswith("The network beats every simple rival.")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer(beaten: RivalsAnswer, home: Path, tmp_path: Path) -> None:
    write_bright()
    one, other = (found.model_dump() for found in (beaten, answered(network(gain=0.5), tmp_path)))
    for found in (one, other):
        for rival in found["rivals"]:
            for name in ("fit_seconds", "answer_seconds", "measure_seconds"):
                rival.pop(name)
    assert one == other


def test_the_commonest_class_is_known_by_hand(bright: None, tmp_path: Path) -> None:
    run = network(gain=-3)
    found = answered(run, tmp_path)
    majority, said = found.rival("majority"), stored_predictions(run, "val")
    assert said is not None
    train = run.split().query("split == 'train'")["label"].value_counts()
    commonest = said.class_names.index(str(train.idxmax())) if train.nunique() > 1 else 0
    assert majority.metrics["accuracy"].value == pytest.approx((said.y_true == commonest).mean())
    assert majority.metrics["auroc"].value == 0.5
    assert majority.n_parameters == 2
    warned = by_accuracy(found)
    assert warned is not None
    assert str(warned).startswith(
        "By accuracy, at a threshold of 0.50, the network is no better than guessing"
    )


def test_differences_are_the_paired_ones_and_p_is_corrected_for_their_number(
    beaten: RivalsAnswer, home: Path
) -> None:
    write_bright()
    found, said = beaten, stored_predictions(network(gain=0.5), "val")
    assert said is not None
    flat = np.full((said.n_samples, 2), 0.5, dtype=np.float32)
    by_hand = paired_answer(replace(said, y_score=flat), said).metrics["auroc"]
    difference = found.rival("majority").difference
    assert difference is not None
    assert (difference.difference, difference.low, difference.p) == (
        by_hand.difference,
        by_hand.low,
        by_hand.p,
    )
    tested = [r.difference for r in found.rivals if r.difference is not None and r.difference.p is not None]
    smallest = min(tested, key=lambda one: one.p or 0)
    assert smallest.p_corrected == pytest.approx(min(1, len(tested) * (smallest.p or 0)))


def test_settings_are_chosen_with_each_patient_on_one_side() -> None:
    groups = np.repeat(np.arange(30), 4)
    labels = groups % 2
    folds = make_folds(labels, groups, seed=0)
    assert len(folds) == 3
    for kept, asked in folds:
        assert not set(groups[kept]) & set(groups[asked])
    assert sorted(np.concatenate([asked for _, asked in folds])) == list(range(120))
    assert make_folds(labels[:4], groups[:4], seed=0) == []  # one patient


def test_whole_patients_are_judged_and_never_more_images_than_are_allowed(bright: None) -> None:
    said = stored_predictions(network(), "val")
    assert said is not None
    places = draw_patients(said, 21, seed=0)
    assert len(places) == 20  # of two films each
    patients = said.patient_ids
    assert patients is not None
    assert len(set(patients[places])) == 10
    assert draw_patients(said, 1000, seed=0).tolist() == list(range(said.n_samples))
    one = replace(said, patient_ids=np.array(["p"] * said.n_samples, dtype=object))
    assert len(draw_patients(one, 21, seed=0)) == 21  # one patient has more than that: images are drawn


def test_large_sets_are_thinned_out_and_it_is_said(
    bright: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materials, "MOST_TRAIN", 40)
    monkeypatch.setattr(materials, "MOST_JUDGED", 30)
    found = answered(network(), tmp_path)
    assert (found.n_train, found.n_train_left_out) == (40, 80)
    assert (found.n_samples, found.n_patients, found.n_left_out) == (30, 15, 30)


def test_the_test_split_stays_sealed_until_somebody_opens_it(bright: None, tmp_path: Path) -> None:
    run = network()
    with pytest.raises(StateError, match="The test split of 'run' is sealed"):
        answered(run, tmp_path, "test")
    resplit(run, ["test" if side == "val" else side for side in run.split()["split"]], "test")
    found = answered(run, tmp_path, "test")  # opened by somebody: no look of its own
    assert (found.split, found.n_samples) == ("test", 60)
    assert list_looks(run) == []


def test_of_training_images_it_is_said_that_they_were_learned_from(bright: None, tmp_path: Path) -> None:
    run = network()
    resplit(run, run.split()["split"].tolist(), "train")
    found = answered(run, tmp_path, "train")
    assert found.n_samples == found.n_train
    assert str(found.notes[0]).startswith("These are the training images: the network and its rivals have")
    assert all("training images" not in str(note) for note in answered(run, tmp_path).notes)


def test_a_data_set_that_changed_is_refused(bright: None, tmp_path: Path) -> None:
    request = rivals_request(network(), "val").model_copy(update={"revision": "0" * 16})
    with pytest.raises(StateError, match="has changed; ask again"):
        run_rivals(request, Standing(tmp_path))


def test_other_pictures_under_the_name_of_its_data_set_are_refused(bright: None, tmp_path: Path) -> None:
    run = network()
    delete_dataset("made")
    write_pictures(noise(N, seed=7), CODES)
    with pytest.raises(StateError, match="'made' is no longer the one that 'run' was trained on"):
        answered(run, tmp_path)


def test_weights_that_changed_since_it_was_asked_are_refused(bright: None, tmp_path: Path) -> None:
    request = rivals_request(network(), "val").model_copy(update={"origin": "of an epoch before"})
    with pytest.raises(StateError, match="The weights of 'run' have changed; ask again."):
        run_rivals(request, Standing(tmp_path))


def test_it_can_be_stopped_and_says_how_far_it_is(bright: None, tmp_path: Path) -> None:
    run = network()
    job = Standing(tmp_path)
    run_rivals(rivals_request(run, "val"), job)
    assert job.reported == sorted(job.reported)
    assert 0 <= job.reported[0] < 0.5 < job.reported[-1] < 1
    for looks in (0, 3, 6):
        with pytest.raises(JobStoppedError):
            run_rivals(rivals_request(run, "val"), Standing(tmp_path, stop_after=looks))


def test_nobody_has_asked_yet(bright: None) -> None:
    run = network()
    assert rivals_answer(run, "val") is None
    assert rivals_request(run, "val") == rivals_request(run, "val", "made")
    assert rivals_request(run, "val") != rivals_request(run, "train")


@pytest.mark.slow
def test_on_the_phantoms_that_ship_brightness_alone_is_near_chance(home: Path, tmp_path: Path) -> None:
    from core.runs.store import DEMO_RUN, open_run

    found = answered(open_run(DEMO_RUN), tmp_path)
    area = areas(found)["brightness"]
    assert area is not None
    assert 0.40 <= area <= 0.60
    assert "knn_embedding" in areas(found)
