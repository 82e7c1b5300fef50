"""The one list of steps. A step whose ingredients are missing in a run is left out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ui.messages import simulated_badge
from ui.story import pictures, scenes, words
from ui.story.told import Told


@dataclass(frozen=True)
class Step:
    """A step of the story: the section of the lesson with its number, a sentence, a picture.

    Attributes
    ----------
    name
        What the address calls it.
    say
        One plain sentence with the run's own numbers.
    draw
        The picture for a room.
    work
        What stands in its place at the desk, with its controls; None: the same picture.
    is_there
        Whether the run has what it takes.
    """

    name: str
    say: Callable[[Told], str]
    draw: Callable[[Told], None]
    work: Callable[[Told], None] | None
    is_there: Callable[[Told], bool]


def _always(told: Told) -> bool:
    return True


def _with_images(told: Told) -> bool:
    return told.has_images and told.found.n_samples > 0


def _has_numbers(told: Told) -> bool:
    name = "sensitivity" if told.positive else "accuracy"
    metric = told.judged.metrics[name]
    return metric.low is not None and metric.high is not None


STEPS: Final = (
    Step("patients", words.patients, pictures.patients, scenes.patients, _with_images),
    Step("computer", words.computer, pictures.computer, scenes.computer, _with_images),
    Step(
        "learning", words.learning, pictures.learning, scenes.learning, lambda told: len(told.run.epochs) > 1
    ),
    Step("good", words.good, pictures.good, scenes.verdicts, lambda told: told.found.n_samples > 0),
    Step("sure", words.sure, pictures.sure, None, _has_numbers),
    Step(
        "misses", words.misses, pictures.misses, None, lambda told: _with_images(told) and _has_numbers(told)
    ),
    Step("whom", words.whom, pictures.whom, None, lambda told: told.group is not None),
    Step("looking", words.looking, pictures.looking, scenes.looking, _with_images),
    Step(
        "clinic", words.clinic, pictures.clinic, pictures.clinic_at_desk, lambda told: told.ward is not None
    ),
    Step("refer", words.refers, pictures.refers, None, lambda told: told.found.n_samples > 20),
    Step("simple", words.simple, pictures.simple, None, lambda told: bool(words.simple(told))),
    Step("limits", words.limits, pictures.limits, scenes.limits, _always),
)


def steps_of(told: Told) -> list[tuple[int, Step]]:
    """Return the steps that a run has, each with the number of its section in the lesson, from 0."""
    return [(number, step) for number, step in enumerate(STEPS) if step.is_there(told)]


def show_picture(told: Told, step: Step) -> None:
    """Show what belongs to a step; every scene of simulated films says so."""
    if told.simulated:
        simulated_badge()
    if told.in_room or step.work is None:
        step.draw(told)
    else:
        step.work(told)
