"""Pictures for the clinic: everybody is drawn once, words are escaped, titles say no more than is known."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from core.evaluation.conformal import prediction_sets
from core.evaluation.decision_curve import Stretch, decision_curve
from core.evaluation.referral import referral_curve
from core.evaluation.ward import Ward, ward
from core.figures.conformal import coverage
from core.figures.net_benefit import net_benefit
from core.figures.referral import referral
from core.figures.theme import alt_of
from core.figures.ward import KINDS, description, people_svg, person_svg
from core.runs.predictions import Predictions
from tests.answered import answer

HOSTILE = "<img src=x onerror=alert(1)>&\"'"
SVG = "{http://www.w3.org/2000/svg}"


def people_of(svg: str) -> dict[str, list[tuple[int, int]]]:
    """Where each person of each kind stands."""
    return {
        path.attrib["class"].removeprefix("lb-"): [
            (int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", path.attrib["d"])
        ]
        for path in ElementTree.fromstring(svg).iter(f"{SVG}path")
    }


@pytest.mark.parametrize("columns", [25, 50])
def test_everybody_is_drawn_once_and_no_two_in_one_place(columns: int) -> None:
    drawn = people_of(people_svg(ward(0.9, 0.9, 0.05), columns=columns, class_name="finding"))
    assert {kind: len(places) for kind, places in drawn.items()} == {
        "found": 45,
        "missed": 5,
        "alarmed": 95,
        "calm": 855,
    }
    everybody = [place for places in drawn.values() for place in places]
    assert len(set(everybody)) == 1000
    assert len({x for x, _y in everybody}) == columns


def test_the_sick_stand_first_and_a_kind_without_people_is_not_drawn() -> None:
    drawn = people_of(people_svg(Ward(2, 0, 3, 995), class_name="finding"))
    assert "missed" not in drawn
    assert max(drawn["found"]) < min(drawn["alarmed"])
    assert drawn["found"][0] == (0, 0)
    assert set(people_of(people_svg(Ward(0, 0, 0, 0), class_name="finding"))) == set()


def test_the_kinds_differ_in_shape_not_only_in_colour() -> None:
    shapes = {re.sub(r'(fill|stroke)="#\w+"', "", person_svg(kind)) for kind in KINDS}
    assert len(shapes) == 4


def test_the_picture_says_its_four_numbers_and_escapes_the_class() -> None:
    svg = people_svg(ward(0.9, 0.9, 0.05), class_name=HOSTILE)
    assert "<img" not in svg
    label = ElementTree.fromstring(svg).attrib["aria-label"]
    assert label == str(description(ward(0.9, 0.9, 0.05), HOSTILE))
    assert "45 are found, 5 missed. Of the 950 others, 95 are falsely alarmed and 855 rightly calm." in label
    titles = [title.text for title in ElementTree.fromstring(svg).iter(f"{SVG}title")]
    assert titles[0] == "45 of 1,000: found"


def test_the_title_of_a_decision_curve_claims_what_the_resamples_bear() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 300)
    good = decision_curve(answer(1 / (1 + np.exp(-rng.normal(4 * truth - 2, 1))), truth))
    assert good is not None
    low, high = good.surely_better[0].low, good.surely_better[0].high
    figure = net_benefit(good, sensible=Stretch(0.05, 0.2))
    assert f"Between t = {low:.2f} and {high:.2f} the network would do more" in alt_of(figure)
    unsure = replace(good, gain_low=np.full(99, -0.1))
    assert "but that may be chance" in alt_of(net_benefit(unsure))
    useless = replace(unsure, network=np.full(99, -1.0))
    assert "At no threshold" in alt_of(net_benefit(useless))
    assert figure.layout.shapes[0].x0 == 0.05
    assert list(next(line for line in figure.data if line.name == "the network").y) == list(good.network)


def test_the_referral_title_names_the_error_before_and_after() -> None:
    curve = referral_curve(answer(np.array([0.95, 0.10, 0.20, 0.70, 0.40]), np.array([1, 0, 1, 1, 1])))
    assert curve is not None
    figure = referral(curve, share=0.2)
    assert alt_of(figure) == "Refer 20 %, and 25.0 % of the rest are wrong instead of 40.0 %"
    assert figure.layout.shapes[0].x0 == pytest.approx(20)
    assert "How many errors" in alt_of(referral(curve))


def test_coverage_has_a_row_for_each_class_that_is_there_even_of_forty_hostile_ones() -> None:
    names = tuple(f"{HOSTILE}{number}" for number in range(40))
    rng = np.random.default_rng(0)
    many = Predictions.from_logits(
        rng.normal(size=(60, 40)),
        y_true=np.arange(60) % 39,  # one class is nobody's
        sample_ids=np.arange(60),
        patient_ids=None,
        class_names=names,
        positive_class=None,
    )
    figure = coverage(prediction_sets(many, many, alpha=0.1))
    assert len(figure.data[0].x) == 1 + 39
    assert not any("<img" in name for name in figure.layout.yaxis.ticktext)
    assert alt_of(figure).startswith("Promised 90 %, reached 9")


def test_coverage_of_nobody_is_a_question() -> None:
    nobody = answer(np.zeros(0), np.zeros(0, dtype=int))
    assert "how often does the set hold the truth" in alt_of(coverage(prediction_sets(nobody, nobody)))


def test_legends_stand_at_the_foot_whatever_the_height_and_titles_fit_a_phone() -> None:
    some = answer(np.array([0.95, 0.10, 0.20, 0.70, 0.40]), np.array([1, 0, 1, 1, 1]))
    curve, left = decision_curve(some), referral_curve(some)
    assert curve is not None
    assert left is not None
    one_row_less = coverage(prediction_sets(some, some.take(some.y_true == 1)))
    for figure in (net_benefit(curve), referral(left), one_row_less):
        legend = figure.layout.legend
        assert (legend.yref, legend.yanchor) == ("container", "bottom")  # not in shares of the plot
        assert len(figure.layout.xaxis.title.text) <= 40


def test_a_rare_disease_fills_the_decision_curve() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 300)
    found = decision_curve(answer(1 / (1 + np.exp(-rng.normal(4 * truth - 2, 1))), truth), prevalence=0.001)
    assert found is not None
    assert net_benefit(found).layout.yaxis.range[1] == pytest.approx(0.0011)  # a net benefit is at most 0.001
