"""The section that builds the network: our own from their source, the others from torchvision."""

import inspect
import re
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from core.exchange.writing.branch import WEIGHTS
from core.exchange.writing.recipe import Recipe

_IGNORED: Final = re.compile(r"  # type: ignore\[[\w, -]*\]")
_TORCHVISION: Final = "core.models.torchvision_networks"
_START: Final = """# The weights that the run began with.
network.load_state_dict(torch.load(FOLDER / "start.pt", weights_only=True))"""


def network(recipe: Recipe) -> str:
    """Return the code that defines the network and draws its first weights."""
    module, _colon, _function = recipe.spec.builder.partition(":")
    built = _of_torchvision(recipe) if module == _TORCHVISION else _of_our_own(recipe, import_module(module))
    start = [_START] if recipe.starts_from_file else [WEIGHTS] if recipe.branch is not None else []
    return "\n".join([built, *start, *_dropout(recipe), _placed(recipe)])


def _of_our_own(recipe: Recipe, module: ModuleType) -> str:
    """Return the classes of a module of ours, and a line that builds the network."""
    source = _IGNORED.sub("", inspect.getsource(module))
    first = re.search(r"^(?:[A-Z_]+ = |class |def )", source, re.MULTILINE)
    begin, end = first.start() if first else 0, source.index("def build(blueprint")
    network_class = next(
        one for one in reversed(list(vars(module).values()))
        if inspect.isclass(one) and one.__module__ == module.__name__
    )  # fmt: skip
    values = {"n_classes": "len(CLASSES)", "n_channels": "CHANNELS", "image_size": "IMAGE_SIZE"}
    names = [name for name in inspect.signature(network_class).parameters if name in values]
    arguments = ", ".join(f"{name}={values[name]}" for name in names)
    return f"""{source[begin:end].strip()}


torch.manual_seed(SEED)
network = {network_class.__name__}({arguments})"""


def _of_torchvision(recipe: Recipe) -> str:
    from core.models import torchvision_networks

    spec, lines = recipe.spec, ["torch.manual_seed(SEED)"]
    if spec.name == "inception_v3":
        head = _IGNORED.sub("", inspect.getsource(torchvision_networks.AnySizeAuxiliary))
        lines = [f"{head.rstrip()}\n\n", *_INCEPTION_BLOCKS.splitlines(), *lines]
    lines.append(f"network = models.{spec.name}({_options(spec.name)})")
    if recipe.n_channels != 3 and spec.first_convolution is not None:
        lines += _first_convolution(spec.first_convolution, has_bias=_bias_of(recipe))
    lines += _new_linear(spec.head[-1])
    for name in spec.auxiliary:
        lines += _new_linear(_last_linear(recipe, name))
    return "\n".join(lines)


_INCEPTION_BLOCKS: Final = """blocks = [inception.BasicConv2d, inception.InceptionA, inception.InceptionB]
blocks += [inception.InceptionC, inception.InceptionD, inception.InceptionE, AnySizeAuxiliary]"""


def _options(name: str) -> str:
    match name:
        case "vit_b_16":
            return "image_size=IMAGE_SIZE"
        case "googlenet":
            return "init_weights=False, aux_logits=True"
        case "inception_v3":
            return "init_weights=False, aux_logits=True, inception_blocks=blocks"
        case _:
            return ""


def _first_convolution(name: str, *, has_bias: bool) -> list[str]:
    """Return the lines that make the first convolution take other channels than three colours."""
    return [
        "",
        "# Made for three colours: its weights are summed, so that grey counts as three equal colours.",
        f"old = {_place(name)}",
        'kept = {"kernel_size": old.kernel_size, "stride": old.stride, "padding": old.padding}',
        f"new = nn.Conv2d(CHANNELS, old.out_channels, bias={has_bias}, **kept)",
        "with torch.no_grad():",
        "    new.weight.copy_(old.weight.sum(dim=1, keepdim=True).expand_as(new.weight) / CHANNELS)",
        *(["    new.bias.copy_(old.bias)"] if has_bias else []),
        f"{_place(name)} = new",
    ]


def _new_linear(name: str) -> list[str]:
    place = _place(name)
    return ["", "# A new last layer: one logit for each class.",
            f"{place} = nn.Linear({place}.in_features, len(CLASSES))"]  # fmt: skip


def _last_linear(recipe: Recipe, name: str) -> str:
    """Return the dotted name of the last linear layer of an auxiliary head."""
    return f"{name}.fc2" if recipe.spec.name == "googlenet" else f"{name}.fc"


def _place(name: str) -> str:
    """Return how Python reaches a module by its dotted name: "features.0.0" is network.features[0][0]."""
    parts = [f"[{part}]" if part.isdigit() else f".{part}" for part in name.split(".")]
    return "network" + "".join(parts)


def _dropout(recipe: Recipe) -> list[str]:
    if recipe.config.dropout is None:
        return []
    if _has_dropout(recipe):
        return ["for module in network.modules():",
                "    if isinstance(module, nn.Dropout):",
                "        module.p = DROPOUT"]  # fmt: skip
    place = _place(recipe.spec.head[-1])
    return [f"{place} = nn.Sequential(nn.Dropout(DROPOUT), {place})"]


def _has_dropout(recipe: Recipe) -> bool:
    from torch import nn

    return any(isinstance(module, nn.Dropout) for module in _shape_of(recipe).modules())


def _bias_of(recipe: Recipe) -> bool:
    first: Any = _shape_of(recipe).get_submodule(recipe.spec.first_convolution or "")
    return first.bias is not None


def _shape_of(recipe: Recipe) -> Any:
    """Return the network without numbers: no memory, no time."""
    import torch

    from core.models.build import build_model

    with torch.device("meta"):
        return build_model(
            recipe.spec.name,
            n_classes=len(recipe.class_names),
            n_channels=recipe.n_channels,
            image_size=recipe.config.image_size,
            auxiliary=bool(recipe.spec.auxiliary),
        )


def _placed(recipe: Recipe) -> str:
    lines = ["network.to(DEVICE)"]
    if recipe.channels_last:
        lines.append("network.to(memory_format=torch.channels_last)  # the channels of a pixel side by side")
    return "\n".join(
        [*lines, "torch.manual_seed(SEED)  # what draws in training (dropout) draws from here on"]
    )
