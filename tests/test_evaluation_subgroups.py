"""Metrics in groups of patients: by hand, against the whole, and what chance alone does to many of them."""

import numpy as np
import pytest
from scipy.stats import norm

from core.datasets.store import open_dataset
from core.evaluation import group_metrics
from core.evaluation.group_metrics import Draws, counted, shares_of
from core.evaluation.report import evaluate
from core.evaluation.subgroup_records import GROUP_METRICS
from core.evaluation.subgroup_sentences import chance_words, finding_words
from core.evaluation.subgroup_values import MOST_GROUPS, Attribute, attributes_of, lesion_sizes
from core.evaluation.subgroups import Subgroups
from core.language import Message
from core.runs.predictions import Predictions


def predictions_of(y_true, positive_score, patients=None):
    score = np.asarray(positive_score, dtype=np.float64)
    logits = np.stack([np.zeros(len(score)), np.log(score / (1 - score))], axis=1)
    return Predictions.from_logits(
        logits,
        y_true=np.asarray(y_true),
        sample_ids=np.arange(len(score)),
        patient_ids=None if patients is None else np.asarray(patients, dtype=object),
        class_names=("well", "ill"),
        positive_class="ill",
    )


def attribute(codes, n_groups, name="sex"):
    values = tuple(Message(text=f"group {number}") for number in range(n_groups))
    return Attribute(name, Message(text=name), np.asarray(codes, dtype=np.int64), values)


def made(n, rng, *, spread=1.0):
    """n patients of one image each, half ill, whose scores tell them apart with a known AUROC."""
    y_true = np.arange(n) % 2
    return y_true, norm.cdf(rng.normal(y_true * spread, 1.0))


def test_a_share_in_a_group_is_counted_by_hand():
    # Group 0: ill 12, of them 9 called; group 1: ill 12, of them 6 called. One well image each.
    y_true = [1] * 12 + [0] + [1] * 12 + [0]
    score = [0.9] * 9 + [0.1] * 3 + [0.2] + [0.9] * 6 + [0.1] * 6 + [0.2]
    found = predictions_of(y_true, score)
    table = Subgroups(found, [attribute([0] * 13 + [1] * 13, 2)]).at(0.5, "sensitivity")
    first, second = table.groups
    assert (first.metric.value, second.metric.value) == (0.75, 0.5)
    assert (first.metric.n, first.n_samples, first.n_positive) == (12, 13, 12)
    assert first.metric.method == "wilson"
    # Wilson's interval of 9 of 12 (Newcombe 1998, formula 3): 0.4677 to 0.9110
    assert (first.metric.low, first.metric.high) == (
        pytest.approx(0.4677, abs=1e-4),
        pytest.approx(0.911, abs=1e-3),
    )
    assert first.difference == pytest.approx(0.25)
    assert second.difference == pytest.approx(-0.25)
    assert table.n_compared == 1  # two groups are one comparison
    assert first.p_corrected == first.p


def test_the_p_value_of_two_independent_shares_is_that_of_the_z_test():
    rng = np.random.default_rng(1)
    y_true = np.ones(400, dtype=int)
    codes = np.repeat([0, 1], 200)
    called = rng.random(400) < np.where(codes == 0, 0.8, 0.7)
    found = predictions_of(y_true, np.where(called, 0.9, 0.1))
    group = Subgroups(found, [attribute(codes, 2)]).at(0.5, "accuracy").groups[0]
    shares = [called[codes == code].mean() for code in (0, 1)]
    error = np.sqrt(sum(share * (1 - share) / 200 for share in shares))
    assert group.p == pytest.approx(2 * norm.sf(abs(shares[0] - shares[1]) / error), rel=0.15)


