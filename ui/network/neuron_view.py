"""Follow one number through the network, step by step, with the real weights and the real image."""

from core.datasets.records import DatasetInfo
from core.runs.store import Run


def show(info: DatasetInfo, sample_id: int, run: Run | None = None) -> None:
    """Show one number on its way from the pixels to the loss.

    Parameters
    ----------
    info, sample_id
        The film.
    run
        Whose network it is; None means one that has learned nothing yet.
    """
