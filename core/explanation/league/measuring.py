"""Play the league: explain each image by each method, and score the maps. Needs torch."""

from collections.abc import Callable
from typing import Final

import numpy as np

from core.errors import LightboxError
from core.evaluation.predictions import Predictions
from core.evaluation.report import evaluate
from core.explanation.attribution import explain_image
from core.explanation.league.cases import Cases, usual_place
from core.explanation.league.records import LeagueRow, Skill
from core.explanation.league.rivals import RIVALS, Seen, rival_map
from core.explanation.league.scoring import not_offered, row_of
from core.explanation.picture import on_image
from core.explanation.settings import ExplainSettings
from core.explanation.truth import TruthScores, score_values, truth_scores
from core.runs.checkpoints import LoadedModel
from core.runs.store import Run
from core.transforms.preprocessing import final_extent, to_input

SETTINGS: Final = ExplainSettings(seconds=3600)  # a busy machine must not give other maps
_GRID: Final = 64  # cells along a side of the map of what is usual

Progress = Callable[[float], None]


def measure_method(
    loaded: LoadedModel, cases: Cases, method: str, *, progress: Progress = lambda fraction: None
) -> LeagueRow:
    """Return how the maps of a method do.

    Parameters
    ----------
    loaded
        The network.
    cases
        Images with masks.
    method
        A key of EXPLAINERS.
    progress
        Called with the fraction that is done; what it raises ends the work.
    """
    scores: list[TruthScores | None] = []
    grid = None
    for place, (image, mask) in enumerate(cases.films()):
        try:
            target = int(cases.targets[place])
            answer = explain_image(loaded, image, method, target, settings=SETTINGS)
            scores.append(truth_scores(answer, mask))
            grid = answer.grid
        except LightboxError as error:
            if place == 0:  # what does not work with the first image does not work with the network
                return not_offered(method, error.message)
            scores.append(None)
        progress((place + 1) / len(cases))
    return row_of(method, scores, cases.patients, found=cases.found).model_copy(update={"grid": grid})


def measure_rivals(run: Run, loaded: LoadedModel, cases: Cases) -> tuple[LeagueRow, ...]:
    """Return how the maps do that know nothing of the network, in the order of RIVALS."""
    usual = usual_place(run, (_GRID, _GRID))
    scores: dict[str, list[TruthScores | None]] = {name: [] for name in RIVALS}
    for number, (image, mask) in zip(cases.sample_ids, cases.films(), strict=True):
        inputs = to_input(image, loaded.preprocessing, loaded.statistics).mean(axis=0)  # (C, H, W) -> (H, W)
        seen = Seen(inputs=inputs, usual=usual, seed=int(number))
        extent = final_extent(image, loaded.preprocessing)
        for name, kept in scores.items():
            placed = on_image(rival_map(name, seen), (mask.shape[0], mask.shape[1]), extent)
            kept.append(score_values(placed, mask))
    return tuple(row_of(name, kept, cases.patients) for name, kept in scores.items())


def mean_area(cases: Cases) -> float:
    """Return the mean share of the images that lies inside their masks."""
    return float(np.mean([mask.mean() for _, mask in cases.films()]))


def skill_of(predictions: Predictions, cases: Cases) -> Skill:
    """Return how well a network tells the classes of the split apart."""
    evaluation = evaluate(predictions)
    auroc = evaluation.metrics["auroc"]
    return Skill(
        auroc=auroc.value,
        low=auroc.low,
        high=auroc.high,
        n_images=evaluation.n_samples,
        n_patients=evaluation.n_patients,
        n_found=int(cases.found.sum()),
    )
