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
        Why it is not offered, or what the repair changes; None for a valid one.
    completeness_error
        |sum of the values - change of the logit| / |change of the logit|, of a method that promises a sum.
    unrepaired_error
        The same without the repair; None where it was not tried, or raised an error.
    randomisation
        Spearman correlation of the map with that of the same network with random weights (Adebayo and others
        2018): near 1 means that it does not show what was learned. None where it has no meaning.
    seconds
        For one map, on the machine that measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    model: str
    status: Status
    reason: Message | None = None
    completeness_error: float | None = None
    unrepaired_error: float | None = None
    randomisation: float | None = None
    seconds: float | None = None
