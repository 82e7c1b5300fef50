"""The paired answer: what is compared, what is refused, what it says, and no more than it knows."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose
from sklearn.metrics import average_precision_score, f1_score, log_loss, matthews_corrcoef, roc_auc_score

from core.cli.main import lightbox
from core.datasets.editing import LabelCorrection, correct_labels
from core.errors import InvalidValueError, StateError
from core.evaluation.aligned import align, refuse_other_data
from core.evaluation.paired import corrected, disagreements, paired_answer
from core.evaluation.paired_records import PAIRED_METRICS
from core.evaluation.paired_sentences import alike, headline, p_words, patients_words
from core.evaluation.pairing import Pairing
from core.runs.predictions import Predictions, predictions_path, read_predictions
from core.runs.store import create_run
from core.training.config import parse_config
from tests.compared import make_compared
from tests.tiny_dataset import write_tiny


def make(
    n: int, *, seed: int, gain: float = 1.0, n_classes: int = 2, n_patients: int | None = None
) -> Predictions:
    """Draw predictions: half of the luck is the images' own, the same for every seed."""
    patients = np.arange(n) % (n_patients or n)
    truth = patients % n_classes
    own, shared = np.random.default_rng(seed), np.random.default_rng(100)
    luck = shared.normal(size=(n, n_classes)) + own.normal(size=(n, n_classes))
    return Predictions.from_logits(
        np.eye(n_classes)[truth] * gain + luck,
        y_true=truth,
        sample_ids=np.arange(n),
        patient_ids=np.array([f"p{patient}" for patient in patients], dtype=object),
        class_names=("healthy", "ill", "other")[:n_classes],
        positive_class="ill" if n_classes == 2 else None,
    )


def shuffled(predictions: Predictions, seed: int) -> Predictions:
    order = np.random.default_rng(seed).permutation(predictions.n_samples)
    assert predictions.patient_ids is not None
    return replace(
        predictions,
        y_true=predictions.y_true[order],
        logits=predictions.logits[order],
        y_score=predictions.y_score[order],
        sample_ids=predictions.sample_ids[order],
        patient_ids=predictions.patient_ids[order],
    )


def test_values_of_both_are_scikit_learns() -> None:
    one, other = make(80, seed=1), make(80, seed=2, gain=2)
    answer = paired_answer(one, other)
    for predictions, field in ((one, "one"), (other, "other")):
        score = predictions.y_score[:, 1]
        called = score >= 0.5
        expected = {
            "auroc": roc_auc_score(predictions.y_true, score),
            "average_precision": average_precision_score(predictions.y_true, score),
            "f1": f1_score(predictions.y_true, called),
            "mcc": matthews_corrcoef(predictions.y_true, called),
            "log_loss": log_loss(predictions.y_true, score.astype(float)),
            "accuracy": (called == predictions.y_true).mean(),
        }
        for name, value in expected.items():
            assert_allclose(getattr(answer.metrics[name], field), value, rtol=1e-5)
    assert list(answer.metrics) == list(PAIRED_METRICS)


def test_methods_follow_from_how_many_images_a_patient_has() -> None:
    alone = paired_answer(make(60, seed=1), make(60, seed=2)).metrics
    several = paired_answer(make(60, seed=1, n_patients=20), make(60, seed=2, n_patients=20)).metrics
    many = paired_answer(make(60, seed=1, n_classes=3), make(60, seed=2, n_classes=3)).metrics
    assert [alone[name].method for name in ("auroc", "sensitivity", "f1")] == [
        "delong",
        "mcnemar",
        "bootstrap_by_image",
    ]
    assert {several[name].method for name in ("accuracy", "sensitivity", "f1")} == {"bootstrap_by_patient"}
    assert several["auroc"].method == "delong_by_patient"
    assert many["auroc"].method == "bootstrap_by_image"
    assert "sensitivity" not in many


def test_exchanging_the_two_exchanges_the_answer() -> None:
    one, other = make(300, seed=1), make(300, seed=2, gain=2.5)
    there, back = paired_answer(one, other), paired_answer(other, one)
    assert {metric.verdict for metric in there.metrics.values()} == {"better"}
    assert {metric.verdict for metric in back.metrics.values()} == {"worse"}
    assert there.metrics["log_loss"].difference is not None
    assert there.metrics["log_loss"].difference < 0  # lower is better
    for name in ("auroc", "accuracy"):
        assert_allclose(there.metrics[name].difference, -(back.metrics[name].difference or 0))
        assert_allclose(there.metrics[name].low, -(back.metrics[name].high or 0))


def test_the_order_of_images_and_classes_does_not_matter() -> None:
    one, other = make(60, seed=1), make(60, seed=2)
    turned = replace(
        other,
        class_names=other.class_names[::-1],
        y_true=1 - other.y_true,
        logits=other.logits[:, ::-1],
        y_score=other.y_score[:, ::-1],
    )
    assert paired_answer(shuffled(one, 3), shuffled(turned, 4)) == paired_answer(one, other)


