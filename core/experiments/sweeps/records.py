"""A sweep's request, checked before anything is made, and what is known of a trial. No torch, no optuna."""

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidValueError
from core.experiments.sweeps.points import (
    MOST_POINTS,
    Points,
    grid_points,
    grid_size,
    random_points,
    sift,
    size_of,
)
from core.experiments.sweeps.space import Dimension, Point, check_dimension
from core.language import N_, Message
from core.training.config import DatasetFacts, TrainingConfig

KIND: Final = "sweep"
MOST_FIELDS: Final = 6

Sampler = Literal["grid", "random", "tpe"]
Pruner = Literal["none", "median", "successive halving"]
TrialState = Literal["waiting", "running", "done", "pruned", "failed"]

TRIAL_STATES: Final[dict[TrialState, str]] = {
    "waiting": N_("waiting"),
    "running": N_("at work"),
    "done": N_("done"),
    "pruned": N_("pruned"),
    "failed": N_("failed"),
}


class SweepRequest(BaseModel):
    """config.json of a sweep; made by `checked_request`.

    Attributes
    ----------
    config
        What every trial has in common. Its `best_by` is the metric that trials are compared by.
    space
        The fields that are varied.
    n_trials
        Exactly so many are made.
    points
        Of a grid or a random sweep: what they are, in order. A TPE sweep chooses each when its turn comes.
    base_run
        The run whose settings these are; None if none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: TrainingConfig
    space: tuple[Dimension, ...]
    sampler: Sampler = Field(
        default="random",
        title=N_("How settings are chosen"),
        description=N_(
            "By lot is simple and hard to beat. Every combination is easy to read and grows fast. TPE"
            " (Tree-structured Parzen Estimator) draws by lot at first, and then more often near what went"
            " well (Bergstra 2011)."
        ),
    )
    pruner: Pruner = Field(
        default="none",
        title=N_("Ending hopeless trials early"),
        description=N_(
            "The median rule ends a trial that is worse at an epoch than half of the earlier ones were;"
            " successive halving lets only the best one of a few go on at each rung. Both are faster, and"
            " both may lose a slow starter."
        ),
    )
    n_trials: int = Field(
        default=12, ge=1, le=MOST_POINTS, title=N_("Trials"), description=N_("How many trainings in all.")
    )
    n_workers: int = Field(
        default=1,
        ge=1,
        le=4,
        title=N_("Workers"),
        description=N_(
            "How many trials may train at the same time. Each waits for its turn in the queue of trainings:"
            " on a machine with one place they take turns."
        ),
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, title=N_("Seed of the draws"))
    startup_trials: int = Field(
        default=4,
        ge=1,
        le=50,
        title=N_("Trials before the first is pruned"),
        description=N_("The median of one or two trials is no yardstick yet."),
    )
    warmup_epochs: int = Field(
        default=1,
        ge=0,
        le=100,
        title=N_("Epochs before a trial is pruned"),
        description=N_("Every trial may learn so long, however badly it begins."),
    )
    reduction_factor: int = Field(
        default=3,
        ge=2,
        le=10,
        title=N_("One of so many goes on"),
        description=N_("For successive halving: at each rung the best of so many trials goes on."),
    )
    dataset_revision: str = ""
    points: tuple[Point, ...] = ()
    base_run: str | None = None

    @property
    def metric(self) -> str:
        """The metric that trials are compared by, as `best_by` names it."""
        return self.config.best_by

    @property
    def lower_is_better(self) -> bool:
        """Whether the best trial is the one with the lowest value."""
        return self.config.best_by == "loss"


class TrialRecord(BaseModel):
    """A trial as the journal tells it.

    Attributes
    ----------
    number
        From 0; people count from 1.
    point
        Its settings; empty before a TPE trial's turn.
    values
        Epoch to the metric on the validation split.
    value
        The best of them once the trial has ended by itself; None before, and of one that failed.
    worker
        Who has it, or had it.
    reason
        Why it failed, or was pruned.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    state: TrialState
    point: Point = {}
    values: dict[int, float] = {}
    value: float | None = None
    worker: str | None = None
    reason: Message | None = None


def checked_request(request: SweepRequest, facts: DatasetFacts | None = None) -> SweepRequest:
    """Return a request with its points, once nothing stands in its way.

    Parameters
    ----------
    request
        What is asked for.
    facts
        The data set and its split.

    Raises
    ------
    UserError
        In one sentence: a field twice, too many fields or trials, a value that a field does not allow, a
        grid of another size, too few different settings, or none that can be trained.
    """
    _check_space(request.space, request.config)
    if request.sampler == "grid":
        return request.model_copy(update={"points": _grid(request, facts).points})
    if size_of(request.space) < request.n_trials:
        text = N_("There are only {size} different settings: try at most {size}, not {n}.")
        raise InvalidValueError(text, size=int(size_of(request.space)), n=request.n_trials)
    draws = random_points(request.space, request.seed)
    found = sift(draws, request.config, facts, most=request.n_trials)  # of TPE too: so many there must be
    if len(found.points) < request.n_trials:
        raise _too_few(found, request.n_trials)
    points = found.points if request.sampler == "random" else ()
    return request.model_copy(update={"points": points})


def sifted_grid(request: SweepRequest, facts: DatasetFacts | None = None) -> Points:
    """Return the points of a grid, and how many of its combinations were left out and why."""
    n = grid_size(request.space)
    if n > MOST_POINTS:
        text = N_("This grid has {n} points; {most} trials are the most. Vary less, or draw by lot.")
        raise InvalidValueError(text, n=n, most=MOST_POINTS)
    return sift(grid_points(request.space), request.config, facts)


def _check_space(space: Sequence[Dimension], config: TrainingConfig) -> None:
    if not 1 <= len(space) <= MOST_FIELDS:
        text = N_("A sweep varies 1 to {most} settings, not {n}.")
        raise InvalidValueError(text, most=MOST_FIELDS, n=len(space))
    names = [dimension.field for dimension in space]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidValueError(N_("'{field}' is varied twice."), field=twice)
    for dimension in space:
        check_dimension(dimension, config)


def _grid(request: SweepRequest, facts: DatasetFacts | None) -> Points:
    found = sifted_grid(request, facts)
    if not found.points:
        raise _too_few(found, request.n_trials)
    if len(found.points) != request.n_trials:
        text = N_("This grid has {size} points that can be trained: it takes {size} trials, not {n}.")
        raise InvalidValueError(text, size=len(found.points), n=request.n_trials)
    return found


def _too_few(found: Points, n_trials: int) -> InvalidValueError:
    if not found.points and found.reason is not None:
        return InvalidValueError(N_("None of these settings can be trained: {reason}"), reason=found.reason)
    text = N_(
        "Only {found} of these settings can be trained and differ in effect: try at most {found}, not {n}."
    )
    return InvalidValueError(text, found=len(found.points), n=n_trials)
