"""Pictures made once: the same from threads and processes, stopped without a trace, broken ones named."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.datasets.store import Dataset, open_dataset
from core.errors import InvalidValueError, JobStoppedError, UnreadableImageError
from core.training import picture_cache
from core.training.picture_cache import cache_path, cached_pictures
from core.transforms.preprocessing import default_preprocessing, image_part
from core.transforms.records import Preprocessing, PreprocessingStep
from tests.tiny_dataset import write_tiny

DEFAULT = default_preprocessing(24, 1)


@pytest.fixture
def dataset(home: Path) -> Dataset:
    write_tiny(n_images=40)
    return open_dataset("tiny")


@pytest.fixture
def many_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the cache think that what is left is worth two processes."""
    monkeypatch.setattr(picture_cache, "_WORTH_SECONDS", -1.0)
    monkeypatch.setattr(picture_cache, "n_cores", lambda: 2)
    monkeypatch.setattr(picture_cache, "_MOST_ROWS", 7)  # several chunks, the last of them shorter
    yield


def nothing(fraction: float) -> None:
    """Take no notice of the progress."""


@pytest.mark.usefixtures("many_cores")
def test_processes_make_bit_for_bit_what_one_image_after_the_other_gives(dataset: Dataset) -> None:
    seen: list[float] = []
    pixels = cached_pictures(dataset, DEFAULT, seen.append)
    expected = np.stack([image_part(dataset.image(row), DEFAULT) for row in range(40)])
    np.testing.assert_array_equal(pixels, expected)
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(seen) == 16 + 4  # the first sixteen one by one, then 7 + 7 + 7 + 3


@pytest.mark.usefixtures("many_cores")
def test_a_stop_among_the_processes_leaves_nothing_behind(dataset: Dataset) -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.5:
            raise JobStoppedError

    with pytest.raises(JobStoppedError):
        cached_pictures(dataset, DEFAULT, stop)
    assert list((dataset.folder / "cache").iterdir()) == []


@pytest.mark.usefixtures("many_cores")
def test_a_step_that_refuses_an_image_says_so_from_another_process_too(dataset: Dataset) -> None:
    path = dataset.folder / "files" / dataset.samples["file"].iloc[39]
    path.write_bytes(b"no picture")
    with pytest.raises(UnreadableImageError, match="damaged"):
        cached_pictures(dataset, DEFAULT, nothing)
    assert not cache_path(dataset, DEFAULT).exists()


def test_pictures_are_made_once_and_found_again(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cached_pictures(dataset, DEFAULT, nothing)
    monkeypatch.setattr(picture_cache, "_fill_cache", lambda *_: pytest.fail("made again"))
    np.testing.assert_array_equal(cached_pictures(dataset, DEFAULT, nothing), first)


def test_pictures_of_several_sizes_are_refused_by_the_step_that_is_missing(dataset: Dataset) -> None:
    uneven = Preprocessing(steps=(PreprocessingStep(name="window"), PreprocessingStep(name="channels")))
    with pytest.raises(InvalidValueError, match="resize"):
        cached_pictures(dataset, uneven, nothing)


@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_a_damaged_cache_is_made_anew(dataset: Dataset, content: bytes | None) -> None:
    pixels = cached_pictures(dataset, DEFAULT, nothing)
    path = cache_path(dataset, DEFAULT)
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    np.testing.assert_array_equal(cached_pictures(dataset, DEFAULT, nothing), pixels)


def test_the_cache_that_was_not_used_for_longest_makes_room(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_cache, "_MOST_CACHES", 2)
    first, second, third = (default_preprocessing(size, 1) for size in (16, 20, 24))
    for age, one in ((2e9, first), (1e9, second)):
        cached_pictures(dataset, one, nothing)
        os.utime(cache_path(dataset, one), (age, age))
    cached_pictures(dataset, third, nothing)
    assert [cache_path(dataset, one).exists() for one in (first, second, third)] == [True, False, True]


def test_what_a_killed_process_left_half_done_is_swept_after_a_day(dataset: Dataset) -> None:
    folder = cache_path(dataset, DEFAULT).parent
    folder.mkdir()
    old, new = folder / ".a.npy.old", folder / ".a.npy.new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    cached_pictures(dataset, DEFAULT, nothing)
    assert (old.exists(), new.exists()) == (False, True)
