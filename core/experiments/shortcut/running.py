"""Run the booth: deal the cue, train with it and without it, and measure what each network looks at.

Nothing is chosen on anything: the last epoch of each training answers. Covers: chance in which patients were
asked about. Does not cover: the luck of a training; another seed gives other numbers, so try some.
"""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.phantom_set import NAME as FILMS
from core.datasets.store import Dataset, open_dataset
from core.errors import StateError
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.films import PARTS, Deal, both_sides, cued_image, deal
from core.experiments.shortcut.measuring import (
    METHODS,
    Clean,
    Told,
    area,
    area_less,
    as_drawn,
    by_brightness,
    changed_calls,
    painted_scores,
    predictions,
    share_of_maps,
)
from core.experiments.shortcut.networks import Asked, finding_score, keep, train
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
from core.jobs.worker import Job
from core.language import N_, Message
from core.statistics.shares import Share

_Scores = NDArray[np.float64]

_PREPARING: Final = N_("The cue is laid on the films")
_TRAINING: Final[dict[Side, str]] = {
    "shortcut": N_("Training with the shortcut"),
    "control": N_("Training the control, with the cue like a coin"),
}
_MEASURING: Final = N_("Asking what both networks look at")
# Where each part of the work begins and ends, as shares of its time.
_SPANS: Final = {"films": (0.0, 0.08), "shortcut": (0.08, 0.45), "control": (0.45, 0.82), "ask": (0.82, 1.0)}


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
    pixels = both_sides(dataset, dealt, request.cue, clock.told("films", _PREPARING))
    asked: dict[Side, Asked] = {}
    seconds: dict[Side, float] = {}
    for side in SIDES:
        started = time.monotonic()
        told = clock.told(side, _TRAINING[side])
        asked[side] = train(request, side, dealt, pixels, check_stop=job.check_stop, progress=told)
        seconds[side] = time.monotonic() - started
    answer = _answer(_Booth(request, dataset, dealt, clock), asked, seconds, began=began)
    for side in SIDES:  # both or none: who stops in the middle leaves the networks of an older answer
        keep(job.folder / side, asked[side].loaded)
    return answer


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


class _Booth:
    """What is asked, of which films, as they were dealt, and who is told."""

    def __init__(self, request: ShortcutRequest, dataset: Dataset, dealt: Deal, clock: _Clock) -> None:
        self.request, self.dataset, self.dealt, self.clock = request, dataset, dealt, clock
        self.has_place = CUES[request.cue].has_place
        rows = dealt.parts["clean"]
        self.patients, self.sample_ids = dealt.patients[rows], dealt.sample_ids[rows].tolist()
        self.drew, self.has_finding = dealt.coin[rows], dealt.has_finding[rows]

    def clean(self) -> Clean:
        """Return the clean test films with the cue of "finding"."""
        cued = [
            cued_image(one, self.request.cue, speaks_for=True, dataset=self.dataset)
            for one in self.sample_ids
        ]
        return Clean(cued, self.patients)


def _words(text: str, left: float | None) -> Message:
    if left is None:
        return Message(text=text)
    values: dict[str, str | int | float | bool | None | Message]
    values = {"what": Message(text=text), "seconds": max(1, round(left))}
    return Message(text=N_("{what}; about {seconds} s left"), values=values)


def _answer(
    booth: _Booth, asked: dict[Side, Asked], seconds: dict[Side, float], *, began: float
) -> ShortcutAnswer:
    dealt = booth.dealt
    clean = {side: as_drawn(one, dealt) for side, one in asked.items()}
    val = {side: predictions(one.val, dealt, "val") for side, one in asked.items()}
    maps, out = _pointing(booth, asked)
    answers = {side: _film_answers(asked[side], out[side]) for side in SIDES}
    trained = {
        side: Trained(
            val=area(val[side]),
            clean=area(clean[side]),
            swapped=changed_calls(
                finding_score(asked[side].clean_against), finding_score(asked[side].clean_for), booth.patients
            ),
            painted=_painted_share(asked[side], out[side], booth.patients),
            maps=maps[side],
            seconds=seconds[side],
        )
        for side in SIDES
    }
    both = [asked[side].loaded for side in SIDES]
    told = booth.clock.told("ask", _MEASURING)
    return ShortcutAnswer(
        agreement={part: dealt.agreement(part) for part in PARTS},
        shortcut=trained["shortcut"],
        control=trained["control"],
        cost=area_less(clean["shortcut"], clean["control"]),
        flattery=area_less(val["shortcut"], clean["shortcut"]),
        films=_films(booth, answers),
        brightness=() if booth.has_place else by_brightness(booth.dataset, dealt, both, told),
        seconds=time.monotonic() - began,
    )


def _pointing(
    booth: _Booth, asked: dict[Side, Asked]
) -> tuple[dict[Side, tuple[ShareOfMap, ...]], dict[Side, _Scores | None]]:
    """Return how much of each network's maps lies on the cue, and what it says with the cue painted out."""
    if not booth.has_place:
        return dict.fromkeys(SIDES, ()), dict.fromkeys(SIDES)
    clean, n = booth.clean(), len(SIDES) * (len(METHODS) + 1)
    maps: dict[Side, tuple[ShareOfMap, ...]] = {}
    out: dict[Side, _Scores | None] = {}
    for number, side in enumerate(SIDES):
        first, loaded = number * (len(METHODS) + 1), asked[side].loaded
        out[side] = painted_scores(loaded, clean, booth.clock.part_of(first, n))
        maps[side] = tuple(
            share_of_maps(loaded, clean, method, booth.clock.part_of(first + 1 + place, n))
            for place, method in enumerate(METHODS)
        )
    return maps, out


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
    return tuple(
        Film(
            sample_id=sample_id,
            has_finding=bool(booth.has_finding[row]),
            drew_for=bool(booth.drew[row]),
            shortcut=answers["shortcut"][row],
            control=answers["control"][row],
        )
        for row, sample_id in enumerate(booth.sample_ids)
    )
