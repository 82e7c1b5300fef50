"""Foreign images that Lightbox makes itself, to measure how often the check misses them.

Covers: ordinary validation images turned, mirrored, inverted, blurred or cut; pictures of nothing; parts of
two photographs; simulated pictures of other machines. Does not cover: another hospital, another age. No list
can be whole. Real pictures of other machines do not ship: core.explanation.novelty.tried.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.datasets.phantom_ct import render_ct_slice
from core.datasets.phantoms import PhantomConfig, make_film, make_patient
from core.datasets.tour_fundus import make_fundus
from core.datasets.tour_histology import make_histology
from core.datasets.tour_mri import make_mri
from core.datasets.tour_ultrasound import make_ultrasound
from core.images.levels import CT_WINDOWS
from core.images.records import MedicalImage, Window
from core.language import N_

N_CHANGED: Final = 40
N_SIMULATED: Final = 10
_SIDE: Final = 128
_SEED: Final = 5
_PHOTOGRAPHS: Final = ("china.jpg", "flower.jpg")
_PART: Final = (0.4, 1.0)  # of the shorter side


@dataclass(frozen=True)
class Kind:
    """A kind of foreign image.

    Attributes
    ----------
    title
        What they are, in the plural.
    change
        Makes one of an ordinary image; None where `draw` makes it of a number.
    modality
        That of the simulated machine: where the training images are of it too, they are not foreign.
    """

    title: str
    change: Callable[[MedicalImage], MedicalImage] | None = None
    draw: Callable[[int], MedicalImage] | None = None
    modality: str | None = None
    n: int = N_CHANGED


def _invert(image: MedicalImage) -> MedicalImage:
    if image.is_colour:
        return replace(image, values=255 - image.values.astype(np.uint8))
    return replace(image, inverted=not image.inverted)


def _turn(image: MedicalImage) -> MedicalImage:
    return _with_values(image, np.rot90(image.values, 2))


def _lay(image: MedicalImage) -> MedicalImage:
    return _with_values(image, np.rot90(image.values))


def _mirror(image: MedicalImage) -> MedicalImage:
    return _with_values(image, image.values[:, ::-1])


def _blur(image: MedicalImage) -> MedicalImage:
    sigma = 0.05 * min(image.values.shape[:2])
    sigmas = (sigma, sigma, 0)[: image.values.ndim]
    return _with_values(image, gaussian_filter(image.values.astype(np.float32), sigmas))


def _cut(image: MedicalImage) -> MedicalImage:
    height, width = image.values.shape[:2]
    return _with_values(image, image.values[: (height + 1) // 2, : (width + 1) // 2])


def _with_values(image: MedicalImage, values: NDArray[np.generic]) -> MedicalImage:
    kept = np.ascontiguousarray(values).astype(image.values.dtype)
    spacing = image.pixel_spacing_mm
    turned = kept.shape[:2] == image.values.shape[1::-1] and kept.shape != image.values.shape
    return replace(image, values=kept, pixel_spacing_mm=spacing[::-1] if spacing and turned else spacing)


def _noise(number: int) -> MedicalImage:
    generator = np.random.default_rng((_SEED, number))
    return _picture(generator.integers(0, 256, (_SIDE, _SIDE)))


def _flat(number: int) -> MedicalImage:
    return _picture(np.full((_SIDE, _SIDE), number * 255 // (N_CHANGED - 1)))


def _photograph(number: int) -> MedicalImage:
    """Return a part of one of the two photographs that come with scikit-learn (CC BY)."""
    generator = np.random.default_rng((_SEED, number))
    whole = _whole_photograph(_PHOTOGRAPHS[number % len(_PHOTOGRAPHS)])
    side = round(generator.uniform(*_PART) * min(whole.shape[:2]))
    top, left = (int(generator.integers(0, length - side + 1)) for length in whole.shape[:2])
    return _picture(whole[top : top + side, left : left + side])


@cache
def _whole_photograph(name: str) -> NDArray[np.uint8]:
    from sklearn.datasets import load_sample_image  # a second, for those who only name the kinds

    whole: NDArray[np.uint8] = load_sample_image(name)
    return whole


def _grey_photograph(number: int) -> MedicalImage:
    return _picture(_photograph(number).values @ np.array([0.299, 0.587, 0.114]))  # BT.601


def _picture(values: NDArray[np.generic]) -> MedicalImage:
    return MedicalImage(values=values.astype(np.uint8), value_range=(0.0, 255.0))


def _film(number: int) -> MedicalImage:
    film = make_film(_PHANTOMS, number, 0)
    window = Window(center=film.window_center, width=film.window_width)
    return MedicalImage(values=film.pixels, value_range=(0.0, 4095.0), windows=(window,), modality="DX")


def _ct(number: int) -> MedicalImage:
    patient, lesion = make_patient(_PHANTOMS, number)
    values = render_ct_slice(patient, lesion, height_cm=number - N_SIMULATED / 2)
    window = CT_WINDOWS["Lung" if number % 2 else "Soft tissue"]
    return MedicalImage(values=values, value_range=(-1024.0, 3071.0), windows=(window,), modality="CT")


def _mri(number: int) -> MedicalImage:
    return make_mri(tr_ms=500 + 400 * number, te_ms=12 + 9 * number, seed=number)


_PHANTOMS: Final = PhantomConfig(seed=9, n_patients=N_SIMULATED, image_size=256)

KINDS: Final[dict[str, Kind]] = {
    "inverted": Kind(N_("inverted: black is white"), _invert),
    "upside_down": Kind(N_("upside down"), _turn),
    "on_its_side": Kind(N_("on their side"), _lay),
    "mirrored": Kind(N_("mirrored, left is right"), _mirror),
    "blurred": Kind(N_("strongly blurred"), _blur),
    "quarter": Kind(N_("one quarter, enlarged"), _cut),
    "noise": Kind(N_("pictures of noise"), draw=_noise),
    "flat": Kind(N_("one even grey"), draw=_flat),
    "photograph": Kind(N_("photographs"), draw=_photograph),
    "grey_photograph": Kind(N_("photographs without colour"), draw=_grey_photograph),
    "film": Kind(N_("simulated chest films"), draw=_film, n=N_SIMULATED),
    "ct": Kind(N_("simulated CT slices"), draw=_ct, modality="CT", n=N_SIMULATED),
    "mri": Kind(N_("simulated head MRI"), draw=_mri, modality="MR", n=N_SIMULATED),
    "ultrasound": Kind(
        N_("simulated ultrasound"),
        draw=lambda number: make_ultrasound(seed=number),
        modality="US",
        n=N_SIMULATED,
    ),
    "histology": Kind(
        N_("simulated histology"), draw=lambda number: make_histology(seed=number), n=N_SIMULATED
    ),
    "fundus": Kind(
        N_("simulated backs of the eye"), draw=lambda number: make_fundus(seed=number), n=N_SIMULATED
    ),
}


def foreign_images(kind: Kind, ordinary: list[MedicalImage]) -> Iterator[MedicalImage]:
    """Yield the images of a kind; those that are changed come from `ordinary`, as many as there are."""
    if kind.change is not None:
        yield from map(kind.change, ordinary[: kind.n])
    elif kind.draw is not None:
        yield from map(kind.draw, range(kind.n))


def kinds_for(modalities: set[str], *, is_simulated: bool) -> dict[str, Kind]:
    """Return the kinds that are foreign to a network, by the modalities of its training images."""
    return {
        name: kind
        for name, kind in KINDS.items()
        if kind.modality not in modalities and not (name == "film" and is_simulated)
    }
