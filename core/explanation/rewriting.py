"""Rewrite a traced network so that hooks cannot mislead; `core.explanation.repair` says what and why.

Each step is one walk over the nodes of the graph, in the order in which they run.
"""

import copy
import operator
from collections.abc import Callable, Iterator
from typing import Any, Final

import torch
from torch import Tensor, fx, nn

from core.errors import RepairError
from core.explanation.windows import apart
from core.language import N_

NONLINEAR: Final[tuple[type[nn.Module], ...]] = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish,
    nn.Softplus, nn.Sigmoid, nn.Hardsigmoid, nn.Hardswish, nn.Tanh, nn.Hardtanh, nn.Softmax, nn.MaxPool1d,
    nn.MaxPool2d, nn.MaxPool3d,
)  # fmt: skip

_Made = tuple[
    type[nn.Module], tuple[str, ...]
]  # a module, and the names of what the call gives after its input
_F: Final = nn.functional
_POOL: Final = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_MODULE_OF: Final[dict[Callable[..., Any] | str, _Made]] = {
    **dict.fromkeys((_F.relu, _F.relu_, torch.relu, torch.relu_, "relu", "relu_"), (nn.ReLU, ("inplace",))),
    **dict.fromkeys((_F.sigmoid, torch.sigmoid, torch.sigmoid_, "sigmoid", "sigmoid_"), (nn.Sigmoid, ())),
    **dict.fromkeys((_F.tanh, torch.tanh, torch.tanh_, "tanh", "tanh_"), (nn.Tanh, ())),
    **dict.fromkeys((_F.max_pool1d, torch.max_pool1d), (nn.MaxPool1d, _POOL)),
    **dict.fromkeys((_F.max_pool2d, torch.max_pool2d), (nn.MaxPool2d, _POOL)),
    **dict.fromkeys((_F.max_pool3d, torch.max_pool3d), (nn.MaxPool3d, _POOL)),
    **dict.fromkeys((torch.softmax, "softmax"), (nn.Softmax, ("dim", "dtype"))),
    _F.softmax: (nn.Softmax, ("dim", "_stacklevel", "dtype")),
    _F.leaky_relu: (nn.LeakyReLU, ("negative_slope", "inplace")),
    _F.elu: (nn.ELU, ("alpha", "inplace")),
    _F.softplus: (nn.Softplus, ("beta", "threshold")),
    _F.gelu: (nn.GELU, ()),
    _F.relu6: (nn.ReLU6, ("inplace",)),
    _F.silu: (nn.SiLU, ("inplace",)),
    _F.hardswish: (nn.Hardswish, ("inplace",)),
    _F.hardsigmoid: (nn.Hardsigmoid, ("inplace",)),
}
_NO_ARGUMENTS_OF_A_MODULE: Final = ("input", "inplace", "_stacklevel", "dtype", "return_indices")

_OUT_OF_PLACE: Final[dict[Any, Any]] = {
    operator.iadd: operator.add,
    operator.isub: operator.sub,
    operator.imul: operator.mul,
    operator.itruediv: operator.truediv,
}
# What gives another view of the numbers that it was given, or the very same tensor.
_VIEWS: Final = frozenset(
    "view reshape flatten unflatten transpose permute squeeze unsqueeze expand contiguous chunk split narrow"
    " select detach getitem dropout".split()
)
_VIEWING: Final = (nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout, nn.Dropout2d)


class OwnInput(nn.Module):
    """A copy of a tensor: what a hook does to its gradient reaches no other reader, and whoever made it."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the same values."""
        return x.clone()


def rewrite(network: fx.GraphModule) -> None:
    """Do all steps on `network`, whose modules are its own; its weights may be another's.

    Raises
    ------
    RepairError
        It changes numbers in place that it reads again by another name.
    """
    for step in (_name_functions, _undo_in_place, _part_uses, _part_windows, _part_inputs):
        step(network)
    network.graph.lint()
    network.recompile()


def _name_functions(network: fx.GraphModule) -> None:
    """Turn functions and methods into modules; one whose arguments are computed on the way stays."""
    for node in _nodes(network, "call_function", "call_method"):
        if node.target not in _MODULE_OF or len(node.all_input_nodes) != 1:
            continue
        kind, names = _MODULE_OF[node.target]
        values = {**dict(zip(names, node.args[1:], strict=False)), **node.kwargs}
        if values.get("dtype") is not None or values.get("return_indices"):
            continue
        node.meta["in place"] = bool(values.get("inplace")) or _is_spelled_in_place(node)
        known = {name: value for name, value in values.items() if name not in _NO_ARGUMENTS_OF_A_MODULE}
        _become(network, node, kind(**known))


