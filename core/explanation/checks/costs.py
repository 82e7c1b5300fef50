"""What a check takes: maps to compute and answers of the network, and so how long it will be.

An estimate: the passes of a map are counted from the settings, not measured, and a pass backward counts as
two forward.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch

from core.explanation.checks.agreement import rivals_of
from core.explanation.checks.fidelity import N_ANSWERS
from core.explanation.checks.noise import n_draws_of
from core.explanation.checks.randomisation import n_seeds_of, stages_of
from core.explanation.checks.removal import n_answers
from core.explanation.copying import private_copy
from core.explanation.passes import estimated_passes
from core.explanation.settings import ExplainSettings
from core.models.build import model_spec
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard

_USUAL = ExplainSettings()
_BACKWARD = 2
_WITHOUT_GRADIENT = frozenset({"occlusion", "feature_ablation", "lime"})
_REPEATS, _LEAST_SECONDS = 3, 0.1  # more of a quick network: other work on the machine may be in the first
_AROUND_ANSWER = 0.0015  # seconds: sorting, blurring and copying around each answer
_AROUND_MAP = 0.015  # seconds: copying, repairing and hooking a network for each map


@dataclass(frozen=True)
class Cost:
    """How many passes a check takes."""

    maps: dict[str, int]  # method: how often
    answers: int = 0

    def passes(self, input_size: int, settings: ExplainSettings = _USUAL) -> int:
        """Return them in answers of the network."""
        maps = (n * passes_of(method, settings, input_size) for method, n in self.maps.items())
        return self.answers + sum(maps)

    def seconds(self, each: float, input_size: int, settings: ExplainSettings = _USUAL) -> float:
        """Return how long they take, if one answer takes `each` seconds."""
        around = sum(self.maps.values()) * _AROUND_MAP + self.answers * _AROUND_ANSWER
        return self.passes(input_size, settings) * each + around


def cost_of(check: str, method: str, model: str) -> Cost:
    """Return what a check of CHECKS takes for the map of a method on a network of MODELS."""
    if check == "randomisation":
        return Cost({method: len(stages_of(model_spec(model))) + n_seeds_of(method) - 1})
    if check == "noise":
        n = n_draws_of(method) + 1
        return Cost({method: n}, answers=n)
    if check == "agreement":
        return Cost({rival: 1 for rival in rivals_of(method)})
    answers = {"infidelity": N_ANSWERS, "deletion": n_answers(), "insertion": n_answers()}
    return Cost({}, answers.get(check, 0))


def passes_of(method: str, settings: ExplainSettings, input_size: int) -> int:
    """Return about how many answers of the network one map costs; a pass backward counts as two."""
    each = 1 if method in _WITHOUT_GRADIENT else 1 + _BACKWARD
    return estimated_passes(method, settings, input_size) * each


def input_size_of(card: ModelCard) -> int:
    """Return the side of a network's images in pixels."""
    return card.image_size or model_spec(card.model).usual_size


def seconds_per_answer(loaded: LoadedModel) -> float:
    """Measure one answer of a network, on an image of zeros."""
    size = input_size_of(loaded.card)
    model = private_copy(loaded.model)
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    inputs = torch.from_numpy(np.zeros((1, loaded.card.n_channels, size, size), dtype=np.float32)).to(device)
    times: list[float] = []
    with torch.no_grad():
        while len(times) < _REPEATS or (sum(times) < _LEAST_SECONDS and len(times) < 10 * _REPEATS):
            start = time.perf_counter()
            model(inputs)
            times.append(time.perf_counter() - start)
    return min(times)


def seconds_of(
    checks: tuple[str, ...],
    method: str,
    loaded: LoadedModel,
    settings: ExplainSettings = _USUAL,
    *,
    each: float | None = None,
) -> float:
    """Estimate how long some checks of a map take, in seconds; `each` is one answer's, measured if None."""
    each, size = seconds_per_answer(loaded) if each is None else each, input_size_of(loaded.card)
    costs = (cost_of(check, method, loaded.card.model) for check in checks)
    return sum(cost.seconds(each, size, settings) for cost in costs)
