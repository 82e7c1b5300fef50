"""Make a mistake on purpose: take an image with its right preprocessing, and return what goes wrong.

Covers: mistakes at prediction, with a network that was trained right. Does not cover: training with the same
mistake; a network that has learned from broken pictures may work on them, and fail on right ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import UnknownNameError
from core.experiments.breaks import BREAKS
from core.images.levels import CT_WINDOWS
from core.images.records import MedicalImage, Window
from core.language import N_, Message
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing import resolve
from core.transforms.preprocessing.grey_levels import chosen_window
from core.transforms.preprocessing.parameters import WindowParameters
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep

SQUEEZED: Final = 0.75  # of the width
_NEARLY_SQUARE: Final = 1.1  # to stretch such a picture would change nothing that can be seen
_LEVELS: Final = 255  # steps between the 256 levels of 8 bits


@dataclass(frozen=True, eq=False)
class Situation:
    """An image on its way to a network: what was stored, the steps, and their statistics."""

    image: MedicalImage
    preprocessing: Preprocessing
    statistics: ChannelStatistics


@dataclass(frozen=True)
class Borrowed:
    """Statistics that do not belong to the network.

    Attributes
    ----------
    other, other_name
        Of other images, and whose they are: a marked text, or the name of a data set.
    test, n_test
        Of the run's test images, and of how many; None where it has none.
    """

    other: ChannelStatistics
    other_name: Message | str
    test: ChannelStatistics | None = None
    n_test: int = 0


@dataclass(frozen=True, eq=False)
class Damage:
    """What one mistake did.

    Attributes
    ----------
    situation
        After it.
    note
        What was done, with its numbers; or why there was nothing to do.
    is_done
        Whether anything was changed.
    """

    situation: Situation
    note: Message
    is_done: bool = True


@dataclass(frozen=True, eq=False)
class Broken:
    """What several mistakes did, one after the other: the last situation, and what each did, by name."""

    situation: Situation
    damages: dict[str, Damage]

    @property
    def is_done(self) -> bool:
        """Whether any of them changed anything."""
        return any(damage.is_done for damage in self.damages.values())


def break_it(names: Iterable[str], situation: Situation, borrowed: Borrowed) -> Broken:
    """Make the mistakes `names`, in the order of BREAKS whatever theirs is.

    Raises
    ------
    UnknownNameError
        There is no such mistake.
    """
    asked = list(names)
    for name in asked:
        if name not in BREAKS:
            raise UnknownNameError(N_("mistake"), name, BREAKS)
    damages: dict[str, Damage] = {}
    for name in (name for name in BREAKS if name in asked):
        damages[name] = resolve(BREAKS[name].builder)(situation, borrowed)
        situation = damages[name].situation
    return Broken(situation, damages)


def cut_early(situation: Situation, _borrowed: Borrowed) -> Damage:
    """Keep 256 levels of the whole stored range, in the image's units: what an 8-bit copy leaves."""
    image = situation.image
    low = min(image.value_range[0], float(image.values.min()))
    high = max(image.value_range[1], float(image.values.max()))
    if np.issubdtype(image.values.dtype, np.integer) and high - low <= _LEVELS:
        text = N_("This image has come with no more than 256 levels: whatever was cut, was cut before.")
        return Damage(situation, Message(text=text), is_done=False)
    step = (high - low) / _LEVELS or 1.0
    levels = np.round((image.values.astype(np.float64) - low) / step)
    before, after = len(np.unique(image.values)), len(np.unique(levels))
    values = (low + levels * step).astype(np.float32)
    text = N_("{before} different values became {after}: one level is now {step:.3g} stored values wide.")
    note = Message(text=text, values={"before": before, "after": after, "step": step})
    return Damage(replace(situation, image=replace(image, values=values)), note)


def forget_monochrome1(situation: Situation, _borrowed: Borrowed) -> Damage:
    """Show low values dark where the file says bright; any other film as if it had come as MONOCHROME1."""
    image = situation.image
    if image.is_colour:
        text = N_("A colour picture is never MONOCHROME1: nothing to forget.")
        return Damage(situation, Message(text=text), is_done=False)
    text = N_("This film is MONOCHROME1, and nobody turns it.")
    if not image.inverted:
        text = N_("This film is shown as if it had come as MONOCHROME1 and nobody had turned it.")
    turned = replace(image, inverted=not image.inverted)
    return Damage(replace(situation, image=turned), Message(text=text))


def swap_channels(situation: Situation, _borrowed: Borrowed) -> Damage:
    """Read red, green, blue as blue, green, red."""
    image = situation.image
    if not image.is_colour:
        text = N_("This picture is grey: there are no colours to be swapped.")
        return Damage(situation, Message(text=text), is_done=False)
    swapped = replace(image, values=np.ascontiguousarray(image.values[:, :, ::-1]))
    return Damage(replace(situation, image=swapped), Message(text=N_("Red became blue, and blue red.")))


def use_wrong_window(situation: Situation, _borrowed: Borrowed) -> Damage:
    """Look through the window of another examination: a CT's, whatever the values here are."""
    name, wrong = _wrong_window(situation)
    values = {"mode": "manual", "center": wrong.center, "width": wrong.width}
    step, first = PreprocessingStep(name="window", parameters=values), _makes_grey_levels(situation)
    steps = tuple(step if old is first else old for old in _steps(situation))
    text = N_("The window '{name}' of a CT: values from {low:.6g} to {high:.6g} are told apart, no others.")
    ends = {"low": wrong.center - wrong.width / 2, "high": wrong.center + wrong.width / 2}
    note = Message(text=text, values={"name": Message(text=name), **ends})
    return Damage(replace(situation, preprocessing=Preprocessing(steps=steps)), note)


