"""The leakage lab: the same short training twice, split by image and split by patient.

Both trainings differ in nothing but who stands where. A third of the images trains, a third is the validation
that chooses the epoch, and the answer is read from the last third, which has chosen nothing.

Covers: what the split does to the score, with an interval over which patients were sampled. Does not cover:
chance in the training itself; another seed gives another pair.
"""

import re
from dataclasses import dataclass
from itertools import count
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from core.datasets.editing import edits_since
from core.datasets.phantoms import PhantomConfig
from core.datasets.records import SplitConfig
from core.datasets.store import Dataset, open_dataset
from core.errors import LightboxError, StateError
from core.language import N_
from core.runs.store import Run, list_runs
from core.training import launch
from core.training.config import TrainingConfig, parse_config

_N_FOLDS: Final = 3
_NAME: Final = re.compile(r"(?P<lab>.+-leak-\d{3,})-(?P<side>image|patient)")


class LeakSettings(BaseModel):
    """What both trainings of a lab have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    random_labels: bool = Field(
        default=False,
        title=N_("Draw the labels by lot (control)"),
        description=N_(
            "Each patient gets a class by chance, so there is no disease to find: whatever is scored above"
            " 0.5 is the person, recognised."
        ),
    )
    model: str = Field(default="small_cnn", title=N_("Network"), description=N_("What is trained, twice."))
    epochs: int = Field(
        default=20,
        ge=1,
        le=200,
        title=N_("Epochs"),
        description=N_("How often each training image is seen. The longer, the more is learned by heart."),
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_("Another seed divides the patients differently, and begins with other weights."),
    )


@dataclass(frozen=True)
class LeakLab:
    """The two runs of one lab."""

    by_image: Run
    by_patient: Run

    @property
    def settings(self) -> LeakSettings:
        """What both have in common."""
        config = self.by_image.config
        return LeakSettings(
            random_labels=config.split.labels == "random",
            model=config.model,
            epochs=config.epochs,
            seed=config.seed,
        )


def lab_phantoms() -> PhantomConfig:
    """Return phantoms that are good for this lab: few patients, many films of each, faint findings."""
    return PhantomConfig(n_patients=90, films_per_patient=12, contrast=0.5, image_size=128)


def start_lab(dataset_id: str, settings: LeakSettings) -> LeakLab:
    """Start both trainings; they wait in the queue for each other.

    Raises
    ------
    StateError
        Nobody knows which images are of one patient, or no patient has several.
    UserError
        No such data set or network, or too few images for three parts.
    """
    dataset = open_dataset(dataset_id)
    check_patients(dataset)
    base = _free_name(dataset_id)
    started: list[Run] = []
    try:
        for side in ("image", "patient"):
            started.append(launch.launch(_config(dataset_id, settings, side), run_id=f"{base}-{side}"))
    except LightboxError:
        for run in started:
            launch.stop(run.run_id)
        raise
    return LeakLab(*started)


def find_labs(dataset_id: str) -> list[LeakLab]:
    """Return the labs of a data set, newest first; under whichever of its names they were made.

    Left out are those of which a run was deleted, and those of another data set that had the name before.
    """
    info = open_dataset(dataset_id).info
    pairs: dict[str, dict[str, Run]] = {}
    for run in list_runs():
        match = _NAME.fullmatch(run.run_id)
        if match is not None and info.is_called(run.config.dataset):
            pairs.setdefault(match["lab"], {})[match["side"]] = run
    labs = [LeakLab(pair["image"], pair["patient"]) for pair in pairs.values() if len(pair) == 2]
    return [lab for lab in labs if edits_since(dataset_id, lab.by_image.request.dataset_revision) is not None]


def check_patients(dataset: Dataset) -> None:
    """Refuse a data set in which there is nothing to leak, with a sentence that says why; else return."""
    patients = dataset.samples["patient_id"].dropna()
    if patients.empty:
        text = N_(
            "'{name}' does not say which images are of one patient, so nobody can keep them together. Import"
            " it again and name the patients."
        )
        raise StateError(text, name=dataset.info.dataset_id)
    if not patients.duplicated().any():
        text = N_(
            "Each patient of '{name}' has one image, so both splits are the same and nothing can leak. Choose"
            " a data set with several images of a patient."
        )
        raise StateError(text, name=dataset.info.dataset_id)


def _config(dataset_id: str, settings: LeakSettings, side: str) -> TrainingConfig:
    split = SplitConfig(
        scheme="k-fold",
        n_folds=_N_FOLDS,
        by_patient=side == "patient",
        seed=settings.seed,
        labels="random" if settings.random_labels else "given",
    )
    return parse_config(
        {
            "dataset": dataset_id,
            "model": settings.model,
            "epochs": settings.epochs,
            "seed": settings.seed,
            "split": split.model_dump(),
            "augmentations": [],  # they hinder learning by heart, and that is what is looked for here
        }
    )


def _free_name(dataset_id: str) -> str:
    """Return the first name of a lab that no run has taken, not even the only one left of a lab."""
    taken = {match["lab"] for run in list_runs() if (match := _NAME.fullmatch(run.run_id))}
    names = (f"{dataset_id[:40]}-leak-{number:03d}" for number in count(1))
    return next(name for name in names if name not in taken)
