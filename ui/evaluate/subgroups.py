"""On whom does it work? A metric in each group of patients, and the mistakes within a group."""

from collections import Counter
from typing import Final

import numpy as np
import streamlit as st

from core.datasets.choosing import csv_text
from core.evaluation.mistakes import list_mistakes
from core.evaluation.paired_sentences import p_words
from core.evaluation.records import METRICS
from core.evaluation.sentences import with_interval
from core.evaluation.subgroup_records import FEWEST, GROUP_METRICS, GroupMetric, Subgroup, SubgroupTable
from core.evaluation.subgroup_sentences import chance_words, finding_words
from core.evaluation.subgroup_values import Attribute, attributes_of
from core.evaluation.subgroups import Subgroups
from core.figures.forest import forest
from core.figures.theme import label
from core.language import _
from core.runs.store import INTENDED_USE
from ui import answers, cache
from ui.charts import show_figure
from ui.evaluate.case_panel import case_panel
from ui.evaluate.images_source import source_of
from ui.evaluate.images_state import begin
from ui.evaluate.images_tiles import tile_of, tiles
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.later import in_this_language
from ui.messages import escape, simulated_badge

_MOST_FILMS: Final = 12
_SHORT: Final = {
    "auroc": "AUROC",
    "sensitivity": METRICS["sensitivity"].title,
    "specificity": METRICS["specificity"].title,
    "ppv": METRICS["ppv"].title,
    "npv": METRICS["npv"].title,
    "accuracy": METRICS["accuracy"].title,
}


@st.cache_resource(max_entries=8, show_spinner=False)
def _attributes(case: Judged, changed: int, revision: str) -> tuple[Attribute, ...]:
    return attributes_of(cache.dataset(case.shown_dataset), predictions(case).sample_ids)


@st.cache_resource(max_entries=8, show_spinner=False)
def _subgroups(case: Judged, changed: int, revision: str) -> Subgroups:
    return Subgroups(predictions(case), _attributes(case, changed, revision))


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    source = source_of(case)
    if source.info is None:  # what another data set of this name says is not of these images
        st.info(escape(source.reason or ""), icon=":material/group_off:")
        return
    key = (case, answers.changed_ns(case.run), source.info.revision)
    with st.spinner(_("Sorting the images into groups…")):
        attributes = _attributes(*key)
    if not attributes:
        _nothing_known()
        return
    name, class_name = _choose(case)
    with st.spinner(_("Drawing the patients again, for each group…")):
        table = _subgroups(*key).at(threshold, name, class_name)
    _say(table)
    simulated = case.is_simulated
    title = _("Is it equally good for everyone? {metric}", metric=_title(table, escaped=True))
    show_figure(forest(table, title=title, x=_title(table)), key="subgroups-forest", simulated=simulated)
    st.caption(
        _(
            "The grey band is the interval of all images. A group is called too small where fewer than"
            " {fewest} patients count: our threshold. Where a patient has several images, the patients were"
            " drawn again {n} times.",
            fewest=FEWEST,
            n=table.n_resamples,
        )
    )
    _table(table, case, threshold)
    _films(case, threshold, attributes)


def _nothing_known() -> None:
    st.info(
        _(
            "Nothing is known of these images besides their class, so nobody can say on whom it works. Bring"
            " in a table with columns such as age, sex, view or scanner."
        ),
        icon=":material/group_off:",
    )


def _choose(case: Judged) -> tuple[GroupMetric, str | None]:
    """Let the visitor choose the metric, and with several classes the one that is held against the rest."""
    names = predictions(case).class_names
    key = "subgroups-metric"
    name = st.segmented_control(
        _("Metric"),
        GROUP_METRICS,
        format_func=lambda name: _(_SHORT[name]),
        default=None if key in st.session_state else "auroc",
        key=key,
        required=True,
        persist_state="session",
    )
    metric: GroupMetric = name or "auroc"
    if len(names) == 2 or metric == "accuracy":
        return metric, None
    if st.session_state.get("subgroups-class") not in names:
        st.session_state["subgroups-class"] = names[0]
    return metric, st.selectbox(_("Class, against the rest"), names, key="subgroups-class", width=320)


def _title(table: SubgroupTable, *, escaped: bool = False) -> str:
    title = _(_SHORT[table.name])
    if table.class_name is None:
        return title
    name = label(table.class_name) if escaped else table.class_name
    return _("{metric} for '{name}'", metric=title, name=name)


