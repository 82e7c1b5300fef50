"""The tour's simulations against closed forms: spin echo, Rice, Rayleigh, decibels, Beer-Lambert, Murray."""

import numpy as np
import pytest
from skimage.color import hed_from_rgb, rgb_from_hed

from core.datasets.phantom_geometry import PlacedTube, tubes_path
from core.datasets.tour_fundus import FIELD_MM, make_fundus, murray_radii
from core.datasets.tour_histology import (
    BLANK,
    EOSIN,
    HAEMATOXYLIN,
    Amounts,
    dyes_in,
    histology_lesion,
    light_through,
    make_histology,
    optical_density,
)
from core.datasets.tour_mri import (
    FULL_SCALE,
    TISSUES,
    Tissue,
    add_rician_noise,
    make_mri,
    mri_lesion,
    spin_echo,
)
from core.datasets.tour_ultrasound import (
    DEPTH_MM,
    FLOOR_DB,
    FREQUENCY_MHZ,
    MEDIA,
    SPEED_MM_PER_US,
    decibels,
    dynamic_range,
    echo_envelope,
    make_ultrasound,
    ultrasound_lesion,
)
from core.images.display import to_unit

MEAN_OVER_SD = np.sqrt(np.pi / (4 - np.pi))  # 1.913: Rayleigh's law


def test_the_spin_echo_follows_its_equation():
    tissue = Tissue(t1_ms=1000.0, t2_ms=100.0, density=0.8)
    assert spin_echo(tissue, tr_ms=1000 * np.log(2), te_ms=100 * np.log(2)) == pytest.approx(0.8 * 0.5 * 0.5)
    assert spin_echo(tissue, tr_ms=1e6, te_ms=0) == pytest.approx(0.8)
    assert spin_echo(tissue, tr_ms=0, te_ms=10) == 0


def test_the_contrast_turns_round_between_t1_and_t2():
    t1 = {name: spin_echo(tissue, tr_ms=500, te_ms=15) for name, tissue in TISSUES.items()}
    t2 = {name: spin_echo(tissue, tr_ms=4000, te_ms=95) for name, tissue in TISSUES.items()}
    assert t1["scalp"] > t1["white"] > t1["grey"] > t1["fluid"]
    assert t2["fluid"] > t2["lesion"] > t2["grey"] > t2["white"]
    assert t1["skull"] == t2["skull"] == 0


def test_noise_without_signal_follows_rayleigh_and_with_much_signal_is_normal():
    generator = np.random.default_rng(0)
    nothing = add_rician_noise(np.zeros((400, 400)), 10.0, generator)
    assert nothing.mean() == pytest.approx(10 * np.sqrt(np.pi / 2), rel=0.01)
    assert nothing.mean() / nothing.std() == pytest.approx(MEAN_OVER_SD, rel=0.01)
    much = add_rician_noise(np.full((400, 400), 500.0), 10.0, generator)
    assert much.mean() == pytest.approx(500 + 10**2 / (2 * 500), abs=0.1)
    assert much.std() == pytest.approx(10, rel=0.01)


def test_a_head_slice_has_the_values_of_the_equation():
    for tr_ms, te_ms in ((500, 15), (4000, 95)):
        image, lesion = make_mri(tr_ms=tr_ms, te_ms=te_ms, noise_sd=1.0), mri_lesion()
        inside = np.median(image.values[lesion])
        expected = FULL_SCALE * spin_echo(TISSUES["lesion"], tr_ms=tr_ms, te_ms=te_ms)
        assert inside == pytest.approx(expected, rel=0.03)
        corner = image.values[:20, :20]
        assert corner.mean() == pytest.approx(np.sqrt(np.pi / 2), rel=0.1)


def test_speckle_of_even_tissue_follows_rayleigh_before_the_logarithm():
    scatterers = np.random.default_rng(1).standard_normal((1536, 512))
    envelope = echo_envelope(scatterers, DEPTH_MM / 1536)[60:-60]
    assert envelope.mean() / envelope.std() == pytest.approx(MEAN_OVER_SD, rel=0.03)
    assert (envelope**2).mean() == pytest.approx(1, rel=0.05)  # the power of scatterers of sd 1 is kept


def test_a_single_scatterer_echoes_at_its_place_with_a_round_pulse():
    scatterers = np.zeros((1536, 256))
    scatterers[700, 128] = 1.0
    envelope = echo_envelope(scatterers, DEPTH_MM / 1536)
    assert np.unravel_index(envelope.argmax(), envelope.shape) == (700, 128)
    np.testing.assert_allclose(envelope[690:711, 128], envelope[690:711, 128][::-1], rtol=0.01)


def test_the_wave_is_sampled_more_than_twice():
    wavelength_of_echo_mm = SPEED_MM_PER_US / FREQUENCY_MHZ / 2
    assert DEPTH_MM / (6 * 256) < wavelength_of_echo_mm / 2


