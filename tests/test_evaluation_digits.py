"""The arithmetic that is printed beside a number gives that number, for whoever does it again."""

import math
import re

import numpy as np
import pytest

from core.evaluation.digits import enough, rounded
from core.evaluation.report import evaluate
from core.evaluation.sentences import value_of, worked_out
from core.runs.predictions import Predictions

SIGNS = {"×": "*", "²": "**2", "√": "sqrt", " pairs": ""}


def predictions(k: int, n: int, seed: int) -> Predictions:
    rng = np.random.default_rng(seed)
    y_true = rng.permutation(np.arange(n) % k)
    return Predictions.from_logits(
        np.round(rng.normal(size=(n, k)) + 1.5 * np.eye(k)[y_true], 1),
        y_true=y_true,
        sample_ids=np.arange(n),
        patient_ids=None,
        class_names=tuple("abcdefgh"[:k]),
        positive_class="b" if k == 2 else None,
    )


def done_again(arithmetic: str) -> float:
    for sign, meaning in SIGNS.items():
        arithmetic = arithmetic.replace(sign, meaning)
    arithmetic = re.sub(r"([\d.]+) of (\d+)", r"\1 / \2", arithmetic)
    assert re.fullmatch(r"[\d.+\-*/() sqrt]+", arithmetic)
    return float(eval(arithmetic, {"sqrt": math.sqrt}))


@pytest.mark.parametrize("k", [2, 3, 8])
@pytest.mark.parametrize("seed", range(4))
def test_arithmetic_gives_the_number_beside_it(k: int, seed: int) -> None:
    evaluation = evaluate(predictions(k, 40 * k + 7 * seed, seed), threshold=0.41)
    for class_name in (None, *evaluation.per_class):
        found = evaluation.metrics if class_name is None else evaluation.per_class[class_name]
        for name in found:
            arithmetic, shown = str(worked_out(name, evaluation, class_name)).split(" = ")
            value = value_of(name, evaluation, class_name).value
            assert value is not None
            assert shown.split(" (")[0] == rounded(value)
            again = done_again(arithmetic)
            near = {rounded(value - 1e-9), rounded(value + 1e-9)}  # two of them on an edge: 0.585
            assert {rounded(again - 1e-9), rounded(again + 1e-9)} <= near, (name, arithmetic, shown)


def test_two_digits_are_no_more_than_enough_where_the_sum_comes_out() -> None:
    def mean(parts):
        return sum(parts) / len(parts)

    assert enough([0.85, 0.84], mean, 0.845) == ["0.85", "0.84"]
    assert enough([0.7949, 0.6336, 0.5679], mean, 0.6655) == ["0.795", "0.634", "0.568"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.004, "-0.004"),
        (0.99996, "0.99996"),
        (-0.9997, "-0.9997"),
        (-1e-17, "0.00"),
        (1 - 1e-16, "1.00"),
        (1.004, "1.004"),
        (2.5, "2.50"),
        (math.nan, "nan"),
    ],
)
def test_nothing_is_called_certain_or_nothing_that_is_not(value: float, text: str) -> None:
    assert rounded(value) == text
