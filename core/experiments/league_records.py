"""The question how the maps of a run do against the masks of its validation images. No torch here."""

from typing import Final

from pydantic import Field

from core.datasets.store import open_dataset
from core.evaluation.stored import origin_of
from core.experiments.records import Request, Result
from core.explanation.catalog import EXPLAINERS
from core.explanation.league.records import League
from core.runs.store import Run

NAME: Final = "league"


class LeagueRequest(Request):
    """Which weights, in which state of their data, by which methods; at most so many images."""

    run: str
    origin: str
    revision: str
    methods: tuple[str, ...]
    most: int = Field(default=60, ge=1)


class LeaguePlayed(Result):
    """The table of one run."""

    league: League


def league_request(run: Run, *, most: int) -> LeagueRequest:
    """Return the question about a run.

    Raises
    ------
    UnknownNameError
        Its data set is no longer there.
    """
    return LeagueRequest(
        run=run.run_id,
        origin=origin_of(run, run.config.dataset),
        revision=open_dataset(run.config.dataset).info.revision,
        methods=tuple(EXPLAINERS),
        most=most,
    )
