"""What the Evaluate page judges: a run on a split, of its own data set or of another one."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.datasets.records import Part, SplitName
from core.evaluation.decisions import Threshold
from core.evaluation.embeddings import Embeddings
from core.evaluation.records import Evaluation
from core.language import _
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from core.training.launch import split_counts
from ui import answers, cache
from ui.evaluate.source_asking import Asking, is_at_work, start
from ui.messages import guard

__all__ = ["Judged", "Threshold", "ask_embeddings", "embeddings", "evaluation", "predictions"]


@dataclass(frozen=True)
class Judged:
    """A run on a split.

    Attributes
    ----------
    run_id, split
        Whom, and on which part of the data; "all" is another data set as a whole.
    dataset_id
        Another data set (external validation); None for the run's own.
    mapping
        Pairs (class there, class here) for classes that are called otherwise there; "" is left out.
    """

    run_id: str
    split: Part
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

    @property
    def is_simulated(self) -> bool:
        """Whether the pictures that are judged are simulated, whatever the run has learned from."""
        if self.dataset_id is None:
            return self.run.card.simulated
        return cache.dataset(self.dataset_id).info.simulated


def predictions(case: Judged) -> Predictions:
    """Return what the network answered, without images whose scores are no numbers; made before a view."""
    return answers.predictions(case.run, case.split, case.dataset_id, case.mapping)


def evaluation(case: Judged, threshold: Threshold) -> Evaluation:
    """Judge what the network answered at an operating point."""
    return answers.evaluation(case.run, case.split, threshold, case.dataset_id, case.mapping)


def embeddings(case: Judged, split: SplitName | None = None) -> Embeddings | None:
    """Return what the network makes of the images before it answers; None until `ask_embeddings` made it.

    Parameters
    ----------
    case
        What is judged.
    split
        Another split of the run's own data set ("train": the neighbours among what it learned from); None for
        the images of the case.
    """
    if split is None:
        return answers.embeddings(case.run, case.split, case.dataset_id, case.mapping)
    return answers.embeddings(case.run, split)


def ask_embeddings(case: Judged, splits: Sequence[SplitName | None] = (None,)) -> bool:
    """Show the button that makes embeddings, or its progress; True when those of all `splits` are there.

    `None` stands for the images of the case, a split for that one of the run's own data set.
    """
    missing = [one for one in (_asking(case, split) for split in dict.fromkeys(splits)) if not one.is_stored]
    if not missing:
        return True
    if any([is_at_work(one, key=f"evaluate-features-{place}") for place, one in enumerate(missing)]):
        return False
    if not missing[0].is_lasting:
        st.info(
            _(
                "For this the network is asked once more, and what it makes of each image is stored with the"
                " run. The folder of the runs can only be read here, so there is nothing to see."
            )
        )
        return False
    n = sum(one.n_images for one in missing)
    st.caption(
        _(
            "For this the network is asked once more, about {n} images: what it makes of each before its last"
            " layer answers. It is stored with the run.",
            n=n,
        )
    )
    label = _("Ask what is alike to the network")
    if st.button(label, key="evaluate-features-start", icon=":material/play_arrow:", type="primary"):
        with guard():
            for one in missing:
                start(one)
            st.rerun()
    return False


def _asking(case: Judged, split: SplitName | None) -> Asking:
    run = case.run
    if split is not None:
        return Asking(run, split, split_counts(run)[split], with_features=True)
    n_images = predictions(case).n_samples
    return Asking(run, case.split, n_images, case.dataset_id, case.mapping, with_features=True)
