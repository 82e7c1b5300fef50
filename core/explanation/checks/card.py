"""Run the checks of a map, one after the other."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from core.errors import UnknownNameError
from core.explanation.attribution import Progress
from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.maps import is_flat
from core.explanation.checks.outcomes import not_tried
from core.explanation.checks.records import CheckCard, CheckLine
from core.explanation.checks.trial import Trial, trial_of
from core.explanation.records import Attribution
from core.explanation.settings import ExplainSettings
from core.images.records import MedicalImage
from core.language import N_, Message
from core.runs.checkpoints import LoadedModel

_USUAL = ExplainSettings()
_FLAT = N_("The map is the same everywhere: there is nothing to check.")


def check_map(
    loaded: LoadedModel,
    image: MedicalImage,
    attribution: Attribution,
    settings: ExplainSettings = _USUAL,
    *,
    wanted: tuple[str, ...] | None = None,
    seed: int = 0,
    progress: Progress = lambda fraction: None,
) -> CheckCard:
    """Check whether a map can be trusted; the network itself is copied, never touched.

    Parameters
    ----------
    loaded, image
        The network and the image that the map is of.
    attribution
        The map, as `explain_image` gave it.
    settings
        What it was computed with.
    wanted
        Keys of CHECKS; None means all, in their order.
    seed
        Of every draw: same seed, same card.
    progress
        Called with the fraction that is done; what it raises ends the work.

    Raises
    ------
    UnknownNameError
        There is no such check.
    """
    names = tuple(CHECKS) if wanted is None else wanted
    for name in names:
        if name not in CHECKS:
            raise UnknownNameError(N_("check"), name, CHECKS)
    trial = trial_of(loaded, image, attribution, settings, seed=seed)
    lines = []
    for number, name in enumerate(names):
        part = _Part(progress, number, len(names))
        lines.append(_line(replace(trial, progress=part.move, beat=part.beat), name))
        progress((number + 1) / len(names))
    return CheckCard(attribution.method, attribution.class_name, tuple(lines))


def _line(trial: Trial, name: str) -> CheckLine:
    if is_flat(trial.attribution.values):
        return not_tried(name, Message(text=_FLAT))
    module, _, function = CHECKS[name].builder.partition(":")
    check: Callable[[Trial], CheckLine] = getattr(import_module(module), function)
    return check(trial)


class _Part:
    """The progress of one check among `n`, and where it stood last."""

    def __init__(self, progress: Progress, number: int, n: int) -> None:
        self._progress, self._number, self._n, self._last = progress, number, n, 0.0

    def move(self, fraction: float) -> None:
        self._last = fraction
        self._progress((self._number + fraction) / self._n)

    def beat(self) -> None:
        self.move(self._last)
