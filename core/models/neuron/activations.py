"""Activations and their slopes: what is done to each number after a convolution and its norm."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

from core.language import N_

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Activation:
    """A function of one number and its slope, both for ndarrays of any shape."""

    title: str
    value: Callable[[Numbers], Numbers]
    slope: Callable[[Numbers], Numbers]


def _relu(x: Numbers) -> Numbers:
    return np.maximum(x, 0)


def _step(x: Numbers) -> Numbers:
    return np.where(x > 0, 1.0, 0.0)


def _sigmoid(x: Numbers) -> Numbers:
    found: Numbers = expit(x)
    return found


def _sigmoid_slope(x: Numbers) -> Numbers:
    return _sigmoid(x) * (1 - _sigmoid(x))


def _tanh_slope(x: Numbers) -> Numbers:
    return 1 - np.tanh(x) ** 2


def _silu(x: Numbers) -> Numbers:
    return x * _sigmoid(x)


def _silu_slope(x: Numbers) -> Numbers:
    return _sigmoid(x) + x * _sigmoid_slope(x)


def _hardswish(x: Numbers) -> Numbers:
    return x * np.clip(x + 3, 0, 6) / 6


def _hardswish_slope(x: Numbers) -> Numbers:
    return np.where(x <= -3, 0.0, np.where(x >= 3, 1.0, x / 3 + 0.5))


def _gelu(x: Numbers) -> Numbers:
    found: Numbers = x * 0.5 * (1 + erf(x / np.sqrt(2)))
    return found


def _gelu_slope(x: Numbers) -> Numbers:
    found: Numbers = 0.5 * (1 + erf(x / np.sqrt(2))) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return found


ACTIVATIONS: Final[dict[str, Activation]] = {
    "relu": Activation(N_("ReLU"), _relu, _step),
    "sigmoid": Activation(N_("Sigmoid"), _sigmoid, _sigmoid_slope),
    "tanh": Activation(N_("Tanh"), np.tanh, _tanh_slope),
    "silu": Activation(N_("SiLU"), _silu, _silu_slope),
    "hardswish": Activation(N_("Hardswish"), _hardswish, _hardswish_slope),
    "gelu": Activation(N_("GELU"), _gelu, _gelu_slope),
}
CLASSICS: Final = ("relu", "sigmoid", "tanh")  # that every book compares


def activate(name: str, value: float) -> float:
    """Return what an activation makes of one number."""
    return float(ACTIVATIONS[name].value(np.float64(value)))  # type: ignore[arg-type]


def slope(name: str, value: float) -> float:
    """Return the slope of an activation at one number: the part of a learning signal that it lets through."""
    return float(ACTIVATIONS[name].slope(np.float64(value)))  # type: ignore[arg-type]
