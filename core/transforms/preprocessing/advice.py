"""Orders of steps that work and make little sense: what they do, in one sentence each."""

from collections.abc import Callable, Sequence
from typing import Final

from core.language import N_, Message
from core.transforms.preprocessing.catalog import PREPROCESSING_STEPS
from core.transforms.records import Preprocessing, PreprocessingStep

_CROPS: Final = ("crop_borders", "crop_body")
_FILTERS: Final = ("gaussian", "median", "bilateral", "unsharp")
_LOCAL: Final = (*_FILTERS, "clahe")
_SMALL: Final = 64  # pixels: below this a neighbourhood of a filter is a good part of the picture

Steps = Sequence[PreprocessingStep]


def advice(preprocessing: Preprocessing) -> list[Message]:
    """Return what a person should know about the order of a pipeline; nothing of it stops the pipeline.

    Steps that are switched off are not looked at.
    """
    steps = [*preprocessing.active("image"), *preprocessing.active("tensor")]
    return [message for rule in _RULES for message in rule(steps)]


def _crop_after_resize(steps: Steps) -> list[Message]:
    text = N_(
        "'{late}' stands after 'resize': what it keeps has already lost its detail, and with no resize after"
        " it the size changes again. Put it before 'resize'."
    )
    return [Message(text=text, values={"late": late}) for late in _behind(steps, "resize", _CROPS)]


def _resample_after_resize(steps: Steps) -> list[Message]:
    text = N_(
        "'resample' after 'resize' undoes the one size that 'resize' gave, and training needs one size: put"
        " it before."
    )
    return [Message(text=text) for _late in _behind(steps, "resize", ("resample",))]


def _spacing_lost(steps: Steps) -> list[Message]:
    if not _behind(steps, "resample", ("resize",)):
        return []
    resize = next(step for step in steps if step.name == "resize")
    if resize.parameters["fit"] != "stretch":
        return []
    text = N_(
        "'resize' with 'stretch' after 'resample' gives every image its own spacing again: the millimetres"
        " that 'resample' made equal are lost; 'pad' keeps the shape, not the spacing."
    )
    return [Message(text=text)]


def _undone(steps: Steps) -> list[Message]:
    found = []
    names = [step.name for step in steps]
    for number, step in enumerate(steps):
        if step.name == "normalise" and step.parameters["per"] == "image" and "standardise" in names[:number]:
            text = N_(
                "'normalise' per image after 'standardise' undoes it: whatever the mean and the spread were,"
                " each image is stretched from its darkest to its brightest pixel."
            )
            found.append(Message(text=text))
        if step.name == "standardise" and step.parameters["per"] == "image" and "normalise" in names[:number]:
            text = N_(
                "'standardise' per image after 'normalise' undoes it: mean and spread are the same whatever"
                " the range was before."
            )
            found.append(Message(text=text))
    return found


def _twice(steps: Steps) -> list[Message]:
    names = [step.name for step in steps]
    found = []
    if names.count("invert") > 1 and names.count("invert") % 2 == 0:
        text = N_("'invert' stands here an even number of times: together they change nothing.")
        found.append(Message(text=text))
    text = N_("'{step}' stands here {n} times: each time averages over averages, and detail is lost anew.")
    for name in ("resize", "resample"):
        if names.count(name) > 1:
            found.append(Message(text=text, values={"step": name, "n": names.count(name)}))
    return found


def _equalised_twice(steps: Steps) -> list[Message]:
    found = []
    if _behind(steps, "clahe", ("equalise",)):
        text = N_(
            "'equalise' after 'clahe' spreads all grey levels evenly over the whole picture: the limit that"
            " CLAHE put on noise is gone."
        )
        found.append(Message(text=text))
    if _behind(steps, "equalise", ("gamma",)):
        text = N_("'gamma' after 'equalise' bends the even spread that was just made; one of them is enough.")
        found.append(Message(text=text))
    return found


def _normalise_after_equalise(steps: Steps) -> list[Message]:
    if not _behind(steps, "equalise", ("normalise",)) and not _behind(steps, "clahe", ("normalise",)):
        return []
    if not any(step.name == "normalise" and step.parameters["per"] == "image" for step in steps):
        return []
    text = N_(
        "'normalise' per image finds little to do after an equalisation: black and white are used already."
    )
    return [Message(text=text)]


def _filter_on_few_pixels(steps: Steps) -> list[Message]:
    small = [number for number, step in enumerate(steps) if _is_small(step)]
    if not small:
        return []
    text = N_(
        "'{step}' looks at the neighbours of a pixel, and after 'resize' to {size} pixels they are a good"
        " part of the picture: put it before 'resize'."
    )
    size = int(steps[small[0]].parameters["size"])
    return [
        Message(text=text, values={"step": step.name, "size": size})
        for step in steps[small[0] + 1 :]
        if step.name in _LOCAL
    ]


def _noise_sharpened(steps: Steps) -> list[Message]:
    found = []
    for smooth in ("gaussian", "median", "bilateral"):
        if _behind(steps, "unsharp", (smooth,)):
            text = N_("'{smooth}' after 'unsharp' blurs what was just sharpened: smooth first, then sharpen.")
            found.append(Message(text=text, values={"smooth": smooth}))
    return found


def _crop_decides_late(steps: Steps) -> list[Message]:
    found = []
    for before in ("invert", "equalise"):
        if _behind(steps, before, ("crop_body",)):
            text = N_(
                "'crop_body' looks for what is bright, and '{before}' before it changes what that is: put it"
                " right after the window."
            )
            found.append(Message(text=text, values={"before": before}))
    return found


def _colour_lost(steps: Steps) -> list[Message]:
    numbers = [step.parameters["n_channels"] for step in steps if step.name == "channels"]
    if 1 not in numbers or 3 not in numbers[numbers.index(1) :]:
        return []
    text = N_("'channels' to 1 and then to 3 throws the colour away: what follows is grey, three times.")
    return [Message(text=text)]


def _no_range(steps: Steps) -> list[Message]:
    if any(PREPROCESSING_STEPS[step.name].stage == "tensor" for step in steps):
        return []
    text = N_(
        "Neither 'normalise' nor 'standardise' stands at the end: the network gets values from 0 to 1, never"
        " below zero, which most networks learn from more slowly."
    )
    return [Message(text=text)]


_RULES: Final[tuple[Callable[[Steps], list[Message]], ...]] = (
    _crop_after_resize,
    _resample_after_resize,
    _spacing_lost,
    _crop_decides_late,
    _filter_on_few_pixels,
    _noise_sharpened,
    _equalised_twice,
    _normalise_after_equalise,
    _twice,
    _undone,
    _colour_lost,
    _no_range,
)


def _behind(steps: Steps, first: str, late: Sequence[str]) -> list[str]:
    """Return which of `late` stand somewhere after the first `first`, each once, in order."""
    names = [step.name for step in steps]
    if first not in names:
        return []
    after = names[names.index(first) + 1 :]
    return list(dict.fromkeys(name for name in after if name in late))


def _is_small(step: PreprocessingStep) -> bool:
    return step.name == "resize" and int(step.parameters["size"]) < _SMALL
