"""How often the check missed real images of other kinds, which do not ship: counted once, kept as tried.json.

`python -m core.explanation.novelty RUN FOLDER` counts them for any network and any images. No torch here.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from core.language import N_
from core.workspace import write_text

PATH: Final = Path(__file__).with_name("tried.json")

NETWORKS: Final[dict[str, str]] = {  # small_cnn, trained with the usual settings
    "simulated": N_("simulated chest films (the demo)"),
    "chest": N_("children's chest X-rays"),
    "brain": N_("head MRI with three kinds of tumour"),
    "cells": N_("blood cells"),
}
PICTURES: Final[dict[str, str]] = {
    "photograph": N_("photographs"),
    "fundus": N_("parts of one photograph of an eye's back"),
    "histology": N_("parts of one stained tissue section"),
    "text": N_("parts of printed pages"),
    "ct": N_("CT slices"),
    "mr": N_("MRI slices from DICOM files"),
    "ultrasound": N_("ultrasound"),
    "nuclear": N_("nuclear medicine"),
    "other_film": N_("X-rays, mostly of other parts of the body"),
    "chest": N_("children's chest X-rays"),
    "brain_tumour": N_("head MRI with a tumour"),
    "brain_other": N_("head MRI without a tumour, of another kind"),
    "cells": N_("blood cells"),
}
OWN: Final = {"chest": ("chest",), "brain": ("brain_tumour",), "cells": ("cells",)}  # not foreign to these


class Tried(BaseModel):
    """How many images of a kind were asked about with a network, and how many were flagged."""

    model_config = ConfigDict(frozen=True)

    network: str
    kind: str
    n: int
    flagged: int

    @property
    def missed(self) -> int:
        """Those that passed as if they belonged."""
        return self.n - self.flagged


class TriedTable(BaseModel):
    """All that were counted, in the order of NETWORKS and PICTURES; none of a network's own kind."""

    model_config = ConfigDict(frozen=True)

    counts: tuple[Tried, ...] = ()

    @property
    def n(self) -> int:
        """Images that were asked about, once a network."""
        return sum(one.n for one in self.counts)

    @property
    def missed(self) -> int:
        """Those of them that were not flagged."""
        return sum(one.missed for one in self.counts)

    def of(self, network: str, kind: str) -> Tried | None:
        """Return one count."""
        return next((one for one in self.counts if (one.network, one.kind) == (network, kind)), None)


def tried_table() -> TriedTable:
    """Return the counts that ship."""
    return _table(PATH.stat().st_mtime_ns) if PATH.is_file() else TriedTable()


@lru_cache(maxsize=1)
def _table(_changed_ns: int) -> TriedTable:
    return TriedTable.model_validate_json(PATH.read_text())


def write(path: Path, counts: tuple[Tried, ...]) -> None:
    """Write counts in one step: what a network learned from is left out."""
    by_key = {(one.network, one.kind): one for one in counts}
    kept = tuple(
        by_key[network, kind]
        for network in NETWORKS
        for kind in PICTURES
        if (network, kind) in by_key and kind not in OWN.get(network, ())
    )
    write_text(path, TriedTable(counts=kept).model_dump_json(indent=1) + "\n")
