"""What was measured of one method on one network. No torch here."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.language import Message

Status = Literal["valid", "repaired", "not offered"]


class Validity(BaseModel):
    """One pair of the validity table.

    Attributes
    ----------
    method, model
        Keys of EXPLAINERS and MODELS.
    status
        "valid" as it is, "repaired" where it is right only on the copy that core.explanation.repair makes, or
        "not offered".
    reason
        Why it is not offered, what the repair changes, or what more steps change; None where all is well.
    completeness_error
        |sum of the values - change of the logit| / |change of the logit|, of a method that promises a sum.
    unrepaired_error
        The same without the repair; None where it was not tried, or raised an error.
    unrepaired_likeness
        Spearman correlation of the map with the one without the repair: 1 means that the repair changes
        nothing. None where it was not tried, or raised an error.
    randomisation
        Spearman correlation of the map with that of the same network with random weights (Adebayo and others
        2018): near 1 means that it does not show what was learned. None where it has no meaning.
    seconds
        Of one processor core for one map, on the machine that measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    model: str
    status: Status
    reason: Message | None = None
    completeness_error: float | None = None
    unrepaired_error: float | None = None
    unrepaired_likeness: float | None = None
    randomisation: float | None = None
    seconds: float | None = None


class TrainedNetwork(BaseModel):
    """What a network was like on which methods were measured.

    Attributes
    ----------
    image_size
        Side of its images in pixels.
    n_steps
        Of training, each with a batch of images.
    auroc
        On films that it was not trained on: 0.5 has learned nothing.
    n_images
        How many of those films each method was measured on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_size: int
    n_steps: int
    auroc: float
    n_images: int


class ValidityTable(BaseModel):
    """The whole table, as it stands in validity.json.

    Attributes
    ----------
    measured_on
        The day of the last measurement, ISO 8601.
    versions
        Of the packages whose work it is.
    n_threads
        On how many threads of a CPU.
    tolerance
        Completeness error from which a method is not offered: our threshold.
    networks
        By name, in the order of MODELS.
    pairs
        In the order of EXPLAINERS, then of MODELS.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_on: str = ""
    versions: dict[str, str] = {}
    n_threads: int = 1
    tolerance: float = 0.0
    networks: dict[str, TrainedNetwork] = {}
    pairs: tuple[Validity, ...] = ()
