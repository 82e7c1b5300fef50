"""Phantoms: synthetic chest radiographs of synthetic patients, with everything about them known.

    for film in make_films(PhantomConfig()): ...

The same configuration gives the same pixels. Each patient and each film draws from a stream of its own, so a
film stays the same when there are more patients or films, and a knob that is turned changes what it is named
for and nothing else.

Covers: what a lesson needs (findings with masks, several films a patient, noise, wrong labels, a shortcut).
Does not cover: disease. No real patient was used, and nothing learned here holds for one.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from core.datasets.phantom_film import (
    Label,
    Marker,
    PhantomFilm,
    binned,
    develop,
    display_8bit,
    draw_exposure,
)
from core.datasets.phantom_lesions import FINDINGS, Lesion, draw_finding, draw_lesion
from core.datasets.phantom_patient import Patient, draw_patient, draw_pose
from core.datasets.phantom_radiograph import FILM_CM, cast_shadow
from core.language import N_

__all__ = [
    "FINDINGS",
    "PhantomConfig",
    "PhantomFilm",
    "display_8bit",
    "make_film",
    "make_films",
    "make_patient",
]

# Streams of random numbers: each question has its own, so that no answer shifts another.
_PERSON, _DIAGNOSIS, _N_FILMS, _POSE, _EXPOSURE, _NOISE, _LABEL, _MARKER = range(8)
_WHOLE_PATIENT: Final = 1_000_000  # stands in the place of a film's number


class PhantomConfig(BaseModel):
    """The knobs of a phantom data set, each of them a lesson."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_patients: int = Field(
        default=300, ge=1, le=5000, title=N_("Patients"), description=N_("Number of patients.")
    )
    films_per_patient: int = Field(
        default=3,
        ge=1,
        le=20,
        title=N_("Films of a patient"),
        description=N_("The most films of one patient: each has between one and this many."),
    )
    prevalence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title=N_("Prevalence"),
        description=N_("Share of patients who have a finding."),
    )
    contrast: float = Field(
        default=1.0,
        ge=0,
        le=1,
        title=N_("Density of findings"),
        description=N_("How dense a finding is: 1 is solid tissue, 0 cannot be seen."),
    )
    lesion_size: float = Field(
        default=1.0,
        ge=0.3,
        le=2,
        title=N_("Size of findings"),
        description=N_("How large the findings are, as a factor of their usual size."),
    )
    dose: float = Field(
        default=10_000, ge=50, le=1_000_000,
        title=N_("Dose"),
        description=N_("X-ray photons for each square millimetre of detector: fewer photons, more noise."),
    )  # fmt: skip
    label_noise: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        title=N_("Wrong labels"),
        description=N_("Share of films whose label is wrong."),
    )
    shortcut: float = Field(
        default=0.0, ge=0, le=1,
        title=N_("Shortcut"),
        description=N_("How strongly the side marker goes with the label: 0 not at all, 1 entirely."),
    )  # fmt: skip
    image_size: int = Field(
        default=128, ge=32, le=1024, title=N_("Film size"), description=N_("Side of a film in pixels.")
    )
    seed: int = Field(
        default=2026,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_("The same seed gives the same films."),
    )


def make_films(config: PhantomConfig) -> Iterator[PhantomFilm]:
    """Make all films of a configuration, patient by patient."""
    for number in range(config.n_patients):
        n_films = int(_stream(config, number, _N_FILMS).integers(1, config.films_per_patient + 1))
        for film in range(n_films):
            yield make_film(config, number, film)


def make_patient(config: PhantomConfig, number: int) -> tuple[Patient, Lesion | None]:
    """Make one patient, and the finding if there is one."""
    patient = draw_patient(_stream(config, number, _PERSON))
    diagnosis = _stream(config, number, _DIAGNOSIS)
    ill = diagnosis.random() < config.prevalence
    finding = draw_finding(diagnosis)
    if not ill:
        return patient, None
    return patient, draw_lesion(
        finding, patient, diagnosis, contrast=config.contrast, size=config.lesion_size
    )


def make_film(config: PhantomConfig, number: int, film: int) -> PhantomFilm:
    """Make one film of one patient."""
    patient, lesion = make_patient(config, number)
    label, marker = read_film(config, number, film, ill=lesion is not None)
    pose = draw_pose(_stream(config, number, _POSE, film))
    exposure = draw_exposure(_stream(config, number, _EXPOSURE, film), dose=config.dose, marker=marker)
    shadow = cast_shadow(patient, pose, lesion, n_pixels=config.image_size)
    picture = develop(shadow, exposure, _stream(config, number, _NOISE, film))
    lesion_cm, lung_cm = binned(shadow.lesion_cm), binned(shadow.aerated_cm)
    return PhantomFilm(
        pixels=picture.pixels,
        lesion_mask=lesion_cm > 0.2 * lesion_cm.max(),
        marker_mask=picture.marker_mask,
        lung_mask=lung_cm > 0,
        finding="none" if lesion is None else lesion.finding,
        label=label,
        patient=number,
        film=film,
        age_band=patient.age_band,
        sex=patient.sex,
        marker=marker,
        pixel_spacing_mm=10 * FILM_CM / config.image_size,
        lesion_size_mm=0.0 if lesion is None else round(lesion.size_mm * patient.size, 1),
        window_center=picture.window_center,
        window_width=picture.window_width,
        seed=config.seed,
    )


def read_film(config: PhantomConfig, number: int, film: int, *, ill: bool) -> tuple[Label, Marker]:
    """Draw what the record says of a film, and the letter that lies on it.

    The label is wrong with probability `label_noise`. The letter follows the label with probability
    `shortcut`, else a coin.
    """
    positive = ill != (_stream(config, number, _LABEL, film).random() < config.label_noise)
    coin = _stream(config, number, _MARKER, film)
    follows, heads = coin.random() < config.shortcut, coin.random() < 0.5
    marker: Marker = "R" if (positive if follows else heads) else "L"
    return "finding" if positive else "no finding", marker


def _stream(
    config: PhantomConfig, patient: int, question: int, film: int = _WHOLE_PATIENT
) -> np.random.Generator:
    """Return the random numbers that answer one question about one patient or film."""
    return np.random.default_rng(np.random.SeedSequence(config.seed, spawn_key=(patient, film, question)))
