"""The question about a network's rivals, put the same way by the page, the command line and the report.

No torch here: `rivals_answer` may be called where nobody waits.
"""

from collections.abc import Mapping
from typing import Final

from core.datasets.records import Part
from core.datasets.store import open_dataset
from core.evaluation.stored import origin_of, stored_name
from core.experiments.asking import answer_of
from core.experiments.rivals.records import RivalsAnswer, RivalsRequest
from core.runs.store import Run

NAME: Final = "rivals"


def rivals_request(
    run: Run,
    split: Part,
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
) -> RivalsRequest:
    """Return the question about a run on a split of its own data set, or of another one.

    Parameters
    ----------
    run
        A run that has a trained network.
    split, dataset_id, mapping
        What is judged, as in core.evaluation.predictions.predictions_of.

    Raises
    ------
    StateError
        No epoch has ended yet.
    UnknownNameError
        A data set is no longer there.
    """
    chosen = stored_name(run, dataset_id)
    is_own = chosen == run.config.dataset
    return RivalsRequest(
        run=run.run_id,
        origin=origin_of(run, run.config.dataset),
        split=split,
        dataset=None if is_own else chosen,
        mapping=() if is_own else tuple(sorted(dict(mapping).items())),
        revision=open_dataset(run.config.dataset).info.revision,
        judged_revision=None if is_own else open_dataset(chosen).info.revision,
    )


def rivals_answer(
    run: Run,
    split: Part,
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
) -> RivalsAnswer | None:
    """Return what is known of a network's rivals, or None if nobody has asked yet; see `rivals_request`."""
    return answer_of(NAME, rivals_request(run, split, dataset_id, mapping=mapping), RivalsAnswer)