def _undo_in_place(network: fx.GraphModule) -> None:
    """Change no tensor that exists; who read the changed one reads the result."""
    for node in list(network.graph.nodes):
        if _is_in_place(network, node):
            _read_result(network, node)
            if node.op == "call_method":
                node.target = str(node.target).removesuffix("_")
            node.target = _OUT_OF_PLACE.get(node.target, node.target)
    for module in network.modules():
        if getattr(module, "inplace", False):
            setattr(module, "inplace", False)  # noqa: B010 - no module that mypy knows has it


def _read_result(network: fx.GraphModule, node: fx.Node) -> None:
    """Let those that read later what `node` changes in place read what it returns."""
    order = {each: number for number, each in enumerate(network.graph.nodes)}
    changed = node.all_input_nodes[0]
    for other in _same_numbers(network, changed):
        later = [user for user in other.users if order[other] < order[node] < order[user]]
        if later and other is not changed:
            text = N_(
                "'{model}' changes numbers in place and reads them again by another name, so it cannot be"
                " repaired for this method. Choose another method."
            )
            raise RepairError(text, model=type(network).__name__)
        for user in later:
            user.replace_input_with(other, node)


def _is_in_place(network: fx.GraphModule, node: fx.Node) -> bool:
    if node.op == "call_module":
        module = network.get_submodule(str(node.target))
        return bool(node.meta.get("in place") or getattr(module, "inplace", False))
    return bool(node.all_input_nodes) and (_is_spelled_in_place(node) or node.target in _OUT_OF_PLACE)


def _is_spelled_in_place(node: fx.Node) -> bool:
    name = str(node.target) if node.op == "call_method" else getattr(node.target, "__name__", "")
    is_call = node.op in ("call_method", "call_function")
    return is_call and name.endswith("_") and not name.endswith("__")


def _same_numbers(network: fx.GraphModule, node: fx.Node) -> list[fx.Node]:
    """Return the nodes that look at the numbers of `node`: it, what it is a view of, and that's views."""
    first = node
    while _is_view(network, first):
        first = first.all_input_nodes[0]
    found = [first]
    for each in found:  # it grows meanwhile
        found += [user for user in each.users if _is_view(network, user)]
    return found


def _is_view(network: fx.GraphModule, node: fx.Node) -> bool:
    if node.op == "call_module":
        return isinstance(network.get_submodule(str(node.target)), _VIEWING)
    name = str(node.target) if node.op == "call_method" else getattr(node.target, "__name__", "")
    return node.op in ("call_method", "call_function") and name in _VIEWS


def _part_uses(network: fx.GraphModule) -> None:
    """Give each use of a nonlinearity a module of its own."""
    used: set[str] = set()
    for node in _nodes(network, "call_module"):
        module = network.get_submodule(str(node.target))
        if isinstance(module, NONLINEAR) and str(node.target) in used:
            weights = {id(weight): weight for weight in module.parameters()}  # a PReLU's stay shared
            _become(network, node, copy.deepcopy(module, weights))
        used.add(str(node.target))


def _part_windows(network: fx.GraphModule) -> None:
    """Lay windows of a max pooling that overlap side by side before it."""
    for node in _nodes(network, "call_module"):
        module = network.get_submodule(str(node.target))
        if isinstance(module, nn.MaxPool2d) and (parts := apart(module)) is not None:
            spread, pool = parts
            network.set_submodule(str(node.target), pool)
            _insert_before(network, node, spread)


def _part_inputs(network: fx.GraphModule) -> None:
    """Give each nonlinearity an input that nobody else reads."""
    for node in _nodes(network, "call_module"):
        if isinstance(network.get_submodule(str(node.target)), NONLINEAR):
            _insert_before(network, node, OwnInput())


def _insert_before(network: fx.GraphModule, node: fx.Node, module: nn.Module) -> None:
    [given] = node.all_input_nodes
    name = _add(network, f"before_{node.name}", module)
    with network.graph.inserting_before(node):
        node.replace_input_with(given, network.graph.call_module(name, (given,)))


def _become(network: fx.GraphModule, node: fx.Node, module: nn.Module) -> None:
    """Let `node` call `module` instead."""
    [given] = node.all_input_nodes
    node.op, node.target = "call_module", _add(network, f"own_{node.name}", module)
    node.args, node.kwargs = (given,), {}


def _add(network: fx.GraphModule, name: str, module: nn.Module) -> str:
    while hasattr(network, name):
        name += "_"
    network.add_submodule(name, module.eval())
    return name


def _nodes(network: fx.GraphModule, *kinds: str) -> Iterator[fx.Node]:
    return iter([node for node in network.graph.nodes if node.op in kinds])
