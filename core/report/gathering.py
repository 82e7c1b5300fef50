"""Gather what a report says, from where it is kept. No torch, unless the network has to be asked first."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from core.datasets.columns import words_of
from core.datasets.editing import edits_since
from core.datasets.records import SPLIT_NAMES, DatasetInfo, Part, PatientOverlap
from core.datasets.store import Dataset, open_dataset
from core.errors import LightboxError, StateError
from core.evaluation.asked import check_samples
from core.evaluation.calibration import Temperature, temperature_of
from core.evaluation.foreign import shared_with, what_differs
from core.evaluation.leakage import overlap_of
from core.evaluation.looks import Who, count_look, list_looks, n_looks, n_looks_beside
from core.evaluation.mistakes import list_mistakes
from core.evaluation.records import Evaluation
from core.evaluation.report import evaluate
from core.evaluation.stored import stored_name, stored_predictions
from core.evaluation.subgroup_values import attributes_of
from core.evaluation.subgroups import Subgroups
from core.experiments.rivals.asking import rivals_answer
from core.experiments.rivals.records import RivalsAnswer
from core.models.catalog import MODELS
from core.reading.store import list_readers, list_readings
from core.report.study import Asked, Background, Side, Study
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from core.training.repetition import seeds_of

_AGE_WORDS: Final = {"age", "ages", "alter", "edad", "年龄"}
_CENTRE_WORDS: Final = {"site", "sites", "centre", "center", "source", "country", "中心", "来源"}
MOST_ATTRIBUTES: Final = 12  # in one report; the Evaluate page has them all


def study_of(asked: Asked, *, who: Who = "command line") -> Study:
    """Gather everything; the network is asked where it was not yet, and a look at the test split is counted.

    Raises
    ------
    LightboxError
        Whatever opening the run, its data, or asking the network may raise.
    """
    run = open_run(asked.run_id)
    found = _answers(run, asked, who)
    return with_groups(judge(asked, background_of(asked, found), found))


def _answers(run: Run, asked: Asked, who: Who) -> Predictions:
    part = cast(Part, asked.split)
    found = stored_predictions(run, part, asked.dataset_id, mapping=asked.mapping)
    if found is None:
        from core.evaluation.predictions import predictions_of

        return predictions_of(run, part, asked.dataset_id, mapping=asked.mapping, who=who)
    name = stored_name(run, asked.dataset_id)
    if part == "test" or name != run.config.dataset:  # as predictions_of counts, which would load torch
        count_look(run, name, part, who)
    return found


def judge(
    asked: Asked,
    background: Background,
    predictions: Predictions,
    *,
    evaluation: Evaluation | None = None,
    n_left_out: int = 0,
) -> Study:
    """Judge predictions at the operating point that is asked for, as yet without subgroups.

    Parameters
    ----------
    asked, background
        What about, and what is known.
    predictions
        Of the split; images whose scores are no numbers are counted and left out.
    evaluation
        The one already computed, of the same images at the same threshold.
    n_left_out
        How many images somebody has left out of `predictions` already, for the same reason.
    """
    usable = predictions.take(predictions.is_usable)
    return Study(
        asked=asked,
        background=background,
        predictions=usable,
        n_unusable=n_left_out + predictions.n_samples - usable.n_samples,
        evaluation=evaluation or evaluate(usable, threshold=asked.threshold),
        groups=None,
        mistakes=tuple(list_mistakes(usable, asked.threshold)),
    )


def with_groups(study: Study) -> Study:
    """Return a study with its subgroups, which take longest."""
    asked, predictions = study.asked, study.predictions
    dataset = None if study.background.info is None else _opened(study.background.info.dataset_id)
    if dataset is None or not predictions.n_samples:
        return study
    attributes = attributes_of(dataset, np.asarray(predictions.sample_ids))[:MOST_ATTRIBUTES]
    if not attributes:
        return study
    return replace(study, groups=Subgroups(predictions, attributes).at(asked.threshold, "auroc"))


def _temperature(run: Run) -> Temperature | None:
    val = stored_predictions(run)
    return None if val is None else temperature_of(run, val)


def background_of(asked: Asked, predictions: Predictions) -> Background:
    """Return what is known of a run and of the data that it is judged on, whatever the threshold."""
    run = open_run(asked.run_id)
    own = _own(run)
    judged = own if asked.dataset_id is None else _opened(asked.dataset_id)
    external = None if asked.dataset_id in (None, run.config.dataset) else judged
    columns = _columns_of(judged, predictions)
    return Background(
        run_id=run.run_id,
        card=run.card,
        config=run.config,
        model_title=MODELS[run.config.model].title if run.config.model in MODELS else run.config.model,
        info=None if judged is None else judged.info,
        trained_at=run.status.created_at[:10],
        is_replaced=asked.dataset_id is None and own is None and _opened(run.config.dataset) is not None,
        own_dataset=run.config.dataset if own is None else own.info.title,
        sides=_sides(run, own),
        n_looks=n_looks(run),
        overlap=_overlap(run),
        n_corrected=_n_corrected(run),
        temperature=_temperature(run),
        tested_on=_tested_on(run),
        n_seeds=sum(other.state == "completed" for other in seeds_of(run) if other.run_id != run.run_id) + 1,
        ages=_values_in(columns, _AGE_WORDS),
        centres=_values_in(columns, _CENTRE_WORDS),
        attributes=tuple(columns),
        rivals=_rivals(run, asked),
        n_readers=_n_readers(asked),
        source_split=_is_of_source(run, own),
        n_looks_there=sum(look.dataset == asked.dataset_id for look in list_looks(run)),
        n_looks_beside=n_looks_beside(run),
        shared=shared_with(run, external) if external else None,
        picture_side=_picture_side(judged, predictions),
        differs=what_differs(run, external) if external else (),
    )


def _is_of_source(run: Run, own: Dataset | None) -> bool | None:
    """Tell whether the data came with the split: where they came with none, one was drawn (70/20/10)."""
    if run.config.split.scheme != "source":
        return False
    return None if own is None else bool(own.samples["split"].notna().any())


def _picture_side(dataset: Dataset | None, predictions: Predictions) -> int | None:
    if dataset is None:
        return None
    rows = dataset.samples[dataset.samples["sample_id"].isin(predictions.sample_ids)]
    return int(rows[["width", "height"]].min(axis=1).median()) if len(rows) else None


def _rivals(run: Run, asked: Asked) -> RivalsAnswer | None:
    try:
        return rivals_answer(run, cast(Part, asked.split), asked.dataset_id, mapping=asked.mapping)
    except LightboxError:  # the data set that they were asked about is no longer there
        return None


def _n_readers(asked: Asked) -> int:
    """Return how many people ended a blind reading of images of this split beside this run."""
    if asked.dataset_id is not None:
        return 0
    plans = [plan for plan in list_readings().plans if (plan.run, plan.split) == (asked.run_id, asked.split)]
    return sum(1 in reader.ended for plan in plans for reader in list_readers(plan.reading))


def _opened(dataset_id: str) -> Dataset | None:
    try:
        return open_dataset(dataset_id)
    except LightboxError:
        return None


def _own(run: Run) -> Dataset | None:
    """Return the data set that a run was trained on; None where it is gone, or another one has its name."""
    dataset = _opened(run.config.dataset)
    if dataset is not None:
        try:
            check_samples(run, dataset.info.dataset_id)
        except StateError:
            return None
    return dataset


def _sides(run: Run, dataset: Dataset | None) -> tuple[Side, ...]:
    split = run.split()
    if dataset is not None:
        patients = dataset.samples[["sample_id", "patient_id"]].reset_index(drop=True)
        split = split.merge(patients, on="sample_id", how="left")
    found = []
    for name in SPLIT_NAMES:
        rows = split[split["split"] == name]
        if len(rows):
            counts = rows["label"].value_counts().reindex(list(run.card.class_names), fill_value=0)
            found.append(
                Side(name, len(rows), _n_patients(rows), {str(k): int(n) for k, n in counts.items()})
            )
    return tuple(found)


def _n_patients(rows: pd.DataFrame) -> int | None:
    if "patient_id" not in rows or rows["patient_id"].isna().all():
        return None
    return int(rows["patient_id"].nunique())


def _overlap(run: Run) -> PatientOverlap | None:
    try:
        return overlap_of(run)
    except LightboxError:
        return None


def _n_corrected(run: Run) -> int:
    try:
        return len(edits_since(run.config.dataset, run.request.dataset_revision) or ())
    except LightboxError:
        return 0


def _tested_on(run: Run) -> tuple[str, ...]:
    """Return the other data sets that predictions are stored of."""
    folders = dict.fromkeys((run.folder, run.writable_folder))
    names = {path.name.split(".")[0] for folder in folders for path in folder.glob("predictions/*.parquet")}
    return tuple(sorted(names - {run.config.dataset}))


def _columns_of(dataset: Dataset | None, predictions: Predictions) -> dict[str, "pd.Series[Any]"]:
    """Return attribute to its values in the judged images."""
    if dataset is None:
        return {}
    table = dataset.samples
    ids = predictions.sample_ids
    rows = table.iloc[ids[(ids >= 0) & (ids < len(table))]]
    return {name: rows[name] for name in dataset.info.attributes if name in rows}


def _values_in(columns: dict[str, "pd.Series[Any]"], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the values of the columns whose names have one of these words."""
    chosen = [column for name, column in columns.items() if {*words_of(name), name} & set(wanted)]
    return tuple(sorted({str(value) for column in chosen for value in column.dropna().unique()}))


def may_show_pictures(info: DatasetInfo | None) -> bool:
    """Tell whether images may stand in a report without asking: simulated ones, and those with a licence."""
    return info is not None and (info.simulated or bool(info.licence.strip()))
