"""Which network are these tensors of? Asked of names and shapes alone; no weights are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch

from core.errors import InvalidValueError
from core.exchange.models.brought import shape_text
from core.exchange.tables import MOST_CLASSES
from core.language import N_, Message
from core.models.build import build_model, model_spec, without_auxiliary
from core.models.catalog import MODELS
from core.models.records import ModelSpec

Shapes = Mapping[str, tuple[int, ...]]
_COUNTER: Final = "num_batches_tracked"  # of a batch norm; files of old lack it, and nothing here reads it
_ALIKE: Final = 0.6  # of a network's tensors, from which on it is worth naming


@dataclass(frozen=True)
class Fit:
    """A network that these tensors are of.

    Attributes
    ----------
    names
        The tensors that belong to it, in its order.
    left_out
        Those of auxiliary heads, which serve training alone.
    """

    model: str
    n_classes: int
    n_channels: int
    image_size: int
    names: tuple[str, ...]
    left_out: tuple[str, ...]


def fit(shapes: Shapes, model: str, n_channels: int | None, image_size: int | None) -> Fit:
    """Return how tensors fit a network; its last layer may be for any number of classes.

    Raises
    ------
    UnknownNameError, InvalidValueError
        No such network; or the tensors are not its own, and the sentence names the first that is not, and the
        network that is nearest.
    """
    spec = model_spec(model)
    size = image_size or spec.usual_size
    n_classes = _n_classes(shapes, spec)
    channels = n_channels or _n_channels(shapes, spec, n_classes, size)
    wanted = _wanted(spec, n_classes or 2, channels, size)
    kept = without_auxiliary(model, dict.fromkeys(shapes, torch.empty(0)))
    if (problem := _problem(shapes, kept, wanted, model)) is not None or n_classes is None:
        raise _refused(problem or _no_head(model), shapes, model)
    if not 2 <= n_classes <= MOST_CLASSES:
        text = N_(
            "The last layer of these weights answers for {n} classes; a network here tells 2 to {most} apart."
        )
        raise InvalidValueError(text, n=n_classes, most=MOST_CLASSES)
    return Fit(model, n_classes, channels, size, tuple(wanted), tuple(sorted(set(shapes) - set(kept))))


def _problem(shapes: Shapes, kept: Mapping[str, object], wanted: Shapes, model: str) -> Message | None:
    """Return what is wrong first: a tensor that is missing, of another shape, or not the network's."""
    for name, shape in wanted.items():
        found = shapes.get(name)
        if found is None and not name.endswith(_COUNTER):
            text = N_("These weights do not fit {model}: they have no tensor '{name}'.")
            return Message(text=text, values={"model": model, "name": name})
        if found is not None and tuple(found) != shape:
            text = N_("These weights do not fit {model}: '{name}' is {found} there and {wanted} here.")
            values = {"found": shape_text(tuple(found)), "wanted": shape_text(shape)}
            return Message(text=text, values={"model": model, "name": name, **values})
    if foreign := sorted(kept.keys() - wanted.keys()):
        text = N_("These weights do not fit {model}: it has no tensor '{name}'.")
        return Message(text=text, values={"model": model, "name": foreign[0][:80]})
    return None


def _no_head(model: str) -> Message:
    text = N_("These weights do not fit {model}: they have no last layer.")
    return Message(text=text, values={"model": model})


def _refused(problem: Message, shapes: Shapes, model: str) -> InvalidValueError:
    near = _nearest(shapes, model)
    if near is None:
        return InvalidValueError(problem.text, **problem.values)
    text = N_("{problem} They look like those of {other}: try --model {other}.")
    return InvalidValueError(text, problem=problem, other=near)


def _nearest(shapes: Shapes, model: str) -> str | None:
    """Return the network that shares most tensors, name and shape, if it is another one and shares many."""
    best, name = _ALIKE, None
    for spec in MODELS.values():
        wanted = _wanted(spec, _n_classes(shapes, spec) or 2, 3, spec.usual_size)
        same = sum(tuple(shapes.get(key, ())) == shape for key, shape in wanted.items())
        if same / max(len(wanted), len(shapes)) > best:
            best, name = same / max(len(wanted), len(shapes)), spec.name
    return None if name == model else name


def _n_classes(shapes: Shapes, spec: ModelSpec) -> int | None:
    head = shapes.get(f"{spec.head[-1]}.weight")
    return int(head[0]) if head else None


def _n_channels(shapes: Shapes, spec: ModelSpec, n_classes: int | None, size: int) -> int:
    """Return for how many channels the weights are: where the image comes in differs, the rest does not."""
    for channels in (3, 1):
        wanted = _wanted(spec, n_classes or 2, channels, size)
        if all(tuple(shapes.get(name, shape)) == shape for name, shape in wanted.items()):
            return channels
    first = shapes.get(f"{spec.first_convolution}.weight", ())
    return 1 if len(first) == 4 and first[1] == 1 else 3


def _wanted(spec: ModelSpec, n_classes: int, n_channels: int, image_size: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a network's weights; a size that it cannot take is replaced by its own."""
    asked = min(max(1, n_classes), MOST_CLASSES + 1)  # a last layer of millions is not even thought of
    with torch.device("meta"):
        model = build_model(spec.name, n_classes=asked, n_channels=n_channels, image_size=image_size)
    kept = without_auxiliary(spec.name, model.state_dict())
    return {name: tuple(tensor.shape) for name, tensor in kept.items()}
