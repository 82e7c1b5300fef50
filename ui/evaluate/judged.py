"""What the Evaluate page judges: a run on a split, of its own data set or of another one."""

from dataclasses import dataclass

from core.datasets.records import SplitName
from core.evaluation.decisions import Threshold
from core.evaluation.records import Evaluation
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from ui import answers

__all__ = ["Judged", "Threshold", "evaluation", "predictions"]


@dataclass(frozen=True)
class Judged:
    """A run on a split.

    Attributes
    ----------
    run_id, split
        Whom, and on which part of the data.
    dataset_id
        Another data set (external validation); None for the run's own.
    mapping
        Pairs (class there, class here) for classes that are called otherwise there.
    """

    run_id: str
    split: SplitName
    dataset_id: str | None = None
    mapping: tuple[tuple[str, str], ...] = ()

    @property
    def run(self) -> Run:
        """The run."""
        return open_run(self.run_id)

    @property
    def shown_dataset(self) -> str:
        """The id of the data set whose pictures are shown."""
        return self.dataset_id or self.run.config.dataset


def predictions(case: Judged) -> Predictions:
    """Return what the network answered; shared by all visitors, and made before a view is shown."""
    return answers.predictions(case.run, case.split)


def evaluation(case: Judged, threshold: Threshold) -> Evaluation:
    """Judge what the network answered at an operating point."""
    return answers.evaluation(case.run, case.split, threshold)
