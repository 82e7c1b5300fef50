"""What a step did, written to be read: numbers, and the neighbourhood that a filter looked at."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.language import N_, Message
from core.transforms.preprocessing.picture import Tell


def shown_number(value: float) -> str:
    """Write a number of the pipeline: whole ones whole, others with four places."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.4f}"


def likewise(formula: Message, n_channels: int) -> Message:
    """Return what is told of the first channel so that it speaks for all."""
    if n_channels == 1:
        return formula
    return Message(text=N_("red: {formula}, green and blue likewise"), values={"formula": formula})


def tell_around(text: str, after: NDArray[np.float32], radius: int, **more: NDArray[Any] | float) -> Tell:
    """Return a teller for a step that looks at the square of side 2 x radius + 1 around a pixel.

    Parameters
    ----------
    text
        A marked text. It may name {side}, {n} (pixels in the square), {low}, {high} (of the square before),
        {before}, {after}, and what `more` gives.
    after
        ndarray of shape (H, W, C): the step's result, in the same place as what was before it.
    more
        Numbers, or arrays of shape (H, W, C) of which the pixel's own number is told.
    """

    def tell(before: NDArray[np.float32], row: int, column: int) -> Message:
        rows = slice(max(0, row - radius), row + radius + 1)
        square = before[rows, max(0, column - radius) : column + radius + 1, 0]
        numbers = {
            "low": float(square.min()),
            "high": float(square.max()),
            "before": float(before[row, column, 0]),
            "after": float(after[row, column, 0]),
        } | {name: _number(value, row, column) for name, value in more.items()}
        side = 2 * radius + 1
        values = {name: shown_number(value) for name, value in numbers.items()}
        return likewise(Message(text=text, values={"side": side, "n": side**2, **values}), before.shape[2])

    return tell


def _number(value: NDArray[Any] | float, row: int, column: int) -> float:
    return float(value[row, column, 0]) if isinstance(value, np.ndarray) else float(value)
