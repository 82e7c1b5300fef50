"""Explainers that divide the change of the score between a start and the image among the pixels."""

import time
from collections.abc import Callable
from dataclasses import replace

import torch
from captum.attr import DeepLift, IntegratedGradients, Saliency
from torch import Tensor

from core.explanation.memory import batch_size, in_batches
from core.explanation.methods.gradients import drawn
from core.explanation.methods.starts import start_of
from core.explanation.question import Question, Watched, convergence_of, shortfall
from core.explanation.records import Attribution, Convergence
from core.language import N_, Message

_Round = Callable[[Question, int], tuple[Tensor, Convergence]]


def integrated_gradients(question: Question) -> Attribution:
    """Return (x - start) times the mean gradient on the way, summed over the channels (arXiv:1703.01365).

    The steps are raised until the values add up to the change of the logit within TOLERANCE, or the time
    budget ends; either way the delta is told. A number of steps that was chosen is left as it is.
    """
    start = start_of(question)
    change = question.change(start)

    def one_round(question: Question, n_steps: int) -> tuple[Tensor, Convergence]:
        values = _integrated(question, start, n_steps)
        return values, convergence_of(values, change, n_steps)

    values, convergence = _raised(question, question.settings.n_steps, one_round)
    return _divided(question, "integrated_gradients", values, convergence)


def gradient_shap(question: Question) -> Attribution:
    """Return (x - start) times the gradient at a random point between, averaged (arXiv:1705.07874).

    The starts are the chosen one with noise added, and with the same noise taken away, so that their mean is
    the chosen one; the points are spread evenly over the way and shaken (stratified), which needs fewer of
    them. Captum's own draws from numpy's global stream, which several visitors share; its gradients are used.
    The samples are raised as the steps of integrated gradients are.
    """
    start, score = start_of(question), question.score(question.inputs)

    def one_round(question: Question, n_samples: int) -> tuple[Tensor, Convergence]:
        n_pairs = (n_samples + 1) // 2
        values, at_starts = in_batches(
            question,
            lambda size: _expected(question, start, n_pairs, size),
            first=min(n_pairs, batch_size(question)),
        )
        return values, convergence_of(values, score - at_starts, 2 * n_pairs)

    values, convergence = _raised(question, question.settings.n_samples, one_round)
    return _divided(question, "gradient_shap", values, convergence)


def deeplift(question: Question) -> Attribution:
    """Return the change of the score, handed back layer by layer by the rescale rule (arXiv:1704.02685)."""
    start = start_of(question)
    values = _DeepLift(question.mended()).contributions(question.inputs, start, question.target)
    return _divided(question, "deeplift", values, convergence_of(values, question.change(start), 1))


def _raised(question: Question, chosen: int, one_round: _Round) -> tuple[Tensor, Convergence]:
    """Make rounds with more and more steps until the values add up or the time budget would end before."""
    began, rounds, share = time.monotonic(), (chosen,) if chosen else question.steps, 0.0
    for n_steps, following in zip(rounds, (*rounds[1:], 0), strict=True):
        until = (1 + share) / 2 if following else 1.0  # half of what is left: nobody knows the last round
        round_began = time.monotonic()
        values, convergence = one_round(_part(question, share, until), n_steps)
        now, share = time.monotonic(), until
        if convergence.is_reached or not following:
            break
        if now + (now - round_began) * following / n_steps > began + question.settings.seconds:
            text = N_("More steps would have taken longer than the time budget of {seconds} s.")
            question.notes.append(Message(text=text, values={"seconds": question.settings.seconds}))
            break
    return values, convergence


def _part(question: Question, begin: float, end: float) -> Question:
    """Return the question with a progress that goes from `begin` to `end`; the notes are the same list."""
    whole = question.progress
    return replace(question, progress=lambda fraction: whole(begin + fraction * (end - begin)))


def _integrated(question: Question, start: Tensor, n_steps: int) -> Tensor:
    def work(size: int) -> Tensor:
        method = IntegratedGradients(Watched(question, n_steps))
        values: Tensor = method.attribute(
            question.inputs,
            baselines=start,
            target=question.target,
            n_steps=n_steps,
            internal_batch_size=size,
        )
        return values.detach()

    return in_batches(question, work, first=min(n_steps, batch_size(question)))


def _expected(question: Question, start: Tensor, n_pairs: int, size: int) -> tuple[Tensor, float]:
    """Return the mean of (x - start) times gradient over pairs of starts, and their mean score."""
    inputs, n, generator = question.inputs.detach(), 2 * n_pairs, question.generator()
    watched, total, score, done = Watched(question, 2 * n), torch.zeros_like(inputs), 0.0, 0
    strength = question.settings.noise * float(inputs.max() - inputs.min())
    ways = (torch.arange(n) + torch.rand(n, generator=generator)).reshape(n_pairs, 2).to(inputs.device) / n
    for noise in drawn(generator, inputs, n_pairs, size):
        for way, sign in zip(ways[done : done + len(noise)].T, (strength, -strength), strict=True):
            starts = start + sign * noise
            points = (starts + way[:, None, None, None] * (inputs - starts)).requires_grad_()
            gradient = Saliency(watched).attribute(points, target=question.target, abs=False)
            total += ((inputs - starts) * gradient).sum(dim=0, keepdim=True)
            with torch.no_grad():
                score += float(watched(starts)[:, question.target].sum())
        done += len(noise)
    return total / n, score / n


def _divided(question: Question, method: str, values: Tensor, convergence: Convergence) -> Attribution:
    if (sentence := shortfall(convergence)) is not None:
        question.notes.append(sentence)
    summed = values.sum(dim=1)[0]  # (1, C, H, W) -> (H, W)
    return question.answer(method, summed, convergence=convergence)


class _DeepLift(DeepLift):  # type: ignore[misc]
    """Captum's, without the warning that it sets hooks: here they are set on a private copy."""

    def contributions(self, inputs: Tensor, start: Tensor, target: int) -> Tensor:
        """Return what each value of `inputs` (1, C, H, W) contributes."""
        hooks = self._hook_main_model()
        try:
            self.model.apply(self._register_hooks)
            forward = self._construct_forward_func(self.model, ((inputs,), (start,)), target)
            [gradient] = self.gradient_func(forward, (inputs,))
        finally:
            self._remove_hooks(hooks)
        values: Tensor = (inputs - start) * gradient
        return values.detach()
