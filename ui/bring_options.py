"""The controls that change what is recognised: where classes come from, which column is what, who is who."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from core.datasets.choosing import FROM_NOWHERE, Need, class_source, class_sources, with_changes
from core.datasets.options import HEADER, NO_COLUMN, ImportOptions
from core.datasets.plan import ColumnFacts, FindingCount, ImportPlan, Role
from core.language import N_, _, joined, ngettext
from ui.messages import escape
from ui.session import full

ATTRIBUTES: Final = {
    "age_band": N_("age, as a band of ten years"),
    "sex": N_("sex"),
    "view": N_("view"),
    "laterality": N_("side of the body"),
    "body_part": N_("part of the body"),
    "modality": N_("kind of scanner (modality)"),
}
_SOURCES: Final = {
    "folder": N_("the names of the folders"),
    "table": N_("a table"),
    FROM_NOWHERE: N_("no classes yet: label them afterwards"),
}
_COLUMNS: Final[dict[str, tuple[str, tuple[Role, ...]]]] = {
    "image": (N_("Column with the image"), ("image",)),
    "label": (N_("Column with the class"), ("label", "findings")),
    "patient": (N_("Column with the patient"), ("patient",)),
    "split": (N_("Column with the split"), ("split",)),
}
_DISPENSABLE: Final = ("patient", "split")  # there need not be one, though a column may look like it


@dataclass(frozen=True)
class Recognised:
    """What was recognised, with the options that it was recognised with.

    Attributes
    ----------
    token
        Of the staging folder: widgets of another one have other keys.
    """

    token: str
    plan: ImportPlan
    asked: ImportOptions

    def key(self, name: str, *parts: object) -> str:
        """Return a widget's key: another one where what it offers (`parts`) is another."""
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:6] if parts else ""
        return "-".join(part for part in ("bring", name, self.token, digest) if part)


def answer_question(found: Recognised, needed: Sequence[Need]) -> ImportOptions:
    """Show the controls that answer the plan's question; return the options with the answers."""
    options = found.asked
    for need in needed:
        options = _CONTROLS[need](found, options)
    return options


def change_recognised(found: Recognised, needed: Sequence[Need], options: ImportOptions) -> ImportOptions:
    """Show, folded, the other controls that fit the source; return the options with what was changed."""
    offered = [name for name, fits in _FITS.items() if name not in needed and fits(found)]
    if not offered:
        return options
    with st.expander(_title(found.plan), icon=":material/tune:", key=found.key("change")):
        sides = st.columns(2, gap="large")
        for number, name in enumerate(offered):
            with sides[number % 2]:
                options = _CONTROLS[name](found, options)
    return options


def _title(plan: ImportPlan) -> str:
    if plan.layout != "csv":
        return _("Classes, patients: change what was recognised")
    return _("Columns, classes: change what was recognised")


def _classes(found: Recognised, options: ImportOptions) -> ImportOptions:
    now = class_source(found.plan, found.asked)
    sources = class_sources(found.plan)
    key = found.key("classes", sources)
    chosen = st.radio(
        _("Where do the classes come from?"),
        sources,
        format_func=_source_name,
        key=key,
        persist_state="session",
        **first_value(key, index=sources.index(now) if now in sources else None),
    )
    if chosen is None or chosen == now:
        return options
    if chosen == FROM_NOWHERE:
        return with_changes(options, unlabelled=True, finding=None)
    return with_changes(options, unlabelled=False, labels_from=chosen)


def _source_name(source: str) -> str:
    if source.startswith(HEADER):
        attribute = source.removeprefix(HEADER)
        return _("the DICOM header: {attribute}", attribute=_(ATTRIBUTES.get(attribute, attribute)))
    return _(_SOURCES[source])


def _table(found: Recognised, options: ImportOptions) -> ImportOptions:
    now = found.asked.labels_csv
    chosen = _choice(found, "table", _("Which table?"), found.plan.tables, now)
    return options if chosen in (None, now) else with_changes(options, labels_csv=chosen, labels_from="table")


def _column(found: Recognised, options: ImportOptions, *, name: str) -> ImportOptions:
    field = f"{name}_column"
    asked = getattr(found.asked, field)
    now = getattr(found.plan.columns, name) if asked is None else asked
    label, roles = _COLUMNS[name]
    facts = {facts.name: facts for facts in found.plan.column_facts if set(facts.roles) & set(roles)}
    names = [*facts] if now in facts or now is None else [now, *facts]
    hint = "" if now not in facts else _examples(facts[now])
    if name in _DISPENSABLE and (names or now == NO_COLUMN):
        names = [NO_COLUMN, *(one for one in names if one != NO_COLUMN)]
    chosen = _choice(found, name, _(label), names, now, hint=hint, shown=lambda one: one or _("none of them"))
    return options if chosen in (None, now) else with_changes(options, **{field: chosen})


