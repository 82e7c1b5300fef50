"""Numbers written with as few digits as say no more and no less than what is so."""

from collections.abc import Callable, Sequence
from typing import Final

_FEWEST, _MOST = 2, 7
_NOISE: Final = 1e-9  # of floating point: nearer to 0 or 1 than this is there


def rounded(value: float) -> str:
    """Return two digits, or as many more as it takes not to say 0.00 or 1.00 of what is neither."""
    for whole in (-1, 0, 1):
        if abs(value - whole) < _NOISE:
            return f"{whole:.2f}"
    texts = [f"{value:.{digits}f}" for digits in range(_FEWEST, _MOST + 1)]
    return next((text for text in texts if float(text) not in (-1, 0, 1)), texts[-1])


def enough(
    parts: Sequence[float], made: Callable[[Sequence[float]], float], value: float, *, fewest: int = _FEWEST
) -> list[str]:
    """Write the parts of a sum with as few digits as still give the number that is printed.

    "(0.79 + 0.63 + 0.57) / 3 = 0.67" is wrong for whoever does the sum; "(0.795 + 0.634 + 0.568)" is not.

    Parameters
    ----------
    parts
        What the arithmetic is made of.
    made
        Makes the value of them; NaN where it can't.
    value
        The number that is printed, `rounded`.
    fewest
        Digits to begin with.
    """
    wanted = _roundings(value)
    texts: list[str] = []
    for digits in range(fewest, _MOST + 1):
        texts = [f"{part:.{digits}f}" for part in parts]
        # 0.585 is on the edge: one reader would round it up, another down.
        if _roundings(made([float(text) for text in texts])) <= wanted:
            return texts
    return texts


def _roundings(value: float) -> set[str]:
    return {rounded(value - _NOISE), rounded(value + _NOISE)}
