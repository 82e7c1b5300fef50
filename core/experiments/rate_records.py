"""The learning-rate finder's question and its answer. No torch here."""

from typing import Final, Literal

from pydantic import Field

from core.experiments.asked import leaving_out
from core.experiments.records import Request, Result
from core.training.config import TrainingConfig

RATE: Final = "rate"
LOWEST: Final = 1e-6
HIGHEST: Final = 1.0
N_STEPS: Final = 100
_NOT_ASKED: Final = (
    "learning_rate",
    "schedule",
    "warmup_epochs",
    "step_epochs",
    "rate_factor",
    "plateau_patience",
    "best_by",
    "patience",
    "keep_epochs",
    "replay",
    "compile",
    "fine_tuning_factor",
    "unfreeze",
    "unfrozen_blocks",
)

Verdict = Literal["found", "flat", "no edge"]


class RateRequest(Request):
    """Which network on which images: the rate, its schedule and the length of the run are not asked."""

    config: TrainingConfig
    revision: str
    n_steps: int = Field(default=N_STEPS, ge=20, le=1000)

    @classmethod
    def of(cls, config: TrainingConfig, revision: str) -> "RateRequest":
        """Return the question that a config asks of a data set in the state `revision`.

        Where the head learns alone at first, it is the head's rate that is looked for.
        """
        lengths = {"epochs": 2, "head_epochs": min(config.head_epochs, 1)}
        return cls(
            config=leaving_out(config, _NOT_ASKED).model_copy(update=lengths),
            revision=revision,
        )


class RateCurve(Result):
    """The loss while the learning rate rose.

    Attributes
    ----------
    rates, losses
        Of each step: its learning rate, and the loss of its batch before it, in nats.
    adjusted
        The losses without how hard each batch is by itself, which the untouched network tells.
    smoothed
        The adjusted losses with their noise evened out.
    suggestion
        Where the smoothed loss falls fastest; None if it never fell more than chance could do.
    span
        Where nine of ten suggestions would lie if the noise of the losses were drawn again.
    edge
        Where it is lowest and begins to rise; None if it never fell, or did not clearly rise again.
    verdict
        "found": it fell, and then rose; "no edge": it fell, and did not clearly rise; "flat": it never fell.
    diverged
        Whether it ended before the last step, for the loss had risen too far.
    batch_size
        Images a step, at most.
    seconds
        How long it took.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    adjusted: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float | None
    span: tuple[float, float] | None
    edge: float | None
    verdict: Verdict
    diverged: bool
    batch_size: int
    seconds: float
