"""The last steps: the range of numbers that the network gets. Factor and offset for each channel.

The same arithmetic serves numpy here and torch in training.
"""

from typing import Final

import numpy as np

from core.language import N_, Message
from core.transforms.preprocessing.parameters import NormaliseParameters, StandardiseParameters
from core.transforms.preprocessing.picture import VALUE, Rescale
from core.transforms.records import ChannelStatistics

IMAGENET: Final = ChannelStatistics(
    mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), low=(0, 0, 0), high=(1, 1, 1)
)
_SMALLEST_STD: Final = 1e-6  # an even image has none; dividing by it would make infinities


def normalise(parameters: NormaliseParameters, fitted: ChannelStatistics, own: ChannelStatistics) -> Rescale:
    """Scale [0, 1] (or the image's own minimum and maximum) to [low, 1]."""
    n_channels = len(fitted.mean)
    low = np.array(own.low if parameters.per == "image" else (0.0,) * n_channels, dtype=np.float32)
    high = np.array(own.high if parameters.per == "image" else (1.0,) * n_channels, dtype=np.float32)
    scale = (1 - parameters.low) / np.maximum(high - low, np.float32(_SMALLEST_STD))
    offset = parameters.low - low * scale
    text = N_("({value} - {minimum:.4g}) x {scale:.4g} + {low}")
    numbers = {"minimum": float(low[0]), "scale": float(scale[0]), "low": parameters.low}
    formula = Message(text=text, values={"value": VALUE, **numbers})
    return Rescale(scale.astype(np.float32), offset.astype(np.float32), formula)


def standardise(
    parameters: StandardiseParameters, fitted: ChannelStatistics, own: ChannelStatistics
) -> Rescale:
    """Subtract the mean and divide by the standard deviation."""
    chosen = {"dataset": fitted, "image": own, "imagenet": _imagenet(len(fitted.mean))}[parameters.per]
    mean = np.array(chosen.mean, dtype=np.float32)
    std = np.maximum(np.array(chosen.std, dtype=np.float32), np.float32(_SMALLEST_STD))
    text = N_("({value} - {mean:.4g}) / {std:.4g}")
    formula = Message(text=text, values={"value": VALUE, "mean": float(mean[0]), "std": float(std[0])})
    return Rescale((1 / std).astype(np.float32), (-mean / std).astype(np.float32), formula)


def _imagenet(n_channels: int) -> ChannelStatistics:
    if n_channels == 3:
        return IMAGENET
    # A pretrained first convolution summed over its colours sees one grey channel: the colours' means
    # together.
    mean, std = float(np.mean(IMAGENET.mean)), float(np.mean(IMAGENET.std))
    return ChannelStatistics(mean=(mean,), std=(std,), low=(0.0,), high=(1.0,))
