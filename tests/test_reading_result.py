"""What comes of a reading: numbers by hand."""

import csv
import io
import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.paired_sentences import p_equals
from core.evaluation.report import evaluate
from core.language import language
from core.reading.cases import CALLED_FROM, cases_of, reader_predictions, relabelled
from core.reading.drawing import draw_cases, order_of
from core.reading.export import as_csv, as_json, rows
from core.reading.readers import agreement, mean_reader
from core.reading.records import Reader, of_rating, rating_of
from core.reading.result import against, by_confidence, changes, least_disagreements, share
from core.statistics.paired_shares import mcnemar
from tests.reading_cases import answer, answers, plan_over, predictions

TRUTH = [1, 1, 1, 1, 0, 0, 0, 0]
MODEL = [0.9, 0.8, 0.2, 0.7, 0.1, 0.6, 0.3, 0.2]  # calls 1 1 0 1 0 1 0 0: wrong at 2 and 5
FIRST = [1, 0, 1, 1, 0, 0, 1, 0]  # wrong at 1 and 6
SECOND = [1, 1, 0, 1, 0, 0, 1, 0]  # 1 is now right, 2 now wrong


@pytest.fixture
def cases():
    found = predictions(TRUTH, MODEL)
    return cases_of(plan_over(found), found, {})


def test_ratings_run_from_definitely_not_to_definitely_and_back():
    for rating in range(1, 7):
        called, confidence = of_rating(rating, positive=1)
        assert rating_of(answer(0, called, confidence), 1) == rating
    assert [of_rating(rating, 0) for rating in (1, 6)] == [
        (1, 3),
        (0, 3),
    ]  # the positive class may be the first


def test_a_reader_is_judged_as_a_network_is(cases):
    confidences = [3, 1, 2, 3, 2, 1, 1, 3]
    given = answers(FIRST, confidences)
    found = evaluate(reader_predictions(cases, given), threshold=CALLED_FROM)
    assert found.confusion_matrix == ((3, 1), (1, 3))
    assert found.metrics["sensitivity"].value == 3 / 4
    # Wilson for 3 of 4, from the formula
    assert found.metrics["sensitivity"].low == pytest.approx(0.3006, abs=5e-5)
    assert found.metrics["sensitivity"].high == pytest.approx(0.9544, abs=5e-5)
    ratings = [rating_of(given[n], 1) for n in range(8)]
    assert ratings == [6, 3, 5, 6, 2, 3, 4, 1]
    assert found.metrics["auroc"].value == pytest.approx(roc_auc_score(TRUTH, ratings))


def test_against_the_network_by_hand(cases):
    reader = reader_predictions(cases, answers(FIRST))
    found = against(reader, cases.model, threshold=0.5, called_from=CALLED_FROM)
    assert (found.n_both, found.n_only_reader, found.n_only_model, found.n_neither) == (4, 2, 2, 0)
    assert found.shares.value == 0
    assert found.shares.p == 1
    strict = against(reader, cases.model, threshold=0.75, called_from=CALLED_FROM)  # the network misses 3 too
    assert (strict.n_only_reader, strict.n_only_model) == (2, 2)  # but 5 is no false alarm any more


def test_six_disagreements_one_way_are_the_fewest_that_tell():
    assert least_disagreements(20) == 6  # 2 x 0.5^6 = 0.031; 2 x 0.5^5 = 0.063
    assert least_disagreements(6) == 6
    assert least_disagreements(5) is None


def test_no_p_is_said_to_be_nought():
    told = [p_equals(p) for p in (mcnemar(0, 20), mcnemar(6, 0), 1.0)]
    assert told == ["p < 0.001", "p = 0.031", "p = 1.000"]


