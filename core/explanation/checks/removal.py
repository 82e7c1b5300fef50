"""Deletion and insertion curves (Petsiuk and others 2018, RISE, arXiv:1806.07421), against maps elsewhere.

Pixels are covered in the order of the map, largest values first, or brought back onto the covered image: with
a blur, where it takes the class away. The area under the probability is compared with that of the same map
moved elsewhere: maps of the same values and the same smoothness, for a coarse map beats fine noise whatever
it marks. (In the paper deletion sets pixels to grey; a blur makes no new edges.)
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.explanation.checks.covers import LEAST_FALL, Cover, cover_of
from core.explanation.checks.maps import areas_under, moved_elsewhere
from core.explanation.checks.outcomes import not_tried, outcome_of, source_of
from core.explanation.checks.records import CheckLine, RemovalCurves
from core.explanation.checks.trial import Trial
from core.language import N_, Message

N_RANDOM: Final = 19  # the best of them is passed by chance once in 20 times
SHARES: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
_NOTHING_TAKEN = N_(
    "Wholly blurred, evenly grey or dark, the image still has a probability of at least {covered}, and as it"
    " is {whole}: no cover takes anything away from this class, so none can show where the evidence is. (We"
    " ask for a fall of {least}.)"
)
_DELETED = N_(
    "Pixels were covered {cover}, those that the map marks most first; the mean probability on the way is"
    " {area}. With the map moved elsewhere it is {low} to {high} ({n} copies)."
)
_INSERTED = N_(
    "The image was covered {cover} and its pixels brought back, those that the map marks most first; the mean"
    " probability on the way is {area}. With the map moved elsewhere it is {low} to {high} ({n} copies)."
)
_DELETION_GOOD = N_(
    "Covering what the map marks lowers the probability faster than covering other places: the network needs"
    " what is marked."
)
_DELETION_BAD = N_(
    "Covering what the map marks lowers the probability no faster than covering other places: the map does"
    " not mark what the network needs."
)
_INSERTION_GOOD = N_(
    "What the map marks raises the probability sooner than other places: for the network, much of the"
    " evidence is there."
)
_INSERTION_BAD = N_(
    "What the map marks raises the probability no sooner than other places: for the network, the evidence is"
    " not there alone."
)


def deletion(trial: Trial) -> CheckLine:
    """Return the area under the probability while the map's pixels are covered; small is good."""
    cover = cover_of(trial)
    if not cover.takes_away:
        return _nothing_taken("deletion", cover)
    curves = _curves(trial, trial.inputs, cover.pixels)
    return _line("deletion", curves, _done(_DELETED, cover), good=_DELETION_GOOD, bad=_DELETION_BAD)


def insertion(trial: Trial) -> CheckLine:
    """Return the area under the probability while the map's pixels are brought back; large is good."""
    cover = cover_of(trial)
    if not cover.takes_away:
        return _nothing_taken("insertion", cover)
    curves = _curves(trial, cover.pixels, trial.inputs)
    return _line("insertion", curves, _done(_INSERTED, cover), good=_INSERTION_GOOD, bad=_INSERTION_BAD)


def _nothing_taken(name: str, cover: Cover) -> CheckLine:
    """Return the line of a check that cannot be: the covered image is called the same."""
    values = {"whole": f"{cover.whole:.2f}", "covered": f"{cover.covered:.2f}", "least": LEAST_FALL}
    return not_tried(name, Message(text=_NOTHING_TAKEN, values=values))


def _done(text: str, cover: Cover) -> Message:
    return Message(text=text, values={"cover": Message(text=cover.called)})


def n_answers() -> int:
    """Return how many answers of the network one of the two curves takes, with its random maps."""
    return (N_RANDOM + 1) * (len(SHARES) - 2) + 2 + 4


def _curves(trial: Trial, before: NDArray[np.float32], after: NDArray[np.float32]) -> RemovalCurves:
    """Follow the probability from one image (C, H, W) to another, in the order of each map."""
    generator = trial.generator
    values = trial.attribution.values
    maps = np.concatenate([values[None], moved_elsewhere(values, N_RANDOM, generator)])
    ends = trial.probabilities(np.stack([before, after]))
    inner = np.array(SHARES[1:-1])
    rows = []
    for number, one in enumerate(maps):
        places = order_of(one, generator) / one.size  # (H, W), 0 for the pixel that is changed first
        batch = np.where(places < inner[:, None, None, None], after, before)  # (n, C, H, W)
        rows.append([ends[0], *trial.probabilities(batch), ends[1]])
        trial.progress((number + 1) / len(maps))
    scores = np.array(rows)
    return RemovalCurves(np.array(SHARES), scores[0], scores[1:])


def order_of(values: NDArray[np.floating], generator: np.random.Generator) -> NDArray[np.int64]:
    """Return the rank of each pixel (H, W), 0 for the largest value; equal values are drawn by lot."""
    lots = generator.permutation(values.size)
    order = np.lexsort((lots, -values.ravel()))
    ranks = np.empty(values.size, dtype=np.int64)
    ranks[order] = np.arange(values.size)
    return ranks.reshape(values.shape)


def _line(name: str, curves: RemovalCurves, done: Message, *, good: str, bad: str) -> CheckLine:
    value = float(areas_under(curves.scores, curves.shares))
    chance = areas_under(curves.random_scores, curves.shares)
    threshold = float(chance.min() if name == "deletion" else chance.max())
    outcome = outcome_of(name, value, threshold)
    areas = {"area": value, "low": float(chance.min()), "high": float(chance.max())}
    shown = {key: f"{one:.3f}" for key, one in areas.items()}
    return CheckLine(
        name=name,
        done=Message(text=done.text, values={**done.values, **shown, "n": N_RANDOM}),
        value=value,
        outcome=outcome,
        threshold=threshold,
        source=source_of(name),
        sentence=Message(text=bad if outcome == "failed" else good),
        n_answers=n_answers(),
        evidence=curves,
    )
