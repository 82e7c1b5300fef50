"""Play the league on a run's own validation images: the test split stays sealed."""

from collections.abc import Callable
from datetime import date

from core.errors import StateError
from core.evaluation.predictions import predictions_of
from core.evaluation.stored import origin_of
from core.experiments.league_records import LeaguePlayed, LeagueRequest
from core.explanation.catalog import EXPLAINERS
from core.explanation.league.cases import find_cases
from core.explanation.league.measuring import mean_area, measure_method, measure_rivals, skill_of
from core.explanation.league.records import League, LeagueNetwork
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.checkpoints import load_model
from core.runs.store import open_run
from core.transforms.preprocessing import to_input


def play(request: LeagueRequest, job: Job) -> LeaguePlayed:
    """Explain the images that have a mask by each method, and score the maps.

    Raises
    ------
    StateError
        The weights or the data have changed since it was asked, or no image has a mask.
    """
    run = open_run(request.run)
    if origin_of(run, run.config.dataset) != request.origin:
        text = N_("The weights of '{run}' or the data set '{dataset}' have changed; ask again.")
        raise StateError(text, run=request.run, dataset=run.config.dataset)
    job.report(0.0, Message(text=N_("Reading the network")))
    predictions = predictions_of(run, "val")
    cases, loaded = find_cases(run, predictions, most=request.most), load_model(run)
    rivals = measure_rivals(run, loaded, cases)
    rows = [
        measure_method(loaded, cases, method, progress=_telling(job, method, place, len(request.methods)))
        for place, method in enumerate(request.methods)
    ]
    network = LeagueNetwork(
        model=run.card.model,
        title=run.run_id,
        epochs=run.config.epochs,
        n_train=run.card.n_train_images,
        skill=skill_of(predictions, cases),
        rows=tuple(rows),
    )
    first, _mask = next(cases.films())
    return LeaguePlayed(
        league=League(
            made_on=date.today().isoformat(),
            n_images=len(cases),
            n_patients=cases.n_patients,
            image_size=to_input(first, loaded.preprocessing, loaded.statistics).shape[1],
            area=mean_area(cases),
            rivals=rivals,
            networks=(network,),
        )
    )


def _telling(job: Job, method: str, place: int, n_methods: int) -> Callable[[float], None]:
    def tell(fraction: float) -> None:
        job.check_stop()
        values: dict[str, str | int | float | bool | None | Message]
        values = {"method": Message(text=EXPLAINERS[method].title), "n": place + 1, "total": n_methods}
        text = Message(text=N_("{method}: method {n} of {total}"), values=values)
        job.report((place + fraction) / n_methods, text)

    return tell
