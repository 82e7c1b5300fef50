"""What the league shows across its networks: which method is worth a look on more than one. No torch here."""

from core.explanation.league.records import Column, League, LeagueNetwork, LeagueRow
from core.explanation.league.table import better_than
from core.language import N_, Message

ABOVE = "★"  # beside a number that lies above all maps that know nothing


def networks_above(league: League, column: Column) -> dict[str, tuple[str, ...]]:
    """Return for each method the networks on which it lies above every map that knows nothing of them.

    Parameters
    ----------
    league
        The table.
    column
        Which number.

    Returns
    -------
    Method: keys of MODELS. Methods in the order of their first measurement, those above none included.
    """
    above = {one.model: better_than(one.rows, league.rivals, column) for one in league.networks}
    methods = dict.fromkeys(row.method for one in league.networks for row in one.rows if row.is_measured)
    return {method: tuple(model for model, found in above.items() if method in found) for method in methods}


def across_of(league: League, titles: dict[str, str], column: Column) -> list[Message]:
    """Say which methods lie above the maps that know nothing, on how many of the networks.

    Parameters
    ----------
    league
        The table.
    titles
        Key to what a method is called; each is translated when it is shown.
    column
        Which number.
    """
    counts = {method: len(models) for method, models in networks_above(league, column).items()}
    all_of_them, most = len(league.networks), max(counts.values(), default=0)
    if not most:
        text = N_("No method lies above every map that knows nothing, on any of the {n} networks.")
        return [Message(text=text, values={"n": all_of_them})]
    said = []
    for n in sorted(set(counts.values()), reverse=True):
        names = _listed(tuple(titles[method] for method, count in counts.items() if count == n))
        text = N_("Above every map that knows nothing on {n} of {all} networks: {names}.")
        if n == 0:
            text = N_("On no network above them: {names}.")
        said.append(Message(text=text, values={"n": n, "all": all_of_them, "names": names}))
    return said


def row_on(network: LeagueNetwork, method: str) -> LeagueRow | None:
    """Return the row of a method; None where it was not measured or is not offered."""
    return next((row for row in network.rows if row.method == method and row.is_measured), None)


def _listed(titles: tuple[str, ...]) -> Message:
    """Return some names as one, each to be translated where it is shown."""
    first, *others = (Message(text=title) for title in titles)
    for other in others:
        first = Message(text=N_("{first}, {others}"), values={"first": first, "others": other})
    return first
