"""How much coarse and fine detail a picture holds: its spectrum, the Nyquist limit, and what folds at it.

A frequency is a number of line pairs (one bright, one dark line) a millimetre, or a pixel. A grid of pixels
that are d apart holds frequencies up to 1 / (2 d), its Nyquist limit (Shannon 1949,
doi:10.1109/JRPROC.1949.232969); what is finer and is sampled all the same comes back as something coarser.

Covers: grey pictures, pixels that are not square, an optional Hann window.
Does not cover: pictures that rise steadily from border to border (a window hides that, and does not undo it).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft

FEWEST: Final = 2  # pixels a side: one alone has no frequency
LARGEST: Final = 1024  # pixels a side that are transformed; of a larger picture the middle


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The power of each frequency of a picture.

    Attributes
    ----------
    power
        ndarray of shape (H, W), float64: the variance that each pair of frequencies has; they sum up to the
        variance of the picture (Parseval). In squared units of the values.
    rows, columns
        The frequencies of its rows (H,) and columns (W,), rising, 0 among them; in line pairs a unit of
        `spacing`.
    spacing
        Distance of the pixel centres (down, across), in millimetres or pixels.
    """

    power: NDArray[np.float64]
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    spacing: tuple[float, float]

    @property
    def limits(self) -> tuple[float, float]:
        """The Nyquist limits (down, across)."""
        return 1 / (2 * self.spacing[0]), 1 / (2 * self.spacing[1])

    @property
    def limit(self) -> float:
        """The Nyquist limit in the direction in which it is lower."""
        return min(self.limits)

    @property
    def variance(self) -> float:
        """The variance of the picture (under the window, if one was used)."""
        return float(self.power.sum())


@dataclass(frozen=True, eq=False)
class RadialProfile:
    """The mean power of all directions over the frequency.

    Attributes
    ----------
    frequencies
        ndarray of shape (n,), float64: the mean frequency of each ring, from above 0 to the Nyquist limit.
    density
        ndarray of shape (n,), float64: mean power of a ring, per unit of area in the frequency plane, so that
        pictures of different size and sampling can be compared (as a noise power spectrum, ICRU Report 54).
    """

    frequencies: NDArray[np.float64]
    density: NDArray[np.float64]


def spectrum_of(
    pixels: NDArray[np.generic], *, spacing: tuple[float, float] = (1.0, 1.0), hann: bool = True
) -> Spectrum:
    """Return the power spectrum of a picture, its mean taken away first.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W) or (H, W, C), any units; channels are averaged. Beyond 1 024 pixels a side the
        middle is taken.
    spacing
        Distance of the pixel centres (down, across).
    hann
        Fade the borders out by a Hann window, so that the jump from one border to the opposite one does not
        draw a bright cross.
    """
    values = plane_of(pixels)
    values = values - values.mean()
    weights = np.outer(*(_hann(size) if hann else np.ones(size) for size in values.shape))
    if hann:
        values = values - np.average(values, weights=weights)
    transformed = fft.rfft2(values * weights)
    half = np.abs(transformed) ** 2 / (values.size * float((weights**2).sum()))
    height, width = values.shape
    return Spectrum(
        power=_whole(half, width),
        rows=fft.fftshift(fft.fftfreq(height, spacing[0])),
        columns=fft.fftshift(fft.fftfreq(width, spacing[1])),
        spacing=spacing,
    )


