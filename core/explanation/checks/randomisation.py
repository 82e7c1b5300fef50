"""Does the map change when the network forgets? Adebayo and others 2018, arXiv:1810.03292.

The weights become random block by block, from the head down to the image, and stay so (their cascading
randomisation). A map that looks the same after that shows the image, not what was learned.
"""

from copy import deepcopy
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from core.explanation.checks.maps import is_flat, rank_correlation
from core.explanation.checks.outcomes import not_tried, outcome_of, source_of
from core.explanation.checks.records import Cascade, CheckLine
from core.explanation.checks.trial import Trial, is_slow
from core.language import N_, Message
from core.models.build import build_model
from core.models.records import ModelSpec
from core.runs.records import ModelCard

THRESHOLD: Final = 0.7
_FIRST_SEED: Final = 90_001  # far from the seeds of trainings, which must not begin with the same weights
_SIDE: Final = 96  # pixels
_NAME = "randomisation"
_DONE = N_(
    "The weights were made random from the last layer down to the first, in {n_stages} steps; with all of"
    " them random the map was computed for {n_seeds} different draws and ranked against this one."
)
_GOOD = N_("The map changes when the network forgets: it shows something that was learned.")
_BAD = N_(
    "The map hardly changes when the network forgets all that it has learned: it shows the image, not the"
    " network."
)
_EMPTY = N_(
    "All maps of the networks that know nothing were empty: there was nothing to compare this map with."
)


def check(trial: Trial) -> CheckLine:
    """Return the mean rank correlation with the maps of networks that have learned nothing.

    A random network's map that is the same everywhere, as half of all Grad-CAMs may be, has no ranks: it is
    left out, for it would count as a map that has changed.
    """
    n_seeds = n_seeds_of(trial.attribution.method)
    cascade = _cascade(trial, n_seeds)
    last = [] if is_flat(cascade.maps[-1]) else [cascade.correlations[-1]]
    n_stages = len(cascade.stages)
    for more in range(1, n_seeds):
        network = randomised(trial.loaded.model, trial.loaded.card, seed=_FIRST_SEED + trial.seed + more)
        values = trial.map_of(model=network)
        last += [] if is_flat(values) else [rank_correlation(trial.attribution.values, values)]
        trial.progress((n_stages + more) / (n_stages + n_seeds - 1))
    if not last:
        return not_tried(_NAME, Message(text=_EMPTY))
    value = sum(last) / len(last)
    outcome = outcome_of(_NAME, value, THRESHOLD)
    return CheckLine(
        name=_NAME,
        done=Message(text=_DONE, values={"n_stages": n_stages, "n_seeds": len(last)}),
        value=value,
        low=min(last),
        high=max(last),
        outcome=outcome,
        threshold=THRESHOLD,
        source=source_of(_NAME),
        sentence=Message(text=_BAD if outcome == "failed" else _GOOD),
        n_maps=n_stages + n_seeds - 1,
        evidence=cascade,
    )


def n_seeds_of(method: str) -> int:
    """Return how many random networks there are: fewer for a method whose maps take long."""
    return 2 if is_slow(method) else 3


def stages_of(spec: ModelSpec) -> tuple[tuple[str, ...], ...]:
    """Return the modules that are made random at each step: the head, then block by block to the image."""
    return (spec.head, *reversed(spec.blocks))


def randomised(model: nn.Module, card: ModelCard, *, seed: int) -> nn.Module:
    """Return a copy of a network with weights of its own that have learned nothing."""
    network = deepcopy(model)
    network.load_state_dict(fresh_weights(network, card, seed=seed))
    return network.eval()


def fresh_weights(model: nn.Module, card: ModelCard, *, seed: int) -> dict[str, Tensor]:
    """Return what the network would begin a training with, under the names of its weights.

    They are drawn as for a training from scratch. A network that is not built as its entry says gets normal
    draws with the mean and the spread of each weight's own values, so that answers keep their size.
    """
    own = model.state_dict()
    fresh = build_model(
        card.model,
        n_classes=len(card.class_names),
        n_channels=card.n_channels,
        image_size=card.image_size,
        seed=seed,
    ).state_dict()
    shapes = {name: tensor.shape for name, tensor in fresh.items()}
    if shapes == {name: tensor.shape for name, tensor in own.items()}:
        return fresh
    generator = torch.Generator().manual_seed(seed)
    return {name: _redrawn(tensor, generator) for name, tensor in own.items()}


def _redrawn(tensor: Tensor, generator: torch.Generator) -> Tensor:
    """Return normal draws of the same mean and spread; a buffer of integers stays."""
    if not tensor.is_floating_point():
        return tensor
    values = tensor.detach().cpu()
    spread = values.std() if values.numel() > 1 else values.abs().max()
    drawn = torch.randn(values.shape, generator=generator, dtype=values.dtype) * spread + values.mean()
    return drawn.abs() if bool((values >= 0).all()) else drawn  # a variance stays one


def _cascade(trial: Trial, n_seeds: int) -> Cascade:
    network = deepcopy(trial.loaded.model)
    fresh = fresh_weights(network, trial.loaded.card, seed=_FIRST_SEED + trial.seed)
    remaining, correlations, maps, stages = set(fresh), [], [], []
    wanted = [stage for stage in stages_of(trial.spec) if _within(remaining, stage)] or [tuple(sorted(fresh))]
    for number, stage in enumerate(wanted):
        is_last = number == len(wanted) - 1
        chosen = set(remaining) if is_last else _within(remaining, stage)  # with the last go the strays
        network.load_state_dict({name: fresh[name] for name in chosen}, strict=False)
        remaining -= chosen
        values = trial.map_of(model=network)
        correlations.append(rank_correlation(trial.attribution.values, values))
        maps.append(thumbnail(values))
        stages.append(stage[0])
        trial.progress((number + 1) / (len(wanted) + n_seeds - 1))
    return Cascade(tuple(stages), tuple(correlations), tuple(maps))


def thumbnail(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a map at no more than _SIDE pixels of side: what is kept of it to be shown."""
    height, width = values.shape
    factor = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX), dtype=np.float32)


def _within(names: set[str], modules: tuple[str, ...]) -> set[str]:
    """Return the weights that belong to some modules."""
    beginnings = tuple(f"{module}." for module in modules)
    return {name for name in names if name in modules or name.startswith(beginnings)}