@pytest.mark.parametrize("name", GROUP_METRICS)
def test_a_group_of_all_images_has_the_metric_of_the_whole(name):
    rng = np.random.default_rng(0)
    y_true, score = made(60, rng)
    found = predictions_of(y_true, score)
    table = Subgroups(found, [attribute(np.zeros(60), 1)]).at(0.4, name)
    expected = evaluate(found, threshold=0.4).metrics[name]
    for metric in (table.whole, table.groups[0].metric):
        assert metric.value == pytest.approx(expected.value)
        assert (metric.low, metric.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
        assert metric.method == expected.method


def test_patients_of_several_images_are_drawn_whole():
    rng = np.random.default_rng(0)
    y_true, score = made(80, rng)
    patients = [f"p{number // 8}" for number in range(80)]
    copies = predictions_of(
        np.repeat(y_true, 4), np.repeat(score, 4), np.repeat(np.arange(80).astype(str), 4)
    )
    once = Subgroups(predictions_of(y_true, score), [attribute(np.zeros(80), 1)]).at(0.5, "accuracy")
    four = Subgroups(copies, [attribute(np.zeros(320), 1)]).at(0.5, "accuracy")
    width = once.whole.high - once.whole.low
    assert four.whole.high - four.whole.low == pytest.approx(width, rel=0.15)  # four copies tell no more
    assert four.whole.method == "bootstrap_by_patient"
    assert Draws(predictions_of(y_true, score, patients)).n_patients(np.ones(80, dtype=bool)) == 10


def test_a_finding_is_told_from_all_images_without_it():
    y_true = [1] * 24 + [0] * 12
    score = [0.9] * 12 + [0.3] * 12 + [0.5] * 12
    found = predictions_of(y_true, score)
    kinds = attribute([0] * 12 + [1] * 12 + [2] * 12, 3, "finding")
    easy, hard, none = Subgroups(found, [kinds]).at(0.5, "auroc").groups
    assert (easy.metric.value, hard.metric.value) == (1.0, 0.0)
    assert easy.has_all_negatives
    assert none.metric.value is None
    assert "one side" in str(none.metric.reason)
    assert none.too_small is None


@pytest.mark.parametrize("name", ["ppv", "npv"])
def test_what_the_group_and_not_the_network_decides_is_no_metric_of_it(name):
    # All of group 0 are ill, all of group 1 well: whoever is called ill in group 0 is ill, by any network.
    y_true = [1] * 30 + [0] * 30 + [0, 1] * 30
    score = np.random.default_rng(0).uniform(0.1, 0.9, 120)
    groups = attribute(np.repeat([0, 1, 2], [30, 30, 60]), 3, "finding")
    table = Subgroups(predictions_of(y_true, score), [groups]).at(0.5, name)
    for group in table.groups[:2]:
        assert group.metric.value is None
        assert "one side" in str(group.metric.reason)
        assert group.p is None
    both = np.array(y_true[60:]) == (name == "ppv"), (score[60:] >= 0.5) == (name == "ppv")
    assert table.groups[2].metric.value == pytest.approx(both[0][both[1]].mean())
    assert table.n_compared == 1
    alone = Subgroups(predictions_of(y_true[:60], score[:60]), [attribute(np.repeat([0, 1], 30), 2)])
    assert alone.at(0.5, name).n_compared == 0  # each is the other's rest


def test_the_false_alarms_of_all_are_not_held_against_a_finding():
    y_true = [1] * 40 + [0] * 40
    score = np.random.default_rng(0).uniform(0.1, 0.9, 80)
    kinds = attribute(np.repeat([0, 1, 2], [20, 20, 40]), 3, "finding")
    one, other, none = Subgroups(predictions_of(y_true, score), [kinds]).at(0.5, "specificity").groups
    assert one.metric.value is None
    assert other.metric.value is None
    assert none.metric.n == 40
    assert none.p is None  # nobody else is well


def test_few_patients_are_called_too_small_and_get_no_comparison():
    rng = np.random.default_rng(0)
    y_true, score = made(40, rng)
    codes = np.repeat([0, 1], [34, 6])
    large, small = Subgroups(predictions_of(y_true, score), [attribute(codes, 2)]).at(0.5).groups
    assert small.too_small is not None
    assert "3" in str(small.too_small)  # three on each side
    assert small.p is None
    assert large.too_small is None
    three = attribute(
        np.repeat([0, 1], [37, 3]), 2
    )  # a group of two ill and a well one: nothing to rank, and few
    y_true[37:] = 1
    assert "3 patients" in str(
        Subgroups(predictions_of(y_true, score, range(40)), [three]).at(0.5).groups[1].too_small
    )


def test_images_of_an_unknown_group_are_shown_and_not_compared():
    rng = np.random.default_rng(0)
    y_true, score = made(90, rng)
    codes = np.repeat([0, 1, -1], 30)
    groups = Subgroups(predictions_of(y_true, score), [attribute(codes, 2)]).at(0.5).groups
    assert sum(group.n_samples for group in groups) == 90
    assert str(groups[-1].value) == "not known"
    assert groups[-1].p is None


def test_only_the_auroc_does_not_move_with_the_threshold():
    rng = np.random.default_rng(0)
    y_true, score = made(100, rng)
    groups = Subgroups(predictions_of(y_true, score), [attribute(np.arange(100) // 2 % 2, 2)])
    assert groups.at(0.2) == groups.at(0.8)
    assert groups.at(0.2, "sensitivity").whole.value > groups.at(0.8, "sensitivity").whole.value


def test_a_group_that_is_truly_worse_is_named():
    rng = np.random.default_rng(0)
    y_true, score = made(400, rng, spread=3.0)
    codes = np.arange(400) // 2 % 4
    score[codes == 2] = rng.random(100)
    table = Subgroups(predictions_of(y_true, score), [attribute(codes, 4, "scanner")]).at(0.5)
    assert table.groups[2].differs
    assert table.groups[2].difference == pytest.approx(
        0.5 - 0.98, abs=0.12
    )  # a coin against norm.cdf(3 / sqrt(2))
    assert "worse for scanner 'group 2'" in str(finding_words(table))
    assert "4 comparisons" in str(chance_words(table))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "images_each"), [("accuracy", 1), ("accuracy", 3), ("auroc", 1), ("auroc", 3)]
)
def test_among_five_groups_that_are_alike_one_is_named_in_about_one_table_of_twenty(name, images_each):
    rng = np.random.default_rng(7)
    named, rounds = 0, 100
    for _ in range(rounds):
        patients = np.repeat(np.arange(200), images_each)
        y_true = patients % 2
        own = np.repeat(rng.normal(0, 0.8, 200), images_each)
        score = norm.cdf(y_true + own + rng.normal(0, 0.6, len(patients)))
        codes = np.repeat(rng.integers(0, 5, 200), images_each)
        found = predictions_of(y_true, score, patients.astype(str))
        named += any(group.differs for group in Subgroups(found, [attribute(codes, 5)]).at(0.5, name).groups)
    # At most one in twenty, as Holm promises, with three standard errors of chance on top.
    assert named / rounds <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / rounds)


def test_several_classes_are_held_one_against_the_rest():
    rng = np.random.default_rng(0)
    y_true = np.arange(90) % 3
    logits = rng.normal(0, 1, (90, 3)) + 2 * np.eye(3)[y_true]
    found = Predictions.from_logits(
        logits,
        y_true=y_true,
        sample_ids=np.arange(90),
        patient_ids=None,
        class_names=("a", "b", "<b>c</b>"),
        positive_class=None,
    )
    groups = Subgroups(found, [attribute(np.arange(90) // 3 % 2, 2)])
    whole = evaluate(found)
    assert groups.at(0.5, "auroc", "b").whole.value == pytest.approx(whole.per_class["b"]["auroc"].value)
    assert groups.at(0.5, "accuracy").whole.value == pytest.approx(whole.metrics["accuracy"].value)
    assert groups.at(0.5, "sensitivity").class_name == "a"


def test_shares_of_many_groups_drawn_at_once_are_those_of_each_alone(monkeypatch):
    rng = np.random.default_rng(0)
    y_true, score = made(60, rng)
    found = predictions_of(y_true, score, rng.integers(0, 25, 60).astype(str))
    draws, masks = Draws(found), [rng.random(60) < share for share in (0.1, 0.5, 0.9, 1.0)]
    what = counted(found, (score >= 0.5).astype(int), "sensitivity", 1)
    counts = np.concatenate(list(draws.blocks()), axis=1)  # (n_patients, n_resamples)
    by_hand = [
        counts[draws.patient_of[mask & (y_true == 1) & (score >= 0.5)]].sum(0)
        / np.maximum(counts[draws.patient_of[mask & (y_true == 1)]].sum(0), 1e-9)
        for mask in masks[1:]
    ]
    assert np.allclose(shares_of(what, masks, draws)[1:], by_hand, equal_nan=True)
    monkeypatch.setattr(group_metrics, "_MOST_AT_ONCE", 1)  # one mask after another
    assert np.allclose(shares_of(what, masks, draws)[1:], by_hand, equal_nan=True)


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("name", GROUP_METRICS)
def test_next_to_nothing_says_so(n, name):
    found = predictions_of([1, 0, 1][:n], [0.9, 0.9, 0.2][:n])
    table = Subgroups(found, [attribute([0, 0, 1][:n], 2)]).at(0.5, name)
    assert all(group.p is None for group in table.groups)
    for group in table.groups:
        assert group.metric.value is not None or group.metric.reason is not None


def test_the_phantoms_have_their_attributes_and_the_sizes_of_their_findings():
    dataset = open_dataset("phantoms")
    ids = np.arange(40)
    attributes = {one.name: one for one in attributes_of(dataset, ids)}
    assert {"age_band", "sex", "finding", "lesion size"} <= set(attributes)
    assert "view" not in attributes  # one value tells nothing
    sizes = lesion_sizes(dataset, ids)
    row, mask = dataset.row(0), dataset.lesion_mask(0)
    assert sizes[0] == pytest.approx(mask.sum() * row["pixel_spacing_mm"] ** 2)
    assert np.isnan(sizes[dataset.samples["label"].iloc[ids] == "no finding"]).all()
    size = attributes["lesion size"]
    assert (size.codes == -1).sum() == np.isnan(sizes).sum()
    assert np.array_equal(size.codes == 0, sizes < np.quantile(sizes[np.isfinite(sizes)], 1 / 3))


def test_ten_thousand_values_become_a_few_groups_and_none_is_dropped(monkeypatch):
    dataset = open_dataset("phantoms")
    table = dataset.samples.copy()
    words = [f"scanner {number % 150:03d}" for number in range(len(table))]
    table["scanner"], table["dose"] = words, [f"{number}" for number in range(len(table))]
    monkeypatch.setitem(dataset.__dict__, "samples", table)
    table["Scanner"] = ["CT 10" if number % 2 else "CT 2" for number in range(len(table))]
    info = dataset.info.model_copy(update={"attributes": ("scanner", "dose", "Scanner")})
    object.__setattr__(dataset, "info", info)
    ids = np.arange(len(table))
    attributes = {one.name: one for one in attributes_of(dataset, ids)}
    scanner = attributes["scanner"]
    assert len(scanner.groups) == MOST_GROUPS
    assert "139 rarer values" in str(scanner.groups[-1])
    assert str(attributes["Scanner"].title) == "Scanner"
    assert [str(group) for group in attributes["Scanner"].groups] == ["CT 2", "CT 10"]
    assert (scanner.codes >= 0).all()
    assert len(attributes["dose"].groups) == 3  # numbers are cut into thirds
    assert np.bincount(attributes["dose"].codes).min() > 200