def plane_of(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return one plane (H, W) of a picture: the mean of its channels, of a large one the middle."""
    height, width = pixels.shape[:2]
    top, left = max(0, (height - LARGEST) // 2), max(0, (width - LARGEST) // 2)
    part = pixels[top : top + LARGEST, left : left + LARGEST].astype(np.float64)
    return part.mean(axis=2) if part.ndim == 3 else part


def radial_profile(spectrum: Spectrum) -> RadialProfile:
    """Average the power over all directions, in rings as wide as the coarser of both frequency steps.

    Rings end at the (lower) Nyquist limit: beyond it only corners of the square are left.
    """
    steps = [float(each[1] - each[0]) for each in (spectrum.rows, spectrum.columns)]
    radius = np.hypot(spectrum.rows[:, None], spectrum.columns[None, :]).ravel()
    ring = np.round(radius / max(steps)).astype(np.intp)
    n_rings = int(np.floor(spectrum.limit / max(steps) + 1e-9)) + 1
    counts = np.bincount(ring, minlength=n_rings)[1:n_rings]
    power = np.bincount(ring, weights=spectrum.power.ravel(), minlength=n_rings)[1:n_rings]
    radii = np.bincount(ring, weights=radius, minlength=n_rings)[1:n_rings]
    return RadialProfile(radii / counts, power / counts / (steps[0] * steps[1]))


def relative_to_coarse(profile: RadialProfile, *, below: float) -> RadialProfile:
    """Divide a profile by its mean density below a frequency, for pictures whose values have other units."""
    coarse = profile.density[profile.frequencies <= below]
    mean = float(coarse.mean()) if len(coarse) else float(profile.density[:1].sum())
    return RadialProfile(profile.frequencies, profile.density / (mean or 1.0))


def share_beyond(spectrum: Spectrum, limits: tuple[float, float]) -> float:
    """Return the share of the variance beyond the Nyquist limits (down, across) of a coarser grid.

    This is what folds back when that grid takes every k-th value, and is lost behind a perfect filter.
    """
    if spectrum.variance == 0:
        return 0.0
    is_kept = (np.abs(spectrum.rows)[:, None] <= limits[0]) & (np.abs(spectrum.columns)[None, :] <= limits[1])
    return float(spectrum.power[~is_kept].sum() / spectrum.variance)


def folded_frequency(frequency: float, sampling: float) -> float:
    """Return as what a frequency appears after sampling: |f - k fs|, with the whole number k that is nearest.

    Parameters
    ----------
    frequency
        Line pairs a unit of length.
    sampling
        Samples a unit of length, in the same unit.
    """
    return abs(frequency - round(frequency / sampling) * sampling)


def downsample(pixels: NDArray[np.float32], factor: int, *, antialias: bool) -> NDArray[np.float32]:
    """Keep one pixel of `factor` x `factor`: the first of each block, or, with antialias, an average.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W), any units.
    factor
        How many times smaller.
    antialias
        Average first, with a triangle over two blocks (Pillow's bilinear reduction), which weakens what is
        too fine for the new grid.

    Returns
    -------
    ndarray of shape (H // factor, W // factor), float32.
    """
    height, width = (size // factor * factor for size in pixels.shape)
    whole = np.ascontiguousarray(pixels[:height, :width], dtype=np.float32)
    if not antialias:
        return whole[::factor, ::factor]
    size = (width // factor, height // factor)
    return np.asarray(Image.fromarray(whole).resize(size, Image.Resampling.BILINEAR), dtype=np.float32)


@dataclass(frozen=True)
class Folding:
    """What became of the detail that is too fine for a coarser grid, as shares of the picture's variance.

    Attributes
    ----------
    beyond
        What lay beyond the new Nyquist limit before.
    folded
        What of it is in the small picture all the same, as coarser detail that was never there.
    """

    beyond: float
    folded: float


def measure_folding(pixels: NDArray[np.float32], factor: int, *, antialias: bool) -> Folding:
    """Send only what is too fine for the new grid through `downsample`, and see how much comes out.

    The reduction is linear, so what comes out is exactly what it adds to the small picture.
    """
    height, width = (size // factor * factor for size in pixels.shape)
    values = pixels[:height, :width].astype(np.float64)
    values = values - values.mean()
    variance = float((values**2).mean())
    if variance == 0:
        return Folding(0.0, 0.0)
    fine = _beyond(values, 1 / (2 * factor))
    small = downsample(fine.astype(np.float32), factor, antialias=antialias).astype(np.float64)
    return Folding(float((fine**2).mean()) / variance, float((small**2).mean()) / variance)


def _beyond(values: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Return what of a picture lies beyond a frequency (line pairs a pixel) down or across."""
    transformed = fft.rfft2(values)
    rows, columns = fft.fftfreq(values.shape[0]), fft.rfftfreq(values.shape[1])
    is_kept = (np.abs(rows)[:, None] <= limit) & (columns[None, :] <= limit)
    transformed[is_kept] = 0
    fine: NDArray[np.float64] = fft.irfft2(transformed, s=values.shape)
    return fine


def _hann(size: int) -> NDArray[np.float64]:
    """Return a periodic Hann window without a zero at its border."""
    window: NDArray[np.float64] = np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2
    return window


def _whole(half: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Complete the half that a real transform gives, and bring frequency 0 to the middle."""
    n_mirrored = width - half.shape[1]
    mirrored = np.roll(half[::-1], 1, axis=0)[:, n_mirrored:0:-1]  # P(-f) = P(f)
    power: NDArray[np.float64] = fft.fftshift(np.concatenate([half, mirrored], axis=1))
    return power
