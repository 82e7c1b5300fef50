"""A training config as part of a question: what does not decide the answer is left out. No torch here."""

from collections.abc import Iterable

from core.training.config import TrainingConfig


def leaving_out(config: TrainingConfig, names: Iterable[str]) -> TrainingConfig:
    """Return the config with some fields at their defaults, so that equal questions have one answer."""
    fields = TrainingConfig.model_fields
    return config.model_copy(
        update={name: fields[name].get_default(call_default_factory=True) for name in names}
    )
