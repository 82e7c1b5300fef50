"""The phantoms' physics against closed forms: chords, Beer-Lambert, Poisson, Hounsfield units."""

import numpy as np
import pytest

from core.datasets.phantom_ct import render_ct_slice
from core.datasets.phantom_geometry import PlacedTube, ellipsoid, thickness_outside_cm, tube_along, tubes_path
from core.datasets.phantom_patient import Pose, draw_patient
from core.datasets.phantom_physics import (
    TISSUE_HU,
    WATER_PER_CM,
    arriving_photons,
    attenuation_per_cm,
    contrast_per_cm,
    count_photons,
    detector_signal,
    transmission,
    unsharp,
    window_8bit,
)


def test_a_sphere_is_crossed_over_its_chord() -> None:
    x, y = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-4, 4, 81))
    radius = 3.0
    sphere = ellipsoid(x, y, (0.5, -0.2, 1.0), (radius, radius, radius))
    distance_squared = (x - 0.5) ** 2 + (y + 0.2) ** 2
    chord = 2 * np.sqrt(np.maximum(radius**2 - distance_squared, 0))
    np.testing.assert_allclose(sphere.thickness_cm, chord, atol=1e-6)


def test_what_lies_in_two_overlapping_solids_is_taken_out_once() -> None:
    x, y = np.zeros((1, 1)), np.zeros((1, 1))
    lung = ellipsoid(x, y, (0, 0, 0), (9, 9, 9))  # z from -9 to 9
    heart = ellipsoid(x, y, (0, 0, -4), (3, 3, 3))  # -7 to -1
    dome = ellipsoid(x, y, (0, 0, -1), (2, 2, 2))  # -3 to 1
    np.testing.assert_allclose(thickness_outside_cm(lung, heart, dome), 18 - 8)


@pytest.mark.parametrize("slope", [0.0, 1.0, 3.0])
def test_a_tube_is_crossed_over_its_chord_also_when_it_leans_into_the_beam(slope: float) -> None:
    per_cm, radius_cm = 20, 0.8
    tube = tube_along([(-6, 0, -6 * slope), (6, 0, 6 * slope)], radius_cm, step_cm=0.02)
    middle = 5 * per_cm
    rows = tube.points_cm[:, 1] * per_cm + middle
    columns = tube.points_cm[:, 0] * per_cm + middle
    path = tubes_path([PlacedTube(rows, columns, tube.lengths_cm, radius_cm * per_cm)], (201, 201))
    distance_cm = (np.arange(201) - middle) / per_cm
    chord = 2 * np.sqrt(np.maximum(radius_cm**2 - distance_cm**2, 0)) * np.hypot(1, slope)
    inside = np.abs(distance_cm) < 0.9 * radius_cm
    np.testing.assert_allclose(path[inside, middle], chord[inside], rtol=0.02)
    assert path[:, middle].sum() / per_cm == pytest.approx(
        np.pi * radius_cm**2 * np.hypot(1, slope), rel=0.01
    )


def test_a_slab_of_water_lets_through_what_beer_and_lambert_say() -> None:
    thickness_cm = np.array([[0.0, 1.0, 10.0, 22.0]])
    depth = attenuation_per_cm(TISSUE_HU["water"]) * thickness_cm
    np.testing.assert_allclose(transmission(depth), np.exp(-WATER_PER_CM * thickness_cm))


def test_attenuation_and_hounsfield_units_are_one_scale() -> None:
    assert attenuation_per_cm(0) == WATER_PER_CM
    assert attenuation_per_cm(-1000) == 0
    assert contrast_per_cm("soft", "lung") == pytest.approx(WATER_PER_CM * 0.805)


def test_nothing_in_the_beam_scatters_nothing() -> None:
    photons = arriving_photons(np.zeros((16, 16)), photons_per_pixel=500.0, pixel_spacing_mm=2.0)
    np.testing.assert_allclose(photons, 500.0)


def test_in_a_wide_slab_scatter_is_a_fixed_share_of_the_primary() -> None:
    photons = arriving_photons(np.full((32, 32), 2.0), photons_per_pixel=1000.0, pixel_spacing_mm=3.0)
    np.testing.assert_allclose(photons, 1000 * np.exp(-2.0) * (1 + 0.16 * 2.0))


@pytest.mark.parametrize("mean", [4.0, 100.0, 10_000.0])
def test_the_variance_of_counted_photons_is_their_mean(mean: float) -> None:
    counted = count_photons(np.full((400, 400), mean), np.random.default_rng(3))
    # 160,000 draws: the relative standard error of the variance is about sqrt(2 / 160,000) = 0.4 %
    assert counted.mean() == pytest.approx(mean, rel=0.01)
    assert counted.var() == pytest.approx(mean, rel=0.02)


def test_ten_times_the_dose_is_a_tenth_of_the_relative_variance() -> None:
    generator = np.random.default_rng(4)
    spread = []
    for dose in (1000.0, 10_000.0):
        signal = detector_signal(count_photons(np.full((300, 300), dose), generator), photons_per_pixel=dose)
        spread.append(signal.var())
    assert spread[0] / spread[1] == pytest.approx(10, rel=0.05)


def test_an_even_picture_stays_even_and_only_its_broad_part_counts() -> None:
    shown = unsharp(np.full((40, 40), 2.0), blur_mm=20, pixel_spacing_mm=2.0, broad=0.5, fine=1.6)
    np.testing.assert_allclose(shown, 1.0)


def test_the_window_is_that_of_the_standard() -> None:
    # PS3.3 C.11.2.1.2.1: center 2048, width 4096 maps 0 to 0 and 4095 to 255
    shown = window_8bit(np.array([0, 2047, 2048, 4095]), center=2048, width=4096)
    assert shown.tolist() == [0, 127, 128, 255]


def test_air_around_a_ct_slice_is_minus_1000_and_tissues_have_their_number() -> None:
    patient = draw_patient(np.random.default_rng(1))
    hounsfield = render_ct_slice(patient, height_cm=2.0, n_pixels=128, noise_hu=0.0)
    assert hounsfield.dtype == np.int16
    assert hounsfield[0, 0] == -1000
    found = set(np.unique(hounsfield).tolist())
    for tissue in ("lung", "soft", "fat"):
        assert TISSUE_HU[tissue] in found
    assert TISSUE_HU["water"] == 0


def test_the_noise_of_a_ct_slice_is_as_asked() -> None:
    patient = draw_patient(np.random.default_rng(1))
    quiet = render_ct_slice(patient, n_pixels=128, noise_hu=0.0)
    noisy = render_ct_slice(patient, n_pixels=128, noise_hu=10.0)
    assert (noisy.astype(float) - quiet).std() == pytest.approx(10, rel=0.1)


def test_film_and_body_coordinates_lead_back_to_each_other() -> None:
    pose = Pose(shift_cm=(0.7, -0.4), tilt=0.05)
    x, y = np.array([1.0, -7.0]), np.array([3.0, 10.0])
    back = pose.to_body(*pose.to_film(x, y, 1.1), 1.1)
    np.testing.assert_allclose(back, (x, y))