def test_decibels_are_twenty_logarithms_and_end_at_the_floor():
    amplitudes = np.array([[1.0] * 1000, [0.1] * 1000, [0.001] * 1000, [0.0] * 1000])
    assert [row[0] for row in decibels(amplitudes).round(6)] == [0, -20, -60, FLOOR_DB]


@pytest.mark.parametrize("range_db", [30, 60, 90])
def test_the_dynamic_range_ends_in_black_and_white(range_db):
    image = make_ultrasound(n_pixels=64)
    window = dynamic_range(range_db)
    shown = to_unit(image, window)
    assert (shown[image.values <= -range_db] == 0).all()
    middle = np.isclose(image.values, -range_db / 2, atol=0.2)
    np.testing.assert_allclose(shown[middle], 0.5, atol=0.01)


def test_behind_the_cyst_it_shines_and_behind_the_solid_lesion_it_is_dark():
    image, lesion = make_ultrasound(), ultrasound_lesion()
    behind = slice(155, 185)  # 23 to 27 mm deep
    cyst, solid, beside = (
        image.values[behind, 58:76],
        image.values[behind, 170:195],
        image.values[behind, 95:115],
    )
    assert np.median(cyst) > np.median(beside) + 3
    assert np.median(solid) < np.median(beside) - 6
    assert np.median(image.values[100:120, 55:80]) < -60  # in the cyst
    assert -45 < np.median(image.values[lesion]) < np.median(beside) - 8
    assert MEDIA["solid"].attenuation > MEDIA["gland"].attenuation > MEDIA["cyst"].attenuation


def test_two_layers_of_dye_take_light_by_beer_and_lambert():
    amounts = Amounts(np.array([[0.0, 1.0, 0.0, 0.5]]), np.array([[0.0, 0.0, 1.0, 0.25]]))
    light = light_through(amounts)[0]
    np.testing.assert_allclose(light[0], BLANK)
    np.testing.assert_allclose(light[1], BLANK * 10.0 ** -np.array(HAEMATOXYLIN))
    np.testing.assert_allclose(
        light[3], BLANK * 10.0 ** -(0.5 * np.array(HAEMATOXYLIN) + 0.25 * np.array(EOSIN))
    )
    np.testing.assert_allclose(
        optical_density(light[3]), 0.5 * np.array(HAEMATOXYLIN) + 0.25 * np.array(EOSIN), atol=1e-12
    )


def test_the_dyes_are_those_of_scikit_image_and_are_got_back():
    np.testing.assert_allclose(rgb_from_hed[:2], [HAEMATOXYLIN, EOSIN])
    amounts = np.random.default_rng(2).uniform(0, 0.8, (2, 5, 7))
    light = light_through(Amounts(*amounts))
    np.testing.assert_allclose(dyes_in(light), np.moveaxis(amounts, 0, -1), atol=1e-9)
    theirs = optical_density(light) @ hed_from_rgb
    np.testing.assert_allclose(theirs[..., :2], np.moveaxis(amounts, 0, -1), atol=1e-9)


def test_nuclei_are_where_the_haematoxylin_is():
    image, lesion = make_histology(), histology_lesion()
    dyes = dyes_in(image.values)
    assert image.values.dtype == np.uint8 and image.values.shape == (384, 384, 3)
    assert dyes[lesion][:, 0].mean() > 1.5 * dyes[~lesion][:, 0].mean()
    assert dyes.min() > -0.2


def test_branches_share_the_flow_by_murrays_law():
    small, large = murray_radii(0.1, 0.3)
    assert small**3 + large**3 == pytest.approx(0.1**3)
    assert murray_radii(0.1, 0.5)[0] == pytest.approx(0.1 / 2 ** (1 / 3))


def test_a_straight_vessel_is_as_deep_as_its_chord():
    per_mm, step_mm, radius_mm = 30.0, 0.02, 0.2
    places = np.arange(50, 250, step_mm * per_mm)
    tube = PlacedTube(np.full_like(places, 100.0), places, np.full(places.size, step_mm), radius_mm * per_mm)
    depth_mm = tubes_path([tube], (200, 300))
    assert depth_mm[100, 150] == pytest.approx(2 * radius_mm, rel=0.03)
    assert depth_mm[103, 150] == pytest.approx(2 * np.sqrt(radius_mm**2 - 0.1**2), rel=0.05)


def test_blood_takes_green_and_hardly_red_and_the_edge_gets_less_light():
    image = make_fundus()
    values = image.values.astype(float)
    y, x = (np.indices((384, 384)) + 0.5) / 384 * FIELD_MM - FIELD_MM / 2
    radius = np.hypot(x, y)
    assert (values[radius > 0.5 * FIELD_MM] == 0).all()
    ring = (radius > 4) & (radius < 5) & (np.abs(y) > 2)
    red, green = values[ring][:, 0], values[ring][:, 1]
    assert np.percentile(green, 2) / np.median(green) < np.percentile(red, 2) / np.median(red) - 0.15
    edge = (radius > 5.6) & (radius < 6.2) & (x < 0)
    assert values[edge][:, 1].mean() < 0.85 * values[(radius > 1.5) & (radius < 2.5)][:, 1].mean()