def _examples(facts: ColumnFacts) -> str:
    n_values = ngettext("one value", "{n} different values", facts.n_distinct)
    empty = ngettext("one empty cell", "{n} empty cells", facts.n_empty) if facts.n_empty else ""
    examples = _("for example {examples}", examples=joined(facts.examples)) if facts.examples else ""
    return " · ".join(part for part in (n_values, empty, examples) if part)


def _finding(found: Recognised, options: ImportOptions) -> ImportOptions:
    counts = {count.name: count for count in found.plan.findings}
    now = found.asked.finding
    label = _("One finding against the rest")
    chosen = _choice(
        found,
        "finding",
        label,
        list(counts),
        now,
        parts=(found.asked.label_column,),
        shown=lambda name: _finding_name(counts[name]),
        placeholder=_("Choose a finding"),
    )
    return options if chosen == now else with_changes(options, finding=chosen, unlabelled=False)


def _finding_name(count: FindingCount) -> str:
    return _(
        "{name}: {n} images, {alone} with nothing else",
        name=count.name,
        n=count.n_images,
        alone=count.n_alone,
    )


def _pattern(found: Recognised, options: ImportOptions) -> ImportOptions:
    key, now = found.key("pattern"), found.asked.patient_pattern
    asked = st.text_input(
        _("Patient in the file name"),
        key=key,
        help=_("A regular expression; its first group is the patient. Example: (person\\d+)_"),
        persist_state="session",
        **first_value(key, value=now or ""),
    )
    if now and found.plan.n_patients:
        n = found.plan.n_patients
        st.caption(ngettext("It finds one patient.", "It finds {n} patients.", n))
    return options if (asked or None) == now else with_changes(options, patient_pattern=asked or None)


def _window(found: Recognised, options: ImportOptions) -> ImportOptions:
    names = found.plan.windows
    key = found.key("window", names)
    chosen = st.selectbox(
        _("Window: the files propose several"),
        range(len(names)),
        format_func=lambda place: names[place] or _("number {n}", n=place + 1),
        key=key,
        help=_("Which range of grey is shown first. All are kept with the image."),
        persist_state="session",
        **first_value(key, index=min(found.asked.window, len(names) - 1)),
    )
    return options if chosen in (None, found.asked.window) else with_changes(options, window=chosen)


def _choice(
    found: Recognised,
    name: str,
    label: str,
    names: Sequence[str],
    now: str | None,
    *,
    parts: tuple[object, ...] = (),
    hint: str = "",
    shown: Callable[[str], str] = str,
    placeholder: str | None = None,
) -> str | None:
    key = found.key(name, tuple(names), parts)
    chosen: str | None = st.selectbox(
        label,
        names,
        format_func=shown,
        key=key,
        placeholder=placeholder or _("not known"),
        persist_state="session",
        **first_value(key, index=names.index(now) if now in names else None),
    )
    if hint:
        st.caption(escape(hint))
    return chosen


def first_value(key: str, **start: Any) -> dict[str, Any]:
    """Return the first value of a widget, or nothing once the session holds one: both would warn."""
    return {} if key in st.session_state else start


_Control = Callable[[Recognised, ImportOptions], ImportOptions]


def _column_control(name: str) -> _Control:
    return lambda found, options: _column(found, options, name=name)


_CONTROLS: Final[dict[str, _Control]] = {
    "classes": _classes,
    "table": _table,
    "finding": _finding,
    **{name: _column_control(name) for name in _COLUMNS},
    "pattern": _pattern,
    "window": _window,
}
_FITS: Final[dict[str, Callable[[Recognised], bool]]] = {
    "classes": lambda found: len(class_sources(found.plan)) > 1 or found.asked.unlabelled,
    "table": lambda found: len(found.plan.tables) > 1,
    "image": lambda found: found.plan.layout == "csv",
    "label": lambda found: found.plan.layout == "csv" and not found.asked.unlabelled,
    "finding": lambda found: bool(found.plan.findings) and not found.asked.unlabelled,
    "patient": lambda found: found.plan.layout == "csv",
    "split": lambda found: found.plan.layout == "csv",
    "pattern": lambda found: full() and not found.asked.patient_column,
    "window": lambda found: len(found.plan.windows) > 1,
}
