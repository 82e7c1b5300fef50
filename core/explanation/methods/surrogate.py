"""LIME: a small linear model that answers as the network does where cells of this image are covered."""

from collections.abc import Iterator
from math import exp
from typing import Any, Final

import torch
from captum.attr import Lime
from torch import Tensor

from core.explanation.memory import batch_size, in_batches
from core.explanation.methods.cells import cells_of
from core.explanation.methods.starts import cover_of
from core.explanation.passes import n_samples
from core.explanation.question import Question, Watched, check_finite
from core.explanation.records import Attribution
from core.language import N_, Message

_KERNEL_WIDTH: Final = 0.25  # of the authors' code for images (lime_image)
_PENALTY: Final = 0.1  # on squared weights; their code has 1, which shrinks the weights of few samples
_POOR: Final = 0.5  # of the variance explained, below which the weights say little
_UNSTEADY: Final = 0.9  # correlation with another seed's weights: our threshold
_FEWEST: Final = 3  # samples a cell; with fewer the scatter around the fit is not known


def lime(question: Question) -> Attribution:
    """Return the weight of each cell in a linear model fitted around the image (arXiv:1602.04938).

    Each sample covers every cell with a chance of one half, and the next sample covers all the others: what
    two cells do only together then cancels out of their weights. With as many samples, two seeds rank the
    cells alike by 0.94 in place of 0.86 (small_cnn, 49 cells, 245 samples; 0.98 with 490). Ridge regression,
    as in the authors' own code: the Lasso that Captum takes when it is told nothing set every weight to zero.
    """
    cells, grid = cells_of(question)
    cover, n_cells = cover_of(question), int(cells.max()) + 1
    n = n_samples("lime", question.settings)

    def work(size: int) -> Ridge:
        model = Ridge()

        def covered(_inputs: Tensor, **_told: Any) -> Iterator[Tensor]:
            generator = question.generator()
            yield torch.ones(1, n_cells, dtype=torch.int64, device=cover.device)
            while True:
                kept = torch.randint(2, (1, n_cells), generator=generator).to(cover.device)
                yield kept
                yield 1 - kept

        method = Lime(Watched(question, n), model, similarity, covered)
        method.attribute(
            question.inputs,
            baselines=cover,
            target=question.target,
            feature_mask=cells[None, None],
            n_samples=n,
            perturbations_per_eval=size,
            return_input_shape=False,
        )
        return model

    fitted = in_batches(question, work, first=min(n, batch_size(question, backward=False)))
    _note_fit(question, n_cells, n, fitted.r_squared)
    _note_steadiness(question, fitted.likeness)
    return question.answer("lime", fitted.representation()[cells], grid=grid)


def similarity(_inputs: Tensor, _covered: Tensor, kept: Tensor, **_told: Any) -> float:
    """Return how near a sample with the cells `kept` (1, n_cells), 0 or 1, is to the whole image: 0 to 1."""
    distance = 1 - float(kept.float().mean()) ** 0.5  # of the cosine, between `kept` and ones
    return exp(-(distance**2) / (2 * _KERNEL_WIDTH**2))


class Ridge:
    """Weighted ridge regression in closed form, as Captum wants its surrogates.

    Attributes
    ----------
    r_squared
        The part of the weighted variance that it explains.
    likeness
        About how the weights of another seed's samples would correlate with these (Pearson), 0 to 1. None for
        fewer than `_FEWEST` samples a cell, and where all weights are equal.
    """

    def __init__(self) -> None:
        self._weights = torch.zeros(0)
        self.r_squared = 0.0
        self.likeness: float | None = None

    def fit(self, loader: Any, **_told: Any) -> None:
        """Fit it to (x, y, weight); not by the loader's rounds, for they draw from the global stream."""
        x, y, weight = (tensor.double() for tensor in loader.dataset.tensors)
        check_finite(float(y.sum()))
        share = weight / weight.sum()
        x, y = x - share @ x, y - share @ y
        squares = (weight[:, None] * x).T @ x + _PENALTY * torch.eye(
            x.shape[1], dtype=x.dtype, device=x.device
        )
        inverse = torch.linalg.inv(squares)
        weights = inverse @ ((weight[:, None] * x).T @ y)
        missed, all_of_it = y - x @ weights, float(share @ y**2)
        self.r_squared = 1 - float(share @ missed**2) / all_of_it if all_of_it else 0.0
        self._weights = weights.float()
        if len(x) >= _FEWEST * x.shape[1]:
            self.likeness = _likeness(weights, (weight * missed)[:, None] * x @ inverse)

    def representation(self) -> Tensor:
        """Return the weights, (n_features,)."""
        return self._weights


def _likeness(weights: Tensor, pulls: Tensor) -> float | None:
    """Return the part of the variance among `weights` (n_features,) that is no chance; None of even ones.

    `pulls` (n, n_features) is what each sample, the whole image first, moves the weights by. The two samples
    of a pair are no two draws: their pulls are added before they are squared (the sandwich of clusters, Liang
    and Zeger 1986, doi:10.1093/biomet/73.1.13).
    """
    n_pairs, n_features = (len(pulls) - 1) // 2, len(weights)
    by_pair = pulls[1 : 2 * n_pairs + 1].reshape(n_pairs, 2, n_features).sum(dim=1)
    chance = (by_pair**2).sum(dim=0).mean() * (n_pairs / (n_pairs - n_features))  # as many were fitted away
    spread = float(weights.var())
    return max(0.0, 1 - float(chance) / spread) if spread else None


def _note_fit(question: Question, n_cells: int, n: int, r_squared: float) -> None:
    text = N_(
        "{n} samples of {cells} cells; the linear model explains {percent} % of how the score varies among"
        " them (R²)."
    )
    values = {"n": n, "cells": n_cells, "percent": round(100 * r_squared)}
    question.notes.append(Message(text=text, values={**values}))
    if r_squared < _POOR:
        text = N_(
            "That is little: the network does not act like a sum of cells here, so the weights say little."
        )
        question.notes.append(Message(text=text))
    if n < _FEWEST * n_cells:
        text = N_(
            "With fewer than three samples a cell a good fit proves nothing, and nobody can tell how steady"
            " the weights are: choose more samples."
        )
        question.notes.append(Message(text=text))


def _note_steadiness(question: Question, likeness: float | None) -> None:
    if likeness is None:
        return
    text = N_(
        "The weights of another seed would agree with these by about {likeness} (correlation: 1 is the same"
        " map, 0 is chance; reckoned from their standard errors)."
    )
    question.notes.append(Message(text=text, values={"likeness": f"{likeness:.2f}"}))
    if likeness < _UNSTEADY:
        text = N_("That is unsteady: choose more samples before you rely on a single cell.")
        question.notes.append(Message(text=text))
