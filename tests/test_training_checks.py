"""What cannot be trained is said beside its field; what can but may not do what was meant is noted."""

from typing import Any

import pandas as pd
import pytest

from core.datasets.records import DatasetInfo
from core.errors import InvalidValueError
from core.training.config import (
    DatasetFacts,
    TrainingConfig,
    facts_of,
    notes,
    parse_config,
    problems,
    refuse_problems,
    unchecked_config,
)

TWO = DatasetFacts("films", 40, 20, {"clear": 20, "finding": 20})
NONE_VAL = {"train": {"clear": 9, "finding": 9}, "val": {}, "test": {"clear": 1}}
ONE_TRAIN = {"train": {"clear": 9}, "val": {"clear": 2, "finding": 2}, "test": {}}
ONE_VAL = {"train": {"clear": 9, "finding": 9}, "val": {"clear": 2}, "test": {}}
RARE_TRAIN = {"train": {"clear": 39, "finding": 4}, "val": {"clear": 1, "finding": 1}, "test": {}}
FEW = {"train": {"clear": 9, "finding": 9}, "val": {"clear": 1, "finding": 1}, "test": {}}


def config(**changes: Any) -> TrainingConfig:
    return unchecked_config({"dataset": "films", **changes})


def said(found: TrainingConfig, facts: DatasetFacts | None = None) -> list[tuple[str, str]]:
    return [(problem.field, str(problem.reason)) for problem in problems(found, facts)]


def test_the_usual_settings_have_no_problem() -> None:
    assert said(config(), TWO) == []


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"model": "resnet18", "image_size": 16},
            "image_size",
            "resnet18 needs images of at least 32 pixels; image_size is 16.",
        ),
        ({"batch_size": 1}, "batch_size", "small_cnn has batch norm, which compares the images"),
        ({"pretrained": True}, "pretrained", "'small_cnn' has no pretrained weights."),
        (
            {"model": "resnet18", "pretrained": True, "weights_from": "run:first"},
            "weights_from",
            "A network begins with one set of weights",
        ),
        (
            {"weights_from": "first"},
            "weights_from",
            "weights_from is 'run:NAME' or 'file:NAME', not 'first'.",
        ),
        ({"weights_from": "run:"}, "weights_from", "weights_from is 'run:NAME' or 'file:NAME', not 'run:'."),
        ({"epochs": 5, "head_epochs": 5}, "head_epochs", "The head alone takes 5 of 5 epochs"),
        (
            {"head_epochs": 2, "unfreeze": "last blocks", "unfrozen_blocks": 4},
            "unfrozen_blocks",
            "small_cnn has 3 blocks; unfrozen_blocks is 4.",
        ),
        ({"epochs": 4, "warmup_epochs": 4.5}, "warmup_epochs", "Warm-up takes 4.5 of 4 epochs"),
        (
            {"epochs": 20, "head_epochs": 2, "warmup_epochs": 2},
            "warmup_epochs",
            "Warm-up takes 2 epochs, and a stage has 2",
        ),
    ],
)
def test_what_a_config_contradicts_itself_in_names_the_field_and_the_reason(
    changes: dict[str, Any], field: str, sentence: str
) -> None:
    found = said(config(**changes))
    assert [name for name, _text in found] == [field]
    assert found[0][1].startswith(sentence)
    with pytest.raises(InvalidValueError) as refused:
        parse_config({"dataset": "films", **changes})
    assert str(refused.value) == found[0][1]


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 5, "head_epochs": 5, "unfreeze": "nothing"},
        {"head_epochs": 2, "unfreeze": "last blocks", "unfrozen_blocks": 3},
        {"unfreeze": "last blocks", "unfrozen_blocks": 30},  # without a stage of its own it plays no part
        {"epochs": 4, "warmup_epochs": 3.5},
        {"epochs": 4, "warmup_epochs": 4, "schedule": "one-cycle"},  # it has a warm-up of its own
        {"model": "resnet18", "pretrained": True, "image_size": 32},
    ],
)
def test_what_just_goes_together_is_let_through(changes: dict[str, Any]) -> None:
    assert said(config(**changes), TWO) == []


