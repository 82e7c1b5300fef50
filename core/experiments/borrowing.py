"""Which run a data set's images can be shown to, and statistics that do not belong to it. No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from core.datasets.editing import edits_since
from core.datasets.records import DatasetInfo, SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import Dataset, list_datasets, open_dataset
from core.experiments.breaking import Borrowed
from core.language import N_, Message
from core.runs.store import DEMO_RUN, Run, list_runs
from core.transforms.preprocessing import default_preprocessing, fit_statistics, image_part, unit
from core.transforms.preprocessing.network_range import IMAGENET
from core.transforms.records import ChannelStatistics, Preprocessing

IMAGENET_NAME: Final = "imagenet"
MNIST_NAME: Final = "mnist"
MOST_FITTED: Final = 256  # images that statistics are taken from: more would not move them
_USUAL_SIZE: Final = 64
_MNIST: Final = ChannelStatistics(
    mean=(0.1307,), std=(0.3081,), low=(0,), high=(1,)
)  # pytorch/examples, mnist
_PRESETS: Final[dict[str, tuple[str, ChannelStatistics]]] = {
    IMAGENET_NAME: (N_("ImageNet (photographs)"), IMAGENET),
    MNIST_NAME: (N_("MNIST (handwritten digits)"), _MNIST),
}


def runs_for(info: DatasetInfo) -> list[Run]:
    """Return the trained runs that know a data set's images, the shipped one first, then the newest.

    A run counts if it was trained on this data set and the set still has its samples.
    """
    runs = [run for run in list_runs() if run.has_model and info.is_called(run.config.dataset)]
    fitting = [run for run in runs if edits_since(info.dataset_id, run.request.dataset_revision) is not None]
    return sorted(fitting, key=lambda run: run.run_id != DEMO_RUN)


def others_for(info: DatasetInfo) -> list[str]:
    """Return whose statistics can be borrowed: the presets, and the data sets with as many channels."""
    own = [
        one.dataset_id
        for one in list_datasets()
        if one.dataset_id != info.dataset_id and one.n_channels == info.n_channels
    ]
    return [*_PRESETS, *own]


def name_of(other: str) -> Message | str:
    """Return what to call the source of borrowed statistics: words for a preset, else the data set's name."""
    return Message(text=_PRESETS[other][0]) if other in _PRESETS else other


@dataclass(frozen=True)
class Footing:
    """What is right for the images of a data set, and which of them are the test part.

    Attributes
    ----------
    dataset_id
        The data set.
    preprocessing, statistics
        The pipeline, and what it is fitted with: of the training images alone.
    n_channels
        What the pipeline ends with.
    test_ids
        The test part's sample_ids, thinned out.
    """

    dataset_id: str
    preprocessing: Preprocessing
    statistics: ChannelStatistics
    n_channels: int
    test_ids: tuple[int, ...]


def footing_of(run: Run) -> Footing:
    """Return what a trained run is used with."""
    card, split = run.card, run.split()
    return Footing(
        dataset_id=run.config.dataset,
        preprocessing=card.preprocessing,
        statistics=card.statistics,
        n_channels=card.n_channels,
        test_ids=_ids(split, "test"),
    )


def footing_without_run(info: DatasetInfo) -> Footing:
    """Return what a first training on a data set would use."""
    dataset = open_dataset(info.dataset_id)
    split = make_split(dataset.samples, SplitConfig())
    preprocessing = default_preprocessing(_USUAL_SIZE, info.n_channels)
    return Footing(
        dataset_id=info.dataset_id,
        preprocessing=preprocessing,
        statistics=_fit(dataset, _ids(split, "train"), preprocessing),
        n_channels=info.n_channels,
        test_ids=_ids(split, "test"),
    )


def borrow(footing: Footing, other: str) -> Borrowed:
    """Return the statistics of other images, and those of the test part, after the same image steps.

    Of the test images no more than the pixels is read: no label, no answer.

    Parameters
    ----------
    footing
        Where they do not belong.
    other
        One of `others_for`.
    """
    preprocessing, tested = footing.preprocessing, footing.test_ids
    return Borrowed(
        other=_statistics_of(other, preprocessing, footing.n_channels),
        other_name=name_of(other),
        test=_fit(open_dataset(footing.dataset_id), tested, preprocessing) if tested else None,
        n_test=len(tested),
    )


def _statistics_of(other: str, preprocessing: Preprocessing, n_channels: int) -> ChannelStatistics:
    if other in _PRESETS:
        return _with_channels(_PRESETS[other][1], n_channels)
    dataset = open_dataset(other)
    split = make_split(dataset.samples, SplitConfig())
    return _fit(dataset, _ids(split, "train"), preprocessing)


def _ids(split: pd.DataFrame, side: str) -> tuple[int, ...]:
    """Return every n-th sample of a side, so that at most MOST_FITTED are left."""
    ids = [int(sample_id) for sample_id in split.loc[split["split"] == side, "sample_id"]]
    return tuple(ids[:: max(1, -(-len(ids) // MOST_FITTED))])


def _fit(dataset: Dataset, ids: Sequence[int], preprocessing: Preprocessing) -> ChannelStatistics:
    pictures = (unit(image_part(dataset.image(sample_id), preprocessing)) for sample_id in ids)
    return fit_statistics(pictures, preprocessing)


def _with_channels(statistics: ChannelStatistics, n_channels: int) -> ChannelStatistics:
    """Return statistics for 1 or 3 channels: the mean of the colours for grey, grey thrice for colour."""
    if len(statistics.mean) == n_channels:
        return statistics

    def fitted(values: tuple[float, ...]) -> tuple[float, ...]:
        return (sum(values) / len(values),) * n_channels

    return ChannelStatistics(
        mean=fitted(statistics.mean),
        std=fitted(statistics.std),
        low=fitted(statistics.low),
        high=fitted(statistics.high),
    )
