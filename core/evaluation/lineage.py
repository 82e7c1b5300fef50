"""Where each run came from, as a graph to draw: one row a run, and a lane for each line of descent.

Parents stand above their children, the tree with the latest run first. A child that branches off keeps to
the lanes beside its parent's, and the child with the widest tree goes on in the parent's lane below the
others: so no line crosses another, and n runs never need more than log2(n) + 1 lanes (Strahler 1952).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.evaluation.run_row import RunRow

Descent = Literal["none", "branch", "again", "member"]


@dataclass(frozen=True)
class Node:
    """A row of the graph: a run, or a group of runs made together.

    Attributes
    ----------
    name
        Of the run, or of the group.
    runs
        The runs that it stands for.
    is_group, is_open
        Whether it stands for a group, and whether the group's runs follow below it.
    lane
        From 0, from left to right.
    depth
        From 0: how many rows it descends from.
    parent
        The row that it descends from; None for the first of a tree.
    descent
        How: from a kept epoch, made anew with changes, or as one of an open group.
    epoch
        That it branches from.
    missing
        The run that it came from, where that is not among the rows: deleted, or filtered out.
    """

    name: str
    runs: tuple[str, ...]
    is_group: bool
    is_open: bool
    lane: int
    depth: int
    parent: int | None
    descent: Descent
    epoch: int | None
    missing: str | None


_Id = tuple[bool, str]  # whether it is a group, and its name: both may bear the same


@dataclass(frozen=True)
class _Origin:
    parent: _Id | None = None
    descent: Descent = "none"
    epoch: int | None = None
    missing: str | None = None


@dataclass(frozen=True)
class _Item:
    id: _Id
    runs: tuple[str, ...]
    created_at: str
    origin: _Origin


def lineage(rows: Sequence[RunRow], opened: Collection[str] = ()) -> tuple[Node, ...]:
    """Return the graph of some runs, from top to bottom.

    Parameters
    ----------
    rows
        The runs, in any order. What they say of their parents is not relied upon: a run may name itself, its
        own child, or a run that is not there.
    opened
        Groups whose runs are shown one by one; of the others each is one node.
    """
    items = _without_circles(_items(rows, set(opened)))
    children: dict[_Id | None, list[_Item]] = {}
    for item in items.values():
        children.setdefault(item.origin.parent, []).append(item)
    widths, latest = _measured(items, children)
    for found in children.values():
        found.sort(key=lambda item: (widths[item.id], item.created_at, item.id))
    roots = sorted(children.get(None, []), key=lambda item: (latest[item.id], item.id), reverse=True)
    return _laid_out(roots, children, frozenset(opened))


def _items(rows: Sequence[RunRow], opened: set[str]) -> dict[_Id, _Item]:
    groups = _groups(rows)
    folded = {
        row.run_id: group for group, members in groups.items() if group not in opened for row in members
    }
    shown_as = {
        row.run_id: (True, folded[row.run_id]) if row.run_id in folded else (False, row.run_id)
        for row in rows
    }
    items = [_group_item(group, members, shown_as) for group, members in groups.items()]
    for row in (row for row in rows if row.run_id not in folded):
        if row.group in groups:
            origin = _Origin((True, str(row.group)), "member")
        else:
            origin = _origin(row, shown_as)
        items.append(_Item((False, row.run_id), (row.run_id,), row.created_at, origin))
    return {item.id: item for item in items}


def _group_item(group: str, members: Sequence[RunRow], shown_as: Mapping[str, _Id]) -> _Item:
    """Return the node of a group; it descends from where all of its runs came from, if that is one place."""
    names = tuple(row.run_id for row in members)
    origins = {_origin(row, shown_as) for row in members if row.parent is None or row.parent.run not in names}
    latest = max(row.created_at for row in members)
    return _Item((True, group), names, latest, origins.pop() if len(origins) == 1 else _Origin())


def _groups(rows: Iterable[RunRow]) -> dict[str, list[RunRow]]:
    """Return the groups of two runs or more, each with its runs as they come."""
    found: dict[str, list[RunRow]] = {}
    for row in rows:
        if row.group is not None:
            found.setdefault(row.group, []).append(row)
    return {group: members for group, members in found.items() if len(members) > 1}


def _origin(row: RunRow, shown_as: Mapping[str, _Id]) -> _Origin:
    if row.parent is None:
        return _Origin()
    known = shown_as.get(row.parent.run)
    if known is None:
        return _Origin(epoch=row.parent.epoch, missing=row.parent.run)
    return _Origin(known, "again" if row.parent.epoch is None else "branch", row.parent.epoch)


def _without_circles(items: dict[_Id, _Item]) -> dict[_Id, _Item]:
    """Cut each circle of descent at its oldest run, which then descends from nothing."""
    safe: set[_Id] = set()
    for start in list(items):
        path: dict[_Id, None] = {}
        here: _Id | None = start
        while here is not None and here not in safe and here not in path:
            path[here] = None
            here = items[here].origin.parent
        if here is not None and here in path:
            names = list(path)
            circle = names[names.index(here) :]
            oldest = min(circle, key=lambda one: (items[one].created_at, one))
            items[oldest] = replace(items[oldest], origin=_Origin())
        safe.update(path)
    return items


def _measured(
    items: Mapping[_Id, _Item], children: Mapping[_Id | None, list[_Item]]
) -> tuple[dict[_Id, int], dict[_Id, str]]:
    """Return of each tree how many lanes it takes, and the moment of its latest run."""
    order = list(children.get(None, []))
    for item in order:  # grows as it goes: parents first
        order.extend(children.get(item.id, ()))
    widths: dict[_Id, int] = {}
    latest: dict[_Id, str] = {}
    for item in reversed(order):
        own = children.get(item.id, ())
        inner = sorted(widths[child.id] for child in own)
        widths[item.id] = max([1, *inner[-1:], *(width + 1 for width in inner[-2:-1])])
        latest[item.id] = max([item.created_at, *(latest[child.id] for child in own)])
    return widths, latest


def _laid_out(
    roots: Iterable[_Item], children: Mapping[_Id | None, list[_Item]], opened: frozenset[str]
) -> tuple[Node, ...]:
    nodes: list[Node] = []
    stack: list[tuple[_Item, int, int, int | None]] = [(root, 0, 0, None) for root in reversed(list(roots))]
    while stack:
        item, lane, depth, parent = stack.pop()
        (is_group, name), origin = item.id, item.origin
        nodes.append(
            Node(
                name=name,
                runs=item.runs,
                is_group=is_group,
                is_open=is_group and name in opened,
                lane=lane,
                depth=depth,
                parent=parent,
                descent=origin.descent,
                epoch=origin.epoch,
                missing=origin.missing,
            )
        )
        row, own = len(nodes) - 1, children.get(item.id, [])
        for number in range(len(own) - 1, -1, -1):  # the last one goes on in the lane, below the others
            stack.append((own[number], lane + (number < len(own) - 1), depth + 1, row))
    return tuple(nodes)
