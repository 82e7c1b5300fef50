"""All that the script of a run depends on, gathered from its folder and its data set."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from core.datasets.store import Dataset, open_dataset
from core.errors import StateError, UnknownNameError
from core.exchange.writing.branch import BranchPoint, branch_point
from core.exchange.writing.pictures import PictureFacts, picture_facts
from core.language import N_
from core.models.catalog import MODELS
from core.models.records import ModelSpec
from core.runs.records import Environment
from core.runs.store import Run
from core.training.config import TrainingConfig, resolved_preprocessing
from core.training.config.stages import Stage, plan
from core.transforms.records import Preprocessing

_FUSED: Final = ("sgd", "momentum", "nesterov", "adagrad", "adam", "adamw")  # rules with one kernel in torch


@dataclass(frozen=True, eq=False)
class Recipe:
    """What a script is written from.

    Attributes
    ----------
    spec
        The network's entry in MODELS.
    positive_index
        Of two classes the one that scores speak for; None with more.
    n_channels
        Of what the network gets.
    preprocessing
        Resolved: with the run's image size.
    pictures
        What is kept of the images, and how their values are read.
    split
        sample_id, label, split: as the run used them, in its order.
    has_all_classes
        Whether every class has a validation image, without which there is no AUROC.
    environment
        The machine of the run; None before it began.
    patients_apart
        Whether the patients are known and none stands on two sides of the split.
    n_epochs_done
        Epochs with a line in the run's curve; of a branch only its own.
    branch
        Where the run goes on from; None if it begins at the beginning.
    """

    run_id: str
    config: TrainingConfig
    spec: ModelSpec
    class_names: tuple[str, ...]
    positive_index: int | None
    n_channels: int
    preprocessing: Preprocessing
    pictures: PictureFacts
    split: pd.DataFrame
    has_all_classes: bool
    environment: Environment | None
    n_epochs_done: int
    simulated: bool
    patients_apart: bool
    branch: BranchPoint | None = None

    @property
    def starts_from_file(self) -> bool:
        """Whether first weights come along as start.pt: those of ImageNet, of a run, or of a file."""
        return self.branch is None and (self.config.pretrained or bool(self.config.weights_from))

    @property
    def first_epoch(self) -> int:
        """The number of the first epoch that the script trains."""
        return 1 if self.branch is None else self.branch.epoch + 1

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What learns when, from the first epoch on that the script trains."""
        return tuple(stage for stage in plan(self.config) if stage.last_epoch >= self.first_epoch)

    @property
    def freezes(self) -> bool:
        """Whether a part of the network rests at some time."""
        return any(stage.n_unfrozen is not None for stage in self.stages)

    @property
    def device(self) -> str:
        """Where the run was computed, or "auto"."""
        return self.environment.device if self.environment else self.config.device

    @property
    def precision(self) -> str:
        """The number format of the network."""
        if self.environment:
            return self.environment.precision
        return "float32" if self.config.precision == "auto" else self.config.precision

    @property
    def channels_last(self) -> bool:
        """Whether the numbers of a pixel's channels lie side by side in memory."""
        asked = self.environment.memory_format if self.environment else self.config.memory_format
        return asked != "contiguous"

    @property
    def is_fused(self) -> bool:
        """Whether the optimizer moves all weights in one kernel, which rounds otherwise than many."""
        return self.config.optimizer in _FUSED and self.device != "mps"

    @property
    def threads(self) -> int | None:
        """CPU threads of the run; None where nobody chose."""
        return self.environment.threads if self.environment else self.config.threads

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics that the script computes after each epoch, besides the loss."""
        always = ("accuracy", "auroc") if self.has_all_classes else ("accuracy",)
        chosen = self.config.best_by
        return always if chosen in ("loss", *always) else (*always, chosen)


def recipe_of(run: Run) -> Recipe:
    """Gather what a run's script is written from; no picture is decoded.

    Raises
    ------
    StateError
        The run goes on from a state that is not here, or its images are not here (any more).
    """
    config, branch = run.config, branch_point(run)
    dataset = _dataset_of(run)
    split = run.split()[["sample_id", "label", "split"]]
    _check_samples(run, split, dataset)
    class_names = run.card.class_names if run.has_model else dataset.info.class_names
    positive = run.card.positive_class if run.has_model else dataset.info.positive_class
    preprocessing = resolved_preprocessing(config, dataset.info.n_channels)
    return Recipe(
        run_id=run.run_id,
        config=config,
        spec=MODELS[config.model],
        class_names=class_names,
        positive_index=None if positive is None else class_names.index(positive),
        n_channels=_n_channels(preprocessing),
        preprocessing=preprocessing,
        pictures=picture_facts(dataset, split["sample_id"].tolist(), preprocessing),
        split=split,
        has_all_classes=set(split.loc[split["split"] == "val", "label"]) == set(class_names),
        environment=run.environment,
        n_epochs_done=sum(line.epoch > (branch.epoch if branch else 0) for line in run.epochs),
        simulated=dataset.info.simulated,
        patients_apart=_are_apart(split, dataset),
        branch=branch,
    )


def _dataset_of(run: Run) -> Dataset:
    try:
        return open_dataset(run.config.dataset)
    except UnknownNameError:
        text = N_(
            "The images of '{run}' are not here: the data set '{dataset}' is missing. Bring it in first."
        )
        raise StateError(text, run=run.run_id, dataset=run.config.dataset) from None


def _check_samples(run: Run, split: pd.DataFrame, dataset: Dataset) -> None:
    if not set(split["sample_id"]) <= set(dataset.samples["sample_id"]):
        text = N_("The data set '{dataset}' is no longer the one that '{run}' was trained on.")
        raise StateError(text, run=run.run_id, dataset=run.config.dataset)


def _are_apart(split: pd.DataFrame, dataset: Dataset) -> bool:
    patients = dataset.samples.set_index("sample_id").loc[split["sample_id"], "patient_id"].to_numpy()
    if dataset.info.n_patients is None or pd.isna(patients).any():
        return False
    return bool((split["split"].groupby(patients).nunique() == 1).all())


def _n_channels(preprocessing: Preprocessing) -> int:
    steps = [step for step in preprocessing.active("image") if step.name == "channels"]
    return int(steps[-1].parameters["n_channels"])
