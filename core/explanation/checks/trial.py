"""What every check is given: a copy of the network, the image as the network gets it, and the map."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

from core.explanation.attribution import explain
from core.explanation.catalog import EXPLAINERS
from core.explanation.copying import private_copy
from core.explanation.records import Attribution
from core.explanation.settings import ExplainSettings
from core.images.records import MedicalImage
from core.models.build import model_spec
from core.models.records import ModelSpec
from core.runs.checkpoints import LoadedModel
from core.transforms.preprocessing import to_input

Progress = Callable[[float], None]

BLUR: Final = 0.1  # standard deviation of the blur that stands for "nothing there", in sides of the input
_BATCH: Final = 32
_MOST_STEPS: Final = 50  # of the maps that a check computes anew
_SLOW_SETTINGS: Final = frozenset({"n_steps", "window", "n_cells", "n_samples"})


@dataclass(frozen=True, eq=False)
class Trial:
    """One map under examination.

    Attributes
    ----------
    loaded
        A private copy of the network with its card: nobody else uses it.
    inputs
        ndarray of shape (C, H, W), float32: what the network gets of the image.
    attribution
        The map in question.
    settings
        Its settings, with fewer steps where there are many: a check computes many maps.
    seed
        Same seed, same numbers.
    progress
        Called with the share that is done of the check at hand; what it raises ends the work.
    beat
        Called ever again while one map is computed, which may take long; what it raises ends the work too.
    """

    loaded: LoadedModel
    inputs: NDArray[np.float32]
    attribution: Attribution
    settings: ExplainSettings
    seed: int = 0
    progress: Progress = lambda fraction: None
    beat: Callable[[], None] = lambda: None

    @property
    def spec(self) -> ModelSpec:
        """The network's entry."""
        return model_spec(self.loaded.card.model)

    @property
    def generator(self) -> np.random.Generator:
        """A fresh generator: each check draws the same, whichever were run before."""
        return np.random.default_rng(self.seed)

    @property
    def blurred(self) -> NDArray[np.float32]:
        """The image without its detail, ndarray of shape (C, H, W)."""
        height, width = self.inputs.shape[1:]
        sigma = (0, BLUR * height, BLUR * width)
        return np.asarray(gaussian_filter(self.inputs, sigma, mode="nearest"), dtype=np.float32)

    def map_of(
        self, *, inputs: NDArray[np.float32] | None = None, model: nn.Module | None = None
    ) -> NDArray[np.float32]:
        """Compute the map of another input or another network, ndarray of shape (H, W)."""
        return self.answer_of(inputs=inputs, model=model).values

    def answer_of(
        self,
        *,
        inputs: NDArray[np.float32] | None = None,
        model: nn.Module | None = None,
        method: str | None = None,
    ) -> Attribution:
        """Ask again: about another input, another network, or by another method."""
        loaded = self.loaded if model is None else replace(self.loaded, model=model)
        return explain(
            loaded,
            self.inputs if inputs is None else inputs,
            method or self.attribution.method,
            self.attribution.target,
            settings=self.settings,
            progress=lambda fraction: self.beat(),
        )

    def logits(self, batch: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the network's answers to a batch (n, C, H, W): ndarray of shape (n, n_classes)."""
        model = self.loaded.model
        device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
        rows: list[Tensor] = []
        with torch.no_grad():
            for start in range(0, len(batch), _BATCH):
                part = torch.from_numpy(np.ascontiguousarray(batch[start : start + _BATCH]))
                rows.append(model(part.to(device)).double().cpu())
        found: NDArray[np.float64] = torch.cat(rows).numpy()
        return found

    def probabilities(self, batch: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of the explained class, ndarray of shape (n,)."""
        logits = torch.from_numpy(self.logits(batch))
        found: NDArray[np.float64] = logits.softmax(dim=1)[:, self.attribution.target].numpy()
        return found


def trial_of(
    loaded: LoadedModel,
    image: MedicalImage,
    attribution: Attribution,
    settings: ExplainSettings,
    *,
    seed: int,
) -> Trial:
    """Prepare the examination of a map; the shown network is copied, never used."""
    private = replace(loaded, model=private_copy(loaded.model))
    inputs = to_input(image, loaded.preprocessing, loaded.statistics)
    return Trial(private, inputs, attribution, economical(settings, attribution), seed)


def economical(settings: ExplainSettings, attribution: Attribution) -> ExplainSettings:
    """Return the settings of maps that a check computes anew: at most _MOST_STEPS steps."""
    n_steps = min(attribution.n_steps or _MOST_STEPS, _MOST_STEPS)
    return settings.model_copy(update={"n_steps": n_steps})


def is_slow(method: str) -> bool:
    """Tell whether one map of a method takes many passes: it heeds steps, a window, cells or samples."""
    return not _SLOW_SETTINGS.isdisjoint(EXPLAINERS[method].settings)
