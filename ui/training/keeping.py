"""Which epochs a run keeps, in words, and what that takes on the disk, before it begins."""

from core.language import _, ngettext
from core.models.catalog import MODELS
from core.runs.kept import SMALL_NETWORK_BYTES, is_geometric
from core.training.config import TrainingConfig

_BYTES_A_NUMBER = 4
_MOMENTS = {"sgd": 0, "momentum": 1, "nesterov": 1, "rmsprop": 1, "adagrad": 1, "adam": 2, "adamw": 2}


def rule_in_words(policy: str) -> str:
    """Return by which rule epochs are kept, in one sentence."""
    if policy == "all":
        return _("Every epoch is kept.")
    if policy == "none":
        return _("No epoch is kept, so that none can be branched from.")
    return _(
        "'auto' keeps every epoch of a network whose weights take up to {limit} MB, of a larger one epochs 1,"
        " 2, 4, 8 and so on.",
        limit=SMALL_NETWORK_BYTES // 1_000_000,
    )


def kept_in_words(config: TrainingConfig) -> str:
    """Return what the kept epochs of a run will take, from its network's weights; "" if it keeps none."""
    each, n = state_bytes(config), len(_kept(config))
    if n == 0:
        return ""
    return ngettext(
        "Keeps {n} epoch of about {each}: {all} on the disk.",
        "Keeps {n} epochs of about {each}: {all} on the disk.",
        n,
        each=_size(each),
        all=_size(n * each),
    )


def state_bytes(config: TrainingConfig) -> int:
    """Return about what one kept epoch takes: the weights, and what the optimizer gathers for each."""
    n = MODELS[config.model].n_parameters
    return n * _BYTES_A_NUMBER * (1 + _MOMENTS[config.optimizer])


def _kept(config: TrainingConfig) -> list[int]:
    epochs = list(range(1, config.epochs + 1))
    if config.keep_epochs == "none":
        return []
    is_large = MODELS[config.model].n_parameters * _BYTES_A_NUMBER > SMALL_NETWORK_BYTES
    if config.keep_epochs == "auto" and is_large:
        return [epoch for epoch in epochs if is_geometric(epoch)]
    return epochs


def _size(n_bytes: int) -> str:
    if n_bytes >= 1e9:
        return _("{n} GB", n=f"{n_bytes / 1e9:.1f}")
    return _("{n} MB", n=f"{n_bytes / 1e6:.2g}" if n_bytes < 1e8 else f"{n_bytes / 1e6:.0f}")