def test_the_same_predictions_cannot_be_told_apart_and_no_number_of_patients_would_help() -> None:
    one = make(60, seed=1)
    answer = paired_answer(one, one)
    assert {metric.verdict for metric in answer.metrics.values()} == {"cannot tell"}
    assert {metric.patients_needed for metric in answer.metrics.values()} == {None}
    assert answer.n_disagree == 0
    said = str(headline(answer, "auroc", one="a", other="b"))
    assert said == "Cannot tell: in AUROC for 'ill' the two are the same on all 60 images of 60 patients."


def test_a_perfect_network_is_better_than_one_that_gives_every_image_the_same_score() -> None:
    perfect = make(60, seed=1, gain=50)
    blind = replace(perfect, y_score=np.full((60, 2), 0.5, dtype=np.float32))
    metric = paired_answer(blind, perfect).metrics["auroc"]
    assert (metric.one, metric.other, metric.method, metric.verdict) == (0.5, 1.0, "newcombe", "better")


def test_other_images_are_refused_and_named() -> None:
    one, other = make(60, seed=1), make(60, seed=2)
    shifted = replace(other, sample_ids=other.sample_ids + 2)
    with pytest.raises(
        StateError, match=r"4 of them were asked of one of the two alone \(numbers 0, 1, 60, 61\)"
    ):
        paired_answer(one, shifted)


def test_other_classes_are_refused() -> None:
    with pytest.raises(StateError, match="other classes"):
        align(make(60, seed=1), make(60, seed=1, n_classes=3))


def test_corrected_labels_are_those_of_the_newer_run_and_it_is_said() -> None:
    one, other = make(60, seed=1), make(60, seed=2)
    truth = other.y_true.copy()
    truth[:3] = 1 - truth[:3]
    newer = replace(other, y_true=truth)
    answer = paired_answer(one, newer)
    assert str(answer.notes[0]).startswith("3 labels were corrected")
    assert answer.metrics["accuracy"].one == ((one.y_score[:, 1] >= 0.5) == truth).mean()
    assert paired_answer(one, newer, newer="one").metrics == paired_answer(one, other).metrics


def test_unknown_patients_count_one_by_one_and_it_is_said() -> None:
    one, other = make(60, seed=1), make(60, seed=2)
    answer = paired_answer(replace(one, patient_ids=None), replace(other, patient_ids=None))
    assert (answer.n_patients, answer.n_groups) == (None, 60)
    assert "Nobody knows whose the images are" in str(answer.notes[0])


def test_a_split_with_one_class_has_no_area_but_an_accuracy() -> None:
    one, other = (replace(make(40, seed=seed), y_true=np.ones(40, dtype=np.int64)) for seed in (1, 2))
    answer = paired_answer(one, other)
    assert answer.metrics["auroc"].difference is None
    assert answer.metrics["accuracy"].low is not None
    assert answer.metrics["specificity"].one is None


def test_no_images_have_no_answer() -> None:
    empty = shuffled(make(60, seed=1), 0)
    none = replace(
        empty,
        y_true=empty.y_true[:0],
        logits=empty.logits[:0],
        y_score=empty.y_score[:0],
        sample_ids=empty.sample_ids[:0],
        patient_ids=None,
    )
    assert all(metric.difference is None for metric in paired_answer(none, none).metrics.values())


def test_the_sentence_names_the_winner_its_gain_and_n() -> None:
    one, other = make(120, seed=1), make(120, seed=2, gain=2.5)
    for pair in ((one, other, "a", "b"), (other, one, "b", "a")):
        answer = paired_answer(*pair[:2])
        said = str(headline(answer, "auroc", one=pair[2], other=pair[3]))
        assert said.startswith("b is better by 0.")
        assert said.endswith("n = 120 images of 120 patients.")
        assert "-" not in said.replace("AUROC for 'ill'", "")


def test_what_cannot_be_told_says_how_many_patients_would_tell() -> None:
    answer = paired_answer(make(60, seed=1), make(60, seed=2, gain=1.1))
    said = str(headline(answer, "auroc", one="a", other="b"))
    assert answer.metrics["auroc"].verdict == "cannot tell"
    assert said.startswith("Cannot tell with 60 images of 60 patients: b differs by ")
    assert said.endswith(" patients would be needed if the difference is what it seems.")


def test_numbers_beside_each_other_have_as_many_digits() -> None:
    assert alike(0.03, 0.012, 0.05) == ["0.03", "0.01", "0.05"]
    assert alike(0.01, -0.002, 0.04, sign=True) == ["+0.010", "-0.002", "+0.040"]
    assert alike(0.0, sign=True) == ["0.00"]
    assert (p_words(0.0004), p_words(0.04), p_words(None)) == ("< 0.001", "0.040", "–")
    assert (str(patients_words(8764)), str(patients_words(None))) == ("about 8,800", "not to be had")


