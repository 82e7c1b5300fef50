"""Watch every operation of a forward pass: to which layer it belongs, what it costs, sees and keeps.

Torch tells a dispatch mode of each operation below its modules ("aten"), also of those between modules.
Tensors are known by their storage: a view shares its parent's, so it shares what is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from core.models.receptive import PIXEL, WHOLE, Field, Window, adaptive_window, joined

BATCH: Final = 2  # images: batch norm refuses to learn from one
_IMAGE_RANK: Final = 4  # (B, C, H, W)

# Operations between modules that get a row of their own, as what they are.
FUNCTIONS: Final = {
    "add": "Addition",
    "add_": "Addition",
    "cat": "Concatenation",
    "mul": "Scaling",
    "mean": "GlobalMean",
    "_adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "avg_pool2d": "AvgPool2d",
    "max_pool2d_with_indices": "MaxPool2d",
    "relu": "ReLU",
    "relu_": "ReLU",
    "convolution": "Conv2d",
    "addmm": "Linear",
    "mm": "Linear",
    "bmm": "Linear",
}
# The same with weights of the network's own: they are no shortcut and no branch.
_LEARNED: Final = {"Addition": "LearnedAddition", "Concatenation": "LearnedToken"}
_PRODUCTS: Final = ("addmm", "mm", "bmm", "baddbmm")
_WITH_DEPTH: Final = ("Conv2d", "Linear", "MultiheadAttention", "GRU")
_OVER_ALL: Final = (*_PRODUCTS, "mean", "sum", "amax", "_scaled_dot_product_flash_attention_for_cpu")


@dataclass(eq=False)
class Row:
    """What is known of one layer; counts are of the whole batch."""

    name: str
    kind: str
    output_shape: tuple[int, ...] = ()
    n_parameters: int = 0
    multiply_adds: int = 0
    field: Field | None = None
    kept_bytes: int = 0
    depth: int = 0


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch does not type it
    """Fills `rows` while a network on the meta device runs under it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.rows: list[Row] = []
        self._parents: list[str] = []  # modules with parts that are running, the innermost last
        self._row: Row | None = None  # the layer that is running
        self._unused = {_key(parameter): parameter.numel() for parameter in model.parameters()}
        self._weights = {_key(tensor) for tensor in (*model.parameters(), *model.buffers())}
        self._fields: dict[int, Field] = {}
        self._depths: dict[int, int] = {}
        self._makers: dict[int, Row] = {}
        self._kept: set[int] = set()
        self._alive: list[Any] = []  # storages: a freed one's key would be used again
        self._hooks = [hook for name, module in model.named_modules() for hook in self._hook(name, module)]

    def begin(self, image: Tensor) -> None:
        """Tell the image from all other tensors."""
        self._fields[_key(image)] = PIXEL
        self._kept.add(_key(image))  # the batch itself is there in any case
        self._alive.append(image)

    def remove_hooks(self) -> None:
        """Leave the modules as they were."""
        for hook in self._hooks:
            hook.remove()

    def keep(self, tensor: Tensor) -> None:
        """Count a tensor that autograd keeps for the way back: once, where it was made.

        Lists of one number a channel (batch norm's means) are left out: they do not grow with the batch.
        """
        key = _key(tensor)
        if key in self._kept or key in self._weights or tensor.dim() < 2:
            return
        self._kept.add(key)
        row = self._makers.get(key) or self._row
        if row is not None:
            row.kept_bytes += tensor.untyped_storage().nbytes()

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation and write down what it is."""
        output = function(*args, **(kwargs or {}))
        name = function.overloadpacket.__name__
        given = _tensors((args, kwargs))
        made = _tensors(output)
        sees = self._sees(name, args, given)
        row = self._row
        if row is None and name in FUNCTIONS and sees is not None:
            row = self._function_row(name, made[0])
        if row is not None:
            row.depth = max(row.depth, self._depth(given, row))
        for tensor in made:
            self._learn(tensor, sees, row)
        if row is not None:
            row.n_parameters += sum(self._unused.pop(_key(tensor), 0) for tensor in given)
            row.multiply_adds += _multiply_adds(name, args, made)
            if self._row is None:
                row.field = sees
                row.kind = _LEARNED.get(row.kind, row.kind) if row.n_parameters else row.kind
        return output

    def _sees(self, name: str, args: tuple[Any, ...], given: list[Tensor]) -> Field | None:
        """Return the receptive field of what an operation makes; None where no image went in."""
        field = joined(self._fields[key] for key in dict.fromkeys(map(_key, given)) if key in self._fields)
        if field is None:
            return None
        if name in _WINDOWS:
            rows, columns = _WINDOWS[name](args)
            return field.through(rows, columns)
        return WHOLE if name in _OVER_ALL else field

    def _depth(self, given: list[Tensor], row: Row) -> int:
        """Return how many layers with weights lie on the longest way through `row`, itself counted once."""
        keys = [_key(tensor) for tensor in given]
        before = max(
            (self._depths.get(key, 0) for key in keys if self._makers.get(key) is not row), default=0
        )
        return before + (row.kind in _WITH_DEPTH)

    def _learn(self, tensor: Tensor, sees: Field | None, row: Row | None) -> None:
        key = _key(tensor)
        if row is not None:
            self._depths[key] = row.depth
            self._makers.setdefault(key, row)
        if sees is not None:
            self._fields[key] = sees
        self._alive.append(tensor.untyped_storage())

    def _function_row(self, name: str, output: Tensor) -> Row:
        parent = self._parents[-1] if self._parents else ""
        title = f"{parent}.{name.strip('_')}".strip(".")
        row = Row(title, FUNCTIONS[name], tuple(output.shape[1:]))
        self.rows.append(row)
        return row

    def _hook(self, name: str, module: nn.Module) -> list[Any]:
        """Follow a module: one without parts is a layer, and so is attention, whose parts are not called."""
        if isinstance(module, nn.MultiheadAttention) or not list(module.children()):
            return [
                module.register_forward_pre_hook(lambda module, _: self._enter_layer(name, module)),
                module.register_forward_hook(lambda module, _, output: self._leave_layer(module, output)),
            ]
        return [
            module.register_forward_pre_hook(lambda *_: self._parents.append(name)),
            module.register_forward_hook(lambda *_: self._leave_parent()),
        ]

    def _enter_layer(self, name: str, module: nn.Module) -> None:
        self._row = Row(name, type(module).__name__)
        self.rows.append(self._row)

    def _leave_layer(self, module: nn.Module, output: Any) -> None:
        row, self._row = self._row, None
        if row is None:
            return
        tensor = _tensors(output)[0]
        batch_dim = 1 if isinstance(module, nn.RNNBase) and not module.batch_first else 0
        row.output_shape = tuple(size for dim, size in enumerate(tensor.shape) if dim != batch_dim)
        row.field = self._fields.get(_key(tensor))
        if row.kind == "AdaptiveAvgPool2d" and prod(row.output_shape[1:]) == 1:
            row.kind = "GlobalMean"

    def _leave_parent(self) -> None:
        self._parents.pop()


def _key(tensor: Tensor) -> int:
    """Return what tells one storage from another, as long as it lives."""
    key: int = tensor.untyped_storage()._cdata
    return key


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, Tensor)]


def _multiply_adds(name: str, args: tuple[Any, ...], made: list[Tensor]) -> int:
    """Return the multiply-adds of an operation on the whole batch."""
    if name == "convolution":
        return made[0].numel() * int(args[1][0].numel())  # each output sums (in / groups) x height x width
    if name in _PRODUCTS:
        inner = args[-2].shape[-1]  # (..., n, inner) @ (..., inner, m)
        return made[0].numel() * int(inner)
    return 0


def _convolution(args: tuple[Any, ...]) -> tuple[Window, Window]:
    _, weight, _, stride, padding, dilation = args[:6]
    return _pair(weight.shape[2:], stride, padding, dilation)


def _max_pool(args: tuple[Any, ...]) -> tuple[Window, Window]:
    stride, padding, dilation = (_given(args, place) for place in (2, 3, 4))
    return _pair(args[1], stride or args[1], padding or (0,), dilation or (1,))


def _mean_pool(args: tuple[Any, ...]) -> tuple[Window, Window]:
    stride, padding = (_given(args, place) for place in (2, 3))
    return _pair(args[1], stride or args[1], padding or (0,), (1,))


def _given(args: tuple[Any, ...], place: int) -> Any:
    """Return an argument, or None where it was left out because it is the usual one."""
    return args[place] if place < len(args) else None


def _adaptive(args: tuple[Any, ...]) -> tuple[Window, Window]:
    sizes, wanted = args[0].shape[-2:], args[1]
    rows, columns = (adaptive_window(int(n_in), int(n)) for n_in, n in zip(sizes, wanted, strict=True))
    return rows, columns


def _pair(*values: Iterable[int]) -> tuple[Window, Window]:
    """Return the windows of both axes; one number stands for both, as everywhere in torch."""
    both = [(*each, *each)[:2] if len(each) == 1 else each for each in map(tuple, values)]
    rows, columns = (Window(*(int(each[axis]) for each in both)) for axis in (0, 1))
    return rows, columns


_WINDOWS: Final[dict[str, Callable[[tuple[Any, ...]], tuple[Window, Window]]]] = {
    "convolution": _convolution,
    "max_pool2d_with_indices": _max_pool,
    "avg_pool2d": _mean_pool,
    "_adaptive_avg_pool2d": _adaptive,
}
