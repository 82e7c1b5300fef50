"""The question of the booth, put the same way by the page and the command line. No torch here."""

from pathlib import Path
from typing import Any, Final

from core.datasets import shipped
from core.datasets.phantom_set import NAME as FILMS
from core.experiments.asking import folder_of
from core.experiments.shortcut.records import ShortcutRequest, Side

NAME: Final = "shortcut"
_SECONDS: Final = 40.0  # both trainings and all that is measured, on one core of a laptop, as it begins
_FIXED_SECONDS: Final = 22.0  # of them films and measuring


def question(**values: Any) -> ShortcutRequest:
    """Return the question with these fields, about the films of this Lightbox."""
    return ShortcutRequest(revision=shipped.revision_of(FILMS), **values)


def network_folder(request: ShortcutRequest, side: Side) -> Path:
    """Return where the weights of one of the two networks are kept, beside the answer."""
    return folder_of(NAME, request) / side


def expected_seconds(request: ShortcutRequest) -> float:
    """Return about how long it takes on one core of a laptop, with the small network."""
    usual = ShortcutRequest()
    work = request.epochs * request.n_patients / (usual.epochs * usual.n_patients)
    return _FIXED_SECONDS + (_SECONDS - _FIXED_SECONDS) * work
