"""Phantom films: the knobs do what they are named for, and nothing else."""

from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest
from pydantic import ValidationError

from core.datasets.phantom_anatomy import build_chest
from core.datasets.phantom_film import binned
from core.datasets.phantom_lesions import FINDINGS, draw_lesion, fill
from core.datasets.phantom_patient import Finding, Pose, draw_patient
from core.datasets.phantom_radiograph import film_axes_cm
from core.datasets.phantoms import (
    PhantomConfig,
    PhantomFilm,
    display_8bit,
    make_film,
    make_films,
    make_patient,
    read_film,
)

SMALL = PhantomConfig(n_patients=12, image_size=64, seed=5)


@pytest.fixture(scope="module")
def films() -> list[PhantomFilm]:
    return list(make_films(SMALL))


def _equal(first: PhantomFilm, second: PhantomFilm) -> bool:
    return all(
        np.array_equal(getattr(first, field.name), getattr(second, field.name))
        for field in fields(PhantomFilm)
    )


def test_the_same_seed_gives_the_same_films_to_the_byte(films: list[PhantomFilm]) -> None:
    again = list(make_films(SMALL))
    assert len(films) == len(again)
    assert all(_equal(one, other) for one, other in zip(films, again, strict=True))
    assert films[0].pixels.tobytes() == again[0].pixels.tobytes()


def test_another_seed_gives_other_films(films: list[PhantomFilm]) -> None:
    other = make_film(SMALL.model_copy(update={"seed": 6}), 0, 0)
    assert not np.array_equal(other.pixels, films[0].pixels)


def test_more_patients_or_films_leave_the_first_ones_as_they_were(films: list[PhantomFilm]) -> None:
    larger = SMALL.model_copy(update={"n_patients": 400, "films_per_patient": 9})
    assert _equal(make_film(larger, 3, 0), next(film for film in films if film.patient == 3))


def test_pixels_are_12_bits_and_the_display_uses_the_window(films: list[PhantomFilm]) -> None:
    for film in films:
        assert film.pixels.dtype == np.uint16
        assert film.pixels.shape == (64, 64)
        assert film.pixels.max() <= 4095
        shown = display_8bit(film)
        assert shown.dtype == np.uint8
        assert shown[film.lung_mask].mean() < shown.max() - 60


def test_each_patient_has_between_one_film_and_the_most(films: list[PhantomFilm]) -> None:
    counts = Counter(film.patient for film in films)
    assert sorted(counts) == list(range(12))
    assert set(counts.values()) <= {1, 2, 3}
    assert [film.film for film in films if film.patient == films[-1].patient] == list(range(counts[11]))


def test_films_of_one_patient_share_the_finding_and_differ_in_pixels() -> None:
    first, second = make_film(SMALL, 2, 0), make_film(SMALL, 2, 1)
    assert (first.finding, first.sex, first.age_band) == (second.finding, second.sex, second.age_band)
    assert not np.array_equal(first.pixels, second.pixels)


def test_masks_lie_within_the_lungs_and_are_empty_without_a_finding(films: list[PhantomFilm]) -> None:
    for film in films:
        assert not (film.lesion_mask & ~film.lung_mask).any()
        assert film.lesion_mask.any() == (film.finding != "none")
        assert film.marker_mask.any()
        assert not (film.marker_mask & film.lesion_mask).any()


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_finding_replaces_aerated_lung_and_no_more_than_there_is(finding: Finding) -> None:
    x, y = film_axes_cm(32)
    for seed in range(6):
        generator = np.random.default_rng(seed)
        patient = draw_patient(generator)
        lesion = draw_lesion(finding, patient, generator, contrast=1.0, size=1.0)
        chest = build_chest(x, y, patient, Pose())
        for filling in fill(lesion, x, y, patient):
            path = filling.path_cm(chest)
            assert path.max() > 0
            assert (path <= chest.aerated_cm() + 1e-9).all()


def test_a_nodule_can_lie_behind_the_heart() -> None:
    behind = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        patient = draw_patient(generator)
        for spot in draw_lesion("nodule", patient, generator, contrast=1.0, size=1.0).spots:
            x, y, z = (np.array([value]) for value in spot.centre_cm)
            chest = build_chest(x, y, patient, Pose())
            assert chest.is_aerated(z)[0]
            behind += bool(chest.heart.thickness_cm[0] > 1 and z[0] > chest.heart.back_cm[0])
    assert behind > 0


