"""What to know of another data set before a run is judged on it: what it shares, and what sets it apart.

Covers: identical pictures, patients of the same name in this home, modality, colour, size, and whether one is
simulated. Does not cover: a picture that was saved anew with other pixels, and a patient who has another name
there.
"""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from core.datasets.store import Dataset, open_dataset
from core.errors import UserError
from core.language import N_, Message
from core.runs.store import Run

PEOPLE_UNKNOWN: Final = N_(
    "Whether people here are also among those that the network has learned from cannot be told, because not"
    " all patients are known: two data sets may come from one hospital."
)
_RADIOGRAPHS: Final = ("CR", "DX")  # DICOM PS3.3 C.7.3.1.1.1: only the detector differs


@dataclass(frozen=True)
class Shared:
    """What another data set has in common with the images that a run has learned from.

    Identical pictures have the same file, and a patient has the same pseudonym in every data set of a home;
    two hospitals that number their patients alike have the same pseudonyms for different people.

    Attributes
    ----------
    n_pictures, n_patients
        How many of them are known to the run; no patients where none are known on one of the two sides.
    are_patients_known
        Whether patients are known on both sides.
    """

    n_pictures: int
    n_patients: int
    are_patients_known: bool


def shared_with(run: Run, other: Dataset) -> Shared | None:
    """Return what another data set shares with what the run has learned from; None where that is gone."""
    learned = _learned_from(run)
    if learned is None:
        return None
    theirs = other.samples
    people, own = theirs["patient_id"].dropna(), set(learned["patient_id"].dropna())
    return Shared(
        n_pictures=int(theirs["file"].isin(set(learned["file"])).sum()),
        n_patients=int(people[people.isin(own)].nunique()),
        are_patients_known=bool(own) and not people.empty,
    )


def shared_with_training(run: Run, other: Dataset) -> tuple[Message, ...]:
    """Return warnings where another data set has, or may have, what the run has learned from."""
    shared = shared_with(run, other)
    if shared is None:
        text = N_(
            "The data that this run has learned from is gone: whether this data set shares pictures or"
            " patients with it is not known."
        )
        if run.came_alone:
            text = N_(
                "This model came without the images that it has learned from: whether this data set shares"
                " pictures or patients with them is not known."
            )
        return (Message(text=text),)
    found = []
    if shared.n_pictures:
        text = N_(
            "{n} of its {total} pictures are ones that the network has learned from: these it may remember,"
            " so every score here is too good, and this is no external validation."
        )
        found.append(Message(text=text, values={"n": shared.n_pictures, "total": len(other.samples)}))
    if shared.n_patients:
        text = N_(
            "{n} of its patients have the same name or number as a patient that the network has learned from."
            " If they are the same people, the scores are too good; if only the numbers are alike, all is"
            " well."
        )
        found.append(Message(text=text, values={"n": shared.n_patients}))
    if not shared.are_patients_known and run.card.simulated == other.info.simulated:
        found.append(Message(text=PEOPLE_UNKNOWN))
    return tuple(found)


def what_differs(run: Run, other: Dataset) -> tuple[Message, ...]:
    """Return in which way another data set is not of the kind that the run was trained on."""
    return tuple(
        [*_simulated(run, other), *_modality(run, other), *_channels(run, other), *_size(run, other)]
    )


def _learned_from(run: Run) -> pd.DataFrame | None:
    """Return file and patient_id of the images that the run was trained on; None where they are gone."""
    try:
        samples = open_dataset(run.config.dataset).samples[["sample_id", "file", "patient_id"]]
        split = run.split()
    except UserError:
        return None
    return samples[samples["sample_id"].isin(split.loc[split["split"] == "train", "sample_id"])]


def _simulated(run: Run, other: Dataset) -> list[Message]:
    if run.card.simulated == other.info.simulated:
        return []
    text = N_("Its pictures are real; the network has learned from simulated ones alone.")
    if other.info.simulated:
        text = N_("Its pictures are simulated; the network has learned from real ones.")
    return [Message(text=text)]


def _modality(run: Run, other: Dataset) -> list[Message]:
    try:
        known = _modalities(open_dataset(run.config.dataset))
    except UserError:
        return []
    theirs = _modalities(other)
    if not known or not theirs or {_kind(one) for one in theirs} <= {_kind(one) for one in known}:
        return []
    text = N_(
        "Its files say that they are {theirs}; the network was trained on {known}. It answers all the same,"
        " and the answer means nothing."
    )
    return [Message(text=text, values={"theirs": ", ".join(theirs), "known": ", ".join(known)})]


def _modalities(dataset: Dataset) -> list[str]:
    return sorted(str(name) for name in dataset.samples["modality"].dropna().unique() if name)


def _kind(modality: str) -> str:
    return "DX" if modality in _RADIOGRAPHS else modality


def _channels(run: Run, other: Dataset) -> list[Message]:
    if other.info.n_channels == run.card.n_channels:
        return []
    text = N_("Its pictures are grey; the network was trained on colour ones.")
    if run.card.n_channels == 1:
        text = N_(
            "Its pictures are in colour; the network was trained on grey ones and gets their brightness."
        )
    return [Message(text=text)]


def _size(run: Run, other: Dataset) -> list[Message]:
    side = run.card.image_size
    n_small = 0 if side is None else int((other.samples[["width", "height"]].min(axis=1) < side).sum())
    if not n_small:
        return []
    text = N_(
        "{n} of its {total} pictures are smaller than the {side} x {side} pixels that the network gets: they"
        " are enlarged, which adds no detail."
    )
    values: dict[str, str | int | float | bool | None | Message]
    values = {"n": n_small, "total": len(other.samples), "side": side}
    return [Message(text=text, values=values)]
