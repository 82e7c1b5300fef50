"""The film under a map, its outline, and what sets an image apart from the training images."""

from typing import Any

import numpy as np
import pytest

from core.explanation.film import OUTLINE, film, in_large_pixels, network_view, outlined
from core.explanation.kind import notes_on
from core.images.records import MedicalImage
from core.runs.records import ModelCard
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep


def image(
    height: int = 64, width: int = 64, *, colour: bool = False, modality: str | None = None
) -> MedicalImage:
    shape = (height, width, 3) if colour else (height, width)
    values = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    return MedicalImage(values, (0, 255), modality=modality)


def card(n_channels: int = 1) -> ModelCard:
    one = (0.5,) * n_channels
    return ModelCard(
        run="r",
        model="small_cnn",
        class_names=("a", "b"),
        positive_class="b",
        n_channels=n_channels,
        preprocessing=default_preprocessing(32, n_channels),
        statistics=ChannelStatistics(mean=one, std=one, low=one, high=one),
        intended_use="",
        simulated=False,
        dataset="d",
        n_train_images=1,
        n_train_patients=None,
        best_epoch=1,
    )


def test_a_film_is_brought_to_the_size_of_a_screen() -> None:
    assert film(image(40, 20), shortest_side=100).shape == (200, 100)
    assert film(image(40, 20, colour=True), shortest_side=100).shape == (200, 100, 3)
    assert film(image(400, 200), shortest_side=100, longest_side=200).shape == (200, 100)
    assert film(image(400, 2), shortest_side=100, longest_side=200).shape == (200, 1)


def test_a_film_of_the_right_size_keeps_its_pixels() -> None:
    assert np.array_equal(film(image(120, 130), shortest_side=100), image(120, 130).values)


def test_the_outline_runs_around_the_mask_and_leaves_its_inside_alone() -> None:
    mask = np.zeros((20, 20), dtype=bool)
    mask[5:15, 5:15] = True
    grey = np.full((100, 100), 77, dtype=np.uint8)
    drawn = outlined(grey, mask)
    assert drawn[50, 50].tolist() == [77, 77, 77]
    assert drawn[2, 2].tolist() == [77, 77, 77]
    is_line = (drawn == OUTLINE).all(axis=2)
    rows, columns = np.nonzero(is_line)
    assert 20 <= rows.min() <= 25 <= 74 <= rows.max() <= 79
    assert 20 <= columns.min() <= 25 <= 74 <= columns.max() <= 79
    assert grey[50, 50] == 77


def test_a_patchy_finding_gets_one_outline() -> None:
    mask = np.zeros((100, 100), dtype=bool)
    mask[30:70, 30:70] = True
    mask[30:70:4] = False  # gaps of one row, narrower than 5 %
    mask[50, 50] = False
    drawn = outlined(np.zeros((100, 100), dtype=np.uint8), mask)
    assert not drawn[35:65, 35:65].any()
    assert drawn[25:75, 25:75].any()


def test_the_network_view_is_what_the_network_gets_before_it_is_rescaled() -> None:
    grey = MedicalImage(np.full((40, 50), 100, dtype=np.uint8), (0, 255))
    assert np.array_equal(network_view(grey, default_preprocessing(16, 1)), np.full((16, 16), 100))
    assert network_view(image(colour=True), default_preprocessing(16, 3)).shape == (16, 16, 3)


def test_large_pixels_are_repeated_and_not_blended() -> None:
    large = in_large_pixels(np.array([[0, 255], [7, 9]], dtype=np.uint8), 4)
    assert large.tolist() == [[0, 0, 255, 255], [0, 0, 255, 255], [7, 7, 9, 9], [7, 7, 9, 9]]


def test_an_empty_mask_draws_nothing() -> None:
    grey = np.full((30, 30, 3), 9, dtype=np.uint8)
    assert np.array_equal(outlined(grey, np.zeros((5, 5), dtype=bool)), grey)


@pytest.mark.parametrize(
    ("asked", "n_channels", "modalities", "said"),
    [
        (image(), 1, (), []),
        (image(modality="DX"), 1, ("DX",), []),
        (image(modality="CR"), 1, ("DX",), []),
        (image(colour=True), 3, (), []),
        (image(colour=True), 1, (), ["in colour"]),
        (image(), 3, (), ["is grey"]),
        (image(modality="CT"), 1, ("DX", "CR"), ["trained on CR, DX"]),
        (image(20, 20), 1, (), ["smaller than the 32 x 32"]),
        (image(60, 200), 1, (), ["squeezed into a square"]),
    ],
)  # fmt: skip
def test_what_sets_an_image_apart(
    asked: MedicalImage, n_channels: int, modalities: tuple[str, ...], said: list[str]
) -> None:
    notes = [str(note) for note in notes_on(asked, card(n_channels), modalities)]
    assert len(notes) == len(said)
    assert all(part in note for part, note in zip(said, notes, strict=True))


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([("resize", {"fit": "crop"})], ["looks at 50 % of it"]),
        ([("resize", {"fit": "pad"})], ["padded to a square"]),
        (
            [("crop_borders", {"top": 0, "bottom": 0, "left": 25, "right": 25}), ("resize", {})],
            ["50 % of it"],
        ),
        ([("crop_borders", {"top": 0, "bottom": 0, "left": 0, "right": 0}), ("resize", {})], ["squeezed"]),
    ],
)
def test_what_the_steps_cut_off_or_squeeze_is_told(steps: Any, said: list[str]) -> None:
    named = [("window", {}), *steps[:-1], (steps[-1][0], {**steps[-1][1], "size": 32})]
    pipeline = Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=values) for name, values in named)
    )
    asked = card().model_copy(update={"preprocessing": pipeline})
    notes = [str(note) for note in notes_on(image(50, 100), asked)]
    assert len(notes) == len(said)
    assert all(part in note for part, note in zip(said, notes, strict=True))
