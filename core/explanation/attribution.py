"""Ask a network which pixels its answer leaned on: through Captum, Grad-CAM by hand.

The question is always about one logit, not about a probability: a softmax lets one class rise only because
another falls. It is asked of a private copy: the network that is shown is never hooked, keeps its mode and
its gradients, and may answer others at the same time. No random number comes from a global stream.

Covers: the methods of EXPLAINERS, one module a family in `methods/`. Does not cover: whether the map tells
the truth about the network; none of these methods can promise that.
"""

from dataclasses import replace
from importlib import import_module
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import InvalidValueError, UnknownNameError
from core.explanation.catalog import EXPLAINERS
from core.explanation.copying import private_copy
from core.explanation.memory import in_batches
from core.explanation.question import STEPS, TOLERANCE, Progress, Question
from core.explanation.records import Attribution
from core.explanation.settings import ExplainSettings
from core.explanation.validity.records import Validity
from core.explanation.validity.table import validity_of
from core.images.records import MedicalImage
from core.language import N_, Message
from core.models.build import model_spec
from core.models.catalog import MODELS
from core.runs.checkpoints import LoadedModel
from core.transforms.preprocessing import final_extent, to_input
from core.transforms.preprocessing.pipeline import rescales, uses_own_statistics

__all__ = ["STEPS", "TOLERANCE", "Progress", "Question", "class_index", "explain", "explain_image"]

_USUAL: Final = ExplainSettings()


def explain(
    loaded: LoadedModel,
    inputs: NDArray[np.float32],
    method: str,
    target: int | None = None,
    *,
    settings: ExplainSettings = _USUAL,
    steps: tuple[int, ...] = STEPS,
    progress: Progress = lambda fraction: None,
    regardless: bool = False,
    is_private: bool = False,
) -> Attribution:
    """Explain one logit of one image.

    Parameters
    ----------
    loaded
        A network with its card.
    inputs
        ndarray of shape (C, H, W), float32, as `to_input` gives it.
    method
        A key of EXPLAINERS.
    target
        Index of the class to explain; None means the one with the highest logit.
    settings
        What was chosen of it; the method heeds the fields that its entry names.
    steps
        For integrated gradients: numbers of steps to try until the delta is small; the last is the budget.
    progress
        Called with the fraction that is done; what it raises ends the work.
    regardless
        Ask also what the validity table does not offer: for those who measure the table.
    is_private
        `loaded` holds a `private_copy` that nobody else uses: who asks for hundreds of maps makes it once.

    Raises
    ------
    UnknownNameError
        There is no such method.
    InvalidValueError
        There is no class with this index, the settings make no sense here, the method is not offered for
        this network, or the image or the network's answer is no finite number.
    RepairError
        The method needs a repaired copy of the network, and none can be made.
    OutOfMemoryError
        Not even one image at a time fits into memory.
    """
    if method not in EXPLAINERS:
        raise UnknownNameError(N_("explanation method"), method, EXPLAINERS)
    pair = None if regardless else validity_of(method, loaded.card.model)
    _check_offered(pair)
    model = loaded.model if is_private else private_copy(loaded.model)
    batch = _batch(loaded, inputs).to(next(model.parameters()).device)
    chosen = _target(model, batch, target, loaded.class_names)
    question = Question(
        model=model,
        inputs=batch.requires_grad_(),
        target=chosen,
        class_name=loaded.class_names[chosen],
        spec=model_spec(loaded.card.model),
        steps=steps,
        settings=settings,
        progress=progress,
        black=_black(loaded, batch),
        repairs=pair is None or pair.status != "valid",
    )
    progress(0.0)
    module, _, function = EXPLAINERS[method].builder.partition(":")
    builder = getattr(import_module(module), function)
    answer: Attribution = in_batches(question, lambda _size: builder(question), first=1)
    return replace(answer, trained_on_simulated=loaded.card.simulated)


def explain_image(
    loaded: LoadedModel,
    image: MedicalImage,
    method: str,
    target: int | None = None,
    *,
    settings: ExplainSettings = _USUAL,
    progress: Progress = lambda fraction: None,
) -> Attribution:
    """Explain one logit of an image of any size, through the checkpoint's own preprocessing.

    The parameters are those of `explain`, but None as `target` means the positive class where there is one.
    """
    positive = loaded.card.positive_class
    if target is None and positive is not None:
        target = loaded.class_names.index(positive)
    inputs = to_input(image, loaded.preprocessing, loaded.statistics)
    answer = explain(loaded, inputs, method, target, settings=settings, progress=progress)
    return replace(answer, extent=final_extent(image, loaded.preprocessing))


def class_index(class_names: tuple[str, ...], name: str) -> int:
    """Return the index of the class `name`; UnknownNameError if there is none."""
    if name not in class_names:
        raise UnknownNameError(N_("class"), name, class_names)
    return class_names.index(name)


def _check_offered(pair: Validity | None) -> None:
    if pair is not None and pair.status == "not offered":
        text = N_("{method} is not offered for {model}. {reason}")
        title, name = Message(text=EXPLAINERS[pair.method].title), MODELS[pair.model].title
        raise InvalidValueError(text, method=title, model=Message(text=name), reason=pair.reason or "")


def _question(loaded: LoadedModel, inputs: NDArray[np.float32], target: int | None) -> Question:
    """Ask a private copy of the network, with the usual settings, about one input (C, H, W)."""
    model = private_copy(loaded.model)
    batch = _batch(loaded, inputs).to(next(model.parameters()).device)
    chosen = _target(model, batch, target, loaded.class_names)
    return Question(
        model=model,
        inputs=batch.requires_grad_(),
        target=chosen,
        class_name=loaded.class_names[chosen],
        spec=model_spec(loaded.card.model),
        black=_black(loaded, batch),
    )


def _batch(loaded: LoadedModel, inputs: NDArray[np.float32]) -> Tensor:
    """Return (1, C, H, W), float32; InvalidValueError for what the network was not made for."""
    wanted, shape = loaded.card.n_channels, inputs.shape
    if len(shape) != 3 or shape[0] != wanted:
        text = N_("The network takes {wanted} channels; this input has the shape {shape}.")
        raise InvalidValueError(text, wanted=wanted, shape=" x ".join(map(str, shape)))
    if not np.isfinite(inputs).all():
        raise InvalidValueError(N_("The image holds values that are no finite numbers: there is no map."))
    return torch.from_numpy(np.ascontiguousarray(inputs, dtype=np.float32))[None]


def _target(model: nn.Module, batch: Tensor, target: int | None, class_names: tuple[str, ...]) -> int:
    if target is None:
        with torch.no_grad():
            return int(model(batch)[0].argmax())
    if not 0 <= target < len(class_names):
        text = N_("There is no class number {target}; the classes are 0 to {last}.")
        raise InvalidValueError(text, target=target, last=len(class_names) - 1)
    return int(target)


def _black(loaded: LoadedModel, batch: Tensor) -> Tensor | None:
    """Return what the network gets of a black pixel, (1, C, 1, 1); None if each image is its own measure."""
    if uses_own_statistics(loaded.preprocessing):
        return None
    black = np.zeros((batch.shape[1], 1, 1), dtype=np.float32)
    for rescale in rescales(loaded.preprocessing, loaded.statistics, loaded.statistics):
        black = black * rescale.scale[:, None, None] + rescale.offset[:, None, None]
    return torch.from_numpy(black)[None].to(batch)
