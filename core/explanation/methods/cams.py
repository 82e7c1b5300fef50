"""Explainers that read the feature maps of a layer."""

from torch import Tensor, nn

from core.errors import InvalidValueError
from core.explanation.layers import cam_layers
from core.explanation.methods.gradients import guided_gradient
from core.explanation.question import Question
from core.explanation.records import Attribution
from core.language import N_, Message
from core.models.class_map import class_map


def grad_cam(question: Question) -> Attribution:
    """Return the feature maps weighted by their mean gradient, negative sums set to 0 (arXiv:1610.02391).

    The map has the grid of its layer, the one that the network's catalog entry names unless the settings name
    another; it is enlarged bilinearly.
    """
    cam, enlarged = _maps(question)
    return _answer(question, "grad_cam", cam, enlarged)


def guided_grad_cam(question: Question) -> Attribution:
    """Return the size of the guided gradient where Grad-CAM finds evidence (arXiv:1610.02391, 3.3)."""
    cam, enlarged = _maps(question)
    question.progress(0.5)
    sizes = guided_gradient(question).abs().amax(dim=1)[0]
    return _answer(question, "guided_grad_cam", cam, enlarged * sizes)


def _maps(question: Question) -> tuple[Tensor, Tensor]:
    cam = class_map(question.model, _layer(question), question.inputs, question.target)  # (1, 1, h, w)
    return cam, nn.functional.interpolate(cam, question.inputs.shape[2:], mode="bilinear")[0, 0]


def _layer(question: Question) -> nn.Module:
    usual = question.spec.grad_cam_layer
    if usual is None:
        text = N_(
            "'{model}' keeps no maps that could be laid over an image, so Grad-CAM cannot explain it. Choose"
            " another method."
        )
        raise InvalidValueError(text, model=question.spec.name)
    name = question.settings.layer or usual
    try:
        return question.model.get_submodule(name)
    except AttributeError:
        text = N_("'{model}' has no layer '{layer}'. Choose one of: {known}.")
        known = ", ".join(cam_layers(question.spec.name))
        raise InvalidValueError(text, model=question.spec.name, layer=name, known=known) from None


def _answer(question: Question, method: str, cam: Tensor, values: Tensor) -> Attribution:
    height, width = cam.shape[2:]
    text = N_("Computed on a grid of {width} x {height} and enlarged bilinearly.")
    if method == "guided_grad_cam":
        text = N_("The regions come from a grid of {width} x {height}, the detail from the guided gradient.")
    question.notes.append(Message(text=text, values={"width": width, "height": height}))
    if height * width == 1:
        text = N_("A grid of one place says nothing of where: choose an earlier layer.")
        question.notes.append(Message(text=text))
    if not bool(cam.any()):
        text = N_("No region raised the score of this class: the map is empty.")
        question.notes.append(Message(text=text))
    if method == "guided_grad_cam":
        return question.answer(method, values)
    return question.answer(method, values, grid=(height, width), interpolation="bilinear")
