"""Make a run's reference in the background: what its training images look like, and how often that misses."""

from core.errors import StateError
from core.experiments.answering import free_device
from core.experiments.novelty_records import NoveltyMade, NoveltyRequest
from core.explanation.novelty.making import make_and_keep
from core.explanation.novelty.store import origin_of
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.store import open_run


def make(request: NoveltyRequest, job: Job) -> NoveltyMade:
    """Make the reference and store it with the run; no look at the test split.

    Raises
    ------
    StateError
        The weights are no longer those that were meant.
    UserError
        The data set is gone or another one, or there are too few images.
    """
    run = open_run(request.run)
    if origin_of(run) != request.origin:
        raise StateError(N_("The weights of '{run}' have changed; ask again."), run=request.run)
    job.report(0.0, Message(text=N_("Reading the network")))

    def told(fraction: float) -> None:
        job.check_stop()
        text = N_("Looking at its training images: {percent} %")
        job.report(fraction, Message(text=text, values={"percent": round(100 * fraction)}))

    made = make_and_keep(run, device=free_device(), progress=told)
    return NoveltyMade(
        n_train=len(made.sample_ids), n_val=made.n_val, n_foreign=sum(one.n for one in made.misses)
    )
