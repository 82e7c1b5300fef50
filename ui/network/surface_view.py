"""Gradient descent on two weights of the network: its real loss as a landscape, three optimizers on it."""

from core.datasets.records import DatasetInfo
from core.runs.store import Run


def show(info: DatasetInfo, sample_id: int, run: Run | None = None) -> None:
    """Show the loss over two weights, and how SGD, momentum and Adam go down there.

    Parameters
    ----------
    info, sample_id
        The data set and the film that are looked at; the loss is over a batch of training images.
    run
        Whose network it is; None means one that has learned nothing yet.
    """
