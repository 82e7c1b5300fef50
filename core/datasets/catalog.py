"""The data sets that ship with Lightbox or that it can make by itself."""

from dataclasses import dataclass
from typing import Final

from core.language import N_


@dataclass(frozen=True)
class DatasetEntry:
    """A data set that needs no import.

    Attributes
    ----------
    name
        Its name as a data set.
    title, description
        Marked texts for the picker.
    builder
        The function that makes it, as "module:function".
    archive
        Its file in sample_data/ if it ships; None if it is made when asked for.
    """

    name: str
    title: str
    description: str
    builder: str
    archive: str | None = None


DATASETS: Final[dict[str, DatasetEntry]] = {
    "phantoms": DatasetEntry(
        name="phantoms",
        title=N_("Phantoms: simulated chest films"),
        description=N_(
            "Simulated chest films of 300 simulated patients, with and without a finding."
            " No real patient is in them."
        ),
        builder="core.datasets.phantom_set:build_phantoms",
        archive="phantoms.zip",
    ),
}
