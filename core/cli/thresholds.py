"""`--threshold`: from which probability on a class is called; with several classes one for each."""

import click

from core.cli.output import Command
from core.errors import InvalidValueError
from core.evaluation.decisions import Threshold
from core.language import N_

_DEFAULT = 0.5


def _parsed(_context: click.Context, _parameter: click.Parameter, value: str) -> Threshold:
    try:
        numbers = tuple(float(part) for part in value.split(","))
    except ValueError as error:
        text = f"'{value}' is no number, and no numbers with commas between them."
        raise click.BadParameter(text) from error
    if not all(0 <= number <= 1 for number in numbers):
        raise click.BadParameter(f"{value} is not in the range 0<=x<=1.")
    return numbers[0] if len(numbers) == 1 else numbers


def thresholds_option(command: Command) -> Command:
    """Add --threshold to a command: a number, or one for each of several classes."""
    text = "Score from which on an image is positive; with several classes one for each: 0.5,0.2,0.5."
    return click.option(
        "--threshold", default=str(_DEFAULT), callback=_parsed, metavar="NUMBER[,NUMBER...]", help=text
    )(command)


def check_thresholds(threshold: Threshold, class_names: tuple[str, ...]) -> None:
    """Refuse numbers that would change nothing, before anything is computed.

    Raises
    ------
    InvalidValueError
        One number was given for more than two classes, of which the most probable is called; or several, and
        not as many as classes.
    """
    if isinstance(threshold, tuple) and len(threshold) != len(class_names):
        text = N_("There are {n} classes, and so one threshold or, with more than two, one for each.")
        raise InvalidValueError(text, n=len(class_names))
    if isinstance(threshold, float) and threshold != _DEFAULT and len(class_names) > 2:
        raise InvalidValueError(
            N_(
                "With {n} classes one threshold changes nothing: the most probable class is called. Give one"
                " for each class, with commas between them, in this order: {names}."
            ),
            n=len(class_names),
            names=", ".join(class_names),
        )
