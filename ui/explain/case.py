"""Who is asked about which image, and what was answered: what every view of the Explain page gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.runs.store import Run
from ui import answers, cache
from ui.answers import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.runs.checkpoints import LoadedModel
    from core.runs.records import ModelCard


@dataclass(frozen=True, eq=False)
class Network:
    """A network that answers: a run of this home, or a model that a visitor brought.

    Attributes
    ----------
    key
        Another network, or other weights under the same name, have another one: it keys what is cached.
    title
        What it is called: somebody else's text, to be escaped.
    card
        What travels with its weights.
    run
        None for a model that was brought: there is no training set to compare with, and no validation split.
    load
        Gives the network itself; the first call imports torch.
    """

    key: str
    title: str
    card: ModelCard
    run: Run | None
    load: Callable[[], LoadedModel] = field(repr=False)

    @property
    def is_upload(self) -> bool:
        """Whether a visitor brought it: what it answers is shown to nobody else."""
        return self.run is None


@dataclass(frozen=True, eq=False)
class Case:
    """A network, an image, and the answer.

    Attributes
    ----------
    probabilities
        Of each class, in the order of the card's class names.
    target
        Index of the class that is explained.
    """

    network: Network
    subject: Subject
    probabilities: dict[str, float]
    target: int

    @property
    def class_name(self) -> str:
        """The class that is explained: somebody else's text, to be escaped."""
        return self.network.card.class_names[self.target]


def network_of(run: Run) -> Network:
    """Return a run as a network that can be asked."""
    return Network(
        key=f"{run.run_id}/{answers.changed_ns(run)}",
        title=run.run_id,
        card=run.card,
        run=run,
        load=lambda: cache.model(run.run_id).loaded,
    )
