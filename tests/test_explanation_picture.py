"""Where a map lands on its image, what its colours are, and what stands in the picture that is written."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from core.errors import UserError
from core.explanation import lettering, palette
from core.explanation.legend import ticks, unit
from core.explanation.picture import draw_page, on_image, overlay, to_png, write_png
from core.explanation.records import Attribution
from core.images.records import MedicalImage
from core.language import language
from core.transforms.preprocessing import final_extent, image_part
from core.transforms.preprocessing.picture import Extent
from core.transforms.records import Preprocessing, PreprocessingStep

GREY = np.full((40, 60), 100, dtype=np.uint8)
IMAGE = MedicalImage(GREY, (0, 255))


def make(values: np.ndarray, *, signed: bool = True, class_name: str = "finding") -> Attribution:
    method = "integrated_gradients" if signed else "saliency"
    return Attribution(method, 0, class_name, values.astype(np.float32), signed, (4, 4))


def test_zero_is_transparent_in_both_palettes() -> None:
    for signed in (True, False):
        assert_array_equal(palette.paint(np.zeros((3, 3), dtype=np.float32), signed=signed)[..., 3], 0)
        assert_array_equal(overlay(GREY, make(np.zeros((4, 4)), signed=signed), 1.0), 100)


def test_for_is_orange_and_against_is_blue() -> None:
    painted = palette.paint(np.array([[-2.0, 0.0, 2.0]], dtype=np.float32), signed=True)
    assert painted[0].tolist() == [[*palette.AGAINST, 255], [*palette.FOR, 0], [*palette.FOR, 255]]


def test_unsigned_maps_grow_brighter_and_more_opaque() -> None:
    painted = palette.paint(np.linspace(0, 1, 50, dtype=np.float32)[None], signed=False)[0].astype(float)
    luminance = painted[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0).all()
    assert (np.diff(painted[:, 3]) > 0).all()
    assert painted[-1].tolist() == [*palette.RISING[-1], 255]


def test_one_hot_pixel_does_not_dim_the_rest() -> None:
    values = np.ones((40, 40), dtype=np.float32)
    values[0, 0] = 1000
    assert palette.paint(values, signed=False)[20, 20, 3] == 255
    alone = np.zeros((40, 40), dtype=np.float32)
    alone[0, 0] = 5
    assert palette.full_strength(alone) == 5


def test_where_the_map_does_not_reach_there_is_no_colour() -> None:
    painted = palette.paint(np.array([[np.nan, 1.0]], dtype=np.float32), signed=True)
    assert painted[0, :, 3].tolist() == [0, 255]
    assert palette.full_strength(np.full((2, 2), np.nan, dtype=np.float32)) == 0


@pytest.mark.parametrize("signed", [True, False])
def test_the_colour_bar_runs_from_the_lowest_to_the_highest(signed: bool) -> None:
    bar = palette.colour_bar(101, 5, signed=signed)
    assert bar.shape == (5, 101, 3)
    assert bar[0, -1].tolist() == list(palette.FOR if signed else palette.RISING[-1])
    assert bar[0, 50 if signed else 0].tolist() == [128, 128, 128]
    assert bar[0, 0].tolist() == (list(palette.AGAINST) if signed else [128, 128, 128])


def test_opacity_mixes_the_picture_and_the_map() -> None:
    attribution = make(np.ones((4, 4)))
    assert_array_equal(overlay(GREY, attribution, 0.0), 100)
    assert overlay(GREY, attribution, 1.0)[0, 0].tolist() == list(palette.FOR)
    half = [round((100 + channel) / 2) for channel in palette.FOR]
    assert_allclose(overlay(GREY, attribution, 0.5)[0, 0], half, atol=1)


def test_a_colour_image_keeps_its_colours_under_a_map() -> None:
    colour = np.zeros((8, 8, 3), dtype=np.uint8)
    colour[..., 1] = 200
    assert_array_equal(overlay(colour, make(np.zeros((4, 4))), 0.9), colour)


def test_a_stretched_map_is_stretched_back() -> None:
    values = np.zeros((4, 4), dtype=np.float32)
    values[:, 2:] = 1
    placed = on_image(values, (40, 60), Extent())
    assert placed.shape == (40, 60)
    assert (placed[:, :20] < 0.01).all()
    assert (placed[:, 45:] > 0.99).all()


def test_a_padded_map_loses_its_padding() -> None:
    values = np.tile(np.arange(6, dtype=np.float32)[:, None], (1, 6))  # rows 0 to 5
    placed = on_image(values, (2, 6), Extent(top=-1, bottom=2))  # rows 2 and 3 saw the image
    assert_array_equal(placed[:, 0], [2, 3])


def test_a_cropped_map_covers_the_middle_alone() -> None:
    middle = Extent(left=0.3, right=0.7)
    placed = on_image(np.ones((4, 4), dtype=np.float32), (4, 10), middle)
    assert_array_equal(np.isnan(placed[0]), [True] * 3 + [False] * 4 + [True] * 3)
    attribution = replace(make(np.ones((4, 4))), extent=middle)
    painted = overlay(np.full((4, 10), 100, dtype=np.uint8), attribution, 1.0)
    assert painted[0, 2].tolist() == [100, 100, 100]
    assert painted[0, 3].tolist() == list(palette.FOR)


CUTS: list[list[tuple[str, dict[str, Any]]]] = [
    [("resize", {"fit": "stretch"})],
    [("resize", {"fit": "pad"})],
    [("resize", {"fit": "crop"})],
    [("crop_borders", {"top": 10, "right": 20, "bottom": 5, "left": 15}), ("resize", {})],
    [("crop_body", {"margin": 25}), ("resize", {"fit": "pad"})],
    [("resample", {"spacing_mm": 0.8}), ("resize", {"fit": "pad"})],
]


@pytest.mark.parametrize("zoom", [1, 3])
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: "-".join(f"{name}" for name, _ in cut))
def test_a_round_trip_through_the_steps_comes_home(cut: Any, zoom: int) -> None:
    """A bright square is found where it was, whichever way the image became the input."""
    values = np.zeros((60, 90), dtype=np.uint8)
    values[20:30, 40:50] = 255
    image = MedicalImage(values, (0, 255), pixel_spacing_mm=(0.5, 0.4))
    steps = [("window", {}), *cut[:-1], (cut[-1][0], {**cut[-1][1], "size": 64})]
    preprocessing = Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=parameters) for name, parameters in steps)
    )
    seen = image_part(image, preprocessing)[0] / 65535
    shape = (60 * zoom, 90 * zoom)
    back = np.nan_to_num(on_image(seen.astype(np.float32), shape, final_extent(image, preprocessing)))
    rows, columns = np.nonzero(back > 0.5)
    assert_allclose([rows.mean() / zoom, columns.mean() / zoom], [24.5, 44.5], atol=0.7)
    assert back[20 * zoom : 30 * zoom, 40 * zoom : 50 * zoom].mean() > 0.8


def test_what_a_crop_cut_off_is_not_painted() -> None:
    extent = Extent(top=0.25, left=0.5, bottom=0.75, right=1.0)
    placed = on_image(np.ones((8, 8), dtype=np.float32), (40, 20), extent)
    expected = np.zeros((40, 20), dtype=bool)
    expected[10:30, 10:] = True
    assert_array_equal(~np.isnan(placed), expected)


def test_the_picture_itself_says_that_it_is_not_for_diagnosis() -> None:
    page = draw_page(GREY, make(np.zeros((4, 4))))
    inside = np.asarray(page)[:480]  # the image, without the strip below it
    words = (inside != 100).any(axis=-1)
    assert words[450:].sum() > 500
    assert (inside[words] == 255).all(axis=-1).any()
    assert not words[:440].any()
    simulated = draw_page(GREY, replace(make(np.zeros((4, 4))), trained_on_simulated=True))
    assert (np.asarray(simulated)[:480] != 100).any(axis=-1).sum() > 1.3 * words.sum()


def test_a_picture_is_written_whole_with_its_words(tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    attribution = replace(make(np.eye(4), signed=False), trained_on_simulated=True)
    write_png(path, IMAGE, attribution)
    assert path.read_bytes() == to_png(IMAGE, attribution)
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.size[0] == 720
        assert picture.text["Description"] == (
            "Saliency for the class 'finding'. Not for diagnosis; network trained on SIMULATED images."
        )
    assert [file.name for file in tmp_path.iterdir()] == ["map.png"]


@pytest.mark.parametrize("class_name", ["a" * 500, "肺炎", "<b>x</b>", "", "two\nlines\x00"])
def test_any_class_name_can_be_drawn(class_name: str, tmp_path: Path) -> None:
    write_png(tmp_path / "map.png", IMAGE, make(np.eye(4), class_name=class_name))
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.size == (720, 627)


def test_a_large_image_keeps_its_resolution(tmp_path: Path) -> None:
    large = MedicalImage(np.zeros((1200, 900), dtype=np.uint8), (0, 255))
    write_png(tmp_path / "map.png", large, make(np.eye(4)))
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.width == 900


def test_a_failure_leaves_the_old_picture(tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    path.write_bytes(b"old")
    with pytest.raises(KeyError):
        write_png(path, IMAGE, Attribution("magic", 0, "a", np.eye(4, dtype=np.float32), True, (4, 4)))
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["map.png"]


def test_a_place_that_cannot_be_written_to_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"There is no folder '.*gone' to write 'map.png' into. Make it first."
    ):
        write_png(tmp_path / "gone" / "map.png", IMAGE, make(np.eye(4)))
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(
        UserError, match=r"folder.png' can't be written: Is a directory. Choose another place."
    ):
        write_png(tmp_path / "folder.png", IMAGE, make(np.eye(4)))
    assert [file.name for file in tmp_path.iterdir()] == ["folder.png"]


def test_the_bar_says_its_values_with_their_unit() -> None:
    signed = make(np.array([[-4.0, 0.0], [1.0, 2.0]]))
    assert [tick.value for tick in ticks(signed)] == ["-4", "0", "4"]  # both ends have the same strength
    assert unit(signed) == "logits"
    assert [tick.value for tick in ticks(make(np.array([[0.0, 0.25]]), signed=False))] == ["0", "0.25"]
    assert unit(replace(signed, method="grad_cam")) == "no unit"


def test_where_no_font_draws_chinese_the_picture_is_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "_FONTS", ())
    english = draw_page(GREY, make(np.eye(4)))
    with language("zh_Hans"):
        assert draw_page(GREY, make(np.eye(4))).tobytes() == english.tobytes()


def test_what_no_font_draws_is_a_question_mark_and_no_empty_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "_FONTS", ("no such font.ttf",))
    found = lettering.lettering("own words", "肺炎 and é", size=15)
    assert found.drawable("肺炎 and é a") == "?? and ? a"


def test_a_font_that_draws_it_is_taken_for_the_language_and_for_the_name_of_a_class() -> None:
    with language("zh_Hans"):
        found = lettering.lettering("不用于诊断", "finding", size=15)
    if found.language == "en":
        pytest.skip("no font here draws Chinese")
    assert lettering.lettering("Not for diagnosis", "肺炎", size=15).drawable("肺炎") == "肺炎"
    with language("zh_Hans"):
        assert "不用于诊断" in Image.open(BytesIO(to_png(IMAGE, make(np.eye(4))))).text["Description"]
