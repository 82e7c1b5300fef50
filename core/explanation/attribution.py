"""Ask a network which pixels its answer leaned on: gradients through Captum, Grad-CAM by hand.

The question is always about one logit, not about a probability: a softmax lets one class rise only because
another falls. The network is used alone and in eval mode, and is put back as it was: mode, gradients,
hooks, random state.

Covers: saliency, Grad-CAM, integrated gradients. Does not cover: whether the map tells the truth about the
network; none of these methods can promise that.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Final

import numpy as np
import torch
from captum.attr import IntegratedGradients, Saliency
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import InvalidValueError, UnknownNameError
from core.explanation.catalog import EXPLAINERS
from core.explanation.records import Attribution, Convergence
from core.explanation.settings import ExplainSettings
from core.images.records import MedicalImage
from core.language import N_, Message
from core.models.build import model_spec
from core.models.class_map import class_map
from core.models.records import ModelSpec
from core.runs.checkpoints import LoadedModel
from core.runs.exclusive import exclusive
from core.transforms.preprocessing import final_extent, to_input

TOLERANCE: Final = 0.05  # of the change of the output; 50 steps were 21 to 36 % off on a ResNet-18
STEPS: Final = (50, 100, 200, 400)
_BATCH: Final = 25  # interpolated images held at a time
_USUAL: Final = ExplainSettings()

Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Question:
    """What an explainer is asked: what in `inputs` (1, C, H, W) gave this logit of `model`."""

    model: nn.Module
    inputs: Tensor
    target: int
    class_name: str
    spec: ModelSpec
    steps: tuple[int, ...] = STEPS
    settings: ExplainSettings = ExplainSettings()
    progress: Progress = lambda fraction: None


def explain(
    loaded: LoadedModel,
    inputs: NDArray[np.float32],
    method: str,
    target: int | None = None,
    *,
    settings: ExplainSettings = _USUAL,
    steps: tuple[int, ...] = STEPS,
    progress: Progress = lambda fraction: None,
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

    Raises
    ------
    UnknownNameError
        There is no such method.
    InvalidValueError
        There is no class with this index.
    """
    if method not in EXPLAINERS:
        raise UnknownNameError(N_("explanation method"), method, EXPLAINERS)
    module, _, function = EXPLAINERS[method].builder.partition(":")
    with exclusive(loaded.model) as model:
        batch = torch.from_numpy(inputs)[None].to(
            next(model.parameters()).device
        )  # (C, H, W) -> (1, C, H, W)
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
        )
        answer: Attribution = getattr(import_module(module), function)(question)
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


def saliency(question: Question) -> Attribution:
    """Return the size of the gradient at each pixel, the largest over the channels (arXiv:1312.6034)."""
    gradient = Saliency(question.model).attribute(question.inputs, target=question.target, abs=True)
    values = gradient.amax(dim=1)[0]  # (1, C, H, W) -> (H, W)
    question.progress(1.0)
    return _answer(question, "saliency", values)


def grad_cam(question: Question) -> Attribution:
    """Return the feature maps weighted by their mean gradient, negative sums set to 0 (arXiv:1610.02391).

    The map has the grid of the layer that the network's catalog entry names; it is enlarged bilinearly.
    """
    if question.spec.grad_cam_layer is None:
        text = N_(
            "'{model}' keeps no maps that could be laid over an image, so Grad-CAM cannot explain it. Choose"
            " another method."
        )
        raise InvalidValueError(text, model=question.spec.name)
    layer = question.model.get_submodule(question.spec.grad_cam_layer)
    cam = class_map(question.model, layer, question.inputs, question.target)  # (1, 1, h, w)
    enlarged = nn.functional.interpolate(cam, question.inputs.shape[2:], mode="bilinear")
    question.progress(1.0)
    height, width = cam.shape[2:]
    text = N_("Computed on a grid of {width} x {height} and enlarged bilinearly.")
    notes = [Message(text=text, values={"width": width, "height": height})]
    if not bool(cam.any()):
        notes.append(Message(text=N_("No region raised the score of this class: the map is empty.")))
    return _answer(
        question,
        "grad_cam",
        enlarged[0, 0],
        grid=(height, width),
        interpolation="bilinear",
        notes=tuple(notes),
    )


def integrated_gradients(question: Question) -> Attribution:
    """Return (x - baseline) times the mean gradient on the way, summed over the channels (arXiv:1703.01365).

    The baseline is an input of zeros. The steps are raised until the values add up to the change of the
    logit within TOLERANCE, or the budget ends; either way the delta is told.
    """
    method, baseline = IntegratedGradients(question.model), torch.zeros_like(question.inputs)
    with torch.no_grad():
        change = float((question.model(question.inputs) - question.model(baseline))[0, question.target])
    for n_steps in question.steps:
        values, delta = method.attribute(
            question.inputs,
            baselines=baseline,
            target=question.target,
            n_steps=n_steps,
            internal_batch_size=_BATCH,
            return_convergence_delta=True,
        )
        convergence = _convergence(float(delta), change, n_steps)
        question.progress(n_steps / question.steps[-1])
        if convergence.is_reached:
            break
    question.progress(1.0)
    return _answer(
        question,
        "integrated_gradients",
        values.sum(dim=1)[0],  # (1, C, H, W) -> (H, W)
        convergence=convergence,
        notes=_convergence_notes(convergence),
    )


def _target(model: nn.Module, batch: Tensor, target: int | None, class_names: tuple[str, ...]) -> int:
    if target is None:
        with torch.no_grad():
            return int(model(batch)[0].argmax())
    if not 0 <= target < len(class_names):
        text = N_("There is no class number {target}; the classes are 0 to {last}.")
        raise InvalidValueError(text, target=target, last=len(class_names) - 1)
    return target


def _convergence(delta: float, change: float, n_steps: int) -> Convergence:
    relative = abs(delta / change) if change else None
    is_reached = delta == 0 if relative is None else relative < TOLERANCE
    return Convergence(delta=delta, relative=relative, n_steps=n_steps, is_reached=is_reached)


def _convergence_notes(convergence: Convergence) -> tuple[Message, ...]:
    text = N_("Starts from an input of zeros: an even grey image where the input is standardised.")
    notes = [Message(text=text)]
    if convergence.relative is None:
        text = N_("The score is the same for this image as for the start: there is nothing to divide.")
        notes.append(Message(text=text))
    elif not convergence.is_reached:
        text = N_(
            "After {n_steps} steps the values still miss the change of the score by {percent} %: do not read"
            " fine detail."
        )
        percent = round(100 * convergence.relative)
        notes.append(Message(text=text, values={"n_steps": convergence.n_steps, "percent": percent}))
    return tuple(notes)


def _answer(
    question: Question,
    method: str,
    values: Tensor,
    *,
    grid: tuple[int, int] | None = None,
    interpolation: str = "none",
    convergence: Convergence | None = None,
    notes: tuple[Message, ...] = (),
) -> Attribution:
    array: NDArray[np.float32] = values.detach().cpu().numpy().astype(np.float32)
    return Attribution(
        method=method,
        target=question.target,
        class_name=question.class_name,
        values=array,
        signed=EXPLAINERS[method].signed,
        grid=grid or (array.shape[0], array.shape[1]),
        interpolation=interpolation,
        convergence=convergence,
        notes=notes,
    )
