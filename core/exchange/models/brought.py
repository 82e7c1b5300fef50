"""A model that somebody brings: best.safetensors and model.json, or the zip of both. All in memory.

    brought = brought_from_zip(content)       # or brought_from(weights, card)
    loaded = brought.load()                   # the first call imports torch

Covers: a zip that is a trap, files that no model has, a pickle (never opened), a header that contradicts
itself, numbers that are not finite, a card of another network, other shapes, too many classes, a pipeline
that does not fit. All of it is looked at before a network is built, and nothing is written. Does not cover:
whether the card tells the truth; nobody can tell that from a file.
"""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from core.errors import ImportRefusedError, InvalidValueError, LightboxError
from core.exchange.models.cards import card_of, check_card, config_of, refused
from core.exchange.models.files import WEIGHTS_NAME, check_file, unpacked
from core.language import N_
from core.runs.records import ModelCard
from core.training.config import TrainingConfig
from core.training.uploaded_weights import check_weights

if TYPE_CHECKING:
    from torch import nn

    from core.runs.checkpoints import LoadedModel

MOST_UPLOADED_BYTES: Final = 200_000_000  # on a page; the command line takes more
_KINDS: Final = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16", "I64": "int64"}


@dataclass(frozen=True, eq=False)
class Brought:
    """A model that has passed every check.

    Attributes
    ----------
    card, config
        What it says of itself, and the settings that follow from it.
    weights
        The bytes of the safetensors file.
    """

    card: ModelCard
    config: TrainingConfig
    weights: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Another model has another one: of the weights and the card."""
        return sha256(self.weights + self.card.model_dump_json().encode()).hexdigest()

    def load(self) -> "LoadedModel":
        """Return the network with its weights, in eval mode on the CPU, and its card."""
        from safetensors.torch import load

        from core.runs.checkpoints import LoadedModel

        model = _network(self.card, on="cpu")
        model.load_state_dict(load(self.weights), strict=True)
        return LoadedModel(model.eval(), self.card)


def brought_from(weights: bytes, card: bytes) -> Brought:
    """Return the model of two files.

    Raises
    ------
    ImportRefusedError
        Something in one of them is not as it should be, or they do not belong together.
    """
    read = card_of(card)
    config = config_of(read)
    check_card(read, config)
    full = read.model_copy(update={"image_size": config.image_size})  # cards of old leave it to the pipeline
    _check_weights(weights, full)
    return Brought(full, config, weights)


def brought_from_zip(content: bytes) -> Brought:
    """Return the model in a zip that Lightbox wrote; raises as `brought_from` does."""
    return brought_from(*unpacked(content))


def _check_weights(content: bytes, card: ModelCard) -> None:
    """Refuse weights that are not exactly those of the card's network: names, shapes and kinds of numbers."""
    check_file(content, WEIGHTS_NAME)
    try:
        shapes = check_weights(content)
    except InvalidValueError as error:
        raise refused(error) from None
    kinds = _kinds_in(content)
    wanted = _wanted(card)
    if missing := sorted(wanted.keys() - shapes.keys()):
        text = N_("These are not the weights of {model}: tensor '{name}' is missing.")
        raise ImportRefusedError(text, model=card.model, name=missing[0])
    if foreign := sorted(shapes.keys() - wanted.keys()):
        text = N_("These are not the weights of {model}: it has no tensor '{name}'.")
        raise ImportRefusedError(text, model=card.model, name=foreign[0][:80])
    for name, (shape, kind) in wanted.items():
        _check_tensor(name, (shapes[name], kinds[name]), (shape, kind), card.model)


def _check_tensor(
    name: str, found: tuple[tuple[int, ...], str], wanted: tuple[tuple[int, ...], str], model: str
) -> None:
    if found[0] != wanted[0]:
        text = N_("These are not the weights of {model}: tensor '{name}' is {found}, and has to be {wanted}.")
        values = {"found": shape_text(found[0]), "wanted": shape_text(wanted[0])}
        raise ImportRefusedError(text, model=model, name=name, **values)
    if found[1] != wanted[1]:
        text = N_(
            "Tensor '{name}' holds {found} numbers, and has to hold {wanted}: save it so, and try again."
        )
        raise ImportRefusedError(text, name=name, found=found[1], wanted=wanted[1])


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as people write it: "64 x 3 x 7 x 7"; of a single number "1"."""
    return " x ".join(map(str, shape)) or "1"


def _kinds_in(content: bytes) -> dict[str, str]:
    """Return what kind of numbers each tensor holds, as torch calls it; of a file that was checked."""
    header: dict[str, Any] = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    header.pop("__metadata__", None)
    return {name: _KINDS.get(entry["dtype"], entry["dtype"].lower()) for name, entry in header.items()}


def _wanted(card: ModelCard) -> dict[str, tuple[tuple[int, ...], str]]:
    """Return shape and kind of each weight of the card's network, without making any."""
    from core.models.build import without_auxiliary

    kept = without_auxiliary(card.model, _network(card, on="meta").state_dict())
    return {name: (tuple(one.shape), str(one.dtype).removeprefix("torch.")) for name, one in kept.items()}


def _network(card: ModelCard, *, on: str) -> "nn.Module":
    import torch

    from core.models.build import build_model

    try:
        with torch.device(on):
            return build_model(
                card.model,
                n_classes=len(card.class_names),
                n_channels=card.n_channels,
                image_size=card.image_size,
            )
    except LightboxError as error:
        raise refused(error) from None
