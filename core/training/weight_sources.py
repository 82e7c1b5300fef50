"""Where a network's first weights can come from, apart from chance and ImageNet. No torch here."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidValueError
from core.language import N_
from core.runs.store import open_run
from core.training.uploaded_weights import open_weights


@dataclass(frozen=True)
class Source:
    """Where weights come from: its name as shown, its file, and the classes that its head answers for."""

    name: str
    path: Path
    class_names: tuple[str, ...] | None  # None: not known


def source_of(weights_from: str, model: str) -> Source:
    """Return what "run:NAME" or "file:NAME" stands for, to begin a network of the kind `model` with.

    Raises
    ------
    UserError
        There is no such run or file, it has no trained network yet, it is one of another kind, or the text
        says neither.
    """
    kind, _colon, name = weights_from.partition(":")
    if kind == "run" and name:
        run = open_run(name)
        if run.card.model != model:
            text = N_(
                "The weights of '{source}' are those of {other}, not of {model}: choose that network, or"
                " others."
            )
            raise InvalidValueError(text, source=name, other=run.card.model, model=model)
        return Source(name, run.folder / "best.safetensors", run.card.class_names)
    if kind == "file" and name:
        return Source(name, open_weights(name).path, None)
    text = N_("weights_from is 'run:NAME' or 'file:NAME', not '{value}'.")
    raise InvalidValueError(text, value=weights_from)
