"""Which class of another data set stands for which class of a run: said once by hand where names differ."""

from difflib import get_close_matches
from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.evaluation.external import LEFT_OUT, suggested, whole_mapping
from core.evaluation.mappings import remember_mapping, remembered_mapping
from core.language import _
from core.runs.store import Run
from ui.messages import escape, guard

Mapping = tuple[tuple[str, str], ...]
_COLUMNS: Final = 3


def chosen_classes(run: Run, info: DatasetInfo) -> Mapping | None:
    """Return pairs (class there, class here) where names differ; None until the visitor has said them."""
    theirs, ours = info.class_names, run.card.class_names
    remembered = remembered_mapping(run, info.dataset_id, theirs) or _said(run, info)
    same = suggested(theirs, ours)
    goes_without_saying = set(same) == set(theirs)
    current = remembered or same
    is_needed = remembered is None and not goes_without_saying
    if is_needed:
        st.markdown(_("The classes are called otherwise there. Say once which stands for which."))
    title = _("Its classes, and what they stand for here")
    with st.expander(title, icon=":material/swap_horiz:", expanded=is_needed):
        _form(run, info, current)
    if is_needed:
        return None
    return tuple(sorted((name, meant) for name, meant in current.items() if same.get(name) != meant))


def _form(run: Run, info: DatasetInfo, current: dict[str, str]) -> None:
    theirs, ours = info.class_names, run.card.class_names
    with st.form(f"evaluate-classes-{info.dataset_id}", border=False):
        columns = st.columns(_COLUMNS)
        chosen = {}
        for number, name in enumerate(theirs):
            options = [*ours, LEFT_OUT]
            guessed = current.get(name, _guess(name, ours))
            with columns[number % _COLUMNS]:
                chosen[name] = st.selectbox(
                    _("{name} ({n} images)", name=escape(name), n=info.class_counts.get(name, 0)),
                    options,
                    index=options.index(guessed),
                    format_func=lambda one: one or _("leave these images out"),
                    key=f"evaluate-class-{run.run_id}-{info.dataset_id}-{number}",
                )
        if st.form_submit_button(_("Use these classes"), type="primary"):
            with guard():
                whole_mapping(theirs, ours, chosen, dataset_id=info.dataset_id)
                remember_mapping(run, info.dataset_id, chosen)
                st.session_state[_said_key(run, info)] = chosen
                st.rerun()


def _said(run: Run, info: DatasetInfo) -> dict[str, str] | None:
    """Return what this visitor has said, for homes that can only be read; None where a class is new."""
    said: dict[str, str] = st.session_state.get(_said_key(run, info), {})
    return said if set(said) == set(info.class_names) else None


def _said_key(run: Run, info: DatasetInfo) -> str:
    return f"evaluate-classes-said-{run.run_id}-{info.dataset_id}"


def _guess(name: str, ours: tuple[str, ...]) -> str:
    """Return the class here with nearly the same name; nothing is left to the guess without being shown."""
    by_name = {one.casefold(): one for one in ours}
    close = get_close_matches(name.casefold(), list(by_name), n=1)
    return by_name[close[0]] if close else LEFT_OUT
