"""Too little memory does not end a run: the batch is worked on in parts, and what may lie elsewhere is moved.

A step that fails is undone as if it had never begun and made again in twice as many parts, whose gradients
are added up: the same step but for batch norm, which then sees a part at a time.

Covers: a GPU whose memory is too small, or is taken by others for a while; a CPU whose allocator says no.
Does not cover: Linux killing a process that was promised more than there is. That run is "interrupted".
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psutil
import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _NormBase

from core.errors import LightboxError
from core.language import N_, Message
from core.training.engine import Engine
from core.training.pipeline import PreparedData
from core.training.steps import Source, logits_of

_MOST_AT_ONCE = 256  # images in evaluation
_PIXELS_AT_ONCE = 1 << 21  # on a CPU: a stop is looked for between two of them

Note = Callable[[Message], None]


class TooLittleMemoryError(Exception):
    """Raised in place of torch's error, which would keep alive all that filled the memory."""


@contextmanager
def telling_shortage() -> Iterator[None]:
    """Raise TooLittleMemoryError where torch says, in one way or another, that the memory is full."""
    try:
        yield
    except RuntimeError as error:
        if not is_shortage(error):
            raise
    else:
        return
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        gc.collect()  # a cycle may still hold the activations of the failed step
        torch.cuda.empty_cache()
    raise TooLittleMemoryError


def is_shortage(error: RuntimeError) -> bool:
    """Tell whether an error of torch's is one of memory."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    text = str(error)
    sayings = ("DefaultCPUAllocator", "not enough memory", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
    return any(saying in text for saying in sayings)


class CarefulStep:
    """Moves the weights of an engine, in more parts where the memory is too small for fewer.

    Parameters
    ----------
    engine
        Its `parts` is raised.
    note
        Is told of it.
    look
        Called between the parts of a batch; what it raises undoes the step.
    """

    def __init__(self, engine: Engine, note: Note, look: Callable[[], None] = lambda: None) -> None:
        self._engine, self._note = engine, note
        buffers: dict[torch.dtype, list[Tensor]] = {}
        for buffer in engine.model.buffers():
            buffers.setdefault(buffer.dtype, []).append(buffer)
        # By type, for only so are many copied at once: on a GPU each copy by itself would be a launch.
        self._buffers = [(group, [one.clone() for one in group]) for group in buffers.values()]
        self._weights_moved = False
        engine.before_part = look
        engine.optimizer.register_step_pre_hook(self._begin_to_move)

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Do what `Engine.step` does.

        Raises
        ------
        LightboxError
            Not even one image fits, or the optimizer's own numbers do not.
        """
        chance = _chance(self._engine.device)
        self._keep()
        while True:
            self._weights_moved = False
            try:
                with telling_shortage():
                    return self._engine.step(inputs, targets)
            except TooLittleMemoryError:
                if self._weights_moved:
                    raise does_not_fit(self._engine) from None
            except BaseException:
                if not self._weights_moved:
                    self._undo(chance)
                raise
            self._undo(chance)
            self._divide(len(inputs))

    def _begin_to_move(self, *_: Any) -> None:
        self._weights_moved = True

    @torch.no_grad()
    def _keep(self) -> None:
        """Copy the running means of batch norm, which a failed step has already moved."""
        for buffers, copies in self._buffers:
            torch._foreach_copy_(copies, buffers)

    @torch.no_grad()
    def _undo(self, chance: tuple[Tensor, Tensor | None]) -> None:
        self._engine.optimizer.zero_grad(set_to_none=True)
        for buffers, copies in self._buffers:
            torch._foreach_copy_(buffers, copies)
        torch.set_rng_state(chance[0])
        if chance[1] is not None:
            torch.cuda.set_rng_state(chance[1], self._engine.device)

    def _divide(self, n_images: int) -> None:
        engine = self._engine
        before = min(engine.parts, n_images)
        has_batch_norm = any(isinstance(module, _NormBase) for module in engine.model.modules())
        parts = min(2 * before, max(1, n_images // 2) if has_batch_norm else n_images)
        if parts <= before:
            raise does_not_fit(engine)
        engine.parts = parts
        self._note(_told(n_images, parts, has_batch_norm=has_batch_norm))


def on_device(data: PreparedData, device: torch.device, note: Note) -> PreparedData:
    """Return the data with its pixels on the device, or as it is where they do not fit."""
    try:
        with telling_shortage():
            return data.on(device)
    except TooLittleMemoryError:
        note(Message(text=N_("The images do not fit on the device: each batch is brought there by itself.")))
        return data


def logits_with_room(
    engine: Engine,
    source: Source,
    rows: Tensor,
    *,
    n_pixels: int,
    look: Callable[[], None],
    begin: Callable[[], None] = lambda: None,
) -> tuple[Tensor, Tensor]:
    """Return what `logits_of` returns, with fewer images at once where the memory is too small.

    Parameters
    ----------
    rows
        Tensor of shape (n,), int64: which images.
    n_pixels
        Of one image.
    look
        Called before each batch; what it raises ends the work.
    begin
        Called before the first image, and again wherever all are asked anew.
    """
    at_once = _MOST_AT_ONCE
    if engine.device.type == "cpu":
        at_once = max(1, min(at_once, _PIXELS_AT_ONCE // n_pixels))
    while True:
        try:
            begin()
            with telling_shortage():
                return logits_of(engine, source, rows, at_once=at_once, look=look)
        except TooLittleMemoryError:
            if at_once == 1:
                raise does_not_fit(engine) from None
        at_once //= 2


def used_bytes(device: torch.device) -> int:
    """Return the most memory that was in use on a GPU since the last call; elsewhere the process's now."""
    if device.type == "cuda":
        used = torch.cuda.max_memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        return used
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory())
    return int(_this_process().memory_info().rss)


@cache
def _this_process() -> psutil.Process:
    return psutil.Process()


def _chance(device: torch.device) -> tuple[Tensor, Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def _told(n_images: int, parts: int, *, has_batch_norm: bool) -> Message:
    text = N_(
        "The memory is too small for {n} images at once: each batch is now worked on in {parts} parts,"
        " and their gradients are added up."
    )
    if has_batch_norm:
        text = N_(
            "The memory is too small for {n} images at once: each batch is now worked on in {parts} parts,"
            " and their gradients are added up. Batch norm sees one part at a time, so the numbers differ a"
            " little from those of a whole batch."
        )
    return Message(text=text, values={"n": n_images, "parts": parts})


def does_not_fit(engine: Engine) -> LightboxError:
    """Return the error of a run for which no memory is left to be saved."""
    text = N_(
        "The memory is too small for '{model}' even with as few images at a time as it can learn from. Try"
        " smaller images (now {size} pixels) or a smaller network, or let fewer programs run beside it."
    )
    return LightboxError(text, model=engine.config.model, size=engine.config.image_size)
