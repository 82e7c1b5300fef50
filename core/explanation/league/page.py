"""The league table as a page of docs/, in Markdown."""

from typing import Final

from core.explanation.catalog import EXPLAINERS
from core.explanation.league.across import ABOVE, across_of, networks_above, row_on
from core.explanation.league.records import COLUMNS, League, LeagueNetwork, LeagueRow
from core.explanation.league.rivals import RIVALS
from core.explanation.league.table import best_rival, better_than, finding_of, leaders
from core.models.catalog import MODELS
from core.statistics.shares import Share
from core.training.config import TrainingConfig

TITLES: Final = {name: spec.title for name, spec in (EXPLAINERS | RIVALS).items()}

_HEAD: Final = """| | grid | {columns} | pointing, where the network found it | empty maps |
| --- | --- | {lines} --- | --- |"""
_INTRODUCTION: Final = """# Which map points at the finding?

A map over a film claims: here the network looked. On simulated films it is known pixel by pixel where the
finding lies, so the claim can be counted: on {n_images} films with a finding, of {n_patients} simulated
patients (the whole test split; one film each), at {size} x {size} pixels, with {n_networks} networks.
Measured on {made_on}.

## In words

How often did the brightest point of the map lie inside the finding? In brackets the 95 % interval.

{in_words}
- **A map drawn at random** hits {percent:.1f} % of the time: that much of a film is finding.
{nothing}
{across}

**What this does not show.** Phantoms are not patients, and these networks are small ones that learned from
{n_train} films. A map can also point beside the mask because the network itself looks elsewhere: then the
map is right and scores badly. A high number says that a map agrees with the finding, not that it tells how
the network decided; the check card asks that. Intervals that do not overlap are a careful bar: two methods on
the same films may differ for sure while theirs do.

## Methods by networks

The same number for all. {above}: above every map that knows nothing of the network (its interval begins where
all of theirs have ended). -: not offered for this network, or not measured
yet; the tables below say which.

{matrix}

## What is counted

- **pointing**: the share of the films whose largest value lies inside the finding's mask (pointing game,
  Zhang and others 2016, without their tolerance of 15 pixels; of equally large values, as in a coarse map's
  cells, the part inside counts);
- **share**: how much of the map (what speaks for the class) lies inside the mask, on average;
- **IoU**: overlap with the mask of as many of the largest values as the mask has pixels: no threshold that
  could be chosen.

"Grid" is how many cells a map has before it is enlarged. A peak of few cells lies where its cell lies: a map
of 2 x 2 cells has its peak in a corner of the film, and hardly ever on a finding.

In brackets: 95 % intervals, Wilson's for pointing, else by drawing patients again. An empty map counts as a
miss. The masks cover {percent:.1f} % of the film on average: what a map that knows nothing gets for share and
for pointing.
"""
_NOTHING: Final = """- **The best map that knows nothing of any network**, '{name}': {number}."""
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

Networks are trained by the app's own launcher with its own defaults, one thread, on phantoms made for this
table ({epochs}); methods have their usual settings. What stands in `core/explanation/league/league.json`
is not made again; `ARGS=--again` makes it anew, `ARGS="--only resnet18"` one network alone. Same
versions, same numbers to the digits shown: {versions}.
"""


def page_of(league: League) -> str:
    """Return the page."""
    rival = best_rival(league.rivals, "pointing")
    nothing = "" if rival is None else _NOTHING.format(name=TITLES[rival.method], number=_hits(rival))
    parts = [
        _INTRODUCTION.format(
            made_on=league.made_on,
            n_images=league.n_images,
            n_patients=league.n_patients,
            n_networks=len(league.networks),
            size=league.image_size,
            percent=100 * league.area,
            n_train=max((network.n_train for network in league.networks), default=0),
            in_words="\n".join(_in_words(network, league) for network in league.networks),
            nothing=nothing,
            across="\n".join(f"- {said}" for said in across_of(league, TITLES, "pointing")),
            above=ABOVE,
            matrix=_matrix(league),
        )
    ]
    parts += [_network(network, league) for network in league.networks]
    parts += [_RIVALS, _table(league.rivals)]
    versions = ", ".join(f"{name} {value}" for name, value in league.versions.items())
    parts += _missing(league)
    epochs = ", ".join(_learned(one) for one in league.networks)
    return "\n".join([*parts, _FOOT.format(versions=versions, epochs=epochs)])


def _learned(network: LeagueNetwork) -> str:
    said = f"{MODELS[network.model].title}: {network.epochs} epochs"
    rate = network.learning_rate
    usual: float = TrainingConfig.model_fields["learning_rate"].default
    if rate is None or rate == usual:
        return said
    return f"{said} at a learning rate of {rate:g}, for at the usual {usual:g} it learned nothing"


def _in_words(network: LeagueNetwork, league: League) -> str:
    """Say of one network what its best method reached, what may be as good, and what it beats."""
    title, first = MODELS[network.model].title, leaders(network.rows, "pointing")
    if not first:
        return f"- **{title}**: no method could be measured."
    best = next(row for row in network.rows if row.method == first[0])
    said = (
        f"- **{title}** (AUROC {_number(_auroc(network))}): best was {TITLES[first[0]]} with {_hits(best)}."
    )
    if len(first) > 1:
        said += f" {_names(first[1:])} may be as good: the intervals overlap."
    above = better_than(network.rows, league.rivals, "pointing")
    if not above:
        return f"{said} No method is above the maps that know nothing of the network."
    return f"{said} Above all maps that know nothing of the network: {_names(above)}."


def _hits(row: LeagueRow) -> str:
    share = row.pointing
    low, high = (f"{100 * (end or 0.0):.0f}" for end in (share.low, share.high))
    return f"{100 * (share.value or 0.0):.0f} % of {share.n} films ({low} to {high} %)"


def _names(methods: tuple[str, ...]) -> str:
    *others, last = (TITLES[method] for method in methods)
    return f"{', '.join(others)} and {last}" if others else last


def _matrix(league: League) -> str:
    """Return one number of all methods on all networks."""
    titles = " | ".join(MODELS[one.model].title for one in league.networks)
    lines = [f"| | {titles} |", f"| --- |{' --- |' * len(league.networks)}"]
    for method, above in networks_above(league, "pointing").items():
        cells = []
        for network in league.networks:
            row = row_on(network, method)
            star = f" {ABOVE}" if network.model in above else ""
            cells.append("-" if row is None else f"{_number(row.pointing)}{star}")
        lines.append(f"| {TITLES[method]} | {' | '.join(cells)} |")
    return "\n".join(lines)


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
    skill, auroc = network.skill, _auroc(network)
    sentences = " ".join(str(one) for one in finding_of(network.rows, league.rivals, TITLES, "pointing"))
    found = f"it finds {skill.n_found} of {league.n_images} findings"
    head = f"\n## {MODELS[network.model].title}\n\nAUROC {_number(auroc)} on {skill.n_images} films; {found}."
    return f"{head} Pointing: {sentences}\n\n{_table(network.rows)}"


def _auroc(network: LeagueNetwork) -> Share:
    skill = network.skill
    return Share(skill.auroc, skill.low, skill.high, n=skill.n_images, n_groups=0)


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