def test_changes_of_mind_by_hand(cases):
    first, second = answers(FIRST), answers(SECOND, [2, 2, 2, 3, 2, 2, 2, 2], pass_number=2)
    called = (np.array(MODEL) >= 0.5).astype(np.int64)
    found = changes(first, second, np.array(TRUTH), called)
    assert (found.n, found.n_changed, found.to_right, found.to_wrong) == (8, 2, 1, 1)
    assert (found.n_only_confidence, found.to_other_wrong) == (1, 0)
    assert (found.n_misled, found.could_be_misled) == (1, 2)  # 2 followed the network into error, 5 did not
    assert (found.n_saved, found.could_be_saved) == (1, 2)  # 1 was put right, 6 stayed wrong
    assert (found.share_right.value, found.share_right.n, found.p) == (0.5, 2, 1)


def test_without_a_change_there_is_no_share_of_changes(cases):
    first = answers(FIRST)
    found = changes(first, first, np.array(TRUTH), np.array(TRUTH))
    assert (found.n_changed, found.share_right.value, found.p) == (0, None, 1)


def test_confidence_against_being_right():
    found = by_confidence(answers(FIRST, [3, 1, 1, 3, 3, 2, 2, 1]), np.array(TRUTH))
    assert [(found[c].value, found[c].n) for c in (1, 2, 3)] == [(2 / 3, 3), (1 / 2, 2), (1.0, 3)]
    assert share(0, 0).value is None


def test_three_readers_and_their_mean(cases):
    called = np.array([FIRST, SECOND, TRUTH])
    found = agreement(["A", "B", "C"], called, 2)
    # A and B differ in 2 of 8, both say yes to half: (0.75 - 0.5) / 0.5
    assert found.pairs[0, 1].value == pytest.approx(0.5)
    assert found.mean.value == pytest.approx(0.5)
    assert found.group is not None and found.group.value == pytest.approx(0.5)
    readers = [reader_predictions(cases, answers(one)) for one in called.tolist()]
    assert mean_reader(readers).y_score[1, 1] == pytest.approx((1.5 + 4.5 + 4.5) / 18)
    together = evaluate(mean_reader(readers), threshold=CALLED_FROM)
    assert together.confusion_matrix == ((3, 1), (0, 4))  # two of three are right in all but case 6


def test_of_two_readers_there_is_no_kappa_of_a_group():
    assert agreement(["A", "B"], np.array([FIRST, SECOND]), 2).group is None


def test_several_classes_have_a_class_and_a_confidence():
    names = ("a", "b", "c")
    found = predictions([0, 1] * 4, [0.5] * 8)
    scores = np.full((8, 3), 1 / 3, dtype=np.float32)
    found = type(found)(
        y_true=np.array([0, 1, 2, 0, 1, 2, 0, 1]),
        logits=np.log(scores),
        y_score=scores,
        sample_ids=found.sample_ids,
        patient_ids=None,
        class_names=names,
    )
    cases = cases_of(plan_over(found), found, {})
    reader = reader_predictions(cases, answers([0, 1, 2, 2, 1, 2, 0, 0], [1, 2, 3, 1, 2, 3, 1, 2]))
    judged = evaluate(reader)
    assert judged.confusion_matrix == ((2, 0, 1), (1, 2, 0), (0, 0, 2))
    assert judged.metrics["accuracy"].value == 6 / 8


@pytest.mark.parametrize("mix", ["even", "as it is"])
def test_cases_are_of_different_patients_and_of_the_mix_that_was_asked_for(mix):
    rng = np.random.default_rng(0)
    y_true = (rng.random(300) < 0.2).astype(np.int64)
    patients = [f"p{n // 3}" for n in range(300)]
    found = predictions(y_true, rng.random(300), patients=patients)
    places = draw_cases(found, 20, mix=mix, seed=3)
    assert len({patients[place] for place in places.tolist()}) == 20
    assert places.tolist() == draw_cases(found, 20, mix=mix, seed=3).tolist()
    if mix == "even":
        assert y_true[places].sum() == 10
    else:
        drawn = [y_true[draw_cases(found, 20, mix=mix, seed=seed)].mean() for seed in range(200)]
        assert np.mean(drawn) == pytest.approx(0.2, abs=0.05)


