"""The decision curve of a report: its numbers by hand, its lines where the numbers are, and its words."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.decision_curve import decision_curve
from core.report.benefit import benefit
from core.report.blocks import Drawings, Points, Section, Table, Words
from core.report.drawing_benefit import _above, _ticks, net_benefit
from core.report.full import full_report
from core.runs.predictions import Predictions
from tests.report_studies import draw, study_of
from tests.test_report_drawing import marks, points_of, words


def perfect(n: int = 200) -> Predictions:
    """A network that is sure and right; a quarter of the patients have it."""
    y_true = (np.arange(n) % 4 == 0).astype(np.int64)
    return Predictions.from_logits(
        40.0 * np.eye(2)[y_true],
        y_true=y_true,
        sample_ids=np.arange(n),
        patient_ids=np.array([f"p{k}" for k in range(n)], dtype=object),
        class_names=("healthy", "ill"),
        positive_class="ill",
    )


def block_of(sections: tuple[Section, ...], kind: type) -> object:
    return next(block for section in sections for block in section.blocks if isinstance(block, kind))


def said(sections: tuple[Section, ...]) -> str:
    blocks = [block for section in sections for block in section.blocks]
    return " ".join(block.text for block in blocks if isinstance(block, Words))


def test_the_numbers_are_those_worked_out_by_hand() -> None:
    table = block_of(benefit(study_of(perfect(), temperature=None)), Table)
    assert isinstance(table, Table)
    rows = {row[0]: row[1:] for row in table.rows}
    # a quarter has it: treat all = 0.25 - 0.75 t / (1 - t)
    assert rows["0.20"][0] == "4"  # false alarms for one find
    assert rows["0.20"][1].startswith("250 (")
    assert rows["0.20"][2:] == ("62", "0")  # 0.25 - 0.75 / 4 = 0.0625
    assert rows["0.50"][2:] == ("-500", "0")  # 0.25 - 0.75


def test_a_line_ends_where_it_goes_through_the_floor_and_comes_back_there() -> None:
    x = np.array([0.0, 1.0, 2.0])
    parts = list(_above(x, np.array([1.0, -1.0, 1.0]), -0.5))
    assert parts == [([0.0, 0.75], [1.0, -0.5]), ([1.25, 2.0], [-0.5, 1.0])]
    assert list(_above(x, np.array([-1.0, -2.0, -1.0]), -0.5)) == []


@pytest.mark.parametrize("top", [1e-4, 0.021, 0.55, 1.1])
def test_the_ticks_are_few_hold_nothing_and_stay_inside(top: float) -> None:
    ticks = _ticks(top, -0.35 * top)
    assert 0 in ticks
    assert 3 <= len(ticks) <= 8
    assert -0.35 * top <= min(ticks) and max(ticks) <= top


def test_treating_all_begins_at_the_prevalence_and_is_in_the_legend() -> None:
    curve = decision_curve(perfect())
    assert curve is not None
    picture = net_benefit(curve, name="ill")
    lines = [points_of(one) for one in marks(picture, "polyline")]
    zero, network = lines[0], lines[-1]
    assert network[0][1] == pytest.approx(min(y for _x, y in network))  # perfect: level, at the prevalence
    assert len({y for _x, y in zero}) == 1
    assert {"the network", "treat all", "treat none"} <= set(words(picture))


def test_each_of_several_classes_has_its_curve_and_says_what_it_finds() -> None:
    study = study_of(draw(names=("healthy", "ill", "odd")))
    sections = benefit(study)
    drawings, points = block_of(sections, Drawings), block_of(sections, Points)
    assert isinstance(drawings, Drawings) and isinstance(points, Points)
    assert len(drawings.pictures) == 3
    assert [point.split(":")[0] for point in points.points] == ["healthy", "ill", "odd"]
    many = benefit(study_of(draw(200, tuple(f"class {k}" for k in range(40)))))
    last = block_of(many, Points)
    assert isinstance(last, Points)
    assert last.points[-1].startswith("34 more classes")


def test_it_says_whether_the_probabilities_are_risks() -> None:
    study = study_of(perfect())
    assert "divided by the temperature" in said(benefit(study))
    assert "flatters the curve" not in said(benefit(study))  # of the test split
    on_val = replace(study, asked=replace(study.asked, split="val"))
    assert "flatters the curve" in said(benefit(on_val))
    assert "not calibrated" in said(benefit(study_of(perfect(), temperature=None)))


def test_without_a_side_there_is_a_sentence_and_the_full_report_has_it() -> None:
    found = perfect()
    alone = study_of(found.take(found.y_true == 0))
    assert said(benefit(alone)).startswith("A decision curve needs images")
    titles = [section.title for section in full_report(study_of(perfect())).sections]
    assert "Would it do more good than treating all, or none?" in titles
