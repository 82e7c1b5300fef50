"""Augmentations that had another name once, so that what was stored with it still opens."""

from typing import Any

_LARGEST_CHANGE = 0.9


def expand_old_steps(steps: Any) -> Any:
    """Return stored steps with those of an older Lightbox written as today's.

    "brightness_contrast" was one step: what was added to all pixels, and the factor of the contrast. At a
    middle grey of 0.5, adding b is multiplying by 1 + 2 b.

    Parameters
    ----------
    steps
        As they stand in the file, not validated; anything but a list is handed back for validation to refuse.
    """
    if not isinstance(steps, list | tuple):
        return steps
    return [new for step in steps for new in _today(step)]


def _today(step: Any) -> list[Any]:
    if not isinstance(step, dict) or step.get("name") != "brightness_contrast":
        return [step]
    parameters = {"brightness": 0.1, "contrast": 0.15} | step.get("parameters", {})
    brightness = min(2 * parameters["brightness"], _LARGEST_CHANGE)
    return [
        {"name": "brightness", "parameters": {"change": brightness}},
        {"name": "contrast", "parameters": {"change": parameters["contrast"]}},
    ]