def test_the_order_tells_nothing_of_the_class():
    found = predictions([0] * 50 + [1] * 50, [0.5] * 100)
    firsts = [found.y_true[draw_cases(found, 20, mix="even", seed=seed)][0] for seed in range(200)]
    assert 70 <= sum(firsts) <= 130


def test_where_a_class_runs_short_the_others_fill_up_and_few_patients_are_all_read():
    found = predictions([1] * 3 + [0] * 17, [0.5] * 20)
    assert sorted(found.y_true[draw_cases(found, 10, mix="even", seed=0)].tolist()) == [0] * 7 + [1] * 3
    few = predictions([1, 0, 0], [0.5] * 3)
    assert sorted(draw_cases(few, 20, mix="even", seed=0).tolist()) == [0, 1, 2]


def test_an_image_without_a_usable_score_is_never_drawn():
    found = predictions([0, 1, 0, 1], [0.5] * 4)
    found.y_score[2] = np.nan
    assert sorted(draw_cases(found, 4, mix="even", seed=0).tolist()) == [0, 1, 3]


def test_each_pass_and_each_reader_has_an_order_of_its_own():
    plan = plan_over(predictions([0, 1] * 10, [0.5] * 20))
    orders = [order_of(plan, reader, number) for reader in ("aa", "bb") for number in (1, 2)]
    assert all(sorted(order) == list(range(20)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4


def test_labels_that_were_corrected_later_count_and_are_named():
    found = predictions(TRUTH, MODEL)
    later = cases_of(plan_over(found), found, {100: "no finding", 101: "finding", 102: "unheard of"})
    assert later.corrected == (0,)
    assert later.model.y_true.tolist() == [0, *TRUTH[1:]]


def test_the_labels_of_other_images_change_nothing():
    found = predictions(TRUTH, MODEL)
    assert relabelled(found, {100: "no finding", 7: "finding"}).y_true.tolist() == [0, *TRUTH[1:]]


def test_what_a_reader_was_told_stands_beside_what_the_network_says(cases):
    plan = plan_over(predictions(TRUTH, MODEL))
    given = {number: answers(FIRST, pass_number=number) for number in (1, 2)}
    reader = Reader(reader="01", name="A", answers=given, ended=frozenset({1, 2}))
    with language("en"):
        plain = rows(plan, cases, [reader])
        calibrated = rows(plan, cases, [reader], told=1 - cases.model.y_score)
    assert [plain[n]["told_probability"] for n in (0, 8)] == [None, 0.9]  # blind nothing is told
    assert (calibrated[8]["told_probability"], calibrated[8]["model_probability"]) == (0.1, 0.9)


def test_the_export_has_a_row_an_answer_and_quotes_formulas(cases):
    found = predictions(TRUTH, MODEL)
    plan = plan_over(found)
    reader = Reader(reader="01", name="=1+1", answers={1: answers(FIRST), 2: {}}, ended=frozenset({1}))
    reading = Reader(reader="02", name="B", answers={1: {0: answer(0, 1)}, 2: {}})  # not over: not told
    with language("en"):
        table = rows(plan, cases, [reader, reading])
        text = as_csv(table).decode("utf-8-sig")
        told = json.loads(as_json(plan, table))
    read = list(csv.DictReader(io.StringIO(text)))
    assert len(read) == 8
    assert read[0]["reader"] == "'=1+1"
    assert (read[0]["case"], read[0]["sample_id"], read[0]["rating"]) == ("1", "100", "5")
    assert (read[0]["truth"], read[0]["model_probability"], read[0]["seconds"]) == ("finding", "0.9", "1.5")
    assert all("not for diagnosis" in row["notice"] for row in read)
    assert "not for diagnosis" in told["notice"]
    assert len(told["answers"]) == 8