@pytest.mark.parametrize(
    ("changes", "facts", "field", "sentence"),
    [
        (
            {"split": {"scheme": "k-fold", "n_folds": 10}},
            DatasetFacts("films", 40, 9, {"clear": 20, "finding": 20}),
            "split.n_folds",
            "There are 10 folds and only 9 patients. Choose at most 9 folds.",
        ),
        (
            {"split": {"scheme": "k-fold", "n_folds": 5, "by_patient": False}},
            DatasetFacts("films", 4, 2, {"clear": 2, "finding": 2}),
            "split.n_folds",
            "There are 5 folds and only 4 images. Choose at most 4 folds.",
        ),
        (
            {},
            DatasetFacts("films", 9, 9, {"clear": 9, "finding": 0}),
            "dataset",
            "All images of 'films' belong to one class",
        ),
        (
            {},
            DatasetFacts("films", 9, 9, {"unlabelled": 2, "finding": 7}),
            "dataset",
            "'films' has 2 images without a class",
        ),
        (
            {},
            DatasetFacts("films", 19, 9, TWO.class_counts, NONE_VAL),
            "split.scheme",
            "The split of 'films' leaves no validation images.",
        ),
        (
            {},
            DatasetFacts("films", 19, 9, TWO.class_counts, ONE_TRAIN),
            "split.scheme",
            "The split leaves one class alone among the training images",
        ),
        (
            {"best_by": "auroc"},
            DatasetFacts("films", 19, 9, TWO.class_counts, ONE_VAL),
            "best_by",
            "No validation image is of the class 'finding', so there is no auroc",
        ),
        (
            {"schedule": "one-cycle", "epochs": 3, "batch_size": 32},
            DatasetFacts("films", 20, 20, TWO.class_counts, FEW),
            "schedule",
            "One-cycle has to rise and to fall, and the shortest stage has only 3 steps.",
        ),
        (
            {"schedule": "one-cycle", "epochs": 3, "batch_size": 32, "balance": "under-sampling"},
            DatasetFacts("films", 45, 45, {"clear": 40, "finding": 5}, RARE_TRAIN),
            "schedule",
            "One-cycle has to rise and to fall, and the shortest stage has only 3 steps.",
        ),
        (
            {"loss": "focal", "focal_alpha": 0.25},
            DatasetFacts("films", 9, 9, {"a": 3, "b": 3, "c": 3}),
            "focal_alpha",
            "focal_alpha weighs two classes, and there are 3.",
        ),
    ],
)
def test_what_the_data_do_not_allow_is_said_once_they_are_known(
    changes: dict[str, Any], facts: DatasetFacts, field: str, sentence: str
) -> None:
    asked = config(**changes)
    assert said(asked) == []
    found = said(asked, facts)
    assert [name for name, _text in found] == [field]
    assert found[0][1].startswith(sentence)
    with pytest.raises(InvalidValueError) as refused:
        refuse_problems(asked, facts)
    assert str(refused.value) == found[0][1]


def test_a_validation_part_of_one_class_may_choose_by_the_loss() -> None:
    facts = DatasetFacts("films", 19, 9, TWO.class_counts, ONE_VAL)
    assert said(config(best_by="loss"), facts) == []
    assert said(config(best_by="accuracy"), facts) == []


def test_facts_count_the_classes_of_each_side_and_those_without_an_image() -> None:
    info = DatasetInfo(
        dataset_id="films",
        title="Films",
        source="folders",
        n_images=4,
        n_patients=3,
        class_names=("a", "b", "c"),
        class_counts={"a": 3, "b": 1},
        revision="0" * 16,
        created_at="2026-01-01",
    )
    split = pd.DataFrame({"label": ["a", "a", "b", "a"], "split": ["train", "train", "train", "val"]})
    facts = facts_of(info, split)
    assert facts.class_counts == {"a": 3, "b": 1, "c": 0}
    assert facts.sides == {"train": {"a": 2, "b": 1}, "val": {"a": 1}, "test": {}}
    assert facts_of(info).sides is None


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"schedule": "step", "step_epochs": 20}, "step_epochs", "The first step comes after epoch 20"),
        (
            {"schedule": "plateau", "plateau_patience": 19},
            "plateau_patience",
            "19 epochs are waited for, and the run has 20",
        ),
        ({"schedule": "plateau", "patience": 3}, "patience", "The run stops early before the plateau"),
        ({"head_epochs": 3}, "head_epochs", "The frozen body has random weights"),
        ({"device": "cpu", "precision": "float16"}, "precision", "float16 is slow on a CPU"),
        (
            {"model": "resnet18", "pretrained": True},
            "image_size",
            "resnet18 learned these weights at 224 pixels",
        ),
    ],
)
def test_what_may_not_do_what_was_meant_is_noted_and_not_refused(
    changes: dict[str, Any], field: str, sentence: str
) -> None:
    found = [(note.field, str(note.reason)) for note in notes(config(**changes))]
    assert [name for name, _text in found] == [field]
    assert found[0][1].startswith(sentence)
    assert problems(config(**changes), TWO) == []
    assert notes(config()) == []