def distort(situation: Situation, _borrowed: Borrowed) -> Damage:
    """Make the square in the other way: stretch instead of pad, or pad instead of stretch."""
    image = situation.image
    height, width = image.values.shape[:2]
    if max(height, width) < _NEARLY_SQUARE * min(height, width):
        text = N_(
            "This picture is square, so it is squeezed to {percent} % of its width first, and then padded."
        )
        note = Message(text=text, values={"percent": round(100 * SQUEEZED)})
        squeezed = replace(image, values=squeeze(image.values))
        return Damage(replace(situation, image=squeezed, preprocessing=_fitted(situation, "pad")), note)
    is_stretched = any(step.parameters.get("fit") == "stretch" for step in _resizes(situation))
    text = N_("{width} x {height} pixels are stretched to a square.")
    if is_stretched:
        text = N_(
            "{width} x {height} pixels are padded to a square; the network was trained on stretched ones."
        )
    note = Message(text=text, values={"width": width, "height": height})
    fit = "pad" if is_stretched else "stretch"
    return Damage(replace(situation, preprocessing=_fitted(situation, fit)), note)


def squeeze(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return values (H, W) or (H, W, 3) at SQUEEZED of their width, averaged, of the same dtype."""
    height, width = values.shape[:2]
    planes = values.astype(np.float32).reshape(height, width, -1)
    size = (max(1, round(width * SQUEEZED)), height)
    small = [
        np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize(size, Image.Resampling.BOX))
        for plane in planes.transpose(2, 0, 1)  # (H, W, C) -> (C, H, W)
    ]
    found = np.stack(small, axis=2).reshape(height, size[0], *values.shape[2:])
    return (np.rint(found) if np.issubdtype(values.dtype, np.integer) else found).astype(values.dtype)


def use_test_statistics(situation: Situation, borrowed: Borrowed) -> Damage:
    """Standardise by the mean and standard deviation of the test images."""
    if borrowed.test is None:
        text = N_("This network has no test part whose statistics could be taken.")
        return Damage(situation, Message(text=text), is_done=False)
    whose = Message(text=N_("the {n} test images"), values={"n": borrowed.n_test})
    return _restandardised(situation, borrowed.test, whose)


def use_foreign_statistics(situation: Situation, borrowed: Borrowed) -> Damage:
    """Standardise by the mean and standard deviation of other images."""
    return _restandardised(situation, borrowed.other, borrowed.other_name)


def uses_statistics(preprocessing: Preprocessing) -> bool:
    """Tell whether a pipeline uses the statistics of a data set at all."""
    return any(step.parameters.get("per") == "dataset" for step in preprocessing.active("tensor"))


def _restandardised(situation: Situation, other: ChannelStatistics, whose: Message | str) -> Damage:
    if not uses_statistics(situation.preprocessing):
        text = N_("This pipeline uses no statistics of a data set: there is nothing to mix up.")
        return Damage(situation, Message(text=text), is_done=False)
    own = situation.statistics
    text = N_(
        "Mean and standard deviation of {whose}, {mean:.4f} and {std:.4f}, instead of {own_mean:.4f} and"
        " {own_std:.4f}{more}."
    )
    more = Message(text=N_(" (first channel)")) if len(own.mean) > 1 else ""
    numbers = {"mean": other.mean[0], "std": other.std[0], "own_mean": own.mean[0], "own_std": own.std[0]}
    note = Message(text=text, values={"whose": whose, "more": more, **numbers})
    return Damage(replace(situation, statistics=other), note)


def _wrong_window(situation: Situation) -> tuple[str, Window]:
    """Return a usual CT window that is not the right one: for a CT the brain's, for the rest soft tissue."""
    soft, brain = N_("Soft tissue"), N_("Brain")
    order = [brain, soft] if situation.image.modality == "CT" else [soft, brain]
    right = _right_window(situation)
    return next((name, CT_WINDOWS[name]) for name in order if CT_WINDOWS[name] != right)


def _right_window(situation: Situation) -> Window | None:
    """Return the window of the pipeline without its name; None where it has none."""
    step = _makes_grey_levels(situation)
    if step.name != "window":
        return None
    chosen = chosen_window(situation.image, WindowParameters(**step.parameters))
    return None if chosen is None else Window(center=chosen.center, width=chosen.width)


def _makes_grey_levels(situation: Situation) -> PreprocessingStep:
    """Return the first step that turns the scanner's values into grey levels: every pipeline has one."""
    steps = situation.preprocessing.active("image")
    return next(step for step in steps if PREPROCESSING_STEPS[step.name].makes_grey_levels)


def _steps(situation: Situation) -> tuple[PreprocessingStep, ...]:
    return situation.preprocessing.steps


def _resizes(situation: Situation) -> list[PreprocessingStep]:
    return [step for step in situation.preprocessing.active("image") if step.name == "resize"]


def _fitted(situation: Situation, fit: str) -> Preprocessing:
    """Return the pipeline with another way to make a square."""
    changed: dict[str, Any] = {"fit": fit}
    return Preprocessing(
        steps=tuple(
            PreprocessingStep(name=step.name, parameters=step.parameters | changed, enabled=step.enabled)
            if step.name == "resize"
            else step
            for step in _steps(situation)
        )
    )
