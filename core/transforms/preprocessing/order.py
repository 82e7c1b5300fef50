"""Which orders of steps make sense, and why the others do not."""

from collections.abc import Sequence
from typing import Final

from core.errors import InvalidValueError
from core.language import N_, Message
from core.transforms.preprocessing.advice import advice
from core.transforms.preprocessing.catalog import PREPROCESSING_STEPS
from core.transforms.records import PreprocessingStep

__all__ = ["MOST_STEPS", "advice", "channels_after", "check_count", "check_order", "size_after"]

MOST_STEPS: Final = 40  # more than anybody needs, and few enough to be checked and shown at once


def check_order(
    image_steps: Sequence[PreprocessingStep],
    tensor_steps: Sequence[PreprocessingStep],
    steps: Sequence[PreprocessingStep],
) -> None:
    """Refuse an order that cannot work, in one sentence that names the step.

    Raises
    ------
    InvalidValueError
        Too many steps; grey levels are never made or made twice; a step needs them before they are there; a
        picture is changed after it has been rescaled for the network.
    """
    check_count(len(steps))
    _check_grey_levels(image_steps)
    _check_stages(tensor_steps, steps)


def check_count(n_steps: int) -> None:
    """Refuse a pipeline that is too long to be looked at."""
    if n_steps > MOST_STEPS:
        text = N_("The pipeline has {n} steps; at most {most} are taken.")
        raise InvalidValueError(text, n=n_steps, most=MOST_STEPS)


def _check_grey_levels(image_steps: Sequence[PreprocessingStep]) -> None:
    made_by: str | None = None
    for step in image_steps:
        spec = PREPROCESSING_STEPS[step.name]
        if step.name == "window" and made_by is not None:
            text = N_(
                "'{step}' turns the scanner's values into grey levels, and '{before}' has done that already:"
                " leave one of them out."
            )
            raise InvalidValueError(text, step=step.name, before=made_by)
        if made_by is None and spec.takes == "grey levels" and not spec.makes_grey_levels:
            text = N_(
                "'{step}' works on grey levels from 0 to 1, and until then the values have the scanner's"
                " units: put 'window' or 'percentile_clip' before it."
            )
            raise InvalidValueError(text, step=step.name)
        if spec.makes_grey_levels and made_by is None:
            made_by = step.name
    if made_by is None:
        text = N_(
            "No step turns the scanner's values into grey levels: begin with 'window' or 'percentile_clip'."
        )
        raise InvalidValueError(text)


def _check_stages(tensor_steps: Sequence[PreprocessingStep], steps: Sequence[PreprocessingStep]) -> None:
    if not tensor_steps:
        return
    first = tensor_steps[0]
    behind = steps[[step is first for step in steps].index(True) :]
    late = [step for step in behind if step.enabled and PREPROCESSING_STEPS[step.name].stage == "image"]
    if late:
        text = N_(
            "'{step}' changes the picture, and '{before}' has already rescaled it for the network: move it"
            " before '{before}'."
        )
        raise InvalidValueError(text, step=late[0].name, before=first.name)


def channels_after(steps: Sequence[PreprocessingStep]) -> int | None:
    """Return how many channels image steps give every image; None if that is left to the image."""
    found = [int(step.parameters["n_channels"]) for step in steps if step.name == "channels"]
    return found[-1] if found else None


def size_after(steps: Sequence[PreprocessingStep]) -> Message | None:
    """Return why a pipeline does not give every image one size, None if it does: a network needs that.

    The last step that moves pixels must be `resize`.
    """
    moving = [step.name for step in steps if not PREPROCESSING_STEPS[step.name].keeps_geometry]
    if "resize" not in moving:
        text = N_("a network takes images of one size: add the step 'resize'")
        return Message(text=text)
    if moving[-1] != "resize":
        text = N_("'{step}' changes the size again after 'resize': move it before 'resize'")
        return Message(text=text, values={"step": moving[-1]})
    return None
