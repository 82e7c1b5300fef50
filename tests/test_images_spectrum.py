"""The spectrum against closed forms: where peaks stand, how much they hold, what folds and where to."""

import numpy as np
import pytest

from core.images.spectrum import (
    LARGEST,
    downsample,
    folded_frequency,
    measure_folding,
    radial_profile,
    share_beyond,
    spectrum_of,
)
from core.images.test_patterns import line_pattern, zone_plate


def peak_of(spectrum):
    row, column = np.unravel_index(np.argmax(spectrum.power), spectrum.power.shape)
    return abs(spectrum.rows[row]), abs(spectrum.columns[column])


def noise(shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("hann", [True, False])
def test_a_cosine_has_its_peak_at_its_frequency(hann):
    spectrum = spectrum_of(line_pattern(128, frequency=12 / 128), hann=hann)
    assert peak_of(spectrum) == pytest.approx((0, 12 / 128))


def test_the_peak_of_a_cosine_is_in_line_pairs_a_millimetre_with_pixels_that_are_not_square():
    down = line_pattern(100, frequency=0.1, angle_degrees=90)
    assert peak_of(spectrum_of(down, spacing=(0.5, 0.2), hann=False)) == pytest.approx((0.2, 0))
    across = line_pattern(100, frequency=0.1)
    assert peak_of(spectrum_of(across, spacing=(0.5, 0.2), hann=False)) == pytest.approx((0, 0.5))


def test_the_power_of_a_cosine_is_half_its_amplitude_squared():
    spectrum = spectrum_of(40 * line_pattern(64, frequency=0.25) + 1000, hann=False)
    assert spectrum.variance == pytest.approx(20**2 / 2)
    assert np.sort(spectrum.power.ravel())[-2:] == pytest.approx([100, 100])  # one each at f and at -f


@pytest.mark.parametrize("shape", [(31, 40), (40, 31), (33, 33), (64, 48)])
def test_the_powers_sum_up_to_the_variance(shape):
    pixels = noise(shape)
    assert spectrum_of(pixels, hann=False).variance == pytest.approx(pixels.var())


@pytest.mark.parametrize("shape", [(31, 40), (40, 31), (33, 33), (32, 32)])
def test_the_power_is_that_of_numpys_full_transform(shape):
    pixels = noise(shape)
    full = np.abs(np.fft.fft2(pixels - pixels.mean())) ** 2 / pixels.size**2
    spectrum = spectrum_of(pixels, hann=False)
    assert spectrum.power == pytest.approx(np.fft.fftshift(full))
    assert spectrum.rows == pytest.approx(np.fft.fftshift(np.fft.fftfreq(shape[0])))
    assert spectrum.columns == pytest.approx(np.fft.fftshift(np.fft.fftfreq(shape[1])))


def test_under_a_hann_window_the_powers_sum_up_to_the_weighted_variance():
    pixels = noise((256, 256))
    assert spectrum_of(pixels).variance == pytest.approx(1, rel=0.03)


def test_a_hann_window_takes_away_the_cross_of_a_ramp():
    ramp = np.tile(np.arange(128.0), (128, 1))
    fine = [share_beyond(spectrum_of(ramp, hann=hann), (0.05, 0.05)) for hann in (True, False)]
    assert fine[0] < fine[1] / 1000


def test_a_picture_of_one_value_has_no_power_and_no_share():
    spectrum = spectrum_of(np.full((20, 20), 7.0))
    assert spectrum.variance == pytest.approx(0, abs=1e-24)
    assert share_beyond(spectrum_of(np.zeros((20, 20))), (0.1, 0.1)) == 0
    assert measure_folding(np.ones((20, 20), np.float32), 2, antialias=False).folded == 0


def test_the_nyquist_limit_is_half_of_one_over_the_spacing():
    spectrum = spectrum_of(np.eye(20), spacing=(0.7, 0.35))
    assert spectrum.limits == pytest.approx((1 / 1.4, 1 / 0.7))
    assert spectrum.limit == pytest.approx(1 / 1.4)


def test_the_radial_profile_of_white_noise_is_flat():
    """A ring of m independent powers (half of its bins) has a relative standard error of 1 / sqrt(m)."""
    profile = radial_profile(spectrum_of(noise((512, 512)), spacing=(0.5, 0.5), hann=False))
    n_in_ring = 2 * np.pi * np.arange(1, 257)
    assert len(profile.density) == 256
    deviations = (profile.density / 0.25 - 1) * np.sqrt(n_in_ring / 2)  # white: variance x area of a pixel
    assert np.abs(deviations).max() < 5
    assert profile.density.mean() == pytest.approx(0.25, rel=0.02)


def test_the_radial_profile_of_a_gaussian_follows_the_formula():
    """exp(-r^2 / 2 s^2) has |F(f)|^2 = (2 pi s^2)^2 exp(-4 pi^2 s^2 f^2)."""
    sigma, size, spacing = 4.0, 256, 0.5
    rows, columns = np.mgrid[:size, :size] - size / 2
    picture = np.exp(-(rows**2 + columns**2) / (2 * sigma**2))
    profile = radial_profile(spectrum_of(picture, spacing=(spacing, spacing), hann=False))
    chosen = profile.frequencies < 0.2
    area_mm2, sigma_mm = (size * spacing) ** 2, sigma * spacing
    power = (2 * np.pi * sigma_mm**2) ** 2 * np.exp(-((2 * np.pi * sigma_mm * profile.frequencies) ** 2))
    assert chosen.sum() > 20
    # a ring has a width: its mean power differs a little from the power at its mean frequency
    assert profile.density[chosen] == pytest.approx(power[chosen] / area_mm2, rel=0.01)


def test_pixels_that_are_not_square_have_the_same_profile_for_the_same_noise_density():
    square = radial_profile(spectrum_of(noise((256, 256)), spacing=(0.5, 0.5), hann=False))
    oblong = radial_profile(spectrum_of(noise((128, 512)), spacing=(1.0, 0.25), hann=False))
    assert oblong.density.mean() == pytest.approx(square.density.mean(), rel=0.05)
    assert oblong.frequencies[-1] <= 0.5 + 1 / 128


def test_the_share_beyond_a_limit_is_that_of_the_finer_of_two_cosines():
    mixed = 3 * line_pattern(128, frequency=8 / 128) + line_pattern(128, frequency=40 / 128, angle_degrees=90)
    assert share_beyond(spectrum_of(mixed, hann=False), (0.25, 0.25)) == pytest.approx(1 / 10)
    assert share_beyond(spectrum_of(mixed, hann=False), (0.4, 0.25)) == pytest.approx(0, abs=1e-9)


def test_frequencies_fold_at_half_of_the_sampling_rate():
    assert folded_frequency(0.3, 0.5) == pytest.approx(0.2)
    assert folded_frequency(0.2, 0.5) == pytest.approx(0.2)
    assert folded_frequency(0.5, 0.5) == pytest.approx(0)
    assert folded_frequency(1.3, 0.5) == pytest.approx(0.2)
    assert folded_frequency(0.25, 0.5) == pytest.approx(0.25)


@pytest.mark.parametrize(("cycles", "factor"), [(40, 4), (20, 4), (50, 3), (61, 2)])
def test_a_decimated_cosine_stands_at_the_folded_frequency(cycles, factor):
    size = 192
    small = downsample(line_pattern(size, frequency=cycles / size), factor, antialias=False)
    spectrum = spectrum_of(small, spacing=(factor, factor), hann=False)
    assert peak_of(spectrum)[1] == pytest.approx(folded_frequency(cycles / size, 1 / factor))


def test_without_antialias_all_that_is_too_fine_is_folded():
    mixed = 3 * line_pattern(128, frequency=8 / 128) + line_pattern(128, frequency=40 / 128)
    folding = measure_folding(mixed, 2, antialias=False)
    assert folding.beyond == pytest.approx(1 / 10)
    assert folding.folded == pytest.approx(1 / 10, rel=1e-4)


def test_the_antialias_filter_lets_through_what_its_triangle_lets_through():
    """Pillow's triangle over two blocks of 2: weights (1, 3, 3, 1) / 8, gain |cos^3(pi f)| at frequency f."""
    frequency = 40 / 128
    folding = measure_folding(line_pattern(128, frequency=frequency), 2, antialias=True)
    assert folding.beyond == pytest.approx(1)
    gain = np.cos(np.pi * frequency) ** 3
    assert folding.folded == pytest.approx(gain**2, rel=0.15)  # the two border columns are weighed otherwise


def test_nothing_folds_of_what_is_coarse_enough():
    folding = measure_folding(line_pattern(128, frequency=10 / 128), 4, antialias=False)
    assert (folding.beyond, folding.folded) == pytest.approx((0, 0), abs=1e-9)


def test_downsampling_keeps_the_first_of_each_block_or_the_mean_of_a_constant():
    pixels = np.arange(42, dtype=np.float32).reshape(6, 7)
    assert downsample(pixels, 3, antialias=False).tolist() == [[0, 3], [21, 24]]
    assert downsample(np.full((6, 6), 5, np.float32), 3, antialias=True).tolist() == [[5, 5], [5, 5]]


def test_of_a_large_picture_the_middle_is_taken_and_of_colour_the_mean():
    pixels = np.zeros((LARGEST + 200, 30))
    pixels[:100] = 1e6
    assert spectrum_of(pixels).variance == pytest.approx(0, abs=1e-12)
    colour = np.stack([noise((32, 32), seed) for seed in range(3)], axis=2)
    assert spectrum_of(colour).power == pytest.approx(spectrum_of(colour.mean(axis=2)).power)


def test_a_zone_plate_has_its_finest_rings_at_the_border():
    plate = zone_plate(256, highest=0.5)
    row = plate[128]
    assert 0 <= plate.min() and plate.max() <= 1
    near = np.abs(np.diff(row[120:136])).max()
    far = np.abs(np.diff(row[:12])).max()
    assert near < 0.2
    assert far > 0.9
    assert plate[0, 0] == 0.5


@pytest.mark.parametrize("place", [32, 64, 96])
def test_the_local_frequency_of_a_zone_plate_grows_with_the_distance(place):
    """Over a period 1 / f centred on r, f = 2 highest r / size, the phase turns once."""
    size, highest = 256, 0.25
    frequency = 2 * highest * place / size
    turn = np.array([place - 0.5 / frequency, place + 0.5 / frequency])
    assert np.diff(highest * turn**2 / size) == pytest.approx(1)
    column = round(place + (size - 1) / 2)
    row = zone_plate(size, highest=highest)[size // 2]
    local = row[column - 24 : column + 24] - 0.5
    padded = np.abs(np.fft.rfft(local * np.hanning(48), 4096))
    assert np.argmax(padded) / 4096 == pytest.approx(frequency, abs=0.012)
