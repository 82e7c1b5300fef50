"""Recipes about the numbers that the network gets: by the mean, by the test films, through a JPEG."""

import time
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.datasets.phantom_ct import render_ct_slice
from core.datasets.phantom_dicom import CT_INTERCEPT
from core.datasets.phantom_patient import draw_patient
from core.datasets.phantoms import PhantomConfig, PhantomFilm, make_films
from core.experiments.clinic.films import PREPROCESSING, Films, shipped_films
from core.experiments.clinic.records import RecipeAnswer, RecipeRequest
from core.experiments.clinic.trainings import answer, arm, train_arms
from core.images.records import MedicalImage, Window
from core.jobs.worker import Job
from core.language import N_, Message
from core.transforms.preprocessing import image_part
from core.transforms.records import ChannelStatistics

_QUALITY: Final = 75  # Pillow's default, and that of most tutorials
_STORED_RANGE: Final = (0.0, 4095.0)  # 12 bits
_CT_WINDOWS: Final = {"soft": (40.0, 400.0), "narrow": (40.0, 80.0)}  # center and width in HU
_FAINT: Final = PhantomConfig(n_patients=220, films_per_patient=2, contrast=0.5, seed=91)


def by_the_mean(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Divide by the mean instead of by the standard deviation."""
    began, films = time.monotonic(), shipped_films(job.check_stop)
    train, test = films.parts(0.6, 0.4, seed=0)
    right = films.statistics(train)
    wrong = right.model_copy(update={"std": right.mean})
    arms = [arm(films.prepared(train, test, statistics), request) for statistics in (wrong, right)]
    found = train_arms(arms, request, job)
    (mean,), (std,) = right.mean, right.std
    text = N_(
        "Divided by the standard deviation, the pixels of the training films spread by 1.00; divided by the"
        " mean ({mean:.3f}), by {by_mean:.2f}; divided by the variance, by {by_variance:.2f}."
    )
    facts = Message(text=text, values={"mean": mean, "by_mean": std / mean, "by_variance": 1 / std})
    repaired = Message(
        text=N_(
            "This network has batch normalisation after each convolution, which undoes any such factor. One"
            " without it starts with steps that are too small or too large."
        )
    )
    return answer(request, found, films.patients[test], began=began, facts=(facts, repaired))


def by_the_test_films(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Take mean and standard deviation from the test films."""
    began, films = time.monotonic(), shipped_films(job.check_stop)
    train, test = films.parts(0.6, 0.4, seed=0)
    both = [films.statistics(rows) for rows in (test, train)]
    found = train_arms([arm(films.prepared(train, test, one), request) for one in both], request, job)
    text = N_(
        "Mean and standard deviation of the test films: {test_mean:.4f} and {test_std:.4f}; of the training"
        " films: {train_mean:.4f} and {train_std:.4f}. Two numbers carry next to nothing over; the same"
        " mistake with the choice of features carries everything."
    )
    facts = Message(text=text, values=_named("test", both[0]) | _named("train", both[1]))
    return answer(request, found, films.patients[test], began=began, facts=(facts,))


def _named(name: str, statistics: ChannelStatistics) -> dict[str, str | int | float | bool | None | Message]:
    return {f"{name}_mean": statistics.mean[0], f"{name}_std": statistics.std[0]}


def jpeg_first(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Make 8-bit JPEG pictures of 12-bit films before the window is set."""
    began = time.monotonic()
    wrong, right, n_levels = _both_ways(job)
    train, test = right.parts(0.6, 0.4, seed=0)
    arms = [arm(films.prepared(train, test), request) for films in (wrong, right)]
    found = train_arms(arms, request, job)
    text = N_(
        "Inside its window a film keeps {kept:.0f} grey levels of {before:.0f} (median of {n} films), and the"
        " compression rounds what is faint: findings of half the usual density were simulated here."
    )
    values = {"kept": n_levels[0], "before": n_levels[1], "n": len(right.labels)}
    facts = (Message(text=text, values=dict(values)), _on_a_ct_slice())
    return answer(request, found, right.patients[test], began=began, facts=facts)


def _on_a_ct_slice() -> Message:
    """Say what the same detour leaves of a CT slice, whose windows are far narrower than its 12 bits."""
    patient = draw_patient(np.random.default_rng(_FAINT.seed))
    stored = (render_ct_slice(patient).astype(np.int32) - CT_INTERCEPT).astype(np.uint16)
    through = _through_jpeg(stored)
    values: dict[str, float] = {}
    for name, (center, width) in _CT_WINDOWS.items():
        window = Window(center=center - CT_INTERCEPT, width=width)
        before, after = (
            MedicalImage(pixels, value_range=_STORED_RANGE, windows=(window,)) for pixels in (stored, through)
        )
        inside = np.abs(stored - window.center) <= width / 2
        values[f"{name}_before"], values[f"{name}_kept"] = _levels(before), _levels(after)
        values[f"{name}_off"] = float(np.abs(through - stored.astype(np.float64))[inside].mean())
    text = N_(
        "A CT slice suffers more. Of a simulated one, the window for soft tissue (-160 to 240 HU) keeps"
        " {soft_kept} of {soft_before} values, and one of 80 HU, as for the brain, {narrow_kept} of"
        " {narrow_before}; there the detour shifts a pixel by {narrow_off:.0f} HU on average, and tissues"
        " that matter differ by less."
    )
    return Message(text=text, values=dict(values))


def _both_ways(job: Job) -> tuple[Films, Films, tuple[float, float]]:
    """Simulate faint findings; return films through a JPEG, films as they are, and how many levels stay."""
    pictures: dict[bool, list[NDArray[np.uint16]]] = {True: [], False: []}
    labels, patients, levels = [], [], []
    for film in make_films(_FAINT):
        job.check_stop()
        text = Message(
            text=N_("Patient {n} of {total} is being simulated."),
            values={"n": film.patient + 1, "total": _FAINT.n_patients},
        )
        job.report(0.0, text)
        image, through = _image(film, film.pixels), _image(film, _through_jpeg(film.pixels))
        pictures[True].append(image_part(through, PREPROCESSING))
        pictures[False].append(image_part(image, PREPROCESSING))
        labels.append(int(film.label == "finding"))
        patients.append(film.patient)
        levels.append((_levels(through), _levels(image)))
    numbers = np.array(labels), np.array(patients)
    kept, before = np.median(levels, axis=0)
    wrong, right = (Films(np.stack(pictures[is_wrong]), *numbers) for is_wrong in (True, False))
    return wrong, right, (float(kept), float(before))


def _image(film: PhantomFilm, pixels: NDArray[np.generic]) -> MedicalImage:
    window = Window(center=film.window_center, width=film.window_width)
    return MedicalImage(pixels, value_range=_STORED_RANGE, windows=(window,))


def _through_jpeg(pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Cut all 12 bits to 8, compress, and scale back to the stored range."""
    content = BytesIO()
    scale = _STORED_RANGE[1] / 255
    Image.fromarray(np.round(pixels / scale).astype(np.uint8)).save(content, "JPEG", quality=_QUALITY)
    with Image.open(content) as picture:
        return np.round(np.asarray(picture) * scale).astype(np.uint16)


def _levels(image: MedicalImage) -> int:
    """Return how many different values lie inside the window."""
    window = image.windows[0]
    inside = np.abs(image.values.astype(np.float64) - window.center) <= window.width / 2
    return len(np.unique(image.values[inside]))
