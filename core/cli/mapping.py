"""`--map THEIRS=OURS`: which class of another data set stands for which of the run's."""

from collections.abc import Sequence

import click

from core.cli.output import Command
from core.errors import InvalidValueError
from core.language import N_


def map_option(command: Command) -> Command:
    """Add --map to a command, which gets the texts as `mapped`."""
    return click.option(
        "--map",
        "mapped",
        multiple=True,
        metavar="THEIRS=OURS",
        help="Which class of the other data set stands for which of the run's; THEIRS= leaves a class out."
        " May be repeated.",
    )(command)


def mapping_of(mapped: Sequence[str]) -> dict[str, str]:
    """Return what `--map` said, class there to class here.

    A name there holds no "=", one here may.

    Raises
    ------
    InvalidValueError
        A text names no pair.
    """
    return dict(_pair(text) for text in mapped)


def _pair(text: str) -> tuple[str, str]:
    theirs, sign, ours = text.partition("=")
    if not sign or not theirs.strip():
        raise InvalidValueError(
            N_("'{text}' maps no class: write --map THEIRS=OURS, or THEIRS= to leave a class out."), text=text
        )
    return theirs.strip(), ours.strip()