def test_many_comparisons_are_corrected_and_lose_what_was_luck() -> None:
    reference = make(80, seed=0)
    plain = [paired_answer(reference, make(80, seed=seed, gain=1 + 0.15 * seed)) for seed in range(1, 8)]
    after = corrected(plain)
    ps = [
        (a.metrics["auroc"].p or 0, b.metrics["auroc"].p_corrected or 0)
        for a, b in zip(plain, after, strict=True)
    ]
    assert_allclose(min(ps)[1], 7 * min(ps)[0])
    assert all(second >= first for first, second in ps)
    told = [sum(one.metrics["auroc"].verdict == "better" for one in answers) for answers in (plain, after)]
    assert told[0] > told[1] > 0
    assert corrected(plain[:1]) == plain[:1]


def test_disagreements_begin_where_the_two_are_furthest_apart() -> None:
    one, other = make(60, seed=1), make(60, seed=2)
    found = disagreements(one, other)
    called = [(each.y_score[:, 1] >= 0.5) for each in (one, other)]
    assert {each.sample_id for each in found} == set(np.flatnonzero(called[0] != called[1]).tolist())
    assert len(found) == paired_answer(one, other).n_disagree
    gaps = [abs(each.one_probability - each.other_probability) for each in found]
    assert gaps == sorted(gaps, reverse=True)
    first = found[0]
    assert first.called_by_one != first.called_by_other
    assert first.named_class == "ill"
    assert_allclose(first.one_probability, one.y_score[first.sample_id, 1])


def test_disagreements_of_many_classes_tell_how_sure_each_is_of_what_it_calls() -> None:
    one, other = (make(60, seed=seed, n_classes=3) for seed in (1, 2))
    for each in disagreements(one, other):
        assert each.named_class is None
        assert_allclose(each.one_probability, one.y_score[each.sample_id].max())
        assert_allclose(each.other_probability, other.y_score[each.sample_id].max())


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("n_patients", [60, 20])
def test_one_pairing_says_at_each_threshold_what_a_new_one_says(n_classes: int, n_patients: int) -> None:
    one, other = (make(60, seed=seed, n_classes=n_classes, n_patients=n_patients) for seed in (1, 2))
    pairing = Pairing(one, other)
    for threshold in (0.3, 0.5, 0.0) if n_classes == 2 else (0.5, (0.1, 0.5, 0.3)):
        assert pairing.at(threshold) == paired_answer(one, other, threshold=threshold)


def test_runs_of_other_data_are_refused(home) -> None:
    first, second = write_tiny("tiny"), write_tiny("other")
    config = parse_config({"dataset": "tiny"})
    run = create_run(config, dataset_revision=first.revision, run_id="a")
    same = create_run(config, dataset_revision=first.revision, run_id="b")
    other = create_run(parse_config({"dataset": "other"}), dataset_revision=second.revision, run_id="c")
    gone = create_run(config, dataset_revision="0" * 16, run_id="d")
    refuse_other_data(run, same)
    with pytest.raises(StateError, match="'a' was trained on 'tiny' and 'c' on 'other'"):
        refuse_other_data(run, other)
    with pytest.raises(StateError, match="the same name, other images"):
        refuse_other_data(run, gone)
    drawn = parse_config({"dataset": "tiny", "split": {"labels": "random"}})
    with pytest.raises(StateError, match="drawn by lot"):
        refuse_other_data(run, create_run(drawn, dataset_revision=first.revision, run_id="e"))


def test_a_corrected_label_keeps_runs_comparable(home) -> None:
    info = write_tiny("tiny")
    config = parse_config({"dataset": "tiny"})
    before = create_run(config, dataset_revision=info.revision, run_id="a")
    changed = correct_labels("tiny", [LabelCorrection(sample_id=0, label=info.class_names[1])])
    assert changed.revision != info.revision
    refuse_other_data(before, create_run(config, dataset_revision=changed.revision, run_id="b"))


def test_the_command_says_what_the_page_says(home) -> None:
    write_tiny("tiny", n_images=200)
    one, other = make_compared("a", luck=1, gain=0.3), make_compared("b", luck=2, gain=3.0)
    asked = CliRunner().invoke(lightbox, ["compare", "a", "b", "--json"])
    assert asked.exit_code == 0, asked.output
    record = json.loads(asked.stdout)
    answer = paired_answer(
        *(read_predictions(predictions_path(run.folder, "tiny", "val")) for run in (one, other))
    )
    assert record["sentence"] == str(headline(answer, "auroc", one="a", other="b"))
    assert record["metrics"]["auroc"]["low"] == answer.metrics["auroc"].low
    assert "never for diagnosis" in record["notice"]
    refused = CliRunner().invoke(lightbox, ["compare", "a", "a"])
    assert isinstance(refused.exception, InvalidValueError)
