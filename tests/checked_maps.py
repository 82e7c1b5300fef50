"""What the tests of the check card share: a linear network, whose map is known, and maps made to fail."""

import numpy as np
import torch
from torch import Tensor, nn

from core.explanation.attribution import Question, explain_image
from core.explanation.catalog import EXPLAINERS
from core.explanation.checks.trial import Trial, trial_of
from core.explanation.records import Attribution
from core.explanation.settings import ExplainSettings
from core.images.records import MedicalImage
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics

SIZE = 32


class Linear(nn.Module):
    """Logits 0 and the sum of w * x: weight times pixel is the whole truth about it."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weights = nn.Parameter(0.05 * torch.randn(1, SIZE, SIZE, generator=generator))

    def forward(self, x: Tensor) -> Tensor:
        score = torch.einsum("chw,bchw->b", self.weights, x)
        return torch.stack([torch.zeros_like(score), score], dim=1)


def loaded(model: nn.Module) -> LoadedModel:
    """`model` with the card of a small CNN that has two classes and stands 32 pixels of side."""
    card = ModelCard(
        run="run",
        model="small_cnn",
        class_names=("a", "b"),
        positive_class="b",
        n_channels=1,
        preprocessing=default_preprocessing(SIZE, 1),
        statistics=ChannelStatistics(mean=(0.5,), std=(0.3,), low=(0.0,), high=(1.0,)),
        intended_use="",
        simulated=True,
        dataset="phantoms",
        n_train_images=1,
        n_train_patients=None,
        best_epoch=1,
        image_size=SIZE,
    )
    return LoadedModel(model.eval(), card)


def image(seed: int = 0) -> MedicalImage:
    """White noise: each pixel counts for itself."""
    values = np.random.default_rng(seed).integers(256, size=(SIZE, SIZE)).astype(np.uint8)
    return MedicalImage(values, (0, 255))


def right_map(network: LoadedModel, method: str = "input_x_gradient") -> Attribution:
    return explain_image(network, image(), method)


def trial(network: LoadedModel, attribution: Attribution, *, seed: int = 0) -> Trial:
    return trial_of(network, image(), attribution, ExplainSettings(), seed=seed)


def edges(question: Question) -> Attribution:
    """Shows the image's edges, whatever the network is."""
    pixels = question.inputs[0, 0].detach()
    return question.answer("edges", torch.hypot(*torch.gradient(pixels)))


def chaos(question: Question) -> Attribution:
    """Another map for every other image, however alike they look."""
    seed = abs(hash(question.inputs.detach().numpy().tobytes())) % 2**31
    generator = torch.Generator().manual_seed(seed)
    return question.answer("chaos", torch.randn(question.inputs.shape[2:], generator=generator))


def add_method(monkeypatch, name: str, *, signed: bool) -> None:
    spec = EXPLAINERS["saliency"].model_copy(
        update={"name": name, "signed": signed, "shown_first": False, "builder": f"{__name__}:{name}"}
    )
    monkeypatch.setitem(EXPLAINERS, name, spec)
