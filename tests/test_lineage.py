"""The graph of runs: parents above children, lanes that do not cross, and whatever a config claims."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.lineage import Node, lineage
from core.evaluation.run_row import RunRow
from core.runs.records import Parent


def row(name: str, parent: str | None = None, epoch: int | None = None, group: str | None = None) -> RunRow:
    """A run made at the moment its name says: "03" comes after "02"."""
    made_from = None if parent is None else Parent(run=parent, epoch=epoch)
    return RunRow(run_id=name, created_at=name, parent=made_from, group=group)


def drawn(nodes: tuple[Node, ...]) -> list[tuple[str, int]]:
    return [(node.name, node.lane) for node in nodes]


def test_a_single_run_stands_in_the_first_lane() -> None:
    assert lineage([row("01")]) == (Node("01", ("01",), False, False, 0, 0, None, "none", None, None),)
    assert lineage([]) == ()


def test_a_branch_beside_the_line_that_goes_on() -> None:
    nodes = lineage([row("01"), row("02", "01", 4), row("03", "01"), row("04", "03")])
    assert drawn(nodes) == [("01", 0), ("02", 1), ("03", 0), ("04", 0)]
    assert [node.parent for node in nodes] == [None, 0, 0, 2]
    assert [node.descent for node in nodes] == ["none", "branch", "again", "again"]
    assert [node.epoch for node in nodes] == [None, 4, None, None]
    assert [node.depth for node in nodes] == [0, 1, 1, 2]


def test_the_tree_with_the_latest_run_comes_first() -> None:
    nodes = lineage([row("01"), row("02"), row("03", "01")])
    assert [node.name for node in nodes] == ["01", "03", "02"]


def test_a_run_whose_parent_is_gone_says_from_which() -> None:
    (node,) = lineage([row("02", "01", 8)])
    assert (node.missing, node.epoch, node.parent) == ("01", 8, None)


@pytest.mark.parametrize("n", [1, 2, 3, 50])
def test_a_circle_of_forged_parents_is_cut_at_its_oldest_run(n: int) -> None:
    names = [f"{number:02d}" for number in range(n)]
    rows = [row(name, names[number - 1]) for number, name in enumerate(names)]
    nodes = lineage([*rows, row("99", "00")])
    assert nodes[0].name == "00"
    assert nodes[0].parent is None
    assert len(nodes) == n + 1


def test_a_group_is_one_node_until_it_is_opened() -> None:
    rows = [row("01"), *(row(name, "01", group="seeds") for name in ("02", "03")), row("04", "02", 2)]
    closed = lineage(rows)
    assert [(node.name, node.runs, node.parent) for node in closed] == [
        ("01", ("01",), None),
        ("seeds", ("02", "03"), 0),
        ("04", ("04",), 1),
    ]
    opened = lineage(rows, {"seeds"})
    assert [node.name for node in opened] == ["01", "seeds", "02", "04", "03"]
    assert [node.descent for node in opened] == ["none", "again", "member", "branch", "member"]


def test_a_group_of_one_is_a_run_and_a_group_may_bear_the_name_of_a_run() -> None:
    assert not lineage([row("01", group="alone")])[0].is_group
    nodes = lineage([row("01"), row("02", group="01"), row("03", group="01")])
    assert {(node.name, node.is_group) for node in nodes} == {("01", False), ("01", True)}


def test_a_chain_of_a_thousand_stays_in_one_lane() -> None:
    rows = [row("0000"), *(row(f"{n:04d}", f"{n - 1:04d}") for n in range(1, 1000))]
    assert {node.lane for node in lineage(rows)} == {0}


@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=1, max_size=40), st.data())
def test_any_claims_of_parents_give_a_graph_without_crossings(
    parents: list[int | None], data: st.DataObject
) -> None:
    rows = [
        row(f"{number:02d}", None if parent is None else f"{parent:02d}")
        for number, parent in enumerate(parents)
    ]
    nodes = lineage(data.draw(st.permutations(rows)))
    assert sorted(node.name for node in nodes) == [one.run_id for one in rows]
    assert max(node.lane for node in nodes) <= math.log2(len(nodes))
    for number, node in enumerate(nodes):
        if node.parent is None:
            continue
        assert node.parent < number
        # the line goes down in the parent's lane: nobody else stands in it on the way
        between = nodes[node.parent + 1 : number]
        assert all(other.lane != nodes[node.parent].lane for other in between)
        assert node.lane - nodes[node.parent].lane in (0, 1)
    for one, next_one in pairwise(nodes):
        assert next_one.lane <= one.lane + 1
