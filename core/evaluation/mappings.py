"""Which classes of another data set stand for which of a run's, remembered for each pair of run and data set.

mappings.json in the run's folder: {data set: {class there: class here}}.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError

from core.evaluation.external import LEFT_OUT
from core.evaluation.looks import can_write
from core.runs.store import Run
from core.workspace import write_text

_NAME: Final = "mappings.json"
_ALL = TypeAdapter(dict[str, dict[str, str]])


def remembered_mapping(run: Run, dataset_id: str, theirs: Sequence[str]) -> dict[str, str] | None:
    """Return what was chosen last for a data set, as far as both sides still have these classes.

    None where nothing was chosen, or where a class of the data set is new since.
    """
    chosen = _all(run).get(dataset_id)
    if chosen is None or not set(theirs) <= set(chosen):
        return None
    known = {*run.card.class_names, LEFT_OUT}
    return {name: meant for name, meant in chosen.items() if name in theirs and meant in known}


def remember_mapping(run: Run, dataset_id: str, mapping: Mapping[str, str]) -> None:
    """Keep what was chosen, with every class of the data set; nothing where the home is read-only."""
    folder = run.writable_folder
    if can_write(folder):
        text = json.dumps(_all(run) | {dataset_id: dict(mapping)}, indent=1, ensure_ascii=False)
        write_text(folder / _NAME, text + "\n")


def _all(run: Run) -> dict[str, dict[str, str]]:
    try:
        return _ALL.validate_json((run.writable_folder / _NAME).read_bytes())
    except (FileNotFoundError, ValidationError):  # none, or torn: it is asked again
        return {}
