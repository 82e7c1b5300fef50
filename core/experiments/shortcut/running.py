"""Run the booth: deal the cue, train with it and without it, and measure what each network looks at.

Nothing is chosen on anything: the last epoch of each training answers. Covers: chance in which patients were
asked about. Does not cover: the luck of a training; another seed gives other numbers, so try some.
"""

import time
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_set import NAME as FILMS
from core.datasets.store import Dataset, open_dataset
from core.errors import StateError
from core.evaluation.records import MetricValue
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.films import PARTS, Deal, LaidOut, deal, lay_out
from core.experiments.shortcut.measuring import (
    METHODS,
    Clean,
    Told,
    area,
    area_less,
    as_drawn,
    by_brightness,
    changed_calls,
    painted_pixels,
    predictions,
    share_of_maps,
)
from core.experiments.shortcut.networks import Asked, finding_score, keep, scores_of, train
from core.experiments.shortcut.records import (
    SIDES,
    Film,
    FilmAnswer,
    ShareOfMap,
    ShortcutAnswer,
    ShortcutRequest,
    Side,
    Trained,
)
from core.experiments.shortcut.story import Story
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.statistics.shares import Share

_Scores = NDArray[np.float64]
_Maps = tuple[ShareOfMap, ...]

_PREPARING: Final = N_("The cue is laid on the films")
_TRAINING: Final[dict[Side, str]] = {
    "shortcut": N_("Training with the shortcut"),
    "control": N_("Training the control, with the cue like a coin"),
}
_MEASURING: Final = N_("Asking what both networks look at")
# Where each part of the work begins and ends, as shares of its time.
_SPANS: Final = {"films": (0.0, 0.15), "shortcut": (0.15, 0.45), "control": (0.45, 0.7), "ask": (0.7, 1.0)}
_N_PARTS: Final = len(SIDES) * len(METHODS) + 1  # of "ask": painting the cue out, and each method's maps


