"""The shipped films with either side of a cue, who stands where, and which side each film drew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_cues import Cue, CuedFilm, Mask, PlainFilm, brightened, with_cue
from core.datasets.phantom_set import NAME
from core.datasets.splits import divide
from core.datasets.store import Dataset, open_dataset
from core.experiments.shortcut.records import Agreement, ShortcutRequest
from core.images.records import MedicalImage
from core.transforms.preprocessing import default_preprocessing, image_part

SIZE: Final = 64
PREPROCESSING: Final = default_preprocessing(SIZE, 1)
SHARES: Final = (1 / 2, 1 / 6, 1 / 3)  # of the patients: train, val, clean
PARTS: Final = ("train", "val", "clean")


@dataclass(frozen=True, eq=False)
class CuedImage:
    """A film with one side of the cue as an image, and the box (H, W) bool in which the cue lies, if any."""

    image: MedicalImage
    place: Mask | None


@dataclass(frozen=True, eq=False)
class Deal:
    """Who stands where, and which side of the cue each film drew.

    Attributes
    ----------
    sample_ids, has_finding, patients
        ndarrays of shape (n,): of the films that are used.
    parts
        Rows of each of PARTS.
    follows
        ndarray of shape (n,), bool: whether the film bears the side that goes with "finding" where the cue
        follows the label as strongly as was asked.
    coin
        The same where it falls like a coin: so in the clean test, and everywhere for the control.
    """

    sample_ids: NDArray[np.int64]
    has_finding: NDArray[np.bool_]
    patients: NDArray[np.int64]
    parts: dict[str, NDArray[np.int64]]
    follows: NDArray[np.bool_]
    coin: NDArray[np.bool_]

    def agreement(self, part: str) -> Agreement:
        """Count on how many films of a part the cue says what the label says, as dealt for the shortcut."""
        rows = self.parts[part]
        side = (self.coin if part == "clean" else self.follows)[rows]
        return Agreement(
            n_films=len(rows),
            n_patients=len(np.unique(self.patients[rows])),
            n_agreeing=int((side == self.has_finding[rows]).sum()),
        )


def deal(dataset: Dataset, request: ShortcutRequest) -> Deal:
    """Deal patients and cues; the same seed deals the same, and another strength moves no patient."""
    samples = dataset.samples
    numbers = np.unique(samples["patient_id"].to_numpy(str), return_inverse=True)[1]
    used = np.flatnonzero(numbers < request.n_patients)
    has_finding = (samples["label"] == dataset.info.positive_class).to_numpy()[used]
    patients = numbers[used].astype(np.int64)
    sides = divide(has_finding, patients, SHARES, seed=request.seed)
    draws = np.random.default_rng(np.random.SeedSequence(request.seed, spawn_key=(8,)))
    coin, lot = draws.random(len(used)) < 0.5, draws.random(len(used))
    return Deal(
        sample_ids=samples["sample_id"].to_numpy()[used].astype(np.int64),
        has_finding=has_finding,
        patients=patients,
        parts={name: np.flatnonzero(sides == side) for side, name in enumerate(PARTS)},
        follows=np.where(lot < request.strength, has_finding, coin),
        coin=coin,
    )


def cued_image(sample_id: int, cue: Cue, *, speaks_for: bool, dataset: Dataset | None = None) -> CuedImage:
    """Return a shipped film with the side of the cue that goes with "finding", or with the other one."""
    opened = dataset or open_dataset(NAME)
    image = opened.image(sample_id)
    return _image(image, with_cue(_plain(opened, image, sample_id), cue, speaks_for=speaks_for))


def brighter_films(dataset: Dataset, sample_id: int, steps: Sequence[float]) -> NDArray[np.uint16]:
    """Return a shipped film so many grey levels brighter as networks read it: (n, 1, SIZE, SIZE), uint16."""
    image = dataset.image(sample_id)
    plain = _plain(dataset, image, sample_id)
    made = [_image(image, brightened(plain, by)).image for by in steps]
    return np.stack([image_part(one, PREPROCESSING) for one in made])


@dataclass(frozen=True, eq=False)
class LaidOut:
    """All films with both sides of the cue, each decoded once.

    Attributes
    ----------
    pixels
        ndarray of shape (2 n, 1, SIZE, SIZE), uint16: what the networks read; rows i and n + i show the same
        film, first against the finding, then for it.
    clean
        The clean test films with the cue of "finding", in the order of `Deal.parts`.
    """

    pixels: NDArray[np.uint16]
    clean: list[CuedImage]


def lay_out(dataset: Dataset, dealt: Deal, cue: Cue, progress: Callable[[float], None]) -> LaidOut:
    """Lay both sides of the cue on every film, and bring them to what the networks read."""
    n, kept = len(dealt.sample_ids), dealt.parts["clean"].tolist()
    pixels = np.empty((2 * n, 1, SIZE, SIZE), dtype=np.uint16)
    is_kept, clean = set(kept), dict[int, CuedImage]()
    for row, sample_id in enumerate(dealt.sample_ids.tolist()):
        image = dataset.image(sample_id)
        plain = _plain(dataset, image, sample_id)
        for side in (0, 1):
            cued = _image(image, with_cue(plain, cue, speaks_for=bool(side)))
            pixels[side * n + row] = image_part(cued.image, PREPROCESSING)
        if row in is_kept:
            clean[row] = cued
        progress((row + 1) / n)
    return LaidOut(pixels, [clean[row] for row in kept])


def _plain(dataset: Dataset, image: MedicalImage, sample_id: int) -> PlainFilm:
    mask = dataset.marker_mask(sample_id)
    shape = (int(image.values.shape[0]), int(image.values.shape[1]))
    marker_mask = np.zeros(shape, dtype=np.bool_) if mask is None else mask
    letter = dataset.samples["marker"].iat[sample_id]
    return PlainFilm(image.values.astype(np.uint8), "R" if letter == "R" else "L", marker_mask)


def _image(image: MedicalImage, cued: CuedFilm) -> CuedImage:
    place = cued.place if cued.place is not None and cued.place.any() else None
    return CuedImage(replace(image, values=cued.pixels), place)
