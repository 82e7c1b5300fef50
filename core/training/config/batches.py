"""How many images an epoch shows and in how many batches, from counts alone: torch is not needed."""

from collections.abc import Iterable

from core.training.config.training import Balance


def images_an_epoch(class_counts: Iterable[int], balance: Balance) -> int:
    """Return how many images an epoch shows, a repeated one counted as often as it is shown.

    Parameters
    ----------
    class_counts
        Training images of each class; one without any is not counted.
    balance
        Over-sampling shows each class as often as the largest one, under-sampling as the smallest.
    """
    counts = [count for count in class_counts if count]
    if not counts or balance not in ("over-sampling", "under-sampling"):
        return sum(counts)
    return len(counts) * (max(counts) if balance == "over-sampling" else min(counts))


def n_batches(n_images: int, batch_size: int) -> int:
    """Return how many batches an epoch has; only where one image is asked for is any batch of one.

    Batch norm cannot learn from a batch of one, so that an image left over joins the others.
    """
    if batch_size == 1:
        return n_images
    return min(-(-n_images // batch_size), max(1, n_images // 2))
