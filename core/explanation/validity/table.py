"""Read and write the validity table. No torch here."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from core.explanation.catalog import EXPLAINERS
from core.explanation.validity.records import TrainedNetwork, Validity, ValidityTable
from core.models.catalog import MODELS
from core.workspace import write_text

PATH: Final = Path(__file__).with_name("validity.json")


def validity_of(method: str, model: str) -> Validity | None:
    """Return what was measured of a pair; None where nothing was.

    Parameters
    ----------
    method, model
        Keys of EXPLAINERS and MODELS.
    """
    return all_validities().get((method, model))


def all_validities() -> dict[tuple[str, str], Validity]:
    """Return all pairs by (method, model), in the order of the two catalogs."""
    return {(pair.method, pair.model): pair for pair in validity_table().pairs}


def validity_table() -> ValidityTable:
    """Return the table that ships; an empty one where none does."""
    return _table(PATH.stat().st_mtime_ns) if PATH.is_file() else ValidityTable()


@lru_cache(maxsize=1)
def _table(_changed_ns: int) -> ValidityTable:
    return read(PATH)


def read(path: Path) -> ValidityTable:
    """Return the table in a file; an empty one where there is no such file."""
    return ValidityTable.model_validate_json(path.read_text()) if path.is_file() else ValidityTable()


def write(path: Path, table: ValidityTable) -> None:
    """Write a table in one step, in the order of the catalogs: what they do not name is left out."""
    by_pair = {(pair.method, pair.model): pair for pair in table.pairs}
    order = [(method, model) for method in EXPLAINERS for model in MODELS]
    networks: dict[str, TrainedNetwork] = {
        name: table.networks[name] for name in MODELS if name in table.networks
    }
    pairs = tuple(by_pair[pair] for pair in order if pair in by_pair)
    sorted_table = table.model_copy(update={"networks": networks, "pairs": pairs})
    write_text(path, sorted_table.model_dump_json(indent=1, exclude_defaults=True) + "\n")


def with_pair(table: ValidityTable, pair: Validity) -> ValidityTable:
    """Return the table with `pair` in the place of what was measured of it before."""
    others = tuple(other for other in table.pairs if (other.method, other.model) != (pair.method, pair.model))
    return table.model_copy(update={"pairs": (*others, pair)})