def run_shortcut(request: ShortcutRequest, job: Job) -> ShortcutAnswer:
    """Answer the question of the booth; the weights of both networks stay in the job's folder.

    Raises
    ------
    StateError
        The films that ship are no longer those that were meant.
    """
    began, dataset = time.monotonic(), open_dataset(FILMS)
    if dataset.info.revision != request.revision:
        raise StateError(N_("The data set '{dataset}' has changed; ask again."), dataset=FILMS)
    dealt = deal(dataset, request)
    clock = _Clock(job)
    with Story(job.folder, epochs=request.epochs) as story:
        laid = lay_out(dataset, dealt, request.cue, clock.told("films", _PREPARING))
        booth = _Booth(request, dataset, dealt, laid, clock, story)
        both = {side: booth.trained(side, job) for side in SIDES}
        answer = _answer(booth, both, began=began)
    for side in SIDES:  # both or none: who stops in the middle leaves the networks of an older answer
        keep(job.folder / side, both[side].asked.loaded)
    return answer


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two networks, what it says of validation and of the clean test, and how long it trained."""

    asked: Asked
    val: Predictions
    clean: Predictions
    swapped: Share
    areas: tuple[MetricValue, MetricValue]
    seconds: float


class _Clock:
    """Tells the job how far the work is and how long is left, by how long it took so far."""

    def __init__(self, job: Job) -> None:
        self._job, self._began = job, time.monotonic()

    def told(self, part: str, text: str) -> Told:
        """Return what says how far a part of the work is."""
        low, high = _SPANS[part]

        def tell(fraction: float) -> None:
            self._job.check_stop()
            whole = low + (high - low) * fraction
            left = (time.monotonic() - self._began) / whole * (1 - whole) if whole > 0.02 else None
            self._job.report(whole, _words(text, left), seconds_left=left)

        return tell

    def part_of(self, number: int, n: int) -> Told:
        """Return what says how far the `number`th of n measurements is."""
        whole = self.told("ask", _MEASURING)
        return lambda fraction: whole((number + fraction) / n)


@dataclass(frozen=True, eq=False)
class _Booth:
    """What is asked, of which films, as they were dealt, and who is told."""

    request: ShortcutRequest
    dataset: Dataset
    dealt: Deal
    laid: LaidOut
    clock: _Clock
    story: Story

    @property
    def has_place(self) -> bool:
        return CUES[self.request.cue].has_place

    @property
    def rows(self) -> NDArray[np.int64]:
        """Those of the clean test films."""
        return self.dealt.parts["clean"]

    @property
    def patients(self) -> NDArray[np.int64]:
        """Whose the clean test films are."""
        return self.dealt.patients[self.rows]

    def clean(self) -> Clean:
        """Return the clean test films with the cue of "finding"."""
        for_it = self.laid.pixels[len(self.dealt.sample_ids) + self.rows]
        return Clean(self.laid.clean, for_it, self.patients)

    def trained(self, side: Side, job: Job) -> _Side:
        """Train one network, and tell at once what validation and the clean test say of it."""
        started = time.monotonic()
        told = self.clock.told(side, _TRAINING[side])
        asked = train(
            self.request,
            side,
            self.dealt,
            self.laid.pixels,
            check_stop=job.check_stop,
            progress=told,
            seen=lambda area: self.story.add_epoch(side, area),
        )
        val, clean = predictions(asked.val, self.dealt, "val"), as_drawn(asked, self.dealt)
        areas = area(val), area(clean)
        scores = finding_score(asked.clean_against), finding_score(asked.clean_for)
        swapped = changed_calls(*scores, self.patients)
        self.story.add(side, val=areas[0], clean=areas[1], swapped=swapped)
        return _Side(asked, val, clean, swapped, areas, time.monotonic() - started)


def _words(text: str, left: float | None) -> Message:
    if left is None:
        return Message(text=text)
    values: dict[str, str | int | float | bool | None | Message]
    values = {"what": Message(text=text), "seconds": max(1, round(left))}
    return Message(text=N_("{what}; about {seconds} s left"), values=values)


def _answer(booth: _Booth, both: dict[Side, _Side], *, began: float) -> ShortcutAnswer:
    out = _painted(booth, both) if booth.has_place else dict[Side, _Scores | None].fromkeys(SIDES)
    maps: dict[Side, _Maps] = _pointing(booth, both) if booth.has_place else {side: () for side in SIDES}
    answers = {side: _film_answers(both[side].asked, out[side]) for side in SIDES}
    trained = {
        side: Trained(
            val=one.areas[0],
            clean=one.areas[1],
            swapped=one.swapped,
            painted=_painted_share(one.asked, out[side], booth.patients),
            maps=maps[side],
            seconds=one.seconds,
        )
        for side, one in both.items()
    }
    networks = [both[side].asked.loaded for side in SIDES]
    told = booth.clock.told("ask", _MEASURING)
    return ShortcutAnswer(
        agreement={part: booth.dealt.agreement(part) for part in PARTS},
        shortcut=trained["shortcut"],
        control=trained["control"],
        cost=area_less(both["shortcut"].clean, both["control"].clean),
        flattery=area_less(both["shortcut"].val, both["shortcut"].clean),
        films=_films(booth, answers),
        brightness=() if booth.has_place else by_brightness(booth.dataset, booth.dealt, networks, told),
        seconds=time.monotonic() - began,
    )


def _painted(booth: _Booth, both: dict[Side, _Side]) -> dict[Side, _Scores | None]:
    """Return what each network says with the cue painted out; the films are painted once."""
    pixels = painted_pixels(booth.clean(), booth.clock.part_of(0, _N_PARTS))
    return {side: scores_of(one.asked.loaded, pixels) for side, one in both.items()}


def _pointing(booth: _Booth, both: dict[Side, _Side]) -> dict[Side, _Maps]:
    """Return how much of each network's maps lies on the cue: method by method, so that both can be seen."""
    clean = booth.clean()
    found: dict[Side, _Maps] = {side: () for side in SIDES}
    for place, (method, side) in enumerate(product(METHODS, SIDES), start=1):
        told = booth.clock.part_of(place, _N_PARTS)
        one = share_of_maps(both[side].asked.loaded, clean, method, told)
        found[side] = (*found[side], one)
        booth.story.add(side, maps=found[side])
    return found


def _painted_share(asked: Asked, out: _Scores | None, patients: NDArray[np.int64]) -> Share | None:
    return None if out is None else changed_calls(finding_score(asked.clean_for), out, patients)


def _film_answers(asked: Asked, out: _Scores | None) -> list[FilmAnswer]:
    against, speaks = finding_score(asked.clean_against), finding_score(asked.clean_for)
    painted = [None] * len(against) if out is None else out.tolist()
    rows = zip(against.tolist(), speaks.tolist(), painted, strict=True)
    return [
        FilmAnswer(
            against=round(one, 4), for_it=round(other, 4), painted=None if last is None else round(last, 4)
        )
        for one, other, last in rows
    ]


def _films(booth: _Booth, answers: dict[Side, list[FilmAnswer]]) -> tuple[Film, ...]:
    dealt = booth.dealt
    return tuple(
        Film(
            sample_id=int(dealt.sample_ids[row]),
            has_finding=bool(dealt.has_finding[row]),
            drew_for=bool(dealt.coin[row]),
            shortcut=shortcut,
            control=control,
        )
        for row, shortcut, control in zip(booth.rows, answers["shortcut"], answers["control"], strict=True)
    )
