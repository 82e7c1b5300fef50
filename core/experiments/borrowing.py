"""Which run a data set's images can be shown to, and statistics that do not belong to it. No torch here."""

from collections.abc import Sequence
from typing import Final

from core.datasets.editing import edits_since
from core.datasets.records import DatasetInfo, SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import Dataset, list_datasets, open_dataset
from core.experiments.breaking import Borrowed
from core.language import N_, Message
from core.runs.store import DEMO_RUN, Run, list_runs
from core.transforms.preprocessing import fit_statistics, image_part, unit
from core.transforms.preprocessing.network_range import IMAGENET
from core.transforms.records import ChannelStatistics, Preprocessing

IMAGENET_NAME: Final = "imagenet"
MNIST_NAME: Final = "mnist"
MOST_FITTED: Final = 256  # images that statistics are taken from: more would not move them
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


def borrow(run: Run, other: str) -> Borrowed:
    """Return the statistics of other images, and of the run's own test images, after the run's image steps.

    Of the test images no more than the pixels is read: no label, no answer.

    Parameters
    ----------
    run
        A run that has a trained network.
    other
        One of `others_for`.
    """
    card = run.card
    tested = _ids(run, "test")
    return Borrowed(
        other=_statistics_of(other, card.preprocessing, card.n_channels),
        other_name=name_of(other),
        test=_fit(open_dataset(run.config.dataset), tested, card.preprocessing) if tested else None,
        n_test=len(tested),
    )


def _statistics_of(other: str, preprocessing: Preprocessing, n_channels: int) -> ChannelStatistics:
    if other in _PRESETS:
        return _with_channels(_PRESETS[other][1], n_channels)
    dataset = open_dataset(other)
    split = make_split(dataset.samples, SplitConfig())
    ids = [int(sample_id) for sample_id in split.loc[split["split"] == "train", "sample_id"]]
    return _fit(dataset, thinned(ids), preprocessing)


def _ids(run: Run, split: str) -> list[int]:
    table = run.split()
    return thinned([int(sample_id) for sample_id in table.loc[table["split"] == split, "sample_id"]])


def thinned(ids: Sequence[int]) -> list[int]:
    """Return every n-th, so that at most MOST_FITTED are left."""
    return list(ids[:: max(1, -(-len(ids) // MOST_FITTED))])


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
