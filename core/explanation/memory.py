"""A batch that does not fit into memory is halved until it does; at one image the end is one sentence."""

import gc
from collections.abc import Callable
from typing import Final, TypeVar

import torch

from core.errors import StateError
from core.explanation.question import Question
from core.language import N_, Message
from core.training.memory import is_shortage

T = TypeVar("T")

_BYTES: Final = {"cpu": 512 << 20, "cuda": 4 << 30}  # for what a pass keeps of the images of a batch
_MOST: Final = {"cpu": 8, "cuda": 64}  # images; on a CPU more were slower (ResNet-18, 224 px), and stop later


class OutOfMemoryError(StateError):
    """Not even one image at a time fits."""

    def __init__(self) -> None:
        text = N_(
            "There is too little memory for this method on this network, even for one image at a time. Choose"
            " another method, or close other programs."
        )
        super().__init__(text)


def in_batches(question: Question, work: Callable[[int], T], *, first: int) -> T:
    """Return what `work` makes with batches of `first` images, or of fewer where those do not fit.

    Parameters
    ----------
    question
        Gets a note where smaller batches were used.
    work
        The whole work, with the number of images that it may hold at a time; begun anew after a failure.
    first
        The number to try first, at least 1.

    Raises
    ------
    OutOfMemoryError
        One image at a time does not fit either.
    """
    size = first
    while True:
        try:
            answer = work(size)
        except (RuntimeError, MemoryError) as error:
            if not _is_shortage(error):
                raise
        else:
            break
        _let_go()  # outside of `except`: the error holds all that filled the memory
        if size == 1:
            raise OutOfMemoryError
        size = max(1, size // 2)
    if size < first:
        text = N_("The memory was short: {n} images were worked on at a time in place of {wanted}.")
        note = Message(text=text, values={"n": size, "wanted": first})
        if note not in question.notes:  # each round of steps finds it anew
            question.notes.append(note)
    return answer


def batch_size(question: Question, *, backward: bool = True) -> int:
    """Return how many images to work on at a time, by what the network keeps of each for a pass backward.

    Without such a pass it keeps less, and twice as many are quicker.
    """
    height, width = question.inputs.shape[2:]
    share = height * width / question.spec.usual_size**2
    kind = question.inputs.device.type if question.inputs.device.type in _MOST else "cpu"
    fitting = int(_BYTES[kind] / max(1.0, question.spec.activation_bytes * share))
    return max(1, min(_MOST[kind], fitting)) * (1 if backward else 2)


def _is_shortage(error: RuntimeError | MemoryError) -> bool:
    return isinstance(error, MemoryError) or is_shortage(error)


def _let_go() -> None:
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        gc.collect()  # a cycle may still hold what the failed batch filled
        torch.cuda.empty_cache()
