"""A copy of a network on which the methods that replace the gradient of a ReLU are right.

DeepLift and guided backpropagation hang hooks on modules. They go wrong without a word where one module is
used twice, where a ReLU is a function that has no module, where a tensor is changed in place, where a
tensor that a hooked module reads is read by others too (the hook then replaces their gradient as well) or
comes straight out of another hooked module (which then sees the gradient before it is replaced), and where
the windows of a max pooling overlap (Captum puts one window's share over another's). The copy has none of
these and gives the same answers.

Covers: what torch.fx can trace, which is every network of MODELS. Does not cover: what the methods have no
rule for (SiLU, layer norm, attention, products of two branches): `without_rule` names it.
"""

import operator
from collections.abc import Callable
from threading import Lock, get_ident
from typing import Any, Final

import torch
from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR
from torch import fx, nn

from core.errors import RepairError
from core.explanation.copying import private_copy
from core.explanation.rewriting import rewrite
from core.language import N_

_tracing = Lock()  # torch.fx changes nn.Module itself while it traces: two at a time would undo each other

_WHOLE: Final = (nn.MultiheadAttention,)  # a part with parts of its own, which torch.fx does not look into
_MULTIPLYING: Final = (operator.mul, torch.mul, operator.matmul, torch.matmul, "mul", "matmul")

# What is linear in eval mode, or only moves values about: the gradient is right without a rule.
_LINEAR: Final[tuple[type[nn.Module], ...]] = (
    nn.Conv2d, nn.Linear, nn.BatchNorm2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Dropout, nn.Flatten,
    nn.Identity,
)  # fmt: skip


def repaired(model: nn.Module) -> nn.Module:
    """Return a copy of `model` in eval mode that shares its weights and that hooks cannot mislead.

    Parameters
    ----------
    model
        Left bitwise as it is, with its mode, its hooks and its gradients.

    Returns
    -------
    nn.Module
        A torch.fx.GraphModule with the same answers. Its parts keep their dotted names, but those that only
        hold others (a block of a ResNet) are never called: read their maps from `model`.

    Raises
    ------
    RepairError
        What the network does depends on its values, so that torch.fx cannot write it down.
    """
    twin = private_copy(model)
    try:
        with _tracing:
            graph = _OwnThreadTracer().trace(twin)
    except (fx.proxy.TraceError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        text = N_(
            "'{model}' decides what it does by the values it gets, so it cannot be repaired for this method."
            " Choose another method."
        )
        raise RepairError(text, model=type(model).__name__) from error
    network = fx.GraphModule(twin, graph, class_name=type(model).__name__)
    rewrite(network)
    return network.eval()


def without_rule(model: nn.Module) -> tuple[str, ...]:
    """Return the kinds of parts that DeepLift takes for linear although they are not, sorted.

    Parameters
    ----------
    model
        A network as `repaired` gives it.
    """
    parts = {type(part) for part in model.modules() if not list(part.children()) or type(part) in _WHOLE}
    unknown = {part for part in parts if part not in SUPPORTED_NON_LINEAR and not issubclass(part, _LINEAR)}
    named = {part.__name__ for part in unknown if part.__module__.startswith("torch.nn")}
    return tuple(sorted(named | _products(model)))


def _products(model: nn.Module) -> set[str]:
    """Name the products of two branches, as a squeeze-and-excitation block makes them."""
    nodes = model.graph.nodes if isinstance(model, fx.GraphModule) else ()
    found = [node for node in nodes if node.target in _MULTIPLYING and len(_tensors(node)) == 2]
    return {"Product"} if found else set()


def _tensors(node: fx.Node) -> list[fx.Node]:
    """Return what a node is given, but for the lengths of a tensor's sides."""
    return [given for given in node.all_input_nodes if given.target not in (getattr, operator.floordiv)]


class _OwnThreadTracer(fx.Tracer):
    """Leaves alone what other threads run meanwhile: torch.fx redirects the calls of every module."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = get_ident()

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        return (
            attr_val
            if get_ident() != self._thread
            else super().getattr(attr, attr_val, parameter_proxy_cache)
        )
