"""What counts as "nothing there": the inputs that an explanation starts from or covers with."""

from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from core.explanation.question import Question
from core.language import N_, Message

_BLUR: Final = 0.1  # standard deviation as a share of the side: no finding of usual size is left
_STARTS: Final = {
    "zeros": N_("Starts from an input of zeros: an even grey image where the input is standardised."),
    "black": N_("Starts from a black image."),
    "mean": N_("Starts from an even image with the mean of this one."),
    "blur": N_("Starts from this image, blurred until no detail is left."),
}
_COVERS: Final = {
    "zeros": N_("Covered with zeros: an even grey where the input is standardised."),
    "black": N_("Covered with black."),
    "mean": N_("Covered with the mean of this image."),
    "blur": N_("Covered with this image, blurred until no detail is left."),
}


def start_of(question: Question) -> Tensor:
    """Return the start that the settings name, (1, C, H, W), and note which it is."""
    question.notes.append(Message(text=_STARTS[question.settings.baseline]))
    return baseline_of(question)


def cover_of(question: Question) -> Tensor:
    """Return what parts of the image are covered with, (1, C, H, W), and note what it is."""
    question.notes.append(Message(text=_COVERS[question.settings.baseline]))
    return baseline_of(question)


def baseline_of(question: Question) -> Tensor:
    """Return the baseline that the settings name, (1, C, H, W)."""
    name = question.settings.baseline
    inputs = question.inputs.detach()
    if name == "black":
        black = inputs.amin(dim=(2, 3), keepdim=True) if question.black is None else question.black
        return black.expand_as(inputs).clone()
    if name == "mean":
        return inputs.mean(dim=(2, 3), keepdim=True).expand_as(inputs).clone()
    return _blurred(inputs) if name == "blur" else torch.zeros_like(inputs)


def _blurred(inputs: Tensor) -> Tensor:
    """Average three times with a box: within 3 % of a Gaussian (Wells 1986), its borders mirrored."""
    radius = max(1, round(_BLUR * min(inputs.shape[2:]) - 0.5))  # three boxes of 2 r + 1 spread by r + 1/2
    for _ in range(3):
        inputs = avg_pool2d(pad(inputs, (radius,) * 4, mode="reflect"), 2 * radius + 1, stride=1)
    return inputs
