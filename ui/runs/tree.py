"""The tree of experiments, drawn like a commit graph: the way back to any run.

It is a component of our own, which draws lines beside rows of words; its script is ui/assets/tree.js. Which
row and which lane a run has is decided in core.evaluation.lineage.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st
import streamlit.components.v2 as components

from core.evaluation.index import index
from core.evaluation.lineage import Node, lineage
from core.evaluation.run_row import RunRow
from core.evaluation.sentences import rounded
from core.jobs.status import STATE_NAMES
from core.language import N_, _, joined, ngettext
from ui.runs.words import best_in_words, best_of, changes_in_words, network_title, state_title
from ui.session import use_language
from ui.shell import ASSETS

_REFRESH_SECONDS: Final = 2.0
_OPENED: Final = "runs-tree-opened"  # the groups that this visitor has opened
_LINES: Final = {"branch": N_("branched from an epoch"), "again": N_("again, but changed")}
_component = components.component(
    "lightbox_tree",
    css=(ASSETS / "tree.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "tree.js").read_text(encoding="utf-8"),
)


def run_tree(rows: Sequence[RunRow], chosen: Sequence[str]) -> str | None:
    """Draw the runs as a tree and return the one that was clicked in this moment; None if none was.

    Parameters
    ----------
    rows
        The runs to show.
    chosen
        Those that are marked.
    """
    if not rows:
        st.caption(_("No run fits: change the search or the filters."))
        return None
    by_name = {row.run_id: row for row in rows}
    nodes = lineage(rows, st.session_state.get(_OPENED, ()))
    states = {_state(node, by_name) for node in nodes}
    result = _component(
        data={
            "rows": [_drawn(node, nodes, by_name, set(chosen)) for node in nodes],
            "legend": [
                {"state": name, "text": _(title)} for name, title in STATE_NAMES.items() if name in states
            ],
            "lines": [
                {"descent": name, "text": _(text)}
                for name, text in _LINES.items()
                if any(node.descent == name for node in nodes)
            ],
            "alt": ngettext("The tree of {n} run.", "The tree of {n} runs.", len(rows)),
        },
        key="runs-tree",
        height="content",
        on_picked_change=lambda: None,
        on_turned_change=_turn,
    )
    if any(row.is_restless for row in rows):
        standing = {row.run_id: (row.state, row.is_restless) for row in rows}
        st.fragment(_watch, run_every=_REFRESH_SECONDS)(standing)
    picked = result.picked
    return str(picked["run"]) if picked and picked["run"] in by_name else None


def _watch(standing: Mapping[str, tuple[str | None, bool]]) -> None:
    """While a run lives or is measured, do the page anew when one that is shown has begun or ended."""
    use_language()
    now = {row.run_id: (row.state, row.is_restless) for row in index().rows()}
    if any(now.get(name, then) != then for name, then in standing.items()):
        st.rerun()


def _turn() -> None:
    """Open or close a group as was asked."""
    turned = st.session_state["runs-tree"].turned
    opened = set(st.session_state.get(_OPENED, ()))
    change = opened.add if turned["open"] else opened.discard
    change(str(turned["group"]))
    st.session_state[_OPENED] = sorted(opened)


def _drawn(
    node: Node, nodes: Sequence[Node], by_name: Mapping[str, RunRow], chosen: set[str]
) -> dict[str, Any]:
    members = [by_name[name] for name in node.runs]
    parts = {
        "title": node.name,
        "chip": _chip(node),
        "words": _words(node, members),
        "metric": _range(members) if node.is_group else _metric(members[0]),
        "of": best_of(members[0].best) if members[0].best and not node.is_group else "",
    }
    state = _state(node, by_name)
    spoken = [parts["title"], _(STATE_NAMES[state]) if state in STATE_NAMES else ""]
    if node.parent is not None:
        spoken.append(_("from {parent}", parent=nodes[node.parent].name))
    spoken += [parts["chip"], parts["words"], parts["metric"], parts["of"]]
    return {
        **parts,
        "name": node.name,
        "isGroup": node.is_group,
        "isOpen": node.is_open,
        "lane": node.lane,
        "depth": node.depth,
        "parent": node.parent,
        "descent": node.descent,
        "isOrphan": node.missing is not None,
        "state": state,
        "isChosen": any(name in chosen for name in node.runs) and not node.is_open,
        "label": " · ".join(part for part in spoken if part),
    }


def _state(node: Node, by_name: Mapping[str, RunRow]) -> str:
    """Return the state that a node is drawn in; "mixed" for runs of a group in several."""
    states = {by_name[name].state or "unknown" for name in node.runs}
    return states.pop() if len(states) == 1 else "mixed"


def _chip(node: Node) -> str:
    if node.is_group:
        return ngettext("{n} run", "{n} runs", len(node.runs))
    if node.missing is not None:
        return _("from {parent}, not in this list", parent=node.missing)
    return _("epoch {epoch}", epoch=node.epoch) if node.epoch is not None else ""


def _words(node: Node, members: Sequence[RunRow]) -> str:
    row = members[0]
    if node.is_group or row.parent is None:
        return " · ".join(part for part in (row.dataset, network_title(row.model)) if part)
    changed = joined(changes_in_words(row.changed), "; ")
    if node.missing is not None and not changed:
        return " · ".join(part for part in (row.dataset, network_title(row.model)) if part)
    return changed or _("nothing changed")


def _metric(row: RunRow) -> str:
    if row.best is not None:
        return best_in_words(row.best)
    return state_title(row)


def _range(members: Sequence[RunRow]) -> str:
    """Return the lowest and the highest best value of a group's runs, which is no interval."""
    values = [row.best.value for row in members if row.best]
    if not values:
        return ""
    low, high = rounded(min(values)), rounded(max(values))
    return low if low == high else _("{low} … {high}", low=low, high=high)
