"""Where a profile is kept: below its data set's folder, one for a revision, gone with the data set.

`cache/profile-<revision>.json` holds the findings, `cache/profile-<revision>.npz` the mean image of each
class. A profile of another revision is out of date and swept away when a new one is kept.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from core.datasets.profiling.records import VERSION, Profile
from core.workspace import replacing, write_text


@dataclass(frozen=True, eq=False)
class Means:
    """The mean image of each class: ndarray of shape (k, 64, 64, 3), uint8."""

    pictures: NDArray[np.uint8]


def profile_path(folder: Path, revision: str) -> Path:
    """Return where the profile of one revision of the data set in `folder` is kept."""
    return folder / "cache" / f"profile-{revision}.json"


def save_profile(folder: Path, profile: Profile, means: Means) -> None:
    """Keep a profile; who reads it meanwhile sees all of it or none."""
    path = profile_path(folder, profile.revision)
    with replacing(path.with_suffix(".npz")) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, means=means.pictures)
    write_text(path, profile.model_dump_json() + "\n")
    for old in path.parent.glob("profile-*"):
        if old.stem != path.stem:
            old.unlink(missing_ok=True)


def read_profile(folder: Path, revision: str) -> Profile | None:
    """Return the profile of this revision, or None: not made yet, or by another version of Lightbox."""
    try:
        profile = Profile.model_validate_json(profile_path(folder, revision).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return profile if profile.version == VERSION else None


def read_means(folder: Path, revision: str) -> Means:
    """Return the mean images that belong to a profile; FileNotFoundError if it is not kept."""
    with np.load(profile_path(folder, revision).with_suffix(".npz"), allow_pickle=False) as arrays:
        return Means(arrays["means"])
