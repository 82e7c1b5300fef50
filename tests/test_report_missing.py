"""Each rule about what is missing speaks where it is missing, and is silent where it is there."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.datasets.records import PatientOverlap
from core.evaluation.calibration import Temperature
from core.evaluation.foreign import Shared
from core.evaluation.paired_records import PairedMetric
from core.evaluation.records import MetricValue
from core.experiments.rivals.records import NetworkSide, Rival, RivalsAnswer
from core.language import Message
from core.report.guidelines import SOURCES, TOPICS
from core.report.missing import RULES, missing_from
from core.report.study import Asked, Side, Study
from core.report.table import predictions_csv
from core.training.config import parse_config
from tests.report_studies import card_of, draw, info_of, study_of, warm

RARE = (0.92, 0.08)  # less than a tenth have it, of enough images


def rivals(difference: tuple[float, float, float], p: float) -> RivalsAnswer:
    """Return an answer of one rival that the network beats, or does not."""
    value, low, high = difference
    paired = PairedMetric(
        name="auroc", one=0.8, other=0.8 + value, difference=value, low=low, high=high, p=p, p_corrected=p,
        verdict="better" if low > 0 else "worse" if high < 0 else "cannot tell",
    )  # fmt: skip
    metrics = {"auroc": MetricValue(value=0.8, low=0.75, high=0.85, n=1000)}
    return RivalsAnswer(
        split="test", dataset="films", class_names=("healthy", "ill"), positive_class="ill",
        n_samples=1000, n_patients=500, n_left_out=0, n_train=4000, n_train_left_out=0, n_channels=1,
        pixel_sides=(16, 16), n_features=20, n_folds=5,
        network=NetworkSide(metrics=metrics, seconds=1.0, n_parameters=10, epochs=3),
        rivals=(Rival(name="majority", metrics=metrics, difference=paired),),
    )  # fmt: skip


def whole() -> Study:
    """Return a study that lacks only what Lightbox never records."""
    found = draw(2000, shares=RARE)
    return study_of(found, tested_on=("elsewhere",), rivals=rivals((0.1, 0.05, 0.15), 0.001))


def guessing() -> Study:
    found = draw()
    shuffled = np.random.default_rng(0).permutation(found.y_true)
    same = type(found)(
        y_true=shuffled, logits=found.logits, y_score=found.y_score, sample_ids=found.sample_ids,
        patient_ids=found.patient_ids, class_names=found.class_names, positive_class=found.positive_class,
    )  # fmt: skip
    return study_of(same)


def one_class() -> Study:
    found = draw()
    return study_of(found.take(found.y_true == 0))


def asked(**changed: object) -> Asked:
    return Asked(**({"run_id": "run-1", "split": "test", "threshold": 0.4} | changed))  # type: ignore[arg-type]


def config(**split: object) -> object:
    return parse_config({"dataset": "films", "split": split})


ELSEWHERE = Asked("run-1", "all", "elsewhere", threshold=0.4, threshold_from="validation")

FIRES: dict[str, Callable[[], Study]] = {
    "simulated": lambda: study_of(card=card_of(draw(), simulated=True)),
    "random labels": lambda: study_of(config=config(labels="random")),
    "learned from": lambda: study_of(asked=asked(split="train")),
    "shared patients": lambda: study_of(overlap=PatientOverlap(n_patients=3)),
    "same pictures": lambda: study_of(overlap=PatientOverlap(n_duplicate_images=2)),
    "shared with training": lambda: study_of(asked=ELSEWHERE, shared=Shared(0, 3, True)),
    "other images": lambda: study_of(asked=ELSEWHERE, differs=(Message(text="In colour."),)),
    "undefined": one_class,
    "a coin": guessing,
    "beaten": lambda: study_of(rivals=rivals((-0.1, -0.15, -0.05), 0.001)),
    "test unopened": lambda: study_of(asked=asked(split="val")),
    "test reopened": lambda: study_of(n_looks=2),
    "not external": study_of,
    "independence unknown": lambda: study_of(asked=ELSEWHERE, shared=Shared(0, 0, False)),
    "not beaten": lambda: study_of(rivals=rivals((0.01, -0.05, 0.07), 0.8)),
    "threshold chosen here": lambda: study_of(asked=asked(threshold_from="judged images")),
    "few": lambda: study_of(draw(150)),
    "patients unknown": lambda: study_of(draw(known=False)),
    "labels corrected": lambda: study_of(n_corrected=4),
    "classes left out": lambda: study_of(asked=replace(ELSEWHERE, mapping={"healthy": "healthy", "x": ""})),
    "left out": lambda: study_of(n_unusable=5),
    "threshold unchosen": lambda: study_of(asked=asked(threshold=0.5)),
    "one centre": lambda: study_of(centres=("north",)),
    "centre unknown": lambda: study_of(centres=()),
    "one age": lambda: study_of(ages=("0-17",)),
    "age unknown": lambda: study_of(ages=()),
    "reference unknown": study_of,
    "spectrum unknown": lambda: study_of(attributes=("site",)),
    "common here": study_of,
    "no attributes": lambda: study_of(attributes=()),
    "uncalibrated": lambda: study_of(temperature=None),
    "balanced": lambda: study_of(config=parse_config({"dataset": "films", "balance": "over-sampling"})),
    "made small": lambda: study_of(picture_side=224),
    "not explained": study_of,
    "one training": lambda: study_of(n_seeds=1),
    "no rivals": lambda: study_of(rivals=None),
    "no readers": lambda: study_of(n_readers=0),
    "skipped": lambda: study_of(info=info_of(draw(), n_skipped=8)),
}


def names_of(study: Study) -> list[str]:
    return [statement.name for statement in missing_from(study)]


def test_each_rule_is_tried() -> None:
    assert [rule.name for rule in RULES] == list(FIRES)


@pytest.mark.parametrize("name", FIRES)
def test_a_rule_speaks_where_something_is_missing(name: str) -> None:
    assert name in names_of(FIRES[name]())


def test_a_study_that_lacks_nothing_hears_only_what_lightbox_never_knows() -> None:
    assert names_of(whole()) == ["not external", "reference unknown", "not explained"]


@pytest.mark.parametrize("is_drawn", [True, False])
def test_patients_of_another_data_set_are_none_the_less_real_where_the_network_knows_drawings_alone(is_drawn):
    found = draw()
    there = info_of(found, dataset_id="clinic", simulated=is_drawn)
    study = study_of(found, card=card_of(found, simulated=not is_drawn), info=there, centres=())
    assert ("simulated" in names_of(study)) == is_drawn
    assert ("centre unknown" in names_of(study)) != is_drawn
    assert ("SIMULATED" in predictions_csv(study)) == is_drawn


def test_simulated_images_need_no_reader_and_no_centre() -> None:
    simulated = study_of(card=card_of(draw(), simulated=True), centres=())
    assert not {"reference unknown", "centre unknown"} & set(names_of(simulated))


def test_another_data_set_is_no_test_of_the_split() -> None:
    external = study_of(
        asked=asked(dataset_id="elsewhere", split="all"), overlap=PatientOverlap(n_patients=3)
    )
    assert not {"not external", "test unopened", "shared patients"} & set(names_of(external))


def test_the_runs_own_data_set_by_its_name_is_not_external() -> None:
    assert "not external" in names_of(study_of(asked=asked(dataset_id="films")))


def test_no_test_split_is_said_as_such() -> None:
    side = Side("val", 10, 5, {})
    texts = [
        str(one.text)
        for sides in ((side,), (side, Side("test", 10, 5, {})))
        for one in missing_from(study_of(asked=asked(split="val"), sides=sides))
        if one.name == "test unopened"
    ]
    assert texts[0].startswith("There is no test split.")
    assert "There is no test split." not in texts[1]


@pytest.mark.parametrize(
    ("threshold", "origin", "said"),
    [
        (0.5, "unknown", {"threshold unchosen"}),
        (0.3, "unknown", {"threshold chosen here"}),
        (0.5, "judged images", {"threshold chosen here"}),
        (0.3, "validation", set()),
    ],
)
def test_a_threshold_needs_a_reason(threshold: float, origin: str, said: set[str]) -> None:
    found = names_of(study_of(asked=asked(threshold=threshold, threshold_from=origin)))
    assert {name for name in found if name.startswith("threshold")} == said


def test_equal_thresholds_of_several_classes_are_nobodys_choice() -> None:
    found = draw(names=("a", "b", "c"))
    assert not any(
        name.startswith("threshold") for name in names_of(study_of(found, asked(threshold=(0.2,) * 3)))
    )


def test_a_rival_that_is_not_beaten_is_named() -> None:
    tied = study_of(rivals=rivals((0.01, -0.05, 0.07), 0.8))
    statement = next(one for one in missing_from(tied) if one.name == "not beaten")
    assert "not shown that the network beats" in str(statement.text)


def test_one_age_band_and_one_centre_are_named() -> None:
    texts = " ".join(str(one.text) for one in missing_from(study_of(ages=("0-17",), centres=("north",))))
    assert "(0-17)" in texts
    assert "('north')" in texts


def test_the_numbers_are_those_of_the_study() -> None:
    texts = {one.name: str(one.text) for one in missing_from(FIRES["left out"]())}
    assert texts["left out"].startswith("5 images")
    few = study_of(draw(150))
    rarest = min(np.bincount(few.predictions.y_true))
    said = next(str(one.text) for one in missing_from(few) if one.name == "few")
    patients = {
        name
        for name, truth in zip(few.predictions.patient_ids.tolist(), few.predictions.y_true, strict=True)
        if truth == np.argmin(np.bincount(few.predictions.y_true))
    }
    assert f" {rarest} images of {len(patients)} patients" in said


def test_each_rule_names_an_item_of_a_checklist() -> None:
    for rule in RULES:
        assert rule.items
        assert {checklist for checklist, _item in rule.items} <= set(SOURCES)
        assert set(rule.items) <= set(TOPICS)


def test_a_checklist_is_cited_with_its_topic_and_not_by_a_bare_number() -> None:
    few = next(one for one in missing_from(study_of(draw(150))) if one.name == "few")
    assert [str(item) for item in few.items] == [
        "STARD 2015: sample size (item 18)",
        "TRIPOD+AI: sample size (item 10)",
        "CLAIM 2024: sample size (item 21)",
    ]


def test_a_hundred_images_of_few_people_are_few() -> None:
    many, few = draw(1000), draw(1000, images_each=20)  # 500 people, and 50
    assert "few" not in names_of(study_of(many))
    said = next(str(one.text) for one in missing_from(study_of(few)) if one.name == "few")
    assert "of 50 patients" in said


def test_probabilities_that_were_never_taken_through_a_temperature_are_not_called_calibrated() -> None:
    far = Temperature.model_validate(warm().model_dump() | {"value": 0.51, "low": 0.3, "high": 0.77})
    said = next(
        str(one.text) for one in missing_from(study_of(temperature=far)) if one.name == "uncalibrated"
    )
    assert "0.51" in said
    assert "uncalibrated" not in names_of(study_of())


def test_another_data_set_is_asked_whether_it_is_another_one() -> None:
    texts = {}
    for shared in (Shared(4, 2, True), Shared(0, 2, True), Shared(0, 0, False), Shared(0, 0, True), None):
        found = {one.name: str(one.text) for one in missing_from(study_of(asked=ELSEWHERE, shared=shared))}
        texts[shared] = {name: found[name] for name in found if name.startswith(("shared w", "independence"))}
    assert [list(found) for found in texts.values()] == [
        ["shared with training"], ["shared with training"], ["independence unknown"], [],
        ["independence unknown"],
    ]  # fmt: skip
    assert texts[Shared(4, 2, True)]["shared with training"].startswith("4 of the pictures")


def test_looks_at_another_data_set_count_too() -> None:
    assert "test reopened" in names_of(study_of(asked=ELSEWHERE, n_looks_there=2))
    assert "test reopened" not in names_of(study_of(asked=ELSEWHERE, n_looks_there=1, n_looks=7))


def test_looks_at_the_test_for_others_of_a_sweep_count_too() -> None:
    said = next(str(one.text) for one in missing_from(study_of(n_looks_beside=6)) if "sweep" in str(one.text))
    assert "6 times for others" in said


def test_classes_of_equal_share_are_not_said_to_range_from_a_number_to_itself() -> None:
    three = draw(300, names=("a", "b", "c"))
    equal = three.take(np.concatenate([np.flatnonzero(three.y_true == k)[:50] for k in range(3)]))
    said = next(str(one.text) for one in missing_from(study_of(equal)) if one.name == "common here")
    assert said.startswith("Each class has 33 % of these images.")


def test_what_goes_the_wrong_way_round_is_not_said_to_reach_a_coin() -> None:
    found = draw()
    turned = type(found)(
        y_true=1 - found.y_true, logits=found.logits, y_score=found.y_score, sample_ids=found.sample_ids,
        patient_ids=found.patient_ids, class_names=found.class_names, positive_class=found.positive_class,
    )  # fmt: skip
    texts = {
        study.evaluation.metrics["auroc"].value: str(one.text)
        for study in (study_of(turned), guessing())
        for one in missing_from(study)
        if one.name == "a coin"
    }
    assert [("wrong way round" in text, "reaches 0.5" in text) for text in texts.values()] == [
        (True, False),
        (False, True),
    ]