def _say(table: SubgroupTable) -> None:
    st.markdown(f"##### {escape(finding_words(table))}", anchors=False)
    st.caption(escape(chance_words(table)))
    if any(group.has_all_negatives for group in table.groups):
        st.caption(
            _(
                "A group that has the finding only is judged together with all images without it: alone it"
                " has nothing to be told from."
            )
        )
    if table.name in ("ppv", "npv"):
        st.caption(
            _(
                "Where more are ill, the very same network has a higher PPV and a lower NPV: hold sensitivity"
                " and specificity of the groups against each other too."
            )
        )


def _table(table: SubgroupTable, case: Judged, threshold: Threshold) -> None:
    with st.expander(_("The numbers of each group"), key="subgroups-table"):
        st.dataframe([_row(group, table) for group in table.groups], hide_index=True, width="stretch")
        st.download_button(
            _("As a table (CSV)"),
            in_this_language(lambda: _csv(table, case, threshold)),
            file_name=f"{case.run_id}-{case.split}-groups.csv",
            mime="text/csv",
            key="subgroups-csv",
            on_click="ignore",
        )


def _row(group: Subgroup, table: SubgroupTable) -> dict[str, str | int | None]:
    why = group.too_small or group.metric.reason
    return {
        _("Attribute"): str(group.title),
        _("Group"): str(group.value),
        _("Images"): group.n_samples,
        _("Patients"): group.n_patients,
        _("With the class"): group.n_positive,
        _title(table): str(with_interval(group.metric)),
        _("Group minus rest (95 %)"): _difference(group),
        _("p, corrected (Holm)"): p_words(group.p_corrected),
        _("Remark"): "" if why is None else str(why),
    }


def _difference(group: Subgroup) -> str:
    if group.difference is None or group.low is None or group.high is None:
        return "–"
    return _(
        "{value} ({low} to {high})",
        value=f"{group.difference:+.2f}",
        low=f"{group.low:+.2f}",
        high=f"{group.high:+.2f}",
    )


def _csv(table: SubgroupTable, case: Judged, threshold: Threshold) -> bytes:
    header = ["attribute", "group", "n_images", "n_patients", "n_positive", table.name, "low", "high", "n"]
    header += ["method", "difference", "difference_low", "difference_high", "p", "p_holm", "too_small"]
    header += ["threshold"]
    is_one = isinstance(threshold, float) and predictions(case).positive_class is None  # it decides nothing
    is_moved = table.name != "auroc" and not is_one
    at = str(threshold) if is_moved else None
    rows: list[list[object]] = []
    for group in table.groups:
        metric = group.metric
        values = [group.attribute, str(group.value), group.n_samples, group.n_patients, group.n_positive]
        values += [metric.value, metric.low, metric.high, metric.n, metric.method, group.difference]
        values += [group.low, group.high, group.p, group.p_corrected, group.too_small is not None]
        values += [at]
        rows.append(["" if value is None else value for value in values])
    simulated = "SIMULATED " if case.is_simulated else ""
    return csv_text(header, [*rows, [f"{simulated}{_(INTENDED_USE)}"]])


def _films(case: Judged, threshold: Threshold, attributes: tuple[Attribute, ...]) -> None:
    """Show what was called wrong within a group that the visitor chooses; each image opens."""
    found = predictions(case)
    begin(case, len(found.class_names))
    wrong = {mistake.sample_id: mistake for mistake in list_mistakes(found, threshold)}
    places = [
        (one, code) for one, attribute in enumerate(attributes) for code in range(len(attribute.groups))
    ]
    is_wrong = np.isin(found.sample_ids, list(wrong))
    n_wrong = Counter(
        {(one, code): int((is_wrong & (attributes[one].codes == code)).sum()) for one, code in places}
    )
    st.subheader(_("What it gets wrong in a group"), anchor=False)
    chosen = st.selectbox(
        _("Group"),
        range(len(places)),
        format_func=lambda place: _(
            "{title}: {value} ({n} wrong)",
            title=attributes[places[place][0]].title,
            value=attributes[places[place][0]].groups[places[place][1]],
            n=n_wrong[places[place]],
        ),
        key="subgroups-group",
        width=420,
    )
    one, code = places[chosen]
    ids = set(found.sample_ids[attributes[one].codes == code].tolist())
    shown = [mistake for sample_id, mistake in wrong.items() if sample_id in ids]
    if not shown:
        st.caption(_("Nothing was called wrong in this group."))
        return
    if case.is_simulated:
        simulated_badge()
    wrong_tiles = [tile_of(one, found.positive_class) for one in shown[:_MOST_FILMS]]
    tiles(wrong_tiles, source_of(case), name=_("Images"), key="subgroups-tiles")
    case_panel(case, threshold)
    if len(shown) > _MOST_FILMS:
        st.caption(_("{shown} of {n} are shown.", shown=_MOST_FILMS, n=len(shown)))
