"""Labels that somebody doubts: the profile's simple model, or the network that was trained last.

Covers: what the profile of this data set found, also at an earlier revision, and the validation images of its
newest run. Does not cover: training images of a run, which it may know by heart. A doubt is a reason to look,
not a verdict: a rare view of a class looks like a mistake, and a learned mistake looks right.
"""

from dataclasses import dataclass

import numpy as np

from core.datasets.dataset import Dataset
from core.datasets.editing import edits_since, list_edits
from core.datasets.profiling.stored import read_profile
from core.datasets.records import DatasetInfo
from core.datasets.store import open_dataset
from core.evaluation.stored import stored_predictions
from core.runs.store import Run
from core.runs.uses import runs_of


@dataclass(frozen=True)
class Doubt:
    """One image whose class is doubted.

    Attributes
    ----------
    sample_id
        Which image.
    label, looks_like
        Its class, and the one that the doubter takes it for.
    p_label
        The probability that the doubter gives to its own class.
    run_id
        The run that doubts; empty for the profile.
    """

    sample_id: int
    label: str
    looks_like: str
    p_label: float
    run_id: str = ""


def doubts_of(info: DatasetInfo) -> list[Doubt]:
    """Return the images whose present class is doubted, one doubt each, the most doubtful first."""
    dataset = open_dataset(info.dataset_id)
    labels = dataset.samples["label"]
    found: dict[int, Doubt] = {}
    for doubt in sorted((*_of_profile(dataset), *_of_newest_run(dataset)), key=lambda one: one.p_label):
        if labels.iloc[doubt.sample_id] == doubt.label:
            found.setdefault(doubt.sample_id, doubt)
    return list(found.values())


def _of_profile(dataset: Dataset) -> list[Doubt]:
    revisions = [edit.previous_revision for edit in reversed(list_edits(dataset.info.dataset_id))]
    for revision in dict.fromkeys((dataset.info.revision, *revisions)):
        if profile := read_profile(dataset.folder, revision):
            return [
                Doubt(one.sample_id, one.label, one.looks_like, one.p_label)
                for one in profile.mislabels.suspects
            ]
    return []


def _of_newest_run(dataset: Dataset) -> list[Doubt]:
    run = next((run for run in runs_of(dataset.info) if _knows(run, dataset)), None)
    predictions = stored_predictions(run) if run else None
    if run is None or predictions is None:
        return []
    found = []
    labels = dataset.samples["label"]
    for sample_id, scores in zip(predictions.sample_ids.tolist(), predictions.y_score, strict=True):
        label, called = labels.iloc[sample_id], predictions.class_names[int(np.argmax(scores))]
        if label in predictions.class_names and label != called:
            p_label = float(scores[predictions.class_names.index(label)])
            found.append(Doubt(sample_id, label, called, p_label, run.run_id))
    return found


def _knows(run: Run, dataset: Dataset) -> bool:
    """Tell whether a run has judged these very images, whatever their labels were."""
    if not run.has_model or edits_since(dataset.info.dataset_id, run.request.dataset_revision) is None:
        return False
    return stored_predictions(run) is not None
