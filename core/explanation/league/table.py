"""Read the league table that ships, and say what it shows without overclaiming. No torch here."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from core.explanation.league.records import Column, League, LeagueRow
from core.language import N_, Message

PATH: Final = Path(__file__).with_name("league.json")


@cache
def shipped_league() -> League | None:
    """Return the table that was measured last, or None where none ships."""
    return read_league(PATH)


def read_league(path: Path) -> League | None:
    """Return the table of a file; None where there is none, or one of another version of Lightbox."""
    try:
        return League.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def leaders(rows: Sequence[LeagueRow], column: Column) -> tuple[str, ...]:
    """Return the methods that may be the best: the one with the highest value first.

    All whose intervals overlap with its own belong to them. That is careful: two methods on the same images
    can differ for sure while their intervals overlap.
    """
    measured = sorted(
        (row for row in rows if row.is_measured), key=lambda row: -(row.number(column).value or 0.0)
    )
    if not measured:
        return ()
    low = measured[0].number(column).low or 0.0
    return tuple(row.method for row in measured if (row.number(column).high or 0.0) >= low)


def better_than(rows: Sequence[LeagueRow], rivals: Sequence[LeagueRow], column: Column) -> tuple[str, ...]:
    """Return the methods whose interval lies above those of all rivals that know nothing of the network."""
    bar = max((one.number(column).high or 0.0 for one in rivals if one.is_measured), default=0.0)
    return tuple(row.method for row in rows if row.is_measured and (row.number(column).low or 0.0) > bar)


def best_rival(rivals: Sequence[LeagueRow], column: Column) -> LeagueRow | None:
    """Return the rival with the highest value."""
    measured = [one for one in rivals if one.is_measured]
    return max(measured, key=lambda one: one.number(column).value or 0.0, default=None)


def finding_of(
    rows: Sequence[LeagueRow], rivals: Sequence[LeagueRow], titles: dict[str, str], column: Column
) -> list[Message]:
    """Say who leads, who cannot be told from it, and who is better than a map that knows nothing.

    Parameters
    ----------
    rows, rivals
        Of one network.
    titles
        Key to what a method or a rival is called; each is translated when it is shown.
    column
        Which number.
    """
    first = leaders(rows, column)
    if not first:
        return [Message(text=N_("No method could be measured on this network."))]
    names = [Message(text=titles[name]) for name in first]
    values: dict[str, str | int | float | bool | None | Message] = {"best": names[0], "n": len(names) - 1}
    text = N_("'{best}' has the highest number, and no other method's interval reaches its own.")
    if len(names) > 1:
        text = N_(
            "'{best}' has the highest number, but {n} of the other methods may be as good: their intervals"
            " overlap with its own."
        )
    said = [Message(text=text, values=values)]
    rival = best_rival(rivals, column)
    if rival is not None:
        n = len(better_than(rows, rivals, column))
        measured = sum(row.is_measured for row in rows)
        text = N_(
            "Of {measured} methods {n} lie above every map that knows nothing of the network; the best of"
            " those is '{rival}'."
        )
        known = {"measured": measured, "n": n, "rival": Message(text=titles[rival.method])}
        said.append(Message(text=text, values=known))
    return said
