"""The league table as a page of docs/, in Markdown."""

from typing import Final

from core.explanation.catalog import EXPLAINERS
from core.explanation.league.records import COLUMNS, League, LeagueNetwork, LeagueRow
from core.explanation.league.rivals import RIVALS
from core.explanation.league.table import finding_of
from core.models.catalog import MODELS
from core.statistics.shares import Share

TITLES: Final = {name: spec.title for name, spec in (EXPLAINERS | RIVALS).items()}

_HEAD: Final = """| | grid | {columns} | pointing, where the network found it | empty maps |
| --- | --- | {lines} --- | --- |"""
_INTRODUCTION: Final = """# Which map points at the finding?

Measured on {made_on} by `make league`: {n_images} simulated films with a finding, of {n_patients} simulated
patients (the whole test split; one film each), at {size} x {size} pixels. On a phantom it is known pixel by
pixel where the finding lies, so a map can be scored:

- **pointing**: the share of the films whose largest value lies inside the finding's mask (pointing game,
  Zhang and others 2016, without their tolerance of 15 pixels; of equally large values, as in a coarse map's
  cells, the part inside counts);
- **share**: how much of the map (what speaks for the class) lies inside the mask, on average;
- **IoU**: overlap with the mask of as many of the largest values as the mask has pixels: no threshold that
  could be chosen.

"Grid" is how many cells a map has before it is enlarged. A peak of few cells lies where its cell lies: a map
of 2 x 2 cells has its peak in a corner of the film, and hardly ever on a finding.

In brackets: 95 % intervals, Wilson's for pointing, else by drawing patients again. An empty map counts as a
miss. The masks cover {area:.1%} of the film on average: what a map that knows nothing gets for share, and
for pointing.

**What this does not show.** Phantoms are not patients, and these networks are small ones that learned from
{n_train} films. A map can also point beside the mask because the network itself looks elsewhere: then the
map is right and scores badly. A high number says that a map agrees with the finding, not that it tells how
the network decided; the check card asks that.
"""
_RIVALS: Final = """
## Maps that know nothing of any network

These are no explanations. A method that does no better than they do tells nothing that the film itself did
not tell.
"""
_FOOT: Final = """
## How it was made

```
make league
```

Networks are trained by the app's own launcher with its own defaults ({epochs}), one thread, on phantoms
made for this table; methods have their usual settings. What stands in `core/explanation/league/league.json`
is not made again; `ARGS=--again` makes it anew, `ARGS="--only resnet18"` one network alone. Same
versions, same numbers to the digits shown: {versions}.
"""


def page_of(league: League) -> str:
    """Return the page."""
    parts = [
        _INTRODUCTION.format(
            made_on=league.made_on,
            n_images=league.n_images,
            n_patients=league.n_patients,
            size=league.image_size,
            area=league.area,
            n_train=max((network.n_train for network in league.networks), default=0),
        )
    ]
    parts += [_network(network, league) for network in league.networks]
    parts += [_RIVALS, _table(league.rivals)]
    versions = ", ".join(f"{name} {value}" for name, value in league.versions.items())
    parts += _missing(league)
    epochs = ", ".join(f"{MODELS[one.model].title}: {one.epochs} epochs" for one in league.networks)
    return "\n".join([*parts, _FOOT.format(versions=versions, epochs=epochs)])


def _missing(league: League) -> list[str]:
    """Say which pairs were not measured yet."""
    said = []
    for network in league.networks:
        known = {row.method for row in network.rows}
        titles = ", ".join(spec.title for name, spec in EXPLAINERS.items() if name not in known)
        if titles:
            said.append(f"- {MODELS[network.model].title}: {titles}.")
    return ["\n## Not measured yet\n", *said] if said else []


def _network(network: LeagueNetwork, league: League) -> str:
    skill = network.skill
    auroc = Share(skill.auroc, skill.low, skill.high, n=skill.n_images, n_groups=0)
    sentences = " ".join(str(one) for one in finding_of(network.rows, league.rivals, TITLES, "pointing"))
    found = f"it finds {skill.n_found} of {league.n_images} findings"
    head = f"\n## {MODELS[network.model].title}\n\nAUROC {_number(auroc)} on {skill.n_images} films; {found}."
    return f"{head} Pointing: {sentences}\n\n{_table(network.rows)}"


def _table(rows: tuple[LeagueRow, ...]) -> str:
    short = [title.split(" (")[0] for title in ("pointing", "share", "IoU")]
    head = _HEAD.format(columns=" | ".join(short), lines="--- | " * len(COLUMNS))
    return "\n".join([head, *(_line(row) for row in rows)])


def _line(row: LeagueRow) -> str:
    if not row.is_measured:
        return f"| {TITLES[row.method]} | | not offered: {row.reason} | | | | |"
    numbers = [_number(row.number(column)) for column in COLUMNS]
    found = "" if row.pointing_found is None else _number(row.pointing_found)
    grid = "" if row.grid is None else f"{row.grid[0]} x {row.grid[1]}"
    return (
        f"| {TITLES[row.method]} | {grid} | {' | '.join(numbers)} | {found} | {row.n_empty + row.n_failed} |"
    )


def _number(share: Share) -> str:
    if share.value is None:
        return "-"
    if share.low is None or share.high is None:
        return f"{share.value:.2f}"
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
