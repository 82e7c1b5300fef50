"""Does anybody stand on both sides of a run's own split? Then its scores are too good."""

from core.datasets.overlap import count_overlap
from core.datasets.records import PatientOverlap
from core.datasets.store import open_dataset
from core.language import N_, Message
from core.runs.store import Run


def overlap_of(run: Run) -> PatientOverlap:
    """Return how many patients and identical pictures stand on more than one side of a run's split.

    Raises
    ------
    UnknownNameError
        The data set of the run is no longer there.
    """
    samples = open_dataset(run.config.dataset).samples[["sample_id", "patient_id", "file"]]
    return count_overlap(run.split()[["sample_id", "split"]].merge(samples, on="sample_id", how="left"))


def label_warnings(run: Run) -> tuple[Message, ...]:
    """Return what to know of a run whose labels were drawn by lot, as a control."""
    if run.config.split.labels == "given":
        return ()
    text = N_(
        "This run is a control: its labels were drawn by lot for each patient, so there is nothing to find."
        " Every score above guessing is leak or chance."
    )
    return (Message(text=text),)


def overlap_warnings(overlap: PatientOverlap | None) -> tuple[Message, ...]:
    """Return what an overlap does to the scores; nothing where there is none, or none is known of."""
    found: list[Message] = []
    if overlap is None:
        return ()
    if overlap.n_patients:
        text = N_(
            "{n} patients stand on more than one side of this split: the network is partly tested on people"
            " it has learned from. Expect every score here to be too good, and do not quote it."
        )
        found.append(Message(text=text, values={"n": overlap.n_patients}))
    elif overlap.n_duplicate_images:
        text = N_(
            "{n} pictures stand on more than one side of this split, pixel for pixel: what was learned by"
            " heart counts as found. Expect the scores to be too good."
        )
        found.append(Message(text=text, values={"n": overlap.n_duplicate_images}))
    return tuple(found)
