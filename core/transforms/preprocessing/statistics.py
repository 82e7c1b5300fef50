"""Mean, spread and range of the channels: of one image, of many together, and after a rescaling."""

import numpy as np
from numpy.typing import NDArray

from core.transforms.preprocessing.picture import Rescale
from core.transforms.records import ChannelStatistics


def channel_statistics(pixels: NDArray[np.float32]) -> ChannelStatistics:
    """Return the statistics of pixels of shape (C, ...), one figure a channel."""
    flat = pixels.reshape(len(pixels), -1).astype(np.float64)
    return ChannelStatistics(
        mean=tuple(flat.mean(axis=1)),
        std=tuple(flat.std(axis=1)),
        low=tuple(flat.min(axis=1)),
        high=tuple(flat.max(axis=1)),
    )


def pooled(found: list[ChannelStatistics]) -> ChannelStatistics:
    """Return the statistics of all pixels of images of one size from those of each."""
    mean = np.mean([own.mean for own in found], axis=0)
    square = np.mean([np.square(own.mean) + np.square(own.std) for own in found], axis=0)
    return ChannelStatistics(
        mean=tuple(mean),
        std=tuple(np.sqrt(np.maximum(square - np.square(mean), 0))),
        low=tuple(np.min([own.low for own in found], axis=0)),
        high=tuple(np.max([own.high for own in found], axis=0)),
    )


def rescaled(statistics: ChannelStatistics, rescale: Rescale) -> ChannelStatistics:
    """Return the statistics of pixels after a rescaling from those before it."""
    scale, offset = rescale.scale.astype(np.float64), rescale.offset.astype(np.float64)

    def moved(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(np.array(values) * scale + offset)

    return ChannelStatistics(
        mean=moved(statistics.mean),
        std=tuple(np.array(statistics.std) * np.abs(scale)),
        low=moved(statistics.low),
        high=moved(statistics.high),
    )
