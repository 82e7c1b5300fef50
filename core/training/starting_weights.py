"""What a network begins with where that is not chance: the weights of another run, or of a file.

The body is taken as it is; the head is new, for it answers for other classes, unless the run told the same
classes apart. A first convolution for another number of channels is adapted: from colour to grey its colours
are summed, from grey to colour it is spread over them; a grey picture then gives the same numbers as before.
(ImageNet's weights come in with the network itself: core/models/torchvision_networks.py.)
"""

from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from core.errors import InvalidValueError
from core.language import N_, Message
from core.models.build import build_model
from core.models.records import ModelSpec
from core.training.config import TrainingConfig
from core.training.weight_sources import Source, source_of

_COUNTER = "num_batches_tracked"  # of a batch norm; files of old lack it, and nothing here reads it


@dataclass(frozen=True, eq=False)
class Fitted:
    """Weights made ready for a network: all of its state, and what had to be done for it."""

    state: dict[str, Tensor]
    is_head_new: bool
    n_channels_before: int | None  # of the first convolution, where it was adapted


def initialise(
    model: nn.Module, config: TrainingConfig, spec: ModelSpec, *, class_names: tuple[str, ...] = ()
) -> Message | None:
    """Put the weights that a config asks for into a new network; say what was done, None if nothing.

    Parameters
    ----------
    model
        Of `config.model`; where nothing is loaded, the head keeps its random weights.
    config
        Its `weights_from` decides.
    spec
        The network's entry in MODELS.
    class_names
        What the network tells apart now: the head is taken over from a run that had the same.

    Raises
    ------
    UserError
        No such source, or its weights do not fit; the sentence names the first tensor that does not.
    """
    if not config.weights_from:
        return None
    source = source_of(config.weights_from, spec.name)
    fitted = _fitted(source, model.state_dict(), spec, class_names)
    model.load_state_dict(fitted.state)
    return _told(fitted, source.name)


def _fitted(
    source: Source, state: dict[str, Tensor], spec: ModelSpec, class_names: tuple[str, ...]
) -> Fitted:
    takes_head = bool(class_names) and source.class_names == class_names
    return fit(_read(source), state, spec, takes_head=takes_head, name=source.name)


def check(
    weights_from: str,
    spec: ModelSpec,
    *,
    class_names: tuple[str, ...],
    n_channels: int,
    image_size: int | None = None,
) -> Message:
    """Say or raise what `initialise` would for a network of these classes, channels and size; build none."""
    source = source_of(weights_from, spec.name)
    with torch.device("meta"):  # shapes without numbers: no memory, no time
        model = build_model(
            spec.name, n_classes=len(class_names), n_channels=n_channels, image_size=image_size
        )
    return _told(_fitted(source, model.state_dict(), spec, class_names), source.name)


def fit(
    weights: dict[str, Tensor], state: dict[str, Tensor], spec: ModelSpec, *, takes_head: bool, name: str
) -> Fitted:
    """Return the state of a network after `weights` have been put in; nothing is changed here.

    Parameters
    ----------
    weights
        From the source, by name.
    state
        The network's own, by name.
    spec
        Its entry in MODELS: says what is head, what leaves after training, and where the image comes in.
    takes_head
        Whether the head is taken too.
    name
        The source's, for the sentence of an error.

    Raises
    ------
    InvalidValueError
        A tensor is missing, has another shape, is not finite, or belongs to no part of the network.
    """
    fitted, before = {}, None
    for key, mine in state.items():
        if _is_part(key, spec.auxiliary) or (not takes_head and _is_part(key, spec.head)):
            fitted[key] = mine
            continue
        if key not in weights and key.endswith(_COUNTER):
            fitted[key] = mine
            continue
        theirs = weights.get(key)
        if theirs is not None and key == f"{spec.first_convolution}.weight":
            before = theirs.shape[1] if theirs.ndim == 4 and theirs.shape[1] != mine.shape[1] else None
            theirs = _adapted(theirs, mine)
        fitted[key] = _checked(key, theirs, mine, spec.name, name)
    _check_foreign(weights, state, spec, name)
    return Fitted(fitted, is_head_new=not takes_head, n_channels_before=before)


def _read(source: Source) -> dict[str, Tensor]:
    try:
        return load_file(source.path)
    except (SafetensorError, OSError) as error:
        text = N_("The weights of '{source}' cannot be read; choose others.")
        raise InvalidValueError(text, source=source.name) from error


def _checked(key: str, theirs: Tensor | None, mine: Tensor, model: str, source: str) -> Tensor:
    if theirs is None:
        text = N_("The weights of '{source}' do not fit {model}: they have no tensor '{tensor}'.")
        raise InvalidValueError(text, source=source, model=model, tensor=key)
    if theirs.shape != mine.shape:
        text = N_(
            "The weights of '{source}' do not fit {model}: '{tensor}' is {theirs} there and {mine} here."
        )
        shapes = {"theirs": _shape(theirs), "mine": _shape(mine)}
        raise InvalidValueError(text, source=source, model=model, tensor=key, **shapes)
    if theirs.is_floating_point() and not bool(torch.isfinite(theirs).all()):
        text = N_("The weights of '{source}' are not finite: look at '{tensor}'. Choose others.")
        raise InvalidValueError(text, source=source, tensor=key)
    return theirs.to(mine.dtype)


def _check_foreign(
    weights: dict[str, Tensor], state: dict[str, Tensor], spec: ModelSpec, source: str
) -> None:
    """Refuse a file with parts that the network lacks: it belongs to another one."""
    for key in weights:
        if key not in state and not _is_part(key, spec.auxiliary + spec.head):
            text = N_("The weights of '{source}' do not fit {model}: it has no tensor '{tensor}'.")
            raise InvalidValueError(text, source=source, model=spec.name, tensor=key[:80])


def _adapted(theirs: Tensor, mine: Tensor) -> Tensor:
    """Return a first convolution (out, in, kH, kW) for as many channels as the network takes."""
    if theirs.ndim != 4 or mine.ndim != 4 or theirs.shape[1] == mine.shape[1]:
        return theirs
    grey = theirs.sum(dim=1, keepdim=True)  # what a grey picture met that was shown as equal colours
    return (grey / mine.shape[1]).repeat(1, mine.shape[1], 1, 1)


def _is_part(key: str, modules: tuple[str, ...]) -> bool:
    return any(key.startswith(f"{module}.") for module in modules)


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "1"


def _told(fitted: Fitted, source: str) -> Message:
    if fitted.n_channels_before is not None:
        text = N_(
            "Begins with the weights of '{source}'; its first convolution was made for {n} channels and has"
            " been adapted, and the head is new."
        )
        return Message(text=text, values={"source": source, "n": fitted.n_channels_before})
    if fitted.is_head_new:
        text = N_("Begins with the weights of '{source}'; the head is new, for it answers for other classes.")
        return Message(text=text, values={"source": source})
    return Message(text=N_("Begins with all weights of '{source}'."), values={"source": source})
