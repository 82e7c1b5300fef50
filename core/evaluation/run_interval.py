"""How sure a run's best value is: measured from the predictions that its worker left behind.

A worker writes values without intervals on its card, for it knows no statistics. Its predictions know more,
but a thousand runs of them take seconds: this is done beside the page, once a run. Reads no torch.
"""

from pathlib import Path

from core.errors import LightboxError
from core.evaluation.report import evaluate
from core.evaluation.run_row import BestMetric, RunRow, best_of
from core.runs.predictions import predictions_path, read_origin, read_predictions
from core.runs.reading import read_card, refusal


def with_interval(folder: Path, row: RunRow) -> RunRow:
    """Return a run's line with the interval of its best value, or with why there is none.

    Parameters
    ----------
    folder
        The run's.
    row
        Its line, whose interval follows.

    Returns
    -------
    RunRow
        As `evaluate` judges the stored predictions; nothing follows any more. Where the predictions are of
        other weights than the run's best, or say nothing of how sure they are, the value stands alone.
    """
    alone = row.best.model_copy(update={"interval_follows": False}) if row.best else None
    try:
        found = _measured(folder, row.dataset)
    except LightboxError as error:
        return row.model_copy(update={"best": alone, "problem": row.problem or error.message})
    except OSError as error:
        path = predictions_path(folder, row.dataset, "val")
        said = IsADirectoryError() if path.is_dir() else error  # Arrow says it in its own words
        problem = row.problem or refusal(folder / path.name, said).message
        return row.model_copy(update={"best": alone, "problem": problem})
    return row.model_copy(update={"best": found or alone})


def _measured(folder: Path, dataset: str) -> BestMetric | None:
    path = predictions_path(folder, dataset, "val")
    origin = read_origin(path)
    if origin and origin.partition(",")[0] != f"epoch {read_card(folder).best_epoch}":
        return None
    evaluation = evaluate(read_predictions(path))
    return best_of(evaluation.metrics, evaluation.positive_class)
