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


def lime(question: Question) -> Attribution:
    """Return the weight of each cell in a linear model fitted around the image (arXiv:1602.04938).

    Each sample covers every cell with a chance of one half. Ridge regression, as in the authors' own code:
    the Lasso that Captum takes when it is told nothing set every weight to zero here.
    """
    cells, grid = cells_of(question)
    cover, n_cells = cover_of(question), int(cells.max()) + 1
    n = n_samples("lime", question.settings)

    def work(size: int) -> tuple[Tensor, float]:
        model = Ridge()

        def covered(_inputs: Tensor, **_told: Any) -> Iterator[Tensor]:
            generator = question.generator()
            yield torch.ones(1, n_cells, dtype=torch.int64, device=cover.device)
            while True:
                yield torch.randint(2, (1, n_cells), generator=generator).to(cover.device)

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
        return model.representation(), model.r_squared

    weights, r_squared = in_batches(question, work, first=min(n, batch_size(question, backward=False)))
    _note_fit(question, n_cells, n, r_squared)
    return question.answer("lime", weights[cells], grid=grid)


def similarity(_inputs: Tensor, _covered: Tensor, kept: Tensor, **_told: Any) -> float:
    """Return how near a sample with the cells `kept` (1, n_cells), 0 or 1, is to the whole image: 0 to 1."""
    distance = 1 - float(kept.float().mean()) ** 0.5  # of the cosine, between `kept` and ones
    return exp(-(distance**2) / (2 * _KERNEL_WIDTH**2))


class Ridge:
    """Weighted ridge regression in closed form, as Captum wants its surrogates."""

    def __init__(self) -> None:
        self._weights = torch.zeros(0)
        self.r_squared = 0.0

    def fit(self, loader: Any, **_told: Any) -> None:
        """Fit it to (x, y, weight); not by the loader's rounds, for they draw from the global stream."""
        x, y, weight = (tensor.double() for tensor in loader.dataset.tensors)
        check_finite(float(y.sum()))
        share = weight / weight.sum()
        x, y = x - share @ x, y - share @ y
        squares = (weight[:, None] * x).T @ x + _PENALTY * torch.eye(
            x.shape[1], dtype=x.dtype, device=x.device
        )
        weights = torch.linalg.solve(squares, (weight[:, None] * x).T @ y)
        unexplained, all_of_it = float(share @ (y - x @ weights) ** 2), float(share @ y**2)
        self.r_squared = 1 - unexplained / all_of_it if all_of_it else 0.0
        self._weights = weights.float()

    def representation(self) -> Tensor:
        """Return the weights, (n_features,)."""
        return self._weights


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
    if n < 2 * n_cells:
        text = N_("With fewer than two samples a cell a good fit proves nothing: choose more samples.")
        question.notes.append(Message(text=text))
