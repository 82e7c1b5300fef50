"""What a batch is made of where one class is rare, with and without a remedy."""

from core.datasets.records import DatasetInfo


def balance_section(info: DatasetInfo) -> None:
    """Show the composition of the next batches for each way to balance classes."""
