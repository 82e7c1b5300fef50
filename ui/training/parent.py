"""The run that another was made from, as it stands behind its curve: alone, or with its other seeds."""

from dataclasses import dataclass

from core.errors import UserError
from core.language import _, ngettext
from core.runs.store import Run, open_run
from core.training.repetition import seeds_of
from ui import cache
from ui.training.curves import Behind


@dataclass(frozen=True)
class Standing:
    """What stands behind a run, by name: cheap to keep from one look to the next.

    Attributes
    ----------
    name
        Of the run that it was made from, or of the run before it.
    is_parent
        Whether it is the parent.
    is_there
        Whether it can still be read.
    run_ids
        Itself first, then the runs that share all but the seed with it; the run in front is none of them.
    """

    name: str
    is_parent: bool
    is_there: bool
    run_ids: tuple[str, ...] = ()


def standing_behind(run: Run, before: str | None = None) -> Standing | None:
    """Return what stands behind a run: `before`, or else its parent, if there was one."""
    parent = run.request.parent
    name = before or (parent.run if parent else None)
    if name is None:
        return None
    is_parent = parent is not None and name == parent.run
    try:
        other = open_run(name)
        if other.config.dataset != run.config.dataset:
            return None
        seeds = [one.run_id for one in seeds_of(other) if one.run_id not in (run.run_id, name)]
    except UserError:
        return Standing(name, is_parent, is_there=False)
    return Standing(name, is_parent, is_there=True, run_ids=(name, *seeds))


def curves_behind(standing: Standing | None) -> Behind | None:
    """Return the curves of what stands behind a run as they are now."""
    logs = []
    for run_id in standing.run_ids if standing else ():
        try:
            logs.append(cache.metrics(open_run(run_id)))
        except UserError:  # deleted since the last look
            continue
    if standing is None or not logs:
        return None
    run = standing.name
    name = _("Parent: {run}", run=run) if standing.is_parent else _("The run before: {run}", run=run)
    if (n := sum(bool(log.epochs) for log in logs)) > 1:
        name = _("{name} ({seeds})", name=name, seeds=ngettext("{n} seed", "{n} seeds", n))
    return Behind(name, tuple(logs))
