"""Infidelity: does the map foretell what covering a region does? Yeh and others 2019, arXiv:1901.09392.

Random squares of the image are covered: with a blur, where it takes the class away. What the map foretells is
the sum of its values there; what happens is the fall of the logit. Infidelity is the mean squared difference
of the two; it has no scale of its own, so the map is first multiplied by the best factor, as the authors do
and Captum's `normalize`, and the result is divided by what a map of zeros has: 0 foretells everything, 1
nothing. A factor below 0 would praise a map that says the opposite; it counts as 0.

Where the cover itself moves the score the same way nearly everywhere (soft shadows look like a finding), no
map could foretell that: what a square of its size does on average is then taken away from both sides first.

An unsigned map that marks what moves the score up or down is held against the size of the fall.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.explanation.checks.covers import cover_of
from core.explanation.checks.maps import moved_elsewhere
from core.explanation.checks.outcomes import not_tried, outcome_of, source_of
from core.explanation.checks.records import CheckLine
from core.explanation.checks.trial import Trial
from core.language import N_, Message

N_SQUARES: Final = 100
N_ANSWERS: Final = N_SQUARES + 5  # and the whole image, and what it is covered with
N_RANDOM: Final = 99
_RANK: Final = 5  # (4 + 1) / (99 + 1) = 5 %: a Monte Carlo test
_SMALLEST, _LARGEST = 1 / 8, 1 / 3  # side of a square, in sides of the input
_ONE_SIDED: Final = frozenset({"grad_cam", "guided_grad_cam"})  # unsigned, and only of what raises the score
_NAME = "infidelity"
_DONE = N_(
    "{n} random squares were covered {cover}, one at a time. The change of the score was compared with the"
    " sum of the map in the square: 0 foretells every change, 1 none. Copies of the map that were moved"
    " elsewhere have {mean} on average."
)
_GOOD = N_(
    "Where the map is strong, covering changes the score more; a map moved elsewhere foretells it worse."
)
_BAD = N_("The map foretells the effect of covering a region no better than the same map moved elsewhere.")
_BEYOND = N_(
    "{n} random squares were covered {cover}, one at a time. That moved the score the same way nearly"
    " everywhere, so what a square of its size does on average was taken away first. The rest was compared"
    " with the sum of the map in the square: 0 foretells every change, 1 none. Copies of the map that were"
    " moved elsewhere have {mean} on average."
)
_OPPOSITE = N_(
    "Covering what the map marks raised the score instead of lowering it. A cover can look like a finding"
    " itself; either way this map does not foretell the network."
)
_NOTHING = N_("Covering a square never changed the score: there is nothing to foretell.")


def check(trial: Trial) -> CheckLine:
    """Return the share of the changes that the map does not foretell, 0 to 1."""
    squares = squares_on(trial.inputs.shape[1:], N_SQUARES, trial.generator)
    cover = cover_of(trial)
    falls = _falls(trial, squares, cover.pixels)
    if not np.abs(falls).max() > 1e-9:
        return not_tried(_NAME, Message(text=_NOTHING))
    values, method = trial.attribution.values, trial.attribution.method
    if not trial.attribution.signed and method not in _ONE_SIDED:
        falls = np.abs(falls)
    copies = moved_elsewhere(values, N_RANDOM, trial.generator)
    maps, done = np.concatenate([values[None], copies]), _DONE
    value, *others = unforetold(maps, squares, falls)
    if np.sort(others)[_RANK - 1] >= 1:  # of 99 maps like this one, fewer than five foretell anything
        value, *others = unforetold(maps, squares, falls, beyond_cover=True)
        done = _BEYOND
    chance = np.sort(others)
    threshold = float(chance[_RANK - 1])
    outcome = outcome_of(_NAME, value, threshold)
    bad = _OPPOSITE if value >= 1 else _BAD
    return CheckLine(
        name=_NAME,
        done=Message(
            text=done,
            values={"n": N_SQUARES, "cover": Message(text=cover.called), "mean": f"{chance.mean():.2f}"},
        ),
        value=float(value),
        outcome=outcome,
        threshold=threshold,
        source=source_of(_NAME),
        sentence=Message(text=bad if outcome == "failed" else _GOOD),
        n_answers=N_ANSWERS,
    )


def squares_on(shape: tuple[int, ...], n: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Return `n` random squares on an image of `shape` (H, W), ndarray of bool (n, H, W)."""
    height, width = shape
    squares = np.zeros((n, height, width), dtype=np.bool_)
    shortest = min(height, width)
    sides = generator.uniform(_SMALLEST * shortest, _LARGEST * shortest, size=n).round().astype(int)
    for square, side in zip(squares, np.maximum(sides, 1), strict=True):
        top, left = generator.integers(height - side + 1), generator.integers(width - side + 1)
        square[top : top + side, left : left + side] = True
    return squares


def unforetold(
    maps: NDArray[np.float32],
    squares: NDArray[np.bool_],
    falls: NDArray[np.float64],
    *,
    beyond_cover: bool = False,
) -> NDArray[np.float64]:
    """Return the scaled infidelity of maps (m, H, W) over that of a map of zeros, ndarray of shape (m,).

    With `beyond_cover` after the best line over the squares' areas was taken from what each map foretells and
    from what happened.
    """
    covered = squares.reshape(len(squares), -1).astype(np.float32)
    foretold = (maps.reshape(len(maps), -1) @ covered.T).astype(np.float64)  # (m, n)
    if beyond_cover:
        line = np.stack([np.ones(len(squares)), covered.sum(axis=1)], axis=1).astype(np.float64)
        rest = np.eye(len(squares)) - line @ np.linalg.pinv(line)  # (n, n), symmetric
        foretold, falls = foretold @ rest, rest @ falls
    agreement = np.maximum(foretold @ falls, 0)
    size = (foretold**2).sum(axis=1) * (falls**2).sum()
    explained = np.divide(agreement**2, size, out=np.zeros_like(size), where=size > 0)
    return np.asarray(1 - explained, dtype=np.float64)


def _falls(trial: Trial, squares: NDArray[np.bool_], cover: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return by how much the logit falls when each square is covered, ndarray of shape (n,)."""
    target = trial.attribution.target
    whole = trial.logits(trial.inputs[None])[0, target]
    falls = []
    for number, square in enumerate(squares):
        falls.append(whole - trial.logits(np.where(square, cover, trial.inputs)[None])[0, target])
        trial.progress((number + 1) / len(squares))
    return np.array(falls)
