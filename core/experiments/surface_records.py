"""What is asked and answered about the loss of a network along two random directions."""

from pydantic import Field

from core.experiments.records import Request, Result


class SurfaceRequest(Request):
    """Whose weights, which training images, and how fine a grid.

    `run` is None for a network that has learned nothing yet; `origin` names the weights of a run
    (core.evaluation.stored.origin_of). `dataset` is the data set that is looked at, for which an untrained
    network is built.
    """

    run: str | None
    origin: str
    dataset: str
    dataset_revision: str
    n_images: int = Field(default=64, ge=1)
    n_places: int = Field(default=21, ge=5)
    seed: int = 0


class MeasuredSurface(Result):
    """The mean loss in nats at each point of a grid; `losses` has a row for each place upwards.

    `places` says how far the weights were moved, in sizes of the network's own filters; 0 is the network.
    `n_moved` of the `n_weights` weights took part.
    """

    places: list[float]
    losses: list[list[float]]
    n_images: int
    n_moved: int
    n_weights: int
