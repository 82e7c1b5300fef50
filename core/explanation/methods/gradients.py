"""Explainers that are one gradient, or the mean of several."""

from collections.abc import Iterator

import torch
from captum.attr import GuidedBackprop, InputXGradient, Saliency
from torch import Tensor

from core.explanation.memory import batch_size, in_batches
from core.explanation.passes import n_samples
from core.explanation.question import Question, Watched
from core.explanation.records import Attribution


def saliency(question: Question) -> Attribution:
    """Return the size of the gradient at each pixel, the largest over the channels (arXiv:1312.6034)."""
    gradient = Saliency(question.model).attribute(question.inputs, target=question.target, abs=True)
    return question.answer("saliency", gradient.amax(dim=1)[0])  # (1, C, H, W) -> (H, W)


def input_x_gradient(question: Question) -> Attribution:
    """Return pixel times gradient, summed over the channels (arXiv:1605.01713)."""
    values = InputXGradient(question.model).attribute(question.inputs, target=question.target)
    return question.answer("input_x_gradient", values.sum(dim=1)[0])


def smoothgrad(question: Question) -> Attribution:
    """Return the size of the mean gradient over noisy copies of the image (arXiv:1706.03825).

    The noise is normal; its standard deviation is the share of the image's range that the settings name. The
    gradients are averaged with their signs, as in the paper: what changes its sign from draw to draw cancels.
    """
    n, inputs = n_samples("smoothgrad", question.settings), question.inputs.detach()
    strength = question.settings.noise * float(inputs.max() - inputs.min())

    def work(size: int) -> Tensor:
        method, generator, total = Saliency(Watched(question, n)), question.generator(), 0 * inputs
        for noise in drawn(generator, inputs, n, size):
            points = (inputs + strength * noise).requires_grad_()
            gradient = method.attribute(points, target=question.target, abs=False)
            total += gradient.sum(dim=0, keepdim=True)
        return total / n

    mean = in_batches(question, work, first=min(n, batch_size(question)))
    return question.answer("smoothgrad", mean.abs().amax(dim=1)[0])


def guided_backprop(question: Question) -> Attribution:
    """Return the size of the guided gradient, the largest over the channels (arXiv:1412.6806)."""
    return question.answer("guided_backprop", guided_gradient(question).abs().amax(dim=1)[0])


def guided_gradient(question: Question) -> Tensor:
    """Return the gradient (1, C, H, W) for which each ReLU hands on what is positive only."""
    return _Guided(question.mended()).gradient(question.inputs, question.target)


def drawn(generator: torch.Generator, like: Tensor, n: int, size: int) -> Iterator[Tensor]:
    """Yield `n` draws of normal noise, each shaped as `like` (1, C, H, W), in batches of `size`.

    Each draw is made by itself, so that the size of the batches has no say in it.
    """
    for begin in range(0, n, size):
        draws = [torch.randn(like.shape, generator=generator) for _ in range(min(size, n - begin))]
        yield torch.cat(draws).to(like.device)


class _Guided(GuidedBackprop):  # type: ignore[misc]
    """Captum's, without the warning that it sets hooks: here they are set on a private copy."""

    def gradient(self, inputs: Tensor, target: int) -> Tensor:
        """Return the guided gradient, shaped as `inputs`."""
        self.model.apply(self._register_hooks)
        try:
            gradient: Tensor = self.gradient_func(self.forward_func, (inputs,), target)[0]
        finally:
            self._remove_hooks()
        return gradient
