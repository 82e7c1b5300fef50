"""The same training with other seeds: launched together, found again, and put together. No torch here.

A seed decides the first weights, the order of the images and every random change. The split has a seed of its
own, which stays: all of them are judged on the same patients. What then differs between them is luck.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from typing import Final

from core.datasets.splits import hash_of
from core.datasets.store import open_dataset
from core.errors import LightboxError, StateError
from core.jobs import control
from core.jobs.status import ALIVE
from core.language import N_
from core.runs.records import Parent
from core.runs.store import Run, list_runs, open_run, run_folders
from core.training import launch
from core.training.config import TrainingConfig

USUAL: Final = 3
MOST: Final = 10
_GROUP: Final = re.compile(r"-seeds-\d{3,}$")
_OF_NO_MATTER: Final = ("seed", "threads", "keep_epochs")  # what two seeds may differ in
_COMPARED: Final = tuple(name for name in TrainingConfig.model_fields if name not in _OF_NO_MATTER)
_N_SEEDS: Final = 2**31
_SECONDS_TO_STOP: Final = 20.0
_LONGEST_NAME: Final = 48


def is_seed_group(group: str | None) -> bool:
    """Tell whether a run's group is that of a repetition."""
    return group is not None and _GROUP.search(group) is not None


def is_branch(run: Run) -> bool:
    """Tell whether a run goes on from another's weights, so that its seed is not all its chance."""
    parent = run.request.parent
    return parent is not None and parent.epoch is not None


def repeat(what: str | TrainingConfig, *, n: int = USUAL) -> tuple[Run, ...]:
    """Launch a training with as many further seeds as it takes to have `n` of them; return what was launched.

    They wait in the same queue as any run, and are a group "<name>-seeds-001". Runs that share all but the
    seed with a run that is named are counted, itself among them: as long as they have ended or are at work.

    Parameters
    ----------
    what
        The name of a run, which becomes their parent, or settings.
    n
        Seeds in all.

    Raises
    ------
    UserError
        What `core.training.launch.launch` raises. Nothing is left behind: those that were made are gone.
    """
    origin = open_run(what) if isinstance(what, str) else None
    if origin is not None and is_branch(origin):
        text = N_(
            "'{run}' goes on from another run's weights, which no seed changes: repeat that run instead."
        )
        raise StateError(text, run=origin.run_id)
    config = what if isinstance(what, TrainingConfig) else open_run(what).config
    have = [run for run in seeds_of(origin) if _counts(run)] if origin else []
    seeds = _further_seeds(config.seed, {run.config.seed for run in have}, n - len(have))
    name = origin.run_id if origin else f"{config.dataset}-{config.model}"
    group = _free_group(name[:_LONGEST_NAME])
    parent = Parent(run=origin.run_id) if origin else None
    made: list[Run] = []
    try:
        for seed in seeds:  # all of them before the first starts: what is wrong with one is wrong with all
            made.append(launch.make_run(_with_seed(config, seed), parent=parent, group=group))
        for run in made:
            control.start(run.folder, module=launch.WORKER, kind=launch.KIND)
    except BaseException:
        _undo(made)
        raise
    return tuple(made)


def seeds_of(run: Run) -> tuple[Run, ...]:
    """Return the runs that share everything but the seed with a run, itself among them, by seed.

    Wherever they were launched: they have the same settings, the same state of the data and the same split.
    Of two with the same seed the one that has ended, then the newer one, stands for both. A branch goes on
    from somebody's weights, so it is no repetition of anything: it stands alone.
    """
    if is_branch(run):
        return (run,)
    found: dict[int, Run] = {}
    for other in _alike(run):
        known = found.get(other.config.seed)
        if known is None or _rank(other) > _rank(known):
            found[other.config.seed] = other
    return tuple(one for _seed, one in sorted((found | {run.config.seed: run}).items()))


def stop_seeds(runs: Sequence[Run]) -> None:
    """Ask those that are queued or at work to stop."""
    for run in runs:
        with suppress(StateError):  # it has just ended
            control.request_stop(run.folder)


def _counts(run: Run) -> bool:
    """Tell whether a run is a whole repetition or will be one, of images as they are now."""
    state = run.state
    if state != "completed" and state not in ALIVE:
        return False
    return run.request.dataset_revision == open_dataset(run.config.dataset).info.revision


def _alike(run: Run) -> list[Run]:
    """Return the other runs that share all but the seed with a run; what cannot be read is none of them."""
    others = (Run(folder.name, folder) for folder in run_folders() if folder.name != run.run_id)
    return [other for other in others if _is_alike(other, run)]


def _is_alike(run: Run, other: Run) -> bool:
    try:
        one, two = run.request, other.request
        if one.dataset_revision != two.dataset_revision or is_branch(run):
            return False
        if any(getattr(one.config, name) != getattr(two.config, name) for name in _COMPARED):
            return False
        return _fingerprint(run) == _fingerprint(other) and bool(run.status.created_at)
    except (LightboxError, OSError):  # it cannot be read, or is just being deleted
        return False


def _rank(run: Run) -> tuple[bool, str]:
    return run.state == "completed", run.status.created_at


def _fingerprint(run: Run) -> str:
    """Return that of its split; runs of old did not write it down."""
    return run.request.split_hash or hash_of(run.split())


def _with_seed(config: TrainingConfig, seed: int) -> TrainingConfig:
    return config.model_copy(update={"seed": seed})


def _further_seeds(first: int, taken: set[int], n: int) -> Iterator[int]:
    seeds = ((first + number) % _N_SEEDS for number in count())
    free = (seed for seed in seeds if seed not in taken)
    return (next(free) for _number in range(max(0, n)))


def _free_group(name: str) -> str:
    taken = set()
    for run in list_runs():
        with suppress(LightboxError):
            taken.add(run.request.group)
    return next(group for number in count(1) if (group := f"{name}-seeds-{number:03d}") not in taken)


def _undo(made: Sequence[Run]) -> None:
    """Remove runs that were made for nothing; one that has begun is stopped first."""
    begun = [run for run in made if (run.folder / "status.json").exists() and run.state in ALIVE]
    stop_seeds(begun)
    for run in begun:
        control.wait(run.folder, seconds=_SECONDS_TO_STOP)
    for run in made:
        shutil.rmtree(run.folder, ignore_errors=True)
