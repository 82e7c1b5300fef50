"""The league table of methods: how maps are counted, and what is said of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.predictions import predictions_of
from core.explanation.league.across import across_of, networks_above, row_on
from core.explanation.league.cases import find_cases, usual_place
from core.explanation.league.measuring import measure_method, measure_rivals, skill_of
from core.explanation.league.page import TITLES, page_of
from core.explanation.league.records import League, LeagueNetwork, LeagueRow, Skill
from core.explanation.league.rivals import RIVALS, Seen, rival_map
from core.explanation.league.scoring import not_offered, row_of
from core.explanation.league.table import (
    better_than,
    finding_of,
    leaders,
    read_league,
    shipped_league,
)
from core.explanation.truth import EMPTY_MAP, TruthScores
from core.language import Message
from core.models.catalog import MODELS
from core.runs.checkpoints import load_model
from core.runs.store import DEMO_RUN, open_run
from core.statistics.shares import Share


def _scores(n_hits: int, n: int) -> list[TruthScores | None]:
    return [
        TruthScores(hit=float(place < n_hits), pointing=place < n_hits, share=0.5, iou=0.25)
        for place in range(n)
    ]


def _row(method: str, value: float, low: float, high: float) -> LeagueRow:
    share = Share(value, low, high, n=50, n_groups=50)
    return LeagueRow(method=method, pointing=share, share=share, iou=share)


def _said(rows: Sequence[LeagueRow], rivals: Sequence[LeagueRow]) -> str:
    return " ".join(str(one) for one in finding_of(rows, rivals, TITLES, "pointing"))


def test_hits_are_counted_with_their_interval() -> None:
    row = row_of("saliency", _scores(8, 10), np.arange(10))
    assert row.pointing.value == pytest.approx(0.8)
    assert (row.pointing.n, row.pointing.n_groups) == (10, 10)
    assert row.pointing.low is not None
    assert row.pointing.high is not None
    assert row.pointing.low == pytest.approx(0.49, abs=0.02)  # Wilson for 8 of 10: 0.490 to 0.943
    assert row.pointing.high == pytest.approx(0.943, abs=0.02)
    assert (row.share.value, row.iou.value) == (0.5, 0.25)


def test_an_empty_map_and_a_failed_one_are_misses() -> None:
    scores = [*_scores(2, 2), TruthScores(reason=Message(text=EMPTY_MAP)), None]
    row = row_of("grad_cam", scores, np.arange(4))
    assert (row.pointing.value, row.share.value, row.iou.value) == (0.5, 0.25, 0.125)
    assert (row.n_empty, row.n_failed) == (1, 1)


def test_films_of_one_patient_count_as_one_draw() -> None:
    scores, alone = _scores(50, 100), np.arange(100)
    of_few = row_of("saliency", scores, alone // 25).pointing  # two patients hit always, two never
    of_many = row_of("saliency", scores, alone).pointing
    assert of_few.low is not None
    assert of_many.low is not None
    assert of_few.low < 0.15 < 0.35 < of_many.low


def test_pointing_where_it_was_found_counts_those_alone() -> None:
    found = np.array([True, True, False, False])
    row = row_of("saliency", _scores(2, 4), np.arange(4), found=found)
    assert row.pointing.value == 0.5
    assert row.pointing_found is not None
    assert (row.pointing_found.value, row.pointing_found.n) == (1.0, 2)


def test_a_leader_is_named_with_all_that_overlap() -> None:
    rows = [
        _row("saliency", 0.5, 0.4, 0.6),
        _row("grad_cam", 0.7, 0.6, 0.8),
        _row("occlusion", 0.3, 0.2, 0.4),
    ]
    assert leaders(rows, "pointing") == ("grad_cam", "saliency")
    assert leaders(rows[1:], "pointing") == ("grad_cam",)
    assert "1 of the other methods may be as good" in _said(rows[:2], [])
    assert "no other method's interval reaches its own" in _said(rows[1:2], [])


def test_a_method_is_better_only_above_every_rivals_interval() -> None:
    rivals = [_row("random", 0.05, 0.01, 0.1), _row("brightness", 0.3, 0.2, 0.45)]
    rows = [_row("saliency", 0.5, 0.4, 0.6), _row("grad_cam", 0.7, 0.6, 0.8)]
    assert better_than(rows, rivals, "pointing") == ("grad_cam",)
    assert "Of 2 methods 1 lie above" in _said(rows, rivals)
    assert "The film's own brightness" in _said(rows, rivals)


def _network(model: str, *rows: LeagueRow, rate: float | None = None) -> LeagueNetwork:
    skill = Skill(auroc=0.9, low=0.8, high=0.95, n_images=100, n_patients=100, n_found=40)
    return LeagueNetwork(
        model=model, title=model, epochs=2, n_train=10, learning_rate=rate, skill=skill, rows=rows
    )


def _league(*networks: LeagueNetwork) -> League:
    rivals = (_row("random", 0.05, 0.01, 0.1), _row("usual", 0.3, 0.2, 0.35))
    return League(
        made_on="2026-01-01", n_images=50, n_patients=50, image_size=64, area=0.01, rivals=rivals,
        networks=networks,
    )  # fmt: skip


def test_a_method_is_counted_on_how_many_networks_it_beats_what_knows_nothing() -> None:
    good, bad = _row("saliency", 0.5, 0.4, 0.6), _row("saliency", 0.35, 0.3, 0.4)
    league = _league(
        _network("mlp", good, not_offered("grad_cam", Message(text="no maps"))),
        _network("small_cnn", bad, _row("grad_cam", 0.7, 0.6, 0.8), _row("lime", 0.2, 0.1, 0.3)),
    )
    above = {"saliency": ("mlp",), "grad_cam": ("small_cnn",), "lime": ()}
    assert networks_above(league, "pointing") == above
    assert [str(said) for said in across_of(league, TITLES, "pointing")] == [
        "Above every map that knows nothing on 1 of 2 networks: Saliency, Grad-CAM.",
        "On no network above them: LIME.",
    ]
    [said] = across_of(_league(_network("mlp", bad)), TITLES, "pointing")
    assert str(said).startswith("No method lies above every map that knows nothing, on any of the 1")
    assert row_on(league.networks[0], "grad_cam") is None


def test_the_page_tells_of_a_network_that_learned_at_another_rate() -> None:
    rows = (_row("saliency", 0.5, 0.4, 0.6),)
    page = page_of(_league(_network("mlp", *rows), _network("small_cnn", *rows, rate=0.0005)))
    assert "2 epochs at a learning rate of 0.0005, for at the usual 0.003 it learned nothing" in page


def test_what_is_not_offered_never_leads() -> None:
    rows = [not_offered("grad_cam", Message(text="no maps")), _row("saliency", 0.1, 0.0, 0.2)]
    assert leaders(rows, "share") == ("saliency",)
    assert leaders(rows[:1], "share") == ()
    assert "No method" in _said(rows[:1], [])


def test_rivals_know_the_film_or_nothing_but_never_a_network() -> None:
    inputs = np.zeros((32, 32), dtype=np.float32)
    inputs[:, 16:] = 5.0  # one edge
    usual = np.eye(32, dtype=np.float32)
    maps = {name: rival_map(name, Seen(inputs=inputs, usual=usual, seed=3)) for name in RIVALS}
    assert all(one.shape == (32, 32) and one.min() >= 0 for one in maps.values())
    assert maps["brightness"].argmax() % 32 == 16
    assert set(maps["edges"].argmax(axis=1)) <= {15, 16}
    assert np.unravel_index(maps["centre"].argmax(), (32, 32)) == (15, 15)
    assert (maps["usual"] == usual).all()
    assert not np.array_equal(maps["random"], rival_map("random", Seen(inputs=inputs, usual=usual, seed=4)))


def test_the_page_names_every_method_and_what_it_does_not_show() -> None:
    skill = Skill(auroc=0.9, low=0.8, high=0.95, n_images=100, n_patients=100, n_found=40)
    rows = (_row("saliency", 0.5, 0.4, 0.6), not_offered("grad_cam", Message(text="it keeps no maps")))
    network = LeagueNetwork(model="mlp", title="mlp", epochs=2, n_train=10, skill=skill, rows=rows)
    league = League(
        made_on="2026-01-01",
        versions={"torch": "2"},
        n_images=50,
        n_patients=50,
        image_size=64,
        area=0.01,
        rivals=(_row("random", 0.01, 0.0, 0.05),),
        networks=(network,),
    )
    page = page_of(league)
    assert "best was Saliency with 50 % of 50 films (40 to 60 %)" in page.split("## What is counted")[0]
    assert "Above all maps that know nothing of the network: Saliency." in page
    assert "| Saliency | 0.50 (0.40 to 0.60) ★ |" in page
    assert MODELS["mlp"].title in page
    assert "| Saliency |  | 0.50 (0.40 to 0.60) |" in page
    assert "not offered: it keeps no maps" in page
    assert "Phantoms are not patients" in page
    missing = page.split("## Not measured yet")[1].split("##")[0]
    assert "GradientSHAP" in missing
    assert "Saliency" not in missing
    tables = page.split("## What is counted")[1].splitlines()
    assert {line.count("|") for line in tables if line.startswith("|")} == {8}


def test_a_table_of_another_version_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "league.json"
    assert read_league(path) is None
    path.write_text('{"made_on": "2020-01-01"}', encoding="utf-8")
    assert read_league(path) is None


def test_the_table_that_ships_has_chance_beside_the_methods() -> None:
    league = shipped_league()
    assert league is not None
    chance = {row.method: row for row in league.rivals}
    assert set(chance) == set(RIVALS)
    random = chance["random"]  # the mask's share of the area, within what its interval allows
    assert random.share.value == pytest.approx(league.area, abs=0.005)
    assert (random.pointing.low or 0) <= league.area <= (random.pointing.high or 0)
    assert all(
        row.pointing.n == league.n_images for one in league.networks for row in one.rows if row.is_measured
    )


def test_the_demo_run_is_measured_on_its_own_split(home: Path) -> None:
    run = open_run(DEMO_RUN)
    predictions = predictions_of(run, "val")
    cases, loaded = find_cases(run, predictions, most=6), load_model(run)
    assert len(cases) == 6
    assert all(mask.any() for _, mask in cases.films())
    row = measure_method(loaded, cases, "saliency")
    assert (row.pointing.n, row.n_failed) == (6, 0)
    assert row.grid == (64, 64)
    assert measure_method(loaded, cases, "saliency") == row  # the same again
    rivals = {one.method: one for one in measure_rivals(run, loaded, cases)}
    assert set(rivals) == set(RIVALS)
    assert skill_of(predictions, cases).auroc == pytest.approx(0.93, abs=0.02)
    usual = usual_place(run, (32, 32))
    assert 0 < usual.max() <= 1  # a share of the training masks
    assert usual[:2].max() == 0  # no finding lies above the shoulders
