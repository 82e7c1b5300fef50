"""One at a time: a network that several visitors share is used by one of them, and put back as it was.

Explaining hangs hooks on a network for a moment; a prediction made at that moment would run through them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock
from weakref import WeakKeyDictionary

from torch import nn

_locks: "WeakKeyDictionary[nn.Module, RLock]" = WeakKeyDictionary()
_guard = Lock()


@contextmanager
def exclusive(model: nn.Module) -> Iterator[nn.Module]:
    """Have `model` alone and in eval mode inside a `with` block; each of its parts gets its mode back."""
    with _guard:
        lock = _locks.setdefault(model, RLock())
    with lock:
        modes = {module: module.training for module in model.modules()}
        model.eval()
        try:
            yield model
        finally:
            for module, is_training in modes.items():
                module.training = is_training
