"""Predictions survive their file, and a damaged file is said in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import StateError
from core.runs.predictions import (
    Predictions,
    predictions_path,
    read_origin,
    read_predictions,
    write_predictions,
)


def make_predictions(*, patients: list[str | None] | None = None, n_classes: int = 2) -> Predictions:
    logits = np.random.default_rng(0).normal(size=(4, n_classes)).astype(np.float32)
    return Predictions.from_logits(
        logits,
        y_true=np.array([0, 1, 1, 0]),
        sample_ids=np.array([7, 3, 5, 11]),
        patient_ids=None if patients is None else np.array(patients, dtype=object),
        class_names=("no <b>finding</b>", "finding", "other")[:n_classes],
        positive_class="finding" if n_classes == 2 else None,
    )


@pytest.mark.parametrize("patients", [None, ["p1", "p1", None, "p2"]])
def test_predictions_come_back_from_their_file_bit_for_bit(
    tmp_path: Path, patients: list[str | None] | None
) -> None:
    written = make_predictions(patients=patients)
    path = write_predictions(tmp_path, "phantoms", "val", written)
    read = read_predictions(path)
    assert path == predictions_path(tmp_path, "phantoms", "val")
    for name in ("y_true", "logits", "y_score", "sample_ids"):
        assert getattr(read, name).dtype == getattr(written, name).dtype
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
    assert (None if read.patient_ids is None else read.patient_ids.tolist()) == patients
    assert (read.class_names, read.positive_class) == (written.class_names, written.positive_class)


def test_predictions_say_what_they_were_made_from(tmp_path: Path) -> None:
    path = write_predictions(tmp_path, "phantoms", "test", make_predictions(), origin="epoch 3")
    assert read_origin(path) == "epoch 3"
    assert read_origin(write_predictions(tmp_path, "phantoms", "val", make_predictions())) == ""
    assert read_origin(tmp_path / "none.parquet") is None
    path.write_bytes(b"no parquet")
    assert read_origin(path) is None


def test_three_classes_have_no_positive_class(tmp_path: Path) -> None:
    read = read_predictions(write_predictions(tmp_path, "cells", "test", make_predictions(n_classes=3)))
    assert read.positive_class is None
    assert read.positive_index is None
    assert read.y_score.shape == (4, 3)


def test_a_missing_patient_of_pandas_is_no_patient(tmp_path: Path) -> None:
    predictions = make_predictions(patients=["p1", float("nan"), None, "p2"])  # type: ignore[list-item]
    read = read_predictions(write_predictions(tmp_path, "phantoms", "val", predictions))
    assert read.patient_ids is not None
    assert read.patient_ids.tolist() == ["p1", None, None, "p2"]


def test_scores_are_the_softmax_of_the_logits() -> None:
    predictions = Predictions.from_logits(
        np.array([[0.0, np.log(3.0)], [1000.0, 0.0]]),
        y_true=np.array([1, 0]),
        sample_ids=np.array([0, 1]),
        patient_ids=None,
        class_names=("a", "b"),
        positive_class="b",
    )
    np.testing.assert_allclose(predictions.y_score, [[0.25, 0.75], [1.0, 0.0]])
    assert predictions.positive_index == 1


def test_no_predictions_at_all_come_back_too(tmp_path: Path) -> None:
    empty = Predictions.from_logits(
        np.zeros((0, 2)),
        y_true=np.zeros(0, dtype=np.int64),
        sample_ids=np.zeros(0, dtype=np.int64),
        patient_ids=None,
        class_names=("a", "b"),
        positive_class="b",
    )
    assert read_predictions(write_predictions(tmp_path, "none", "val", empty)).y_score.shape == (0, 2)


@pytest.mark.parametrize("content", [b"", b"PAR1 nothing PAR1", b"\x00" * 64])
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "phantoms.val.parquet"
    path.write_bytes(content)
    with pytest.raises(StateError) as caught:
        read_predictions(path)
    assert str(caught.value) == (
        "The stored predictions 'phantoms.val.parquet' can't be read."
        " Delete this file to have them made again."
    )


def test_arrays_of_other_lengths_are_refused() -> None:
    good = make_predictions()
    with pytest.raises(ValueError, match="4 images and 2 classes"):
        Predictions(
            good.y_true, good.logits, good.y_score[:3], good.sample_ids, None, good.class_names, "finding"
        )
    with pytest.raises(ValueError, match="none of the classes"):
        Predictions(good.y_true, good.logits, good.y_score, good.sample_ids, None, good.class_names, "ghost")
