"""A run on another data set: which class stands for which, who is left out, what is shared, who looked."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from core.cli.main import run as run_command
from core.datasets.editing import LabelCorrection, correct_labels
from core.datasets.store import DatasetDraft, NewSample, delete_dataset, open_dataset, write_dataset
from core.errors import InvalidValueError, UnknownNameError, UserError
from core.evaluation.external import LEFT_OUT, suggested, variant_of, whole_mapping
from core.evaluation.foreign import PEOPLE_UNKNOWN, Shared, shared_with, shared_with_training, what_differs
from core.evaluation.looks import list_looks, n_looks, n_looks_beside, why_it_matters
from core.evaluation.mappings import remember_mapping, remembered_mapping
from core.evaluation.predictions import make_answers, predict_images, predictions_of
from core.evaluation.stored import origin_of, stored_path, stored_predictions
from core.images.records import MedicalImage
from core.language import Message
from core.runs.checkpoints import load_model
from core.runs.store import Run, open_run
from tests.trained import make_run_of

OURS = ("healthy", "ill")
SPECIES = ("wolf", "dog", "cat", "stone")  # two are ill, one is healthy, one is neither


def write_other(
    labels: tuple[str, ...], *, name: str = "elsewhere", patients: tuple[str | None, ...] | None = None
) -> None:
    rng = np.random.default_rng(7)
    images = [MedicalImage(rng.integers(0, 256, (20, 20)).astype(np.uint8), (0, 255)) for _ in labels]
    known = patients or (None,) * len(labels)
    samples = [
        NewSample(image, label, patient_id=patient)
        for image, label, patient in zip(images, labels, known, strict=True)
    ]
    write_dataset(DatasetDraft(dataset_id=name, title=name, source="folders"), samples)


@pytest.fixture
def run(home: Path) -> Run:
    return make_run_of(OURS, "run-a")


MEANT = {"wolf": "ill", "dog": "ill", "cat": "healthy", "stone": LEFT_OUT}


def test_each_class_there_is_judged_as_what_it_stands_for(run: Run) -> None:
    write_other(("cat", "dog", "stone", "wolf", "cat"))
    found = predictions_of(run, "all", "elsewhere", mapping=MEANT)
    assert found.class_names == OURS
    assert found.sample_ids.tolist() == [0, 1, 3, 4]  # without the stone
    assert [OURS[code] for code in found.y_true] == ["healthy", "ill", "ill", "healthy"]
    images = [open_dataset("elsewhere").image(number) for number in (0, 1, 3, 4)]
    np.testing.assert_allclose(found.y_score, predict_images(load_model(run), images), rtol=1e-4)


def test_classes_of_the_same_name_need_no_mapping_and_all_is_all(run: Run) -> None:
    write_other(("ill", "healthy", "ill"))
    assert predictions_of(run, "all", "elsewhere").y_true.tolist() == [1, 0, 1]


def test_a_mapping_may_turn_names_around(run: Run) -> None:
    write_other(("ill", "healthy", "ill"))
    turned = {"ill": "healthy", "healthy": "ill"}
    assert predictions_of(run, "all", "elsewhere", mapping=turned).y_true.tolist() == [0, 1, 0]
    assert predictions_of(run, "all", "elsewhere").y_true.tolist() == [1, 0, 1]  # the other file stays


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({}, "No class of 'elsewhere' stands for one that this run has learned; it knows healthy, ill."),
        ({"wolf": "", "dog": "", "cat": "", "stone": ""}, "No class of 'elsewhere' stands for one"),
        ({"wolf": "ill"}, "'elsewhere' has images of 'cat', which this run has not learned"),
        ({"wolf": "sick"}, "There is no class of the run 'sick'"),
        ({"fox": "ill"}, "There is no class of the other data set 'fox'"),
    ],
)
def test_classes_that_do_not_match_are_refused_in_one_sentence(
    run: Run, mapping: dict[str, str], words: str
) -> None:
    write_other(SPECIES)
    with pytest.raises(UserError) as caught:
        predictions_of(run, "all", "elsewhere", mapping=mapping)
    assert str(caught.value).startswith(words)
    assert not list_looks(run)


def test_of_its_own_data_there_is_no_all_and_no_mapping(run: Run) -> None:
    with pytest.raises(InvalidValueError, match="choose train, val or test, and map no classes"):
        predictions_of(run, "all")
    with pytest.raises(InvalidValueError, match="choose train, val or test, and map no classes"):
        predictions_of(run, "val", mapping={"healthy": "ill"})


def test_another_mapping_or_another_state_of_the_data_is_another_origin(run: Run) -> None:
    write_other(("ill", "healthy", "ill"))
    turned = {"ill": "healthy", "healthy": "ill"}
    origins = {origin_of(run, "elsewhere"), origin_of(run, "elsewhere", mapping=turned)}
    correct_labels("elsewhere", [LabelCorrection(sample_id=0, label="healthy")])
    origins |= {origin_of(run, "elsewhere")}
    weights = run.folder / "best.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1  # the same epoch, other weights
    weights.write_bytes(content)
    assert len(origins | {origin_of(run, "elsewhere")}) == 4


def test_what_was_stored_before_labels_there_were_corrected_is_not_shown(run: Run) -> None:
    write_other(("ill", "healthy", "ill"))
    make_answers(run, "all", "elsewhere")
    assert stored_path(run, "all", "elsewhere") is not None
    correct_labels("elsewhere", [LabelCorrection(sample_id=0, label="healthy")])
    assert stored_predictions(run, "all", "elsewhere") is None
    assert predictions_of(run, "all", "elsewhere").y_true.tolist() == [0, 0, 1]


def test_what_is_stored_is_not_asked_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write_other(SPECIES)
    first = predictions_of(run, "all", "elsewhere", mapping=MEANT)
    monkeypatch.setattr("core.evaluation.predictions.load_model", None)  # a second pass would call it
    again = predictions_of(run, "all", "elsewhere", mapping=dict(reversed(MEANT.items())))
    np.testing.assert_array_equal(first.logits, again.logits)


def test_a_data_set_that_is_gone_is_told_in_one_sentence(run: Run) -> None:
    write_other(("ill", "healthy"))
    predictions_of(run, "all", "elsewhere")
    delete_dataset("elsewhere")
    with pytest.raises(UnknownNameError, match="There is no data set 'elsewhere'"):
        stored_predictions(run, "all", "elsewhere")


def test_each_look_at_another_data_set_is_written_down_and_leaves_the_seal_whole(run: Run) -> None:
    write_other(("ill", "healthy"))
    make_answers(run, "all", "elsewhere")  # nobody has seen it yet
    assert not list_looks(run)
    predictions_of(run, "all", "elsewhere")
    predictions_of(run, "all", "elsewhere", who="command line")
    assert [(look.dataset, look.split, look.who) for look in list_looks(run)] == [
        ("elsewhere", "all", "page"),
        ("elsewhere", "all", "command line"),
    ]
    assert n_looks(run) == 0


def test_unlabelled_images_are_left_out_and_counted() -> None:
    assert suggested(("ill", "unlabelled"), OURS) == {"ill": "ill", "unlabelled": LEFT_OUT}
    assert whole_mapping(("ill", "unlabelled"), OURS, {}, dataset_id="x")["unlabelled"] == LEFT_OUT


def test_naming_what_goes_without_saying_is_no_other_mapping() -> None:
    assert variant_of({"ill": "ill"}) == variant_of({}) == ""
    assert variant_of({"a": "ill", "b": ""}) == variant_of({"b": "", "a": "ill"}) != variant_of({"a": "ill"})


def test_a_mapping_is_remembered_for_its_pair_until_a_class_is_new(run: Run) -> None:
    assert remembered_mapping(run, "elsewhere", SPECIES) is None
    remember_mapping(run, "elsewhere", MEANT)
    assert remembered_mapping(open_run(run.run_id), "elsewhere", SPECIES) == MEANT
    assert remembered_mapping(run, "elsewhere", (*SPECIES, "fox")) is None
    assert remembered_mapping(run, "elsewhere", (*SPECIES[1:], "fox")) is None  # renamed: one new, one gone
    assert remembered_mapping(run, "elsewhere", SPECIES[1:]) == {name: MEANT[name] for name in SPECIES[1:]}
    assert remembered_mapping(run, "nowhere", SPECIES) is None
    (run.folder / "mappings.json").write_text("{torn")
    assert remembered_mapping(run, "elsewhere", SPECIES) is None


def test_pictures_that_it_has_learned_from_are_warned_of(run: Run) -> None:
    own = open_dataset("run-a-data")
    images = [own.image(number) for number in (1, 3, 4)]  # odd ones are trained on, 4 is validated
    samples = [
        NewSample(image, label) for image, label in zip(images, ("ill", "ill", "healthy"), strict=True)
    ]
    write_dataset(DatasetDraft(dataset_id="copies", title="c", source="folders"), samples)
    warning, people = shared_with_training(run, open_dataset("copies"))
    assert shared_with(run, open_dataset("copies")) == Shared(2, 0, are_patients_known=False)
    assert str(warning).startswith("2 of its 3 pictures are ones that the network has learned from")
    write_other(("ill", "healthy"))
    assert shared_with_training(run, open_dataset("elsewhere")) == (people,)
    assert people == Message(text=PEOPLE_UNKNOWN)
    delete_dataset("run-a-data")
    (unknown,) = shared_with_training(run, open_dataset("elsewhere"))
    assert "is gone" in str(unknown)


def test_a_smaller_picture_is_told(run: Run) -> None:
    write_other(("ill", "healthy"))
    assert what_differs(run, open_dataset("elsewhere")) == ()
    pictures = [MedicalImage(np.eye(side, dtype=np.uint8), (0, 255)) for side in (8, 16)]
    samples = [NewSample(image, label) for image, label in zip(pictures, OURS, strict=True)]
    write_dataset(DatasetDraft(dataset_id="small", title="s", source="folders"), samples)
    (note,) = what_differs(run, open_dataset("small"))
    assert str(note).startswith("1 of its 2 pictures are smaller than the 16 x 16 pixels")


def test_the_reason_grows_with_the_looks() -> None:
    said = [str(why_it_matters(n)) for n in range(8)]
    assert len(set(said[:3])) == 3
    assert said[2].replace("2", "4") == said[4]
    assert "no test any more" in said[5]
    assert "no test any more" in said[7]
    assert "no test any more" not in said[4]


def test_looks_through_other_runs_of_a_sweep_at_the_same_test_are_counted(run: Run) -> None:
    siblings = []
    for number, side in enumerate(("same", "same", "another")):
        sibling = make_run_of(OURS, f"trial-{number}")
        path = sibling.folder / "config.json"
        asked = json.loads(path.read_text()) | {"group": "a-sweep", "split_hash": side}
        path.write_text(json.dumps(asked))
        siblings.append(open_run(sibling.run_id))
    for sibling in siblings[1:]:
        predictions_of(sibling, "test")
        predictions_of(sibling, "test")
    assert n_looks_beside(siblings[0]) == 2
    assert n_looks_beside(run) == 0


def test_the_command_line_maps_counts_and_says_who_is_left_out(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_other((*SPECIES, "cat"))
    maps = [f"--map={theirs}={ours}" for theirs, ours in MEANT.items()]

    def ended(*words: str) -> object:
        monkeypatch.setattr(sys, "argv", ["core", "evaluate", "run-a", "--dataset", "elsewhere", *words])
        with pytest.raises(SystemExit) as exit_code:
            run_command()
        return exit_code.value.code or 0

    assert ended(*maps, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["split"], record["n_samples"], record["looks"]) == ("all", 4, 1)
    assert record["left_out"] == {"stone": 1}
    assert [sum(row) for row in record["confusion_matrix"]] == [2, 2]
    assert list_looks(run)[0].who == "command line"
    assert ended("--map", "wolf") == 2
    assert "write --map THEIRS=OURS" in capsys.readouterr().err
