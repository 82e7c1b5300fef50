"""What is measured of an image, held against scikit-image and against pictures whose answer is known."""

import numpy as np
import pytest
from skimage import feature
from skimage import measure as skimage_measure
from skimage.transform import downscale_local_mean

from core.experiments.rivals.features import features_for, measure
from core.experiments.rivals.reduced import grey_of, shrunk
from core.experiments.rivals.shapes import bright_part, eccentricity, hu_moments, shape_measures
from core.experiments.rivals.textures import DISTANCES, N_LEVELS, binary_patterns, cooccurrence

RNG = np.random.default_rng(0)
GREY = RNG.uniform(size=(37, 29))
BLOB = np.add.outer((np.arange(40) - 18.0) ** 2 / 90, (np.arange(50) - 22.0) ** 2 / 300) < 1
BLOB[30:33, 40:48] = True  # a second piece, off the middle


def of(picture: np.ndarray) -> dict[str, float]:
    """The features of a picture (C, H, W) in [0, 1], by name."""
    found = measure(np.round(picture * 65535).astype(np.uint16))
    return dict(zip([one.name for one in features_for(len(picture))], found.tolist(), strict=True))


def test_cooccurrence_is_scikit_images() -> None:
    levels = np.clip((GREY * N_LEVELS).astype(np.uint8), 0, N_LEVELS - 1)
    angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    theirs = feature.graycomatrix(levels, DISTANCES, angles, levels=N_LEVELS, symmetric=True, normed=True)
    names = ("contrast", "homogeneity", "energy", "correlation", "entropy")
    wanted = np.stack([feature.graycoprops(theirs, name).mean(axis=1) for name in names], axis=1)
    wanted[:, 4] /= np.log(2)  # theirs is in nats
    assert cooccurrence(GREY) == pytest.approx(wanted.ravel())


def test_local_binary_patterns_are_scikit_images() -> None:
    with pytest.warns(UserWarning, match="local_binary_pattern"):
        theirs = feature.local_binary_pattern(GREY, P=8, R=1, method="uniform")
    assert (binary_patterns(GREY) == theirs[1:-1, 1:-1]).all()


def test_shapes_are_scikit_images() -> None:
    region = skimage_measure.regionprops(BLOB.astype(np.uint8))[0]
    area, eccentric, extent, down, right, pieces = shape_measures(BLOB)[:6]
    assert area == BLOB.mean()
    assert eccentric == pytest.approx(region.eccentricity)
    assert extent == pytest.approx(region.extent)
    assert [down * 40 - 0.5, right * 50 - 0.5] == pytest.approx(region.centroid)
    assert pieces == np.log(3)
    assert hu_moments(BLOB) == pytest.approx(region.moments_hu, rel=1e-6, abs=1e-12)


def test_hus_moments_do_not_move_with_the_shape_and_the_last_turns_in_a_mirror() -> None:
    moments = hu_moments(BLOB)
    assert hu_moments(np.roll(BLOB, (3, -2), axis=(0, 1))) == pytest.approx(moments)
    assert hu_moments(np.rot90(BLOB)) == pytest.approx(moments)
    assert hu_moments(BLOB[:, ::-1])[:6] == pytest.approx(moments[:6])
    assert hu_moments(BLOB[:, ::-1])[6] == pytest.approx(-moments[6])


def test_a_disc_is_round_and_a_line_is_not() -> None:
    rows, columns = np.indices((41, 41)) - 20
    assert eccentricity(rows**2 + columns**2 <= 225) == pytest.approx(0, abs=1e-6)
    assert eccentricity(rows == 0) == 1
    assert eccentricity((rows == 0) & (columns == 0)) == 0


def test_a_smaller_picture_has_the_means_of_its_areas() -> None:
    even = RNG.uniform(size=(3, 64, 96))
    assert shrunk(even[:, :64, :64], 32) == pytest.approx(downscale_local_mean(even[:, :64, :64], (1, 2, 2)))
    odd = shrunk(np.array([[0.0, 1.0, 2.0]]), 2)  # the middle pixel lies half in either area
    assert odd == pytest.approx(np.array([[1 / 3, 5 / 3]]))
    assert (shrunk(GREY, 64) == GREY).all()


def test_grey_levels_and_edges_of_a_ramp_are_known() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 101), (1, 50, 101))
    found = of(ramp)
    assert found["intensity.mean"] == pytest.approx(0.5, abs=1e-4)
    assert found["intensity.spread"] == pytest.approx(np.linspace(0, 1, 101).std(), abs=1e-4)
    assert found["intensity.skewness"] == pytest.approx(0, abs=1e-4)
    assert [found[f"intensity.p{p}"] for p in (5, 50, 95)] == pytest.approx([0.05, 0.5, 0.95], abs=1e-4)
    assert sum(found[f"intensity.bar{bar}"] for bar in range(8)) == pytest.approx(1)
    assert found["edges.mean"] == pytest.approx(0.01, abs=1e-4)
    assert found["edges.lying"] == pytest.approx(0, abs=1e-3)  # a ramp to the right has upright edges only
    assert of(ramp.transpose(0, 2, 1))["edges.lying"] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 17, 9), (1, 1, 1), (1, 2, 5), (3, 300, 200)])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_an_even_picture_of_any_size_has_finite_features(shape: tuple[int, int, int], value: float) -> None:
    found = of(np.full(shape, value))
    assert np.isfinite(list(found.values())).all()
    assert len(found) == (60 if shape[0] == 3 else 54)
    assert found["shape.area"] == 0
    assert found["intensity.mean"] == pytest.approx(value, abs=1e-4)


def test_every_feature_has_a_name_of_its_own_and_a_title() -> None:
    features = features_for(3)
    assert len({one.name for one in features}) == len({str(one.title) for one in features}) == 60
    assert features_for(1) == features[:54]


def test_colours_are_told_apart() -> None:
    picture = np.stack([np.full((20, 20), value) for value in (0.9, 0.5, 0.1)])
    found = of(picture)
    assert [found[f"colour.mean{index}"] for index in range(3)] == pytest.approx([0.9, 0.5, 0.1], abs=1e-4)
    assert found["intensity.mean"] == pytest.approx(0.299 * 0.9 + 0.587 * 0.5 + 0.114 * 0.1, abs=1e-3)


def test_the_bright_part_is_what_stands_out() -> None:
    grey = grey_of(np.where(BLOB, 60000, 5000).astype(np.uint16)[None])
    assert (bright_part(grey) == BLOB).all()