def test_fluid_stands_lowest_in_the_angle_and_climbs_the_wall() -> None:
    x, y = film_axes_cm(64)
    generator = np.random.default_rng(2)
    patient = draw_patient(generator)
    lesion = replace(
        draw_lesion("effusion", patient, generator, contrast=1.0, size=1.0), side=1, height_cm=6.0
    )
    chest = build_chest(x, y, patient, Pose())
    filled = binned(fill(lesion, x, y, patient)[0].path_cm(chest))
    aerated = binned(chest.aerated_cm())
    share = filled / np.maximum(aerated, 1e-6)
    rows = np.where((aerated > 1).any(axis=1))[0]
    assert filled[:, :30].sum() == 0  # the other side is dry
    assert share[rows[-3], 32:][aerated[rows[-3], 32:] > 1].min() > 0.9
    level = int(np.searchsorted(y[::2, 0], 12.0 - 0.6 - 6.0))
    above = share[level - 3]
    lungs = np.where(aerated[level - 3] > 1)[0]
    assert above[lungs[-1]] > above[lungs[lungs > 40][0] + 3]


def test_contrast_0_leaves_no_trace() -> None:
    config = SMALL.model_copy(update={"prevalence": 1.0, "contrast": 0.0})
    healthy = SMALL.model_copy(update={"prevalence": 0.0})
    assert np.array_equal(make_film(config, 1, 0).pixels, make_film(healthy, 1, 0).pixels)


def test_prevalence_is_that_of_the_patients() -> None:
    for prevalence in (0.0, 0.2, 0.5, 1.0):
        config = PhantomConfig(prevalence=prevalence)
        ill = [make_patient(config, number)[1] is not None for number in range(300)]
        assert np.mean(ill) == pytest.approx(
            prevalence, abs=3 * np.sqrt(prevalence * (1 - prevalence) / 300) + 1e-9
        )


def test_more_prevalence_only_adds_findings() -> None:
    rare, common = PhantomConfig(prevalence=0.2), PhantomConfig(prevalence=0.7)
    for number in range(60):
        patient, lesion = make_patient(rare, number)
        assert make_patient(common, number)[0] == patient
        if lesion is not None:
            assert make_patient(common, number)[1] == lesion


def test_shortcut_0_leaves_the_marker_independent_of_the_label() -> None:
    read = [read_film(PhantomConfig(), number, 0, ill=number % 2 == 0) for number in range(2000)]
    right = np.array([marker == "R" for _, marker in read])
    # the standard error of each half's share is sqrt(0.25 / 1000) = 1.6 %
    assert right[::2].mean() == pytest.approx(0.5, abs=0.05)
    assert right[1::2].mean() == pytest.approx(0.5, abs=0.05)


def test_a_shortcut_of_a_half_is_right_in_three_of_four() -> None:
    config = PhantomConfig(shortcut=0.5)
    read = [read_film(config, number, 0, ill=number % 2 == 0) for number in range(2000)]
    agree = [(marker == "R") == (label == "finding") for label, marker in read]
    assert np.mean(agree) == pytest.approx(0.75, abs=0.03)


def test_shortcut_1_gives_the_label_away_and_changes_nothing_else() -> None:
    for number in range(8):
        told = make_film(SMALL.model_copy(update={"shortcut": 1.0}), number, 0)
        plain = make_film(SMALL, number, 0)
        assert (told.marker == "R") == (told.label == "finding")
        assert (told.label, told.finding) == (plain.label, plain.finding)
        assert (told.marker == plain.marker) == np.array_equal(told.pixels, plain.pixels)


def test_the_marker_stands_on_its_own_side(films: list[PhantomFilm]) -> None:
    assert {film.marker for film in films} == {"L", "R"}
    for film in films:
        columns = np.where(film.marker_mask.any(axis=0))[0]
        assert (columns.mean() > 32) == (film.marker == "L")  # the patient's left is at the right of the film


def test_label_noise_makes_the_share_of_labels_wrong_that_it_says() -> None:
    config = PhantomConfig(label_noise=0.2)
    read = [read_film(config, number, 0, ill=number % 2 == 0) for number in range(2000)]
    wrong = [(label == "finding") != (number % 2 == 0) for number, (label, _) in enumerate(read)]
    assert np.mean(wrong) == pytest.approx(0.2, abs=0.03)


def test_without_label_noise_the_label_is_the_truth(films: list[PhantomFilm]) -> None:
    assert all((film.label == "finding") == (film.finding != "none") for film in films)


def test_less_dose_is_more_noise_in_the_same_picture() -> None:
    low, high = (make_film(SMALL.model_copy(update={"dose": dose}), 1, 0) for dose in (300.0, 1_000_000.0))
    middle = make_film(SMALL.model_copy(update={"dose": 900_000.0}), 1, 0)
    lungs = high.lung_mask
    noise_low = (low.pixels.astype(float) - high.pixels)[lungs].std()
    noise_high = (middle.pixels.astype(float) - high.pixels)[lungs].std()
    assert noise_low > 10 * noise_high


def test_a_config_refuses_unknown_knobs_and_values_out_of_range() -> None:
    with pytest.raises(ValidationError):
        PhantomConfig(prevalence=1.5)
    with pytest.raises(ValidationError):
        PhantomConfig(brightness=1)
