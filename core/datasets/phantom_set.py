"""Make a data set of phantoms: the one that ships, or another with the knobs turned."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from core.datasets.catalog import DATASETS
from core.datasets.phantoms import PhantomConfig, PhantomFilm, display_8bit, make_films
from core.datasets.records import DatasetInfo
from core.datasets.store import DatasetDraft, NewSample, check_new_name, write_dataset
from core.errors import JobStoppedError
from core.images import MedicalImage
from core.language import N_, Message
from core.workspace import replacing

NAME: Final = "phantoms"
CLASS_NAMES: Final = ("no finding", "finding")
ATTRIBUTES: Final = ("age_band", "sex", "finding", "view", "marker")

# The shipped set's description counts its patients; one with other knobs has others.
_OWN_DESCRIPTION: Final = N_(
    "Simulated chest films, made here with knobs of your own. No real patient is in them."
)
_SHIPPED_AT: Final = "2026-01-01T00:00:00+00:00"  # fixed, so that the archive is the same on every day
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
_PROGRESS: Final = N_("Patient {n} of {total} is being simulated.")


def build_phantoms(
    config: PhantomConfig,
    name: str,
    *,
    progress: Callable[[float, Message], None] = lambda _share, _message: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> DatasetInfo:
    """Make films and write them as the data set `name` of this home.

    Parameters
    ----------
    config
        The knobs.
    name
        Of the new data set.
    progress
        Called with the share done, in [0, 1], and a sentence.
    should_stop
        Asked before each film; if it says yes, nothing is left.

    Raises
    ------
    InvalidValueError, NameTakenError
        The name cannot be used.
    JobStoppedError
        `should_stop` said yes.
    """
    check_new_name(name)

    def watched() -> Iterator[PhantomFilm]:
        for film in make_films(config):
            if should_stop():
                raise JobStoppedError
            values: dict[str, str | int | float | bool | None | Message]
            values = {"n": film.patient + 1, "total": config.n_patients}
            progress(film.patient / config.n_patients, Message(text=_PROGRESS, values=values))
            yield film

    return write_dataset(_draft(name), (_sample(film) for film in watched()))


def write_archive(path: Path, config: PhantomConfig | None = None) -> None:
    """Write the archive that ships, sample_data/phantoms.zip: the same configuration gives the same bytes."""
    with tempfile.TemporaryDirectory() as scratch:
        films = make_films(config or PhantomConfig())
        write_dataset(_draft(NAME, _SHIPPED_AT), (_sample(film) for film in films), into=Path(scratch))
        folder = Path(scratch) / NAME
        with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(file for file in folder.rglob("*") if file.is_file()):
                member = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _ZIP_DATE)
                member.external_attr = 0o644 << 16
                archive.writestr(member, file.read_bytes())


def _draft(name: str, created_at: str | None = None) -> DatasetDraft:
    return DatasetDraft(
        dataset_id=name,
        title=DATASETS[NAME].title if name == NAME else name,
        description=DATASETS[NAME].description if name == NAME else _OWN_DESCRIPTION,
        licence="Apache-2.0",
        source="phantoms",
        simulated=True,
        class_names=CLASS_NAMES,
        attributes=ATTRIBUTES,
        created_at=created_at,
    )


def _sample(film: PhantomFilm) -> NewSample:
    image = MedicalImage(
        values=display_8bit(film),
        value_range=(0.0, 255.0),
        modality="DX",
        pixel_spacing_mm=(film.pixel_spacing_mm, film.pixel_spacing_mm),
    )
    known = (film.age_band, film.sex, film.finding, film.view, film.marker)
    return NewSample(
        image=image,
        label=film.label,
        patient_id=f"phantom-{film.patient:04d}",
        attributes=dict(zip(ATTRIBUTES, known, strict=True)),
        lesion_mask=film.lesion_mask,
        marker_mask=film.marker_mask,
    )
