"""The section that changes training images at random: the run's own draws, in plain torch.

Each step is a few lines that draw its numbers and use them. They draw in the order in which Lightbox draws
(places first, then grey levels, then mixtures), so that the same seed gives the same pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.exchange.writing import augmentation_code as code
from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep

_STAGES: Final = ("geometric", "intensity", "mixing")
_COLUMN_USERS: Final = {"brightness", "contrast", "gamma", "gaussian_noise", "poisson_noise"}
_FLIPS: Final = ("flip_horizontal", "flip_vertical")


@dataclass(frozen=True)
class NamedStep:
    """An augmentation with names for its numbers: (constant, value, comment)."""

    name: str
    constants: tuple[tuple[str, float, str], ...]

    def lines(self, template: str) -> list[str]:
        """Return the lines of a template with its constants' names filled in."""
        for number, (constant, _, _) in enumerate(self.constants):
            template = template.replace(f"<{number}>", constant)
        return template.splitlines()


def named_steps(steps: Sequence[AugmentationStep]) -> list[NamedStep]:
    """Return the steps in the order in which they draw, each with constants of its own."""
    in_order = [step for stage in _STAGES for step in steps if AUGMENTATIONS[step.name].stage == stage]
    found: list[NamedStep] = []
    for step in in_order:
        n = sum(one.name == step.name for one in found)
        ending = f"_{n + 1}" if n else ""
        constants = tuple(
            (f"{constant}{ending}", step.parameters[field], comment)
            for constant, field, comment in code.CONSTANTS[step.name]
        )
        found.append(NamedStep(step.name, constants))
    return found


def mixes(steps: Sequence[AugmentationStep]) -> bool:
    """Tell whether a step mixes images, so that the loss compares with shares of classes."""
    return any(AUGMENTATIONS[step.name].stage == "mixing" for step in steps)


def augmentation(steps: Sequence[AugmentationStep], n_channels: int) -> str:
    """Return the code of `augment` and of what it uses; empty without steps."""
    if not steps:
        return ""
    named = named_steps(steps)
    names = [step.name for step in named]
    moving = [step for step in named if AUGMENTATIONS[step.name].stage == "geometric"]
    parts = [*_moving_functions(names)]
    if "contrast" in names and n_channels == 3:
        parts.append(code.LUMA)
    parts += dict.fromkeys(function for name, function in code.FUNCTIONS.items() if name in names)
    if {"erase", "cutmix"} & set(names):
        parts.append(code.INSIDE)
    targets = "targets = functional.one_hot(labels, len(CLASSES)).float()  # (B, n_classes)"
    body = [*_head(names), *_moves(moving), *([targets] if mixes(steps) else [])]
    body += [line for step in named if step not in moving for line in _change(step, n_channels)]
    returned = "images, targets" if mixes(steps) else "images"
    arguments = "images, labels, draws" if mixes(steps) else "images, draws"
    words = code.MIXED_WORDS if mixes(steps) else code.WORDS
    lines = [f"def augment({arguments}):", f'    """{words}"""', *_indented(body), f"    return {returned}"]
    return "\n\n\n".join([*parts, "\n".join(lines)])


def _moving_functions(names: list[str]) -> list[str]:
    moving = [name for name in names if AUGMENTATIONS[name].stage == "geometric"]
    if all(name in _FLIPS for name in moving):
        return []
    functions = [code.MATRICES] if any(name != "elastic" for name in moving) else []
    return [*functions, *([code.SPLINES] if "elastic" in moving else []), _resample("elastic" in moving)]


def _resample(bends: bool) -> str:
    function = code.RESAMPLE
    if bends:
        function = function.replace("def resample(images, places):", "def resample(images, places, bends):")
        return function.replace("<bends>\n", code.ADD_BENDS)
    return function.replace("<bends>\n", "")


def _head(names: list[str]) -> list[str]:
    sizes = "n, _, height, width = images.shape"
    needs_size = {"translate", "crop", "elastic", "blur", "erase", "cutmix"} & set(names)
    head = [sizes if needs_size else "n = len(images)"]
    if set(names) - {"mixup"}:
        head += ["", *code.UNIFORM.splitlines(), ""]
    if _COLUMN_USERS & set(names):
        head += [*code.COLUMN.splitlines(), ""]
    return head


def _moves(moving: list[NamedStep]) -> list[str]:
    if not moving:
        return []
    if all(step.name in _FLIPS for step in moving):
        return [line for step in moving for line in step.lines(code.MIRROR[step.name])]
    lines = [
        "# Where each pixel comes from: a matrix for each image, in pixels from the middle of the picture."
    ]
    is_first, bends = True, list[str]()
    for step in moving:
        if step.name == "elastic":
            bends.append(f"bend_{len(bends) + 1}")
            lines += step.lines(code.BEND.replace("<bend>", bends[-1]))
            continue
        target = "places = " if is_first else "places = places @ "
        lines += step.lines(code.PLACES[step.name].replace("<places> = ", target))
        is_first = False
    if is_first:
        lines.append("places = torch.eye(3).expand(n, 3, 3)")
    arguments = f"images, places, [{', '.join(bends)}]" if bends else "images, places"
    return [*lines, f"images = resample({arguments})", ""]


def _change(step: NamedStep, n_channels: int) -> list[str]:
    template = code.CHANGES[step.name]
    if step.name == "contrast":
        template = code.CHANGES["contrast_colour" if n_channels == 3 else "contrast"]
    return step.lines(template)


def _indented(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    return [f"    {line}" if line else "" for line in lines]
